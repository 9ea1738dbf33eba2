//! Secrets never show: not in a log line at any level, not in a report, an error or a `Debug` of anything.

use atlas::cli::secrets::Secrets;
use atlas::dev::WRITE_TOKEN;
use atlas::sync::net::http::Limits;
use atlas::sync::store::Store;
use serde_json::{Value, json};

use crate::support::{Server, program, rows_in};

const ADMIN_KEY: &str = "the-admin-key-3f9a";
const WRONG_TOKEN: &str = "the-wrong-token-77c1";
const SERVICE_KEY: &str = "the-service-key-b02d";

/// Everything that a command prints, at the most talkative level.
async fn said(server: &Server, token: &str, arguments: &[&str], code: i32) -> String {
    let mut all = String::new();
    for format in ["json", "text"] {
        let mut command = program(arguments);
        command.args(["--store", "vercel", "--edge-config-id", "ecfg_local", "--api-url", &server.url]);
        command.args(["--team-id", "team_1", "--log", "trace", "--log-format", format, "--json"]);
        command.envs([
            ("INTERNAL_ADMIN_KEY", ADMIN_KEY),
            ("ATLAS_EDGE_CONFIG_TOKEN", token),
            ("SUPABASE_SERVICE_ROLE_KEY", SERVICE_KEY),
        ]);
        let output = command.output().await.unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        all += &String::from_utf8(output.stdout).unwrap();
        all += &String::from_utf8(output.stderr).unwrap();
    }
    all
}

fn hides_all(text: &str) {
    assert!(text.len() > 100, "nothing was said: {text}");
    for secret in [ADMIN_KEY, WRONG_TOKEN, SERVICE_KEY, WRITE_TOKEN, "Bearer"] {
        assert!(!text.contains(secret), "{secret} shows in:\n{text}");
    }
}

#[tokio::test]
async fn no_command_says_a_secret_whatever_goes_wrong() {
    let server = Server::start().await;
    let rows = tempfile::tempdir().unwrap();
    let source = rows_in(rows.path(), "a").await;
    let sync = ["sync", "--source", &source, "--heartbeat", "0s"];
    let faults = json!([
        { "kind": "status", "status": 500, "times": 1 },
        { "kind": "drop", "times": 1 },
        { "kind": "rateLimited", "retryAfterSeconds": 0, "times": 1 },
        { "kind": "dropAfterWrite", "times": 1 },
    ]);
    server.faults(faults).await;
    hides_all(&said(&server, WRITE_TOKEN, &sync, 0).await);
    hides_all(&said(&server, WRITE_TOKEN, &["status"], 0).await);
    hides_all(&said(&server, WRITE_TOKEN, &["verify"], 0).await);
    hides_all(&said(&server, WRITE_TOKEN, &["restore", "--backup", "none"], 2).await);
    for command in [&sync[..], &["status"], &["verify"], &["restore"]] {
        hides_all(&said(&server, WRONG_TOKEN, command, 6).await);
    }
}

#[tokio::test]
async fn every_step_of_a_run_is_logged_with_the_runs_name_and_its_time() {
    let server = Server::start().await;
    let rows = tempfile::tempdir().unwrap();
    let source = rows_in(rows.path(), "a").await;
    let mut command = program(&["sync", "--source", &source, "--store", "vercel", "--edge-config-id", "ecfg_local"]);
    command.args(["--api-url", &server.url, "--json"]);
    command.envs([("INTERNAL_ADMIN_KEY", ADMIN_KEY), ("ATLAS_EDGE_CONFIG_TOKEN", WRITE_TOKEN)]);
    let output = command.output().await.unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lines = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said = |text: &str| {
        let line = lines.iter().find(|line| line["fields"]["message"] == text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(line["span"]["run"], report["run"], "{line}");
        line["fields"].clone()
    };
    for step in [
        "Michael was read",
        "the snapshot was built",
        "the store was read",
        "the store was compared with Michael",
        "the store was written",
        "the store was read back",
    ] {
        assert!(said(step)["ms"].is_u64(), "{step}");
    }
    let rows = said("Michael was read");
    for table in ["widget_templates", "widget_schemas", "plan_features", "plan_limits"] {
        assert!(rows[table].is_u64(), "{rows}");
    }
    assert_eq!(said("the store was read back")["shows"], "sent");
    let end = said("the run ended");
    for (field, member) in
        [("version", "version"), ("checksum", "checksum"), ("bytes", "bytes"), ("outcome", "outcome")]
    {
        assert_eq!(end[field], report[member], "{field}");
    }
    assert_eq!(end["added"], report["diff"]["added"]);
    for step in ["read", "build", "readStore", "compare", "publish", "readBack"] {
        assert!(report["stepsMs"][step].is_u64(), "{step}: {report}");
    }
}

#[tokio::test]
async fn nothing_that_holds_a_secret_prints_it() {
    let server = Server::start().await;
    let store = server.store_with(WRONG_TOKEN, Limits::default());
    let secrets = Secrets::from_environment(|_| Some(ADMIN_KEY.to_owned()));
    let error = store.items().await.unwrap_err();
    hides_all(&format!("{store:?} {secrets:?} {error:?} {error} {}", store.describe()));
}
