//! Prints results to standard output and failures to standard error, and gives the exit code.

use std::fmt::Display;
use std::io::{self, Write, stdout};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use serde::Serialize;

use super::log_thread::FLUSH;
use crate::sync::shown::{escaped, escaped_json};

/// The result could not be printed: `EX_IOERR` of `sysexits.h`.
const UNPRINTED: u8 = 74;

/// Prints one JSON object, or text for people.
pub fn print(json: bool, object: &impl Serialize, text: impl Display) -> ExitCode {
    if json { print_json(object) } else { exit_code(write!(anstream::stdout(), "{text}")) }
}

pub fn print_json(object: &impl Serialize) -> ExitCode {
    let line = serde_json::to_string(object).unwrap_or_default();
    exit_code(writeln!(stdout(), "{}", escaped_json(&line)))
}

/// Prints a text as it is.
pub fn print_raw(text: &[u8]) -> ExitCode {
    exit_code(stdout().write_all(text))
}

/// The exit code after something was written to standard output. A pipe that is closed is no failure: its reader has seen
/// enough.
pub fn exit_code(written: io::Result<()>) -> ExitCode {
    match written.and_then(|()| stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            fail(&format!("the result could not be written to standard output: {error}"), UNPRINTED)
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Where nobody reads standard error, the message is given up: the exit code says enough.
pub fn fail(message: &str, code: u8) -> ExitCode {
    let line: Arc<str> = format!("atlas-sync: {}\n", escaped(message)).into();
    let write = |line: &str| drop(anstream::stderr().write_all(line.as_bytes()));
    let (written, wait) = channel::<()>();
    let shared = Arc::clone(&line);
    let work = move || {
        write(&shared);
        drop(written);
    };
    match thread::Builder::new().spawn(work) {
        Ok(_) => drop(wait.recv_timeout(FLUSH)),
        Err(_) => write(&line),
    }
    ExitCode::from(code)
}
