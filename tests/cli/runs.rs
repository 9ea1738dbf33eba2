//! Runs that go well: the first, one with nothing to do, one with one change.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::{Place, stderr};

#[test]
fn a_second_run_over_unchanged_rows_writes_nothing() {
    let place = Place::new();
    let (code, first) = place.run("sync");
    assert_eq!((code, &first["outcome"], &first["version"]), (0, &json!("published"), &json!(1)));
    assert_eq!(first["diff"], json!({ "added": 14, "changed": 0, "removed": 0 }));
    let before = std::fs::read(place.store()).unwrap();

    let (code, second) = place.run("sync");
    assert_eq!((code, &second["outcome"], &second["version"]), (0, &json!("unchanged"), &json!(1)));
    assert_eq!(second["checksum"], first["checksum"]);
    assert_eq!(std::fs::read(place.store()).unwrap(), before, "the store's file was touched");
}

#[test]
fn one_changed_template_is_one_changed_record_and_two_written_values() {
    let place = Place::new();
    place.run("sync");
    let before = place.items();
    place.edit("widget_templates", "FAQ Classic Light", "FAQ Classic Lighter");

    let (code, report) = place.run("sync");
    assert_eq!((code, &report["outcome"], &report["version"]), (0, &json!("published"), &json!(2)));
    assert_eq!(report["previousVersion"], json!(1));
    assert_eq!(report["diff"], json!({ "added": 0, "changed": 1, "removed": 0 }));
    let written = |key: &str| report["entries"][key]["written"].as_bool().unwrap();
    assert!(written("atlas:v1:widgetTemplates"));
    assert!(!written("atlas:v1:widgetSchemas") && !written("atlas:v1:planHints"));

    let after = place.items();
    assert_eq!(after["atlas_v1_widgetTemplates"]["version"], json!(2));
    assert_eq!(after["atlas_v1_manifest"]["version"], json!(2));
    assert_eq!(after["atlas_v1_widgetSchemas"], before["atlas_v1_widgetSchemas"]);
    assert_eq!(after["atlas_v1_planHints"], before["atlas_v1_planHints"]);
    assert_eq!(after["atlas_v1_rev_2"], json!({ "version": 2 }));
    assert!(after.get("atlas_v1_rev_1").is_none(), "the old marker stands");
    assert_eq!(place.run("verify").0, 0);
}

/// What the text says of each entry, in its last column.
fn said_of_entries(place: &Place, command: &str) -> Vec<String> {
    let text = String::from_utf8(place.command(command).output().unwrap().stdout).unwrap();
    let last = |line: &str| line.split_once(" bytes  ").map(|(_, said)| said.to_owned());
    text.lines().filter_map(last).collect()
}

#[test]
fn a_plan_says_of_each_entry_what_the_sync_after_it_does() {
    let place = Place::new();
    let plan_and_sync = || (said_of_entries(&place, "plan"), said_of_entries(&place, "sync"));
    assert_eq!(plan_and_sync(), (vec!["would be written".to_owned(); 3], vec!["written".to_owned(); 3]));
    assert_eq!(plan_and_sync(), (vec!["unchanged".to_owned(); 3], vec!["unchanged".to_owned(); 3]));
    place.edit("widget_templates", "FAQ Classic Light", "FAQ Classic Lighter");
    let (planned, written) = plan_and_sync();
    assert_eq!(planned, ["unchanged", "unchanged", "would be written"]);
    assert_eq!(written, ["unchanged", "unchanged", "written"]);
}

#[test]
fn an_old_snapshot_gets_a_heartbeat_and_keeps_its_version() {
    let place = Place::new();
    place.run("sync");
    let before = place.items();
    let output = place.command("sync").args(["--heartbeat", "0s", "--json"]).output().unwrap();
    let (code, report) = crate::support::parsed(&output);
    assert_eq!((code, &report["outcome"], &report["version"]), (0, &json!("heartbeat"), &json!(1)));
    let after = place.items();
    assert_ne!(after["atlas_v1_manifest"]["checkedAt"], before["atlas_v1_manifest"]["checkedAt"]);
    assert_eq!(after["atlas_v1_manifest"]["updatedAt"], before["atlas_v1_manifest"]["updatedAt"]);
    assert_eq!(after["atlas_v1_widgetTemplates"], before["atlas_v1_widgetTemplates"]);
    assert_eq!(place.run("verify").0, 0);
}

#[test]
fn a_plan_tells_the_change_and_writes_nothing() {
    let place = Place::new();
    place.run("sync");
    let before = std::fs::read(place.store()).unwrap();
    place.edit("plan_limits", "100", "250");
    let (code, report) = place.run("plan");
    assert_eq!((code, &report["outcome"], &report["version"]), (0, &json!("planned"), &json!(2)));
    assert_eq!(report["changes"], json!([{ "key": "atlas:v1:planHints", "record": "paid", "change": "changed" }]));
    assert_eq!(std::fs::read(place.store()).unwrap(), before);
}

#[test]
fn a_store_that_does_not_verify_is_repaired_with_a_higher_version() {
    let place = Place::new();
    place.run("sync");
    let text = std::fs::read_to_string(place.store()).unwrap();
    std::fs::write(place.store(), text.replacen("FAQ Classic Light", "FAQ Classic Lighu", 1)).unwrap();
    assert_eq!(place.run("verify").0, 8);
    let (code, report) = place.run("sync");
    assert_eq!((code, &report["outcome"], &report["version"]), (0, &json!("published"), &json!(2)));
    assert!(report["warnings"].to_string().contains("did not verify"), "{report}");
    assert_eq!(place.run("verify").0, 0);
}

