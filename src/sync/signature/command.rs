//! `--sign-command`: a program that signs, for a key that no file holds. It gets the bytes on standard input, and prints
//! the signature. Its time and its output are bounded.

use std::fmt;
use std::io::{self, IsTerminal};
use std::pin::pin;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::{KeyError, PublicKey};
use crate::sync::run::in_words;

const LONGEST: Duration = Duration::from_secs(20);
const MOST_BYTES: usize = 16 * 1024;

/// How long to read on after the program has ended: what it printed is there already, and what it has started may keep the
/// pipe open for ever.
const REST: Duration = Duration::from_millis(100);

const EXPECTED: &str = "expected the sign command to print the signature's 64 bytes as base64url or base64, or as JSON \
                        { \"keyId\": …, \"signature\": … }";

/// The variables that hold Atlas's own secrets, or may hold one by mistake: the program has no use for them.
pub const KEPT_BACK: [&str; 12] = [
    "INTERNAL_ADMIN_KEY",
    "ATLAS_EDGE_CONFIG",
    "ATLAS_EDGE_CONFIG_TOKEN",
    "ATLAS_METRICS_TOKEN",
    "ATLAS_WEBHOOK_TOKEN",
    "ATLAS_SOURCE",
    "ATLAS_SIGNING_KEY",
    "ATLAS_SIGN_COMMAND",
    "ATLAS_SIGN_COMMAND_KEY",
    "ATLAS_PUBLIC_KEY",
    "PGPASSWORD",
    "SUPABASE_SERVICE_ROLE_KEY",
];

pub struct SignCommand {
    program: String,
    arguments: Vec<String>,
    key: PublicKey,
}

impl SignCommand {
    /// Takes a program and its arguments, separated by spaces; there is no shell.
    pub fn new(command: &str, key: PublicKey) -> Result<Self, KeyError> {
        let mut words = command.split_whitespace().map(str::to_owned);
        let program = words.next().ok_or_else(|| KeyError::new("expected a program in --sign-command, found none"))?;
        Ok(Self { program, arguments: words.collect(), key })
    }

    pub fn public(&self) -> PublicKey {
        self.key
    }

    /// What the program signs, within this time and at most 20 s. Whether it is right is checked by the caller.
    pub async fn sign(&self, bytes: &[u8], within: Duration) -> Result<[u8; 64], KeyError> {
        let within = within.min(LONGEST);
        let late = || KeyError(format!("the sign command did not end within {}, and was stopped", in_words(within)));
        let output = timeout(within, self.run(bytes)).await.map_err(|_| late())??;
        self.signature(&output)
    }

    async fn run(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        for name in KEPT_BACK {
            command.env_remove(name);
        }
        // At a terminal it stays in the foreground, where it may ask for a PIN and Ctrl-C reaches it.
        let grouped = !io::stdin().is_terminal();
        if grouped {
            command.process_group(0);
        }
        let failed = |error: io::Error| KeyError(format!("the sign command could not be run: {error}"));
        let mut child = command.spawn().map_err(failed)?;
        let mut group = ProcessGroup(child.id().filter(|_| grouped));
        let output = exchange(&mut child, &mut group, bytes).await.map_err(failed)?;
        if output.len() > MOST_BYTES {
            return Err(KeyError(format!("{EXPECTED}; found more than {MOST_BYTES} bytes")));
        }
        let status = child.wait().await.map_err(failed)?;
        group.0 = None;
        if status.success() { Ok(output) } else { Err(KeyError(format!("the sign command failed: {status}"))) }
    }

    fn signature(&self, output: &[u8]) -> Result<[u8; 64], KeyError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Printed {
            key_id: Option<String>,
            signature: String,
        }
        let text = std::str::from_utf8(output).map_err(|_| KeyError(format!("{EXPECTED}; found bytes")))?.trim();
        let printed = if text.starts_with('{') {
            serde_json::from_str(text).map_err(|_| KeyError(format!("{EXPECTED}; found other JSON")))?
        } else {
            Printed { key_id: None, signature: text.to_owned() }
        };
        let expected = self.key.id();
        if printed.key_id.is_some_and(|id| id != expected) {
            return Err(KeyError(format!("expected a signature of the key {expected}, found the id of another key")));
        }
        // The usual programs break base64 into lines.
        let digits: String = printed.signature.split_ascii_whitespace().collect();
        let digits = digits.trim_end_matches('=').replace('-', "+").replace('_', "/");
        let signature = STANDARD_NO_PAD.decode(digits).ok().and_then(|bytes| bytes.try_into().ok());
        signature.ok_or_else(|| KeyError(format!("{EXPECTED}; found another text")))
    }
}

/// Without the command, which may hold a credential.
impl fmt::Debug for SignCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignCommand({})", self.key.id())
    }
}

/// The group of the processes of a program that has not ended: all of them are killed when this is dropped. Its id is the
/// program's own, which nobody else gets until its end is known.
struct ProcessGroup(Option<u32>);

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        let leader = self.0.and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(leader) = leader {
            // It fails where nothing is left.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

/// Writes the bytes and reads what is printed, both at once: neither side may have to wait for the other. It is over when
/// the program has closed its output, or has ended.
async fn exchange(child: &mut Child, group: &mut ProcessGroup, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let mut output = Vec::new();
    let write = async {
        if let Some(mut stdin) = stdin {
            // A program that has read enough may close its end.
            let _ = stdin.write_all(bytes).await;
        }
    };
    let read = async {
        let Some(mut stdout) = stdout else { return io::Result::Ok(()) };
        while output.len() <= MOST_BYTES && stdout.read_buf(&mut output).await? > 0 {}
        Ok(())
    };
    let both = async { tokio::join!(write, read).1 };
    {
        let mut both = pin!(both);
        tokio::select! {
            read = &mut both => read?,
            ended = child.wait() => {
                ended?;
                group.0 = None;
                timeout(REST, both).await.unwrap_or(Ok(()))?;
            }
        }
    }
    Ok(output)
}
