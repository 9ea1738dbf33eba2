//! Held to the canonical form that the writer's library makes.

use super::*;
use crate::domain::format::canonical::to_canonical;
use serde_json::{Value, json};

fn is(text: &str) -> bool {
    is_canonical(text)
}

fn canonical(text: &str) -> Option<String> {
    to_canonical(&serde_json::from_str::<Value>(text).ok()?).ok()
}

#[test]
fn a_canonical_text_is_told_and_no_other() {
    for text in [
        "{}",
        "[]",
        "[[]]",
        "\"\"",
        "0",
        "-1.5",
        "true",
        "null",
        r#"{"":1}"#,
        r#"{"a":{"b":[1,2,{"c":null}],"c":"x"},"b":{}}"#,
        r#"{"a":"\"\\\n","b":"ä€😀"}"#,
        r#"{"A":1,"B":2,"a":3,"aa":4,"b":5}"#,
        "{\"\u{1f600}\":1,\"\u{fb33}\":2}",
        r#"{"10":1,"9":2,"__proto__":3}"#,
        r#"{"\n":1,"a":2}"#,
        r#"{"a\"":1,"a\\":2}"#,
    ] {
        assert!(is(text) && canonical(text).as_deref() == Some(text), "{text}");
    }
    for text in [
        "",
        " {}",
        "{} ",
        "{ }",
        "[1, 2]",
        "[1 ,2]",
        r#"{"a" :1}"#,
        r#"{"b":1,"a":2}"#,
        r#"{"a":1,"a":2}"#,
        "{\"\u{fb33}\":1,\"\u{1f600}\":2}",
        r#"{"9":1,"10":2}"#,
        r#"{"a":2,"\n":1}"#,
        r#"{"a":{"b":1,"a":2}}"#,
        r#"{"b":{"x":1},"a":2}"#,
        r#"[{"z":1},{"b":1,"a":2}]"#,
        r#"{"a":[{"b":1}],"Z":1}"#,
        "1.0",
        "1e2",
        "-0",
        r#"["\u0041"]"#,
        r#"["\/"]"#,
        // No JSON at all.
        "{",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1",
        "{\"a\":1,}",
        "{a:1}",
        "[1]]",
        "{}{}",
        "1 2",
        "\"a",
        "\"\\",
        "tru",
        "[1}",
        "{\"a\":1]",
        "nul",
        "'a'",
        "\"\n\"",
    ] {
        assert!(!is(text), "{text}");
    }
}

#[test]
fn nothing_is_told_that_is_not_so_wherever_the_text_is_cut() {
    let text = to_canonical(&json!({
        "a": [1, 2.5, { "b": "c", "d": ["e", "f\n\"\\", {}], "ä": [[], {}] }], "b": { "x": true, "y": { "z": null } }, "c": "😀"
    }))
    .unwrap();
    assert!(is(&text));
    let bytes = text.as_bytes();
    for at in 0..bytes.len() {
        for byte in b"{}[]\",:\\ 0a1b\n-.".iter().copied() {
            let mut changed = bytes.to_vec();
            changed[at] = byte;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            assert!(!is(&changed) || canonical(&changed).as_deref() == Some(&*changed), "{changed}");
        }
        let mut cut = bytes.to_vec();
        cut.remove(at);
        let Ok(cut) = String::from_utf8(cut) else { continue };
        assert!(!is(&cut) || canonical(&cut).as_deref() == Some(&*cut), "{cut}");
    }
}

#[test]
fn a_text_longer_than_what_is_at_hand_is_read_as_a_whole() {
    for longest in [10, 1_000, 40_000] {
        let member = |n: usize| {
            (
                format!("{n:05}{}", "n".repeat(n * 7 % longest)),
                json!({ "a": "\\\"ä".repeat(n * 11 % longest), "b": [n, {}] }),
            )
        };
        let good = to_canonical(&Value::Object((0..400).map(member).collect())).unwrap();
        assert!(is(&good), "{} bytes", good.len());
        // The last member of all is out of order, or the first: its name is long gone from what is at hand.
        let last = format!("{},\"00000\":1}}", &good[..good.len() - 1]);
        let inside = good.replacen("\"b\":[399,{}]", "\"A\":0", 1);
        assert!(inside.len() < good.len() && !is(&last) && !is(&inside));
    }
}

#[test]
fn what_json_stringify_has_written_is_told_by_its_order_alone() {
    let is = is_in_order;
    assert!(is(r#"{"a":0.1000000000000000055,"b":1e+21,"c":"\u001f"}"#));
    assert!(!is(r#"{"b":1,"a":1e+21}"#));
    assert!(!is(r#"["\ud800"]"#) && !is(r#"{"\udc00":1}"#) && is(r#"["\\ud800","\\\"u"]"#), "half a pair is no text");
    assert!(is("{\"\\u001f\":1,\"!\":2}") && !is("{\"!\":1,\"\\u001f\":2}"), "names are compared, not their spelling");
}

#[test]
fn it_goes_as_deep_as_the_reader_and_no_deeper() {
    for (depth, good) in [(127, true), (128, false)] {
        for innermost in ["{\"a\":1}", "{}", "[1]", "[]"] {
            let text = "[".repeat(depth - 1) + innermost + &"]".repeat(depth - 1);
            assert_eq!(is(&text), good, "{text}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), good, "{text}");
        }
    }
}
