//! Options that are set by variables of the environment: switches, and variables that are empty.

use std::process::Command;

use serde_json::Value;

use crate::support::{Place, parsed, stderr};

#[test]
fn switches_in_the_environment_take_what_people_write() {
    let place = Place::new();
    for on in ["1", "true", "YES", "On"] {
        parsed(&place.command("plan").env("ATLAS_JSON", on).output().unwrap());
    }
    for off in ["0", "false", "No", "OFF", ""] {
        let output = place.command("plan").env("ATLAS_JSON", off).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{off:?}: {}", stderr(&output));
        assert!(serde_json::from_slice::<Value>(&output.stdout).is_err(), "{off:?}");
    }
}

/// `restore` of a store without backups fails for that, and not for the variable.
#[test]
fn every_switch_takes_them() {
    let place = Place::new();
    for value in ["1", "yes", "0", ""] {
        let output = place.command("restore").env("ATLAS_NO_HOLD", value).output().unwrap();
        assert_ne!(output.status.code(), Some(2), "{value:?}: {}", stderr(&output));
    }
}

#[test]
fn a_switch_that_is_off_stands_in_no_other_option_s_way() {
    let place = Place::new();
    place.run("sync");
    for off in ["0", "no", ""] {
        let mut held = place.command("restore");
        let output = held.args(["--hold", "1h"]).env("ATLAS_NO_HOLD", off).output().unwrap();
        assert_eq!(output.status.code(), Some(5), "there is no backup: {off:?}: {}", stderr(&output));
        for mut command in [place.command("export"), new_key()] {
            let output = command.env("ATLAS_JSON", off).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{command:?} {off:?}: {}", stderr(&output));
        }
    }
}

/// Who types one of two options that exclude each other does not see the other.
#[test]
fn a_variable_that_stands_in_another_option_s_way_is_named() {
    let place = Place::new();
    for (typed, name, value) in
        [(&["--hold", "1h"][..], "ATLAS_NO_HOLD", "1"), (&["--no-hold"], "ATLAS_HOLD", "1h"), (&[], "ATLAS_HOLD", "1h")]
    {
        let mut restore = place.command("restore");
        restore.args(typed).env(name, value);
        if typed.is_empty() {
            restore.env("ATLAS_NO_HOLD", "1");
        }
        let output = restore.output().unwrap();
        let says = stderr(&output);
        assert_eq!((output.status.code(), says.contains(name)), (Some(2), true), "{typed:?}: {says}");
        assert_eq!(says.contains("ATLAS_NO_HOLD"), !typed.contains(&"--no-hold"), "{typed:?}: {says}");
    }
}

fn new_key() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atlas-sync"));
    command.args(["keys", "new"]);
    command
}

