//! `--sign-command`: what a program prints is verified, and a program that does anything else cannot hold up a run.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use atlas::sync::run::Outcome;
use atlas::sync::signature::{SignCommand, Signing};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use tempfile::TempDir;

use crate::support::{Place, id, key, public};

const BYTES: &[u8] = b"what is signed";

/// A command of the test, in a directory of its own. The shell reads it: a file that was written just now may be open for
/// writing in a process that another test is about to start, and cannot be executed then.
fn program(script: &str) -> (TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sign");
    std::fs::write(&path, script).unwrap();
    let command = format!("/bin/sh {}", path.display());
    (directory, command)
}

fn signing(command: &str) -> Signing {
    Signing::new(Vec::new(), Some(SignCommand::new(command, public("old")).unwrap()), Vec::new()).unwrap()
}

async fn sign(script: &str) -> Result<Vec<String>, String> {
    let (_directory, path) = program(script);
    let signed = signing(&path).sign(BYTES, Duration::from_secs(20)).await;
    signed.map(|signatures| signatures.ids()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_signature_is_taken_in_each_form() {
    let signature = key("old").sign(BYTES).unwrap();
    let (url, plain) = (URL_SAFE_NO_PAD.encode(signature), STANDARD.encode(signature));
    let named = format!(r#"{{ "keyId": "{}", "signature": "{plain}" }}"#, id("old"));
    let unnamed = format!(r#"{{"signature":"{url}"}}"#);
    // As `base64` and `openssl base64` break it.
    let [wide, narrow] = [76, 64].map(|width| plain.replacen(&plain[width..], &format!("\n{}", &plain[width..]), 1));
    for printed in [&url, &plain, &named, &unnamed, &wide, &narrow] {
        assert_eq!(sign(&format!("cat > /dev/null; echo '{printed}'")).await, Ok(vec![id("old")]), "{printed}");
    }
    // One that does not read what it gets.
    assert_eq!(sign(&format!("echo '{url}'")).await, Ok(vec![id("old")]));
}

#[tokio::test]
async fn the_program_gets_its_arguments_and_the_bytes_and_none_of_the_secrets() {
    let (directory, path) = program(r#"cat > "$1/bytes"; echo "$2" > "$1/word"; env > "$1/env""#);
    let place = directory.path().to_str().unwrap();
    let error = signing(&format!("{path} {place}  word")).sign(BYTES, Duration::from_secs(20)).await.unwrap_err();
    assert!(error.to_string().contains("64 bytes"), "{error}");
    let read = |name: &str| std::fs::read(directory.path().join(name)).unwrap();
    assert_eq!((read("bytes").as_slice(), read("word").as_slice()), (BYTES, b"word\n".as_slice()));
    let environment = String::from_utf8(read("env")).unwrap();
    assert!(environment.contains("PATH=") && !environment.contains("INTERNAL_ADMIN_KEY"), "{environment}");
}

#[tokio::test]
async fn anything_else_is_an_error_that_says_what_was_expected() {
    let stranger = URL_SAFE_NO_PAD.encode(key("stranger").sign(BYTES).unwrap());
    let good = URL_SAFE_NO_PAD.encode(key("old").sign(BYTES).unwrap());
    let named = format!(r#"{{ "keyId": "{}", "signature": "{good}" }}"#, id("stranger"));
    for (script, expected) in [
        (format!("echo {stranger}"), "does not verify"),
        (format!("echo '{named}'"), "id of another key"),
        (format!("echo {good}; exit 3"), "exit status: 3"),
        ("echo s3cr3t".to_owned(), "64 bytes"),
        ("echo '{ \"signature\": 7 }'".to_owned(), "other JSON"),
        ("printf '\\377'".to_owned(), "found bytes"),
        ("true".to_owned(), "64 bytes"),
        ("yes s3cr3t".to_owned(), "more than 16384 bytes"),
    ] {
        let error = sign(&script).await.unwrap_err();
        assert!(error.contains(expected) && !error.contains("s3cr3t"), "{script}: {error}");
    }
    let missing = signing("/nowhere/at-all").sign(BYTES, Duration::from_secs(20)).await.unwrap_err();
    assert!(missing.to_string().contains("could not be run"), "{missing}");
    assert!(SignCommand::new("  ", public("old")).is_err());
}

#[tokio::test]
async fn a_program_that_does_not_end_is_stopped() {
    // The last two start a program of their own. At a terminal that is left to Ctrl-C.
    let scripts = ["exec sleep 60", "sleep 60; true", "sleep 60 & wait"];
    let most = if std::io::stdin().is_terminal() { 1 } else { scripts.len() };
    for script in &scripts[..most] {
        let (directory, path) = program(&format!("exec 3> $1/open; {script}"));
        let fifo = directory.path().join("open");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let (ended, end) = std::sync::mpsc::channel();
        // Reading ends when no process has the pipe open any more.
        std::thread::spawn(move || ended.send(std::fs::read(fifo).is_ok()));
        let began = Instant::now();
        let command = format!("{path} {}", directory.path().display());
        let error = signing(&command).sign(BYTES, Duration::from_millis(300)).await.unwrap_err();
        assert!(error.to_string().contains("did not end within 300 ms"), "{error}");
        assert_eq!(end.recv_timeout(Duration::from_secs(10)), Ok(true), "{script}");
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    }
}

/// Such as an agent that it has started, which inherits its standard output.
#[tokio::test]
async fn a_program_that_leaves_another_running_has_ended() {
    let url = URL_SAFE_NO_PAD.encode(key("old").sign(BYTES).unwrap());
    let began = Instant::now();
    assert_eq!(sign(&format!("sleep 15 & echo '{url}'")).await, Ok(vec![id("old")]));
    let error = sign("sleep 15 & exit 3").await.unwrap_err();
    assert!(error.contains("exit status: 3"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_run_that_cannot_sign_writes_nothing() {
    let place = Place::new();
    let (_directory, path) = program("exit 1");
    let failure = place.sync("first", &signing(&path)).await.unwrap_err();
    assert_eq!((failure.error.code(), failure.error.exit_code()), ("signing_failed", 5), "{failure}");
    assert!(place.items().await.is_empty());
    let report = place.sync("first", &crate::support::signing(&["old"], &[])).await.unwrap();
    assert_eq!(report.outcome, Outcome::Published);
}
