//! Who may do what, seen from outside: the program, its exit code, and whether anybody was spoken to.

use std::net::TcpListener;
use std::process::Output;

use serde_json::Value;

use crate::support::{Server, program, published, rows_in};

const PUBLISHING: [&[&str]; 2] = [&["sync", "--source", "file:no/such/rows"], &["restore"]];
const LOOKING: [&[&str]; 3] = [&["plan", "--source", "file:no/such/rows"], &["verify"], &["status"]];

async fn ask(arguments: &[&str], url: &str, secrets: &[(&str, &str)]) -> Output {
    let mut command = program(arguments);
    command.args(["--json", "--store", "vercel", "--edge-config-id", "ecfg_local", "--api-url", url]);
    command.envs(secrets.iter().copied()).output().await.unwrap()
}

fn code_in(output: &Output) -> String {
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    report["error"]["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn without_the_secrets_nobody_is_spoken_to_and_nothing_is_read() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (key, token) = (("INTERNAL_ADMIN_KEY", "key"), ("ATLAS_EDGE_CONFIG_TOKEN", "token"));
    let empty = ("INTERNAL_ADMIN_KEY", "");
    for (commands, secrets) in [
        (&PUBLISHING[..], &[][..]),
        (&PUBLISHING, &[token]),
        (&PUBLISHING, &[empty, token]),
        (&PUBLISHING, &[key]),
        (&LOOKING, &[key]),
    ] {
        for command in commands {
            let output = ask(command, &url, secrets).await;
            assert_eq!(output.status.code(), Some(3), "{command:?}: {output:?}");
            assert_eq!(code_in(&output), "not_allowed");
        }
    }
    assert!(listener.accept().is_err(), "a connection was opened");
    // The same command with both secrets does speak to it, before it reads Michael.
    let command = [PUBLISHING[0], &["--deadline", "500ms"]].concat();
    let output = ask(&command, &url, &[key, token]).await;
    assert_eq!((output.status.code(), code_in(&output)), (Some(6), "store_failed".to_owned()));
    assert!(listener.accept().is_ok(), "no connection was opened");
}

#[tokio::test]
async fn looking_needs_the_token_alone() {
    let server = Server::start().await;
    published("first", &server.store()).await;
    let rows = tempfile::tempdir().unwrap();
    let source = rows_in(rows.path(), "second").await;
    let token = [("ATLAS_EDGE_CONFIG_TOKEN", atlas::dev::WRITE_TOKEN)];
    for command in [&["plan", "--source", &source][..], &["verify"], &["status"]] {
        let output = ask(command, &server.url, &token).await;
        assert_eq!(output.status.code(), Some(0), "{command:?}: {output:?}");
    }
    assert_eq!(server.version().await, 1);
}

#[tokio::test]
async fn a_missing_or_pasted_id_and_an_open_address_are_wrong_usage() {
    let secrets = [("INTERNAL_ADMIN_KEY", "key"), ("ATLAS_EDGE_CONFIG_TOKEN", "very-secret")];
    for (arguments, told) in [
        (&["--store", "vercel"][..], "--edge-config-id"),
        (&["--store", "vercel", "--edge-config-id", "https://x/ecfg_1?token=t"], "connection string"),
        (&["--store", "vercel", "--edge-config-id", "ecfg_1", "--api-url", "http://10.0.0.1"], "https"),
    ] {
        let mut command = program(&["sync", "--source", "file:no/such/rows", "--json"]);
        let output = command.args(arguments).envs(secrets).output().await.unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(report["error"]["message"].as_str().unwrap().contains(told), "{report}");
    }
}