/// Who sets `ATLAS_JSON` for every command is told what stands in the way.
#[test]
fn json_without_a_file_names_the_variables_of_its_command() {
    let names = ["ATLAS_EXPORT_OUT", "ATLAS_KEYS_OUT"];
    for (mut command, own) in [(Place::new().command("export"), names[0]), (new_key(), names[1])] {
        let output = command.env("ATLAS_JSON", "1").output().unwrap();
        let says = stderr(&output);
        assert_eq!(
            (output.status.code(), says.contains("--out"), says.contains("ATLAS_JSON")),
            (Some(2), true, true),
            "{says}"
        );
        assert_eq!(parsed(&output).1["error"]["code"], "usage");
        assert_eq!(names.map(|name| says.contains(name)), names.map(|name| name == own), "{says}");
    }
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let place = Place::new();
    let empty = ["ATLAS_HEARTBEAT", "ATLAS_DEADLINE", "ATLAS_MAX_BYTES", "ATLAS_MIN_VERSION", "ATLAS_ALLOW_SHRINK"];
    let more = ["ATLAS_LOG", "ATLAS_LOG_FORMAT", "ATLAS_API_URL", "ATLAS_API_NAME", "ATLAS_SOURCE_CA_FILE"];
    let variables = empty.iter().chain(&more).map(|name| (name, ""));
    let output = place.command("plan").envs(variables).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

/// What is expected is said of each value, and not what a parser of numbers or switches met.
#[test]
fn a_bad_value_is_told_with_what_is_expected() {
    let place = Place::new();
    for (command, name, value, expected) in [
        ("sync", "ATLAS_MAX_BYTES", "1 MB", "expected a whole number of bytes, 1 or more"),
        ("sync", "ATLAS_MAX_BYTES", "0", "expected a whole number of bytes, 1 or more"),
        ("sync", "ATLAS_MIN_VERSION", "v3", "expected a whole number from 0 to 9000000000000000"),
        ("sync", "ATLAS_MIN_VERSION", "9000000000000001", "expected a whole number from 0 to 9000000000000000"),
        ("verify", "ATLAS_SIGNATURES_REQUIRED", "all", "expected a whole number, such as 1"),
        ("sync", "ATLAS_DEADLINE", "0s", "expected a time longer than 0, such as 60s"),
        ("doctor", "ATLAS_DEADLINE", "0s", "expected a time longer than 0, such as 60s"),
        ("restore", "ATLAS_HOLD", "0h", "expected a time longer than 0, such as 60s"),
        ("sync", "ATLAS_ALLOW_SHRINK", "maybe", "expected 1, true, yes or on, or 0, false, no or off"),
    ] {
        let output = place.command(command).arg("--json").env(name, value).output().unwrap();
        let (code, report) = parsed(&output);
        let message = report["error"]["message"].as_str().unwrap();
        assert_eq!((code, &report["error"]["code"]), (2, &"usage".into()), "{report}");
        assert!(message.contains(expected) && message.contains(&format!("environment variable {name}")), "{message}");
    }
}

/// A file that was written on Windows ends its lines with CR LF, and `docker run --env-file` keeps the CR.
#[test]
fn what_stands_around_a_value_is_no_part_of_it() {
    for [before, after] in [["", "\r"], ["", " "], ["", "\r\n"], ["\u{feff}", ""], ["\u{feff} ", "\t\r\n"]] {
        let place = Place::new();
        let pasted = |value: &str| format!("{before}{value}{after}");
        let mut sync = Command::new(env!("CARGO_BIN_EXE_atlas-sync"));
        sync.arg("sync")
            .env("ATLAS_STORE", pasted(&format!("file:{}", place.store().display())))
            .env("ATLAS_SOURCE", pasted(&format!("file:{}", place.rows().display())));
        let values = [("DEADLINE", "60s"), ("HEARTBEAT", "6h"), ("MAX_BYTES", "900000"), ("MIN_VERSION", "7")];
        let switches = [("ON_BAD_ROW", "refuse"), ("JSON", "true"), ("ALLOW_SHRINK", "no"), ("LOG_FORMAT", "json")];
        sync.envs(values.iter().chain(&switches).map(|(name, value)| (format!("ATLAS_{name}"), pasted(value))));
        let (code, report) = parsed(&sync.output().unwrap());
        assert_eq!((code, report["version"].as_u64()), (0, Some(7)), "{report}");
        assert!(place.store().exists(), "{before:?} {after:?}");
        let lasting = sync.env("ATLAS_DEADLINE", pasted("soon")).output().unwrap();
        assert!(stderr(&lasting).contains("invalid value 'soon'"), "{}", stderr(&lasting));
        assert!(stderr(&lasting).contains("environment variable ATLAS_DEADLINE"), "{}", stderr(&lasting));
        let typed = sync.args(["--deadline", "60s"]).output().unwrap();
        assert_eq!(typed.status.code(), Some(0), "{}", stderr(&typed));
    }
}

/// What is only used later is told to be in quotes too, where it comes from.
#[test]
fn a_variable_in_quotes_is_told_before_it_is_used() {
    for (name, value) in [
        ("ATLAS_STORE", "\"file:store.json\""),
        ("ATLAS_EDGE_CONFIG_ID", "'ecfg_s3cr3t'"),
        ("VERCEL_TEAM_ID", "\"team_s3cr3t\""),
        ("ATLAS_API_URL", "'https://api.vercel.com'"),
        ("SUPABASE_URL", "\"https://s3cr3t.supabase.co\"\r"),
        ("SUPABASE_SERVICE_ROLE_KEY", "'sb_secret_s3cr3t'"),
        ("ATLAS_SIGNING_KEY", "'s3cr3t.pem'"),
        ("ATLAS_PUBLIC_KEY", "\"s3cr3t\""),
    ] {
        let mut plan = Command::new(env!("CARGO_BIN_EXE_atlas-sync"));
        plan.args(["plan", "--json"]).envs([("ATLAS_STORE", "vercel"), ("ATLAS_SOURCE", "supabase")]);
        let output = plan.env(name, value).output().unwrap();
        let (code, report) = parsed(&output);
        let message = report["error"]["message"].as_str().unwrap();
        assert_eq!(code, 2, "{report}");
        assert!(message.ends_with(&format!("environment variable {name}, and is in quotes: remove them")), "{message}");
        assert!(!stderr(&output).contains("s3cr3t"), "{}", stderr(&output));
    }
}
