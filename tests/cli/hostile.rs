//! Texts of others, in rows and in the store: none may steer a terminal, or look like a line of Atlas's own.

use std::process::Output;

use atlas::domain::format::canonical::to_canonical;
use atlas::domain::format::checksum::Checksum;
use serde_json::Value;

use crate::support::Place;

/// The dialect of Michael's schemas.
const DIALECT: &str = "\"$schema\": \"http://json-schema.org/draft-07/schema#\"";

/// What a terminal obeys, in the spelling of JSON.
const STEERS: &str = r"\u001b]0;title\u0007\u009b2J\u202e";

/// Everything that was printed.
fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

fn assert_harmless(output: &Output) {
    let text = printed(output);
    assert!(text.contains("title"), "{text}");
    assert!(!text.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}', '\r']), "{text:?}");
    assert!(!text.lines().any(|line| line.starts_with("forged")), "{text}");
}

#[test]
fn no_log_line_in_text_steers_a_terminal() {
    for (table, from, to) in [
        ("widget_templates", "\"ACCORDION\"", format!("\"{STEERS}\"")),
        ("widget_schemas", DIALECT, format!("\"$schema\": \"{STEERS}\"")),
        ("widget_schemas", "\"type\": \"object\"", format!("\"{STEERS}\": 1, \"{STEERS}\": 1")),
    ] {
        let place = Place::new();
        place.edit(table, from, &to);
        for log_format in ["text", "json"] {
            assert_harmless(&place.command("plan").args(["--log-format", log_format]).output().unwrap());
        }
    }
}

#[test]
fn no_name_in_a_row_forges_a_line() {
    for (table, from, to) in [
        ("widget_schemas", DIALECT, r#""$schema": "title\nforged\r""#),
        ("widget_schemas", "\"type\": \"object\"", r#""title\nforged\r": 1, "title\nforged\r": 1"#),
    ] {
        let place = Place::new();
        place.edit(table, from, to);
        assert_harmless(&place.command("plan").args(["--log-format", "text"]).output().unwrap());
    }
    let place = Place::new();
    place.edit("widget_schemas", "\"title\": {", r#""title\nforged\r": { "pattern": "^$","#);
    place.edit("widget_templates", "\"title\": ", r#""title\nforged\r": "#);
    assert_harmless(&place.command("plan").args(["--log-format", "text"]).output().unwrap());
}

#[test]
fn a_record_that_is_gone_forges_no_line() {
    let place = Place::new();
    let version = "\"schema_version\": \"2025-09-01\"";
    for table in ["widget_schemas", "widget_templates"] {
        place.edit(table, version, r#""schema_version": "title\nforged\r""#);
    }
    assert_eq!(place.run("sync").0, 0);
    for table in ["widget_schemas", "widget_templates"] {
        place.edit(table, r#""schema_version": "title\nforged\r""#, version);
    }
    assert_harmless(&place.command("plan").args(["--log-format", "text"]).output().unwrap());
}

/// Whoever holds the write token can put anything there.
#[test]
fn nothing_in_the_store_forges_a_line() {
    let place = Place::new();
    assert_eq!(place.run("sync").0, 0);
    let key = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let text = std::fs::read_to_string(place.store()).unwrap();
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        std::fs::write(place.store(), text.replacen(from, to, 1)).unwrap();
    };
    let verify = || place.command("verify").args(["--log-format", "text"]).output().unwrap();
    for (from, to) in [
        (r#""checksum":"sha256:"#, r#""checksum":"title\nforged\r"#.to_owned()),
        (r#""format":1"#, r#""format":"title\nforged\r""#.to_owned()),
        (r#""format":1"#, format!(r#""format":"{STEERS}""#)),
    ] {
        with(from, &to);
        assert_harmless(&verify());
    }
    with(r#""updatedAt":""#, r#""signatures":{"title\nforged\r":"AA"},"updatedAt":""#);
    assert_harmless(&place.command("verify").args(["--public-key", key]).output().unwrap());
}

/// Whoever holds the write token can also give the right checksum.
#[test]
fn an_invalid_record_in_the_store_forges_no_line() {
    let place = Place::new();
    assert_eq!(place.run("sync").0, 0);
    let text = std::fs::read_to_string(place.store()).unwrap();
    let line = text.lines().find(|line| line.contains("\"atlas_v1_planHints\"")).unwrap();
    let mut item: Value = serde_json::from_str(line.trim_end_matches(',')).unwrap();
    let envelope = item["value"].as_object_mut().unwrap();
    envelope["payload"]["title\nforged\r"] = 1.into();
    envelope.remove("checksum");
    let checksum = Checksum::of(to_canonical(envelope).unwrap().as_bytes());
    envelope.insert("checksum".to_owned(), checksum.to_string().into());
    std::fs::write(place.store(), text.replace(line, &format!("{item},"))).unwrap();
    assert_harmless(&place.command("plan").args(["--log-format", "text"]).output().unwrap());
}
