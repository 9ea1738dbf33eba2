//! Keys, signed snapshots and exports, as people use them.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::{Place, parsed, repository, stderr};

fn atlas_sync(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_atlas-sync")).args(words).output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a command printed, however it ended.
fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// One of the keys for tests.
pub fn key(name: &str) -> Value {
    let text = std::fs::read_to_string(repository("tests/fixtures/keys.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["keys"][name].clone()
}

pub fn text<'a>(key: &'a Value, member: &str) -> &'a str {
    key[member].as_str().unwrap()
}

fn path(place: &Place, name: &str) -> String {
    place.directory.path().join(name).to_str().unwrap().to_owned()
}

#[test]
fn a_new_key_is_for_its_owner_alone_and_never_replaced() {
    let place = Place::new();
    let file = path(&place, "key.pem");
    let made = stdout(&atlas_sync(&["keys", "new", "--out", &file]));
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.starts_with("-----BEGIN PRIVATE KEY-----\n") && written.ends_with("-----END PRIVATE KEY-----\n"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!made.contains("PRIVATE") && made.contains("-----BEGIN PUBLIC KEY-----"), "{made}");
    assert_eq!(stdout(&atlas_sync(&["keys", "show", &file])), made);
    let again = atlas_sync(&["keys", "new", "--out", &file]);
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("never replaced"), "{}", stderr(&again));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);
    // Without a file the key alone is on standard output.
    let printed = atlas_sync(&["keys", "new"]);
    assert!(stdout(&printed).starts_with("-----BEGIN PRIVATE KEY-----\n"), "{printed:?}");
    assert!(!stdout(&printed).contains("PUBLIC") && stderr(&printed).contains("PUBLIC"), "{}", stderr(&printed));
}

/// No file may grow there, as on a full disk.
#[test]
fn a_key_that_cannot_be_written_leaves_no_file() {
    let place = Place::new();
    let file = path(&place, "key.pem");
    let full = "trap '' XFSZ; ulimit -f 0; exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", full, "sh", env!("CARGO_BIN_EXE_atlas-sync"), "keys", "new", "--out", &file]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("could not be written to"), "{}", stderr(&output));
    stdout(&atlas_sync(&["keys", "new", "--out", &file]));
}

#[test]
fn a_key_is_shown_however_it_is_given() {
    let (place, old) = (Place::new(), key("old"));
    let (private, public) = (path(&place, "private.pem"), path(&place, "public.pem"));
    std::fs::write(&private, text(&old, "privatePem")).unwrap();
    std::fs::write(&public, text(&old, "publicPem")).unwrap();
    for given in [&private, &public, text(&old, "privatePem"), text(&old, "publicPem"), text(&old, "publicKey")] {
        let shown: Value = serde_json::from_str(&stdout(&atlas_sync(&["keys", "show", "--json", given]))).unwrap();
        assert_eq!(shown["keys"][0]["id"], old["id"], "as an argument");
        let output = Command::new(env!("CARGO_BIN_EXE_atlas-sync"))
            .args(["keys", "show", "--json"])
            .env("ATLAS_SIGNING_KEY", given)
            .output()
            .unwrap();
        let shown: Value = serde_json::from_str(&stdout(&output)).unwrap();
        let [shown] = shown["keys"].as_array().unwrap().as_slice() else { panic!("{shown}") };
        assert_eq!(
            (&shown["id"], &shown["publicKey"], &shown["pem"]),
            (&old["id"], &old["publicKey"], &old["publicPem"])
        );
    }
}