#[test]
fn keys_that_are_not_atlas_s_are_left_alone() {
    let place = Place::new();
    place.run("sync");
    let text = std::fs::read_to_string(place.store()).unwrap();
    let foreign = r#"{"key":"somebody_elses","value":[1,2],"createdAt":1,"updatedAt":1},"#;
    std::fs::write(place.store(), text.replacen("\"items\":[", &format!("\"items\":[\n{foreign}"), 1)).unwrap();
    place.edit("widget_templates", "FAQ Classic Light", "FAQ");
    assert_eq!(place.run("sync").0, 0);
    assert_eq!(place.items()["somebody_elses"], json!([1, 2]));
}

#[test]
fn the_text_for_people_has_no_colour_in_a_pipe() {
    let place = Place::new();
    let output = place.command("sync").output().unwrap();
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(text.contains("published version 1"), "{text}{}", stderr(&output));
    assert!(!text.contains('\u{1b}'), "{text:?}");
    let status = place.command("status").output().unwrap();
    assert!(String::from_utf8(status.stdout).unwrap().starts_with("version 1 in file:"));
}

#[test]
fn wrong_usage_ends_with_2_and_says_what_is_allowed() {
    let place = Place::new();
    let output = place.command("sync").args(["--heartbeat", "soon"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("such as 90s or 6h"), "{}", stderr(&output));
}

#[test]
fn a_heartbeat_after_readers_refuse_is_wrong_usage() {
    let place = Place::new();
    for (heartbeat, code) in [("12h", 0), ("13h", 2), ("25h", 2)] {
        let output = place.command("sync").args(["--heartbeat", heartbeat]).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{heartbeat}: {}", stderr(&output));
        assert_eq!(stderr(&output).contains("less than 13h"), code == 2, "{}", stderr(&output));
    }
}

#[test]
fn a_local_store_that_cannot_listen_publishes_nothing() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    for listen in [taken.local_addr().unwrap().to_string(), "0.0.0.0:0".to_owned()] {
        let mut dev = Command::new(env!("CARGO_BIN_EXE_atlas-sync"));
        let output = dev.args(["dev", "--listen", &listen, "--state"]).arg(place.store()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(!place.store().exists(), "{listen}");
    }
}

#[test]
fn a_local_store_whose_state_can_never_be_read_does_not_start() {
    let place = Place::new();
    std::fs::create_dir(place.store()).unwrap();
    for more in [&[][..], &["--no-sync"]] {
        let mut dev = Command::new(env!("CARGO_BIN_EXE_atlas-sync"));
        dev.args(["dev", "--listen", "127.0.0.1:0", "--state"]).arg(place.store()).args(more);
        let mut running = dev.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(running.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let _ = running.kill();
        let output = running.wait_with_output().unwrap();
        assert_eq!((line.as_str(), output.status.code()), ("", Some(6)), "{more:?}");
        assert!(stderr(&output).contains("store.json: Is a directory"), "{}", stderr(&output));
    }
}

/// Notepad, and PowerShell's `>`, put one before what they write.
#[test]
fn a_byte_order_mark_is_no_part_of_a_file() {
    let place = Place::new();
    let mark = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("\u{feff}{text}")).unwrap();
    };
    mark(place.rows().join("widget_templates.json"));
    assert_eq!(place.run("sync").0, 0);
    mark(place.store());
    assert_eq!(place.run("verify").0, 0);
    assert_eq!(place.run("sync").1["outcome"], "unchanged");
}

/// Somebody who works on a schema changes it in place, and the message names the option for it.
#[test]
fn the_local_store_takes_what_it_refuses_with_the_option_that_its_message_names() {
    let place = Place::new();
    place.run("sync");
    place.edit("widget_schemas", "\"type\": \"object\"", "\"type\": \"object\", \"title\": \"changed\"");
    let rows = format!("file:{}", place.rows().display());
    let dev = |more: &[&str]| {
        let mut dev = Command::new(env!("CARGO_BIN_EXE_atlas-sync"));
        dev.args(["dev", "--listen", "127.0.0.1:0", "--source", &rows, "--state"]).arg(place.store()).args(more);
        dev
    };
    for (given, named) in [
        (vec![], "allow it with --allow-schema-change"),
        (vec!["--allow-schema-change", "--max-bytes", "1000"], "allow it with --max-bytes"),
    ] {
        let output = dev(&given).output().unwrap();
        assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
        assert!(stderr(&output).contains(named), "{}", stderr(&output));
    }
    let mut dev = dev(&["--allow-schema-change"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(dev.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let _ = dev.kill();
    let _ = dev.wait();
    assert!(line.starts_with("listening on"), "{line}");
}

/// `restore --backup` takes any of them.
#[test]
fn status_hides_no_backup_without_saying_so() {
    let place = Place::new();
    for version in 1..=13 {
        let output = place.command("sync").args(["--min-version", &version.to_string()]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    let (_, status) = place.run("status");
    let kept = status["backups"].as_array().unwrap().len();
    assert!(kept >= 12, "{status}");
    let text = String::from_utf8(place.command("status").output().unwrap().stdout).unwrap();
    assert_eq!(text.matches("\n  backup ").count(), 10, "{text}");
    assert!(text.contains(&format!("… and {} more; --json shows every backup", kept - 10)), "{text}");
}
