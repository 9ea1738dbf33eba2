//! The long-running job as a process: its first sync, its endpoints, and its end by SIGTERM.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::signing::{key, text};
use crate::support::{Place, stderr};

struct Job {
    child: Child,
    address: String,
}

impl Job {
    fn start(place: &Place) -> Self {
        Self::start_with(place, &[])
    }

    fn start_with(place: &Place, variables: &[(&str, &str)]) -> Self {
        let mut command = place.command("serve");
        command.env("INTERNAL_ADMIN_KEY", "the-key").envs(variables.iter().copied());
        command.arg("--source").arg(format!("file:{}", place.rows().display())).args(["--listen", "127.0.0.1:0"]);
        Self::of(command.stderr(Stdio::null()))
    }

    fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Self { child, address }
    }

    /// The status and the body of an answer.
    fn ask(&self, request: &str, headers: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        write!(stream, "{request} HTTP/1.1\r\nhost: atlas\r\nconnection: close\r\n{headers}\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    fn ask_with_key(&self, request: &str) -> (u16, Value) {
        let (status, body) = self.ask(request, "authorization: Bearer the-key\r\n");
        (status, serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}")))
    }
}

impl Job {
    fn until_ready(&self) {
        let began = Instant::now();
        while self.ask("GET /readyz", "").0 != 200 {
            assert!(began.elapsed() < Duration::from_mins(2), "the first sync does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a container's health check says of a job.
fn probe(address: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_atlas-sync")).args(["probe", "--listen", address]).output().unwrap()
}

#[test]
fn the_job_syncs_at_the_start_answers_and_ends_by_sigterm() {
    let place = Place::new();
    let mut job = Job::start(&place);
    job.until_ready();
    assert_eq!(place.items()["atlas_v1_rev_1"], json!({ "version": 1 }));

    place.edit("widget_templates", "FAQ Classic Light", "FAQ Classic Lighter");
    let (status, report) = job.ask_with_key("PUT /edge-config");
    assert_eq!((status, &report["outcome"], &report["version"]), (200, &json!("published"), &json!(2)));
    let (status, health) = job.ask_with_key("GET /healthz");
    assert_eq!((status, &health["status"], &health["version"]), (200, &json!("ok"), &json!(2)));

    place.edit("widget_templates", "CARD", "SPIRAL");
    let (status, report) = job.ask_with_key("PUT /edge-config");
    assert_eq!((status, &report["outcome"]), (422, &json!("refused")));
    let (status, health) = job.ask_with_key("GET /healthz");
    assert_eq!((status, &health["status"], &health["version"]), (200, &json!("degraded"), &json!(2)));
    assert_eq!(job.ask("GET /healthz", "").0, 401);

    assert_eq!(probe(&job.address).status.code(), Some(0));
    let pid = job.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(job.child.wait().unwrap().code(), Some(0));
    let dead = probe(&job.address);
    assert_eq!(dead.status.code(), Some(1));
    assert!(stderr(&dead).contains("/livez"), "{}", stderr(&dead));
}

#[test]
fn a_log_that_nobody_reads_holds_up_neither_answers_nor_the_end() {
    let place = Place::new();
    let mut command = place.command("serve");
    command.env("INTERNAL_ADMIN_KEY", "the-key").args(["--log", "trace", "--listen", "127.0.0.1:0"]);
    command.arg("--source").arg(format!("file:{}", place.rows().display()));
    let mut job = Job::of(command.stderr(Stdio::piped()));
    job.until_ready();
    // Each is many lines of the log, and together they are more than a pipe holds.
    for _ in 0..40 {
        assert_eq!(job.ask_with_key("PUT /edge-config").0, 200);
    }
    let pid = job.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let began = Instant::now();
    assert_eq!(job.child.wait().unwrap().code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(10), "it took {:?}", began.elapsed());
    let mut log = Vec::new();
    let read = job.child.stderr.take().unwrap().read_to_end(&mut log).unwrap();
    assert!((50_000..=65_536).contains(&read), "not as much as a pipe holds: {read} bytes");
}

#[test]
fn the_job_signs_its_heartbeats_and_says_who_signed() {
    let (place, key) = (Place::new(), key("old"));
    let job = Job::start_with(&place, &[("ATLAS_SIGNING_KEY", text(&key, "privatePem")), ("ATLAS_HEARTBEAT", "0s")]);
    job.until_ready();
    let ids = json!([key["id"]]);
    for outcome in ["heartbeat", "heartbeat"] {
        let (_, report) = job.ask_with_key("PUT /edge-config");
        assert_eq!((&report["outcome"], &report["signedBy"]), (&json!(outcome), &ids), "{report}");
        let verified = place.command("verify").args(["--public-key", text(&key, "publicKey")]).output().unwrap();
        assert_eq!(verified.status.code(), Some(0), "{}", stderr(&verified));
    }
    assert_eq!(job.ask_with_key("GET /healthz").1["signedBy"], ids);
    let (_, metrics) = job.ask("GET /metrics", "authorization: Bearer the-key\r\n");
    assert!(metrics.contains("\natlas_snapshot_signatures 1.0\n"), "{metrics}");
}

#[test]
fn a_job_whose_key_cannot_be_used_does_not_start() {
    let place = Place::new();
    let mut command = place.command("serve");
    command.arg("--source").arg(format!("file:{}", place.rows().display()));
    let output = command.env("INTERNAL_ADMIN_KEY", "k").env("ATLAS_SIGNING_KEY", "s3cr3t").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("ATLAS_SIGNING_KEY") && !stderr(&output).contains("s3cr3t"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn without_the_admin_key_the_job_does_not_start() {
    let place = Place::new();
    let mut command = place.command("serve");
    command.arg("--source").arg(format!("file:{}", place.rows().display()));
    let output = command.env_remove("INTERNAL_ADMIN_KEY").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("INTERNAL_ADMIN_KEY"), "{}", stderr(&output));
    assert!(!place.store().exists());
}

#[test]
fn each_key_opens_one_thing_alone() {
    let [admin, metrics, webhook] = ["INTERNAL_ADMIN_KEY", "ATLAS_METRICS_TOKEN", "ATLAS_WEBHOOK_TOKEN"];
    for [name, same] in [[metrics, admin], [webhook, admin], [webhook, metrics]] {
        let place = Place::new();
        let mut command = place.command("serve");
        command.arg("--source").arg(format!("file:{}", place.rows().display())).args(["--listen", "127.0.0.1:0"]);
        let output = command.env(admin, "another").env(name, "s3cr3t").env(same, "s3cr3t").output().unwrap();
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(&format!("{name} and {same} are the same")), "{text}");
        assert!(!text.contains("s3cr3t"), "{text}");
    }
}

/// HTTP takes the spaces around a header's value away, so a key with them could never be sent.
#[test]
fn spaces_around_a_key_are_not_part_of_it() {
    for key in ["the-key ", "\t the-key", "the-key\r\n"] {
        let place = Place::new();
        let mut job = Job::start_with(&place, &[("INTERNAL_ADMIN_KEY", key), ("ATLAS_METRICS_TOKEN", " look ")]);
        job.until_ready();
        let (with_key, with_token) = (
            job.ask("GET /healthz", "authorization: Bearer the-key\r\n").0,
            job.ask("GET /healthz", "authorization: Bearer look \r\n").0,
        );
        job.child.kill().unwrap();
        job.child.wait().unwrap();
        assert_eq!((with_key, with_token), (200, 200), "{key:?}");
    }
}

#[test]
fn a_key_that_no_request_would_have_is_refused_at_the_start() {
    for name in ["INTERNAL_ADMIN_KEY", "ATLAS_METRICS_TOKEN", "ATLAS_WEBHOOK_TOKEN"] {
        // `docker run --env-file` keeps quotes.
        for (key, flaw) in [("s3cr3t\nkey", "control characters"), ("\"s3cr3t\"", "quotes"), ("'s3cr3t'", "quotes")] {
            let place = Place::new();
            let mut command = place.command("serve");
            command.arg("--source").arg(format!("file:{}", place.rows().display())).args(["--listen", "127.0.0.1:0"]);
            let output = command.env("INTERNAL_ADMIN_KEY", "k").env(name, key).output().unwrap();
            let text = stderr(&output);
            assert_eq!(output.status.code(), Some(2), "{text}");
            assert!(text.contains(&format!("expected {name} without {flaw}")), "{text}");
            assert!(!text.contains("s3cr3t"), "{text}");
        }
    }
}

/// The threads of its builds cannot be stopped, and it does not begin one more for each sync.
#[test]
fn a_job_whose_builds_all_go_on_says_that_it_has_to_be_restarted() {
    let place = Place::new();
    assert_eq!(place.run("sync").0, 0);
    place.give_a_schema_that_takes_for_ever_to_check();
    let job = Job::start_with(&place, &[("ATLAS_DEADLINE", "500ms")]);
    let (mut syncs, began) = (0, Instant::now());
    let message = loop {
        assert!(began.elapsed() < Duration::from_mins(1) && syncs < 5, "{syncs} syncs");
        let (status, report) = job.ask_with_key("PUT /edge-config");
        // The sync at the start may be under way, and on a busy machine even the rows may come too late.
        if (status, report["error"]["code"].as_str()) != (422, Some("build_late")) {
            std::thread::sleep(Duration::from_millis(20));
            continue;
        }
        let message = report["error"]["message"].as_str().unwrap().to_owned();
        if !message.contains("look for a schema") {
            break message;
        }
        syncs += 1;
    };
    assert!(message.contains("4 builds that did not end") && message.contains("restart atlas-sync"), "{message}");
    // What waits for the disk is not held up.
    assert_eq!(job.ask_with_key("GET /healthz").1["version"], 1);
}