#[test]
fn options_may_follow_the_key_that_is_shown() {
    let (place, old) = (Place::new(), key("old"));
    let file = path(&place, "private.pem");
    std::fs::write(&file, text(&old, "privatePem")).unwrap();
    // One of 64 keys begins with a hyphen.
    let hyphen = "-".to_owned() + &text(&key("new"), "publicKey")[1..];
    let (code, shown) = parsed(&atlas_sync(&["keys", "show", &file, &hyphen, text(&old, "publicPem"), "--json"]));
    let ids: Vec<_> = shown["keys"].as_array().unwrap().iter().map(|key| &key["publicKey"]).collect();
    assert_eq!((code, ids), (0, vec![&old["publicKey"], &hyphen.into(), &old["publicKey"]]));
    assert!(stdout(&atlas_sync(&["keys", "show", &file, "--help"])).contains("Usage: "));
    let unknown = atlas_sync(&["keys", "show", &file, "--jsn"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("unexpected argument '--jsn'"), "{}", stderr(&unknown));
}

#[test]
fn a_key_is_shown_from_a_pipe() {
    let old = key("old");
    for given in ["privatePem", "publicPem", "publicKey"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_atlas-sync"));
        command.args(["keys", "show", "--json", "/dev/stdin"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut shown = command.spawn().unwrap();
        shown.stdin.take().unwrap().write_all(text(&old, given).as_bytes()).unwrap();
        let (code, shown) = parsed(&shown.wait_with_output().unwrap());
        assert_eq!((code, &shown["keys"][0]["id"]), (0, &old["id"]), "{given}: {shown}");
    }
}

#[test]
fn a_wrong_key_is_named_and_not_shown() {
    let place = Place::new();
    let pem = |label: &str| format!("-----BEGIN {label}-----\nczNjcjN0\n-----END {label}-----\n");
    for (wrong, says) in [
        ("s3cr3t".to_owned(), "neither"),
        (pem("ENCRYPTED PRIVATE KEY"), "encrypted"),
        (pem("RSA PRIVATE KEY"), "RSA"),
        (pem("OPENSSH PRIVATE KEY"), "OpenSSH"),
        (pem("PRIVATE KEY"), "another key"),
        (text(&key("old"), "publicPem").to_owned(), "a public key"),
        ("-----BEGIN PRIVATE KEY-----\nczNjcjN0".to_owned(), "damaged"),
    ] {
        let (code, report) =
            parsed(&place.command("sync").arg("--json").env("ATLAS_SIGNING_KEY", &wrong).output().unwrap());
        let message = report["error"]["message"].as_str().unwrap();
        assert_eq!((code, &report["error"]["code"]), (2, &Value::from("usage")), "{report}");
        assert!(message.contains("ATLAS_SIGNING_KEY") && message.contains(says), "{wrong}: {message}");
        assert!(!message.contains("s3cr3t") && !message.contains("czNjcjN0"), "{message}");
        for option in ["--signing-key", "--public-key", "--sign-command-key"] {
            let output = place.command("sync").args(["--sign-command", "true", option, &wrong]).output().unwrap();
            let all = printed(&output) + &stderr(&output);
            assert!(!all.contains("s3cr3t") && !all.contains("czNjcjN0"), "{option} {wrong}: {all}");
            // With its public key the command is run, and signs nothing.
            let code = if option == "--sign-command-key" && says == "a public key" { 5 } else { 2 };
            assert_eq!(output.status.code(), Some(code), "{option} {wrong}: {all}");
        }
        assert!(!place.store().exists());
    }
}

/// Runs a command that signs with these keys.
fn signed(place: &Place, command: &str, keys: &[&str]) -> Value {
    let pems: String = keys.iter().map(|name| text(&key(name), "privatePem").to_owned()).collect();
    let (code, report) = parsed(&place.command(command).arg("--json").env("ATLAS_SIGNING_KEY", pems).output().unwrap());
    assert_eq!(code, 0, "{report}");
    report
}

#[test]
fn a_signed_snapshot_is_verified_with_the_keys_that_are_given() {
    let (place, old, new) = (Place::new(), key("old"), key("new"));
    let report = signed(&place, "sync", &["old"]);
    assert_eq!(report["signedBy"], Value::from(vec![old["id"].clone()]));
    let verify = |arguments: &[&str]| parsed(&place.command("verify").arg("--json").args(arguments).output().unwrap());
    let (old_key, new_key) = (text(&old, "publicKey"), text(&new, "publicKey"));
    for (arguments, code) in [
        (vec![], 0),
        (vec!["--public-key", old_key], 0),
        (vec!["--public-key", new_key, "--public-key", old_key], 0),
        (vec!["--public-key", text(&old, "publicPem")], 0),
        (vec!["--public-key", new_key], 8),
        (vec!["--public-key", old_key, "--public-key", new_key, "--signatures-required", "2"], 8),
        (vec!["--public-key", old_key, "--signatures-required", "2"], 2),
        (vec!["--public-key", old_key, "--signatures-required", "0"], 2),
        (vec!["--signatures-required", "2"], 2),
        (vec!["--public-key", "AAAA"], 2),
    ] {
        let (found, report) = verify(&arguments);
        assert_eq!(found, code, "{arguments:?}: {report}");
        if code == 8 {
            assert_eq!(report["error"]["code"], "signature_invalid", "{report}");
            let message = report["error"]["message"].as_str().unwrap();
            assert!(message.contains(text(&old, "id")) && message.contains(text(&new, "id")), "{message}");
        }
    }
    // Two keys sign with a heartbeat, and both are in the status.
    assert_eq!(signed(&place, "sync", &["old", "new"])["outcome"], "heartbeat");
    assert_eq!(verify(&["--public-key", old_key, "--public-key", new_key, "--signatures-required", "2"]).0, 0);
    let (_, status) = parsed(&place.command("status").args(["--json", "--public-key", old_key]).output().unwrap());
    assert_eq!(status["signedBy"], Value::from(vec![old["id"].clone()]));
    let mut found: Vec<_> = status["signatures"].as_array().unwrap().iter().map(|one| one["status"].clone()).collect();
    found.sort_by_key(Value::to_string);
    assert_eq!(found, ["unknown_key", "verified"]);
    let status = stdout(&place.command("status").args(["--public-key", old_key]).output().unwrap());
    assert!(status.contains(&format!("signed by {} verified", text(&old, "id"))), "{status}");
}

#[test]
fn keys_come_from_files_and_lists_too() {
    let (place, old, new) = (Place::new(), key("old"), key("new"));
    let files = ["old", "new"].map(|name| {
        let file = path(&place, &format!("{name}.pem"));
        std::fs::write(&file, text(&key(name), "privatePem")).unwrap();
        file
    });
    let list = files.join(",");
    let (code, report) = parsed(&place.command("sync").args(["--json", "--signing-key", &list]).output().unwrap());
    assert_eq!((code, report["signedBy"].as_array().unwrap().len()), (0, 2), "{report}");
    let public = [text(&old, "publicKey"), text(&new, "publicKey")].join(",");
    let verify =
        place.command("verify").env("ATLAS_PUBLIC_KEY", &public).env("ATLAS_SIGNATURES_REQUIRED", "2").output();
    stdout(&verify.unwrap());
    let twice = [files[0].as_str(), &files[0]].join(",");
    let output = place.command("sync").args(["--signing-key", &twice]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(printed(&output).contains("twice"), "{}", printed(&output));
}

#[test]
fn a_path_with_no_key_behind_it_is_told() {
    let place = Place::new();
    let missing = path(&place, "missing.pem");
    for command in ["verify", "export", "sync"] {
        let output = place.command(command).args(["--public-key", &missing]).output().unwrap();
        let all = printed(&output) + &stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{command}: {all}");
        assert!(all.contains("as a path it cannot be read: No such file"), "{command}: {all}");
    }
}

#[test]
fn a_sign_command_needs_its_public_key() {
    let place = Place::new();
    for (given, missing) in
        [("--sign-command", "ATLAS_SIGN_COMMAND_KEY"), ("--sign-command-key", "ATLAS_SIGN_COMMAND ")]
    {
        let output = place.command("sync").args([given, text(&key("old"), "publicKey")]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(printed(&output).contains(&format!("expected {missing}")), "{}", printed(&output));
    }
}

#[test]
fn the_help_does_not_show_a_sign_command_which_may_hold_a_credential() {
    for command in ["sync", "restore", "release", "serve", "doctor", "dev"] {
        let mut help = Command::new(env!("CARGO_BIN_EXE_atlas-sync"));
        let output = help.args([command, "--help"]).env("ATLAS_SIGN_COMMAND", "sign --token=s3cr3t").output().unwrap();
        assert!(stdout(&output).contains("ATLAS_SIGN_COMMAND]"), "{command}");
        assert!(!stdout(&output).contains("s3cr3t"), "{command}");
    }
}

#[test]
fn the_local_store_is_filled_with_a_signed_snapshot() {
    let (place, old) = (Place::new(), key("old"));
    let mut dev = Command::new(env!("CARGO_BIN_EXE_atlas-sync"))
        .args(["dev", "--listen", "127.0.0.1:0", "--state", place.store().to_str().unwrap()])
        .env("ATLAS_SIGNING_KEY", text(&old, "privatePem"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(dev.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let _ = dev.kill();
    let _ = dev.wait();
    assert!(line.starts_with("listening on"), "{line}");
    stdout(&place.command("verify").args(["--public-key", text(&old, "publicKey")]).output().unwrap());
}

#[test]
fn an_export_is_the_verified_snapshot_and_nothing_else() {
    let place = Place::new();
    signed(&place, "sync", &["old"]);
    let exported: Value = serde_json::from_str(&stdout(&place.command("export").output().unwrap())).unwrap();
    let mut items = place.items();
    items.as_object_mut().unwrap().retain(|key, _| !key.contains("_rev_"));
    assert_eq!(exported, items);
    assert!(exported["atlas_v1_manifest"]["signatures"].is_object());
}

#[test]
fn a_directory_that_is_missing_is_named_and_no_temporary_file() {
    let place = Place::new();
    signed(&place, "sync", &["old"]);
    let (missing, file) = (path(&place, "missing"), path(&place, "missing/snapshot.mjs"));
    let output = place.command("export").args(["--out", &file]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let expected =
        format!("atlas-sync: the snapshot could not be written to {file}: there is no directory {missing}\n");
    assert!(stderr(&output).ends_with(&expected), "{}", stderr(&output));
}

#[test]
fn the_name_of_the_file_says_what_is_written() {
    let place = Place::new();
    signed(&place, "sync", &["old"]);
    let written = |name: &str, more: &[&str]| {
        let file = path(&place, name);
        let output = place.command("export").args(["--json", "--out", &file]).args(more).output().unwrap();
        let (code, report) = parsed(&output);
        assert_eq!((code, report["version"].as_u64(), report["out"].as_str()), (0, Some(1), Some(file.as_str())));
        std::fs::read_to_string(Path::new(&file)).unwrap()
    };
    for (name, more, begins) in [
        ("a.json", vec![], "{\"atlas_v1_manifest\""),
        ("a", vec![], "{\"atlas_v1_manifest\""),
        ("a.mjs", vec!["--format", "json"], "{\"atlas_v1_manifest\""),
        ("a.mjs", vec![], "// Written by"),
        ("a.js", vec![], "// Written by"),
        ("a", vec!["--format", "module"], "// Written by"),
        ("a.ts", vec![], "// Written by"),
        ("a.cts", vec![], "// Written by"),
        ("a.cjs", vec![], "// Written by"),
        ("a.cjs", vec!["--format", "module"], "// Written by"),
    ] {
        let text = written(name, &more);
        assert!(text.starts_with(begins), "{name} {more:?}: {text:.80}");
        assert_eq!(text.contains("const text: string"), name.ends_with("ts"), "{name}");
        assert_eq!(text.contains("module.exports = "), name == "a.cjs", "{name}");
    }
    // What was exported can be exported again, as another format.
    let (json, module) = (path(&place, "a.json"), path(&place, "again.mjs"));
    let first = std::fs::read(path(&place, "a.js")).unwrap();
    stdout(&atlas_sync(&["export", "--from", &json, "--out", &module]));
    assert_eq!(std::fs::read(&module).unwrap(), first);
}

#[test]
fn an_export_goes_through_a_link_and_replaces_no_pipe() {
    let place = Place::new();
    place.run("sync");
    let exported = stdout(&place.command("export").output().unwrap());
    let export = |to: &str| stdout(&place.command("export").args(["--format", "json", "--out", to]).output().unwrap());
    let (file, link, pipe) = (path(&place, "file.json"), path(&place, "link.json"), path(&place, "pipe"));
    std::fs::write(&file, "what was there").unwrap();
    symlink("file.json", &link).unwrap();
    export(&link);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), exported);
    // The file that it leads to is there no more.
    std::fs::remove_file(&file).unwrap();
    export(&link);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), exported);

    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = Command::new("cat").arg(&pipe).stdout(Stdio::piped()).spawn().unwrap();
    export(&pipe);
    assert!(std::fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    assert_eq!(stdout(&reader.wait_with_output().unwrap()), exported);
}

#[test]
fn what_does_not_verify_is_not_exported() {
    let (place, old) = (Place::new(), key("old"));
    let file = path(&place, "snapshot.json");
    std::fs::write(&file, "what was there").unwrap();
    let export = |arguments: &[&str]| {
        parsed(&place.command("export").args(["--json", "--out", &file]).args(arguments).output().unwrap())
    };
    assert_eq!(export(&[]).0, 8);
    place.run("sync");
    let (code, report) = export(&["--public-key", text(&old, "publicKey")]);
    assert_eq!((code, &report["error"]["code"]), (8, &Value::from("signature_invalid")), "{report}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "what was there");
    signed(&place, "sync", &["old"]);
    let (code, report) = export(&["--public-key", text(&old, "publicKey")]);
    assert_eq!((code, &report["signedBy"][0]), (0, &old["id"]), "{report}");
    let damaged = std::fs::read_to_string(&file).unwrap().replacen("FAQ", "FAR", 1);
    std::fs::write(path(&place, "damaged.json"), damaged).unwrap();
    let output = atlas_sync(&["export", "--from", &path(&place, "damaged.json")]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(8), 0), "{}", stderr(&output));
    assert_eq!(atlas_sync(&["export"]).status.code(), Some(2));
    // A store whose file is damaged holds no snapshot either.
    std::fs::write(place.store(), "{").unwrap();
    for command in ["export", "verify"] {
        let output = place.command(command).output().unwrap();
        assert_eq!(output.status.code(), Some(8), "{command}: {}", stderr(&output));
        assert!(stderr(&output).contains("does not hold a whole, verified snapshot"), "{}", stderr(&output));
    }
}

#[test]
fn what_was_never_exported_is_called_so() {
    let place = Place::new();
    for other in ["{}", r#"{"name":"an app"}"#, "[]", "no JSON"] {
        let file = path(&place, "package.json");
        std::fs::write(&file, other).unwrap();
        let output = atlas_sync(&["export", "--from", &file]);
        let says = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{says}");
        assert!(says.contains(&format!("expected {file} to hold an exported snapshot: ")), "{says}");
    }
}

/// The sign command is somebody else's program.
#[test]
fn the_sign_command_inherits_no_secret() {
    let place = Place::new();
    let (script, seen) = (path(&place, "sign"), path(&place, "seen"));
    std::fs::write(&script, format!("env > {seen}")).unwrap();
    let mut command = place.command("sync");
    let key = key("old");
    command.args(["--sign-command", &format!("/bin/sh {script}"), "--sign-command-key", text(&key, "publicKey")]);
    let secrets = [
        "INTERNAL_ADMIN_KEY",
        "ATLAS_EDGE_CONFIG",
        "ATLAS_EDGE_CONFIG_TOKEN",
        "ATLAS_METRICS_TOKEN",
        "ATLAS_WEBHOOK_TOKEN",
        "SUPABASE_SERVICE_ROLE_KEY",
        "PGPASSWORD",
    ];
    let output = command.envs(secrets.map(|name| (name, "s3cr3t"))).output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
    let environment = std::fs::read_to_string(seen).unwrap();
    assert!(environment.contains("PATH=") && !environment.contains("s3cr3t"), "{environment}");
}
