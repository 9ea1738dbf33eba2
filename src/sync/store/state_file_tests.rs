//! The state file: what is written reads back, and each kind of damage is told with its place.

use super::*;
use crate::sync::store::{Json, Operation};

fn state() -> State {
    let upsert = |key, value: &str| Operation::upsert(key, Json::from_text(value.to_owned()).unwrap());
    let first = State::empty(1).apply(&[upsert("a", "1"), upsert("b", r#"{"z":1.0,"a":"\n é"}"#)], 2).unwrap();
    first.apply(&[upsert("a", "\"two\"")], 3).unwrap()
}

/// Line, column, item and message of the first defect.
fn defect(text: &[u8]) -> (usize, usize, Option<String>, String) {
    let Damage { line, column, key, message } = parse(text).unwrap_err();
    (line, column, key, message)
}

/// The file with one thing replaced, which must be there.
fn damaged(from: &str, to: &str) -> Vec<u8> {
    let text = print(&state());
    assert!(text.contains(from), "{from} is not in {text}");
    text.replacen(from, to, 1).into_bytes()
}

#[test]
fn descriptions_schema_and_tokens_read_back() {
    let describe = r#"[{"operation":"update","key":"a","description":"a \"b\"\n"}]"#;
    let describe: Vec<Operation> = serde_json::from_str(describe).unwrap();
    let schema = Json::from_text(r#"{ "type": "object" }"#.to_owned()).unwrap();
    let state = state().apply(&describe, 4).unwrap().with_schema(Some(&schema)).unwrap();
    let state = state.with_token(StoredToken::new("a \"label\"", 5)).unwrap();
    let text = print(&state);
    let again = parse(text.as_bytes()).unwrap();
    assert_eq!(print(&again), text);
    assert_eq!(again.items["a"].description.as_deref(), Some("a \"b\"\n"));
    assert_eq!(again.schema.as_ref().map(Json::text), Some(r#"{"type":"object"}"#));
    assert_eq!(again.tokens, state.tokens);
}

#[test]
fn what_is_written_reads_back_to_the_byte() {
    let text = print(&state());
    let again = parse(text.as_bytes()).unwrap();
    assert_eq!(print(&again), text);
    assert_eq!(again.items_json(), r#"{"a":"two","b":{"z":1.0,"a":"\n é"}}"#);
    assert_eq!(again.kept("v1").unwrap().size_in_bytes, r#"{"a":1,"b":{"z":1.0,"a":"\n é"}}"#.len());
}

#[test]
fn each_item_is_on_a_line_of_its_own() {
    let text = print(&state());
    let items: Vec<_> = text.lines().filter(|line| line.starts_with("{\"key\":")).collect();
    assert_eq!(items[0], r#"{"key":"a","value":"two","createdAt":2,"updatedAt":3},"#);
    assert_eq!(items.len(), 2);
}

#[test]
fn an_empty_store_reads_back() {
    let text = print(&State::empty(7));
    assert_eq!(parse(text.as_bytes()).unwrap().items_json(), "{}");
}

#[test]
fn a_byte_that_is_not_utf8_is_told_with_its_item() {
    let mut text = print(&state()).into_bytes();
    let at = text.windows(2).position(|pair| pair == "é".as_bytes()).unwrap();
    text[at] = 0xff;
    let (line, column, key, message) = defect(&text);
    assert_eq!((line, key.as_deref()), (10, Some("b")));
    assert_eq!(text.split(|byte| *byte == b'\n').nth(9).unwrap()[column - 1], 0xff);
    assert!(message.contains("expected UTF-8"), "{message}");
}

#[test]
fn each_kind_of_damage_to_an_item_is_told_with_its_item() {
    for (from, to, key, says) in [
        (r#""key":"a","value":"#, r#""key":"a","valuf":"#, Some("a"), "missing field `value`"),
        (r#""two""#, r#""two"#, Some("a"), "expected"),
        (r#""two""#, "\"t\u{1}o\"", Some("a"), "control character"),
        (r#""two""#, "1e999", Some("a"), "number out of range"),
        (r#""two","createdAt":2"#, r#""two","createdAt":-2"#, Some("a"), "expected u64"),
        (r#""two","createdAt":2"#, r#""two","createdAt":2.5"#, Some("a"), "expected u64"),
        (r#"{"key":"b""#, r#"{"key":"a""#, Some("a"), "found `a` twice"),
        (r#"{"key":"b""#, r#"{"key":"b:""#, None, "expected a key"),
        (r#"{"key":"b""#, r#"{"kez":"b""#, None, "missing field `key`"),
    ] {
        let (line, _, found, message) = defect(&damaged(from, to));
        assert!(message.contains(says), "{from} -> {to}: {message}");
        assert_eq!(found.as_deref(), key, "{from} -> {to}: {message}");
        assert!((9..=10).contains(&line), "{from} -> {to}: line {line}");
    }
}

#[test]
fn damage_elsewhere_is_told_with_its_line() {
    for (from, to, line, says) in [
        ("\"format\":2", "\"format\":3", 2, "expected format 2, found 3"),
        ("\"format\":2", "\"format\":1", 2, "expected format 2, found 1"),
        ("\"id\":\"ecfg_local\"", "\"id\":7", 3, "expected a string"),
        ("\"id\":\"ecfg_local\"", "\"id\":\"ecfg_other\"", 3, "expected the id ecfg_local, found another"),
        ("\"revision\":2", "\"revision\":18446744073709551615", 7, "expected a revision of at most 1000000000000"),
        ("\"revision\":2", "\"revision\":\"2\"", 7, "expected u64"),
        ("{\"id\":\"v1\"", "{\"id\":null", 13, "expected a string"),
        ("{\"id\":\"v1\"", "{\"id\":\"../v1\"", 13, "expected a key"),
        ("\n]\n}\n", "\n]\n}\n}", 16, "trailing characters"),
        ("\"slug\":\"atlas-local\",\n", "", 14, "missing field `slug`"),
    ] {
        let (found, _, key, message) = defect(&damaged(from, to));
        assert!(message.contains(says), "{from}: {message}");
        assert_eq!((found, key), (line, None), "{from}: {message}");
    }
}

#[test]
fn no_prefix_of_a_file_reads_as_a_state() {
    let text = print(&state());
    for length in 0..text.trim_end().len() {
        let (_, _, _, message) = defect(&text.as_bytes()[..length]);
        assert!(!message.is_empty());
    }
}
