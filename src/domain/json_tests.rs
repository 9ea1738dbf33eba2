//! The scanner, held to `serde_json`'s judgement.

use super::*;
use serde_json::Value;

fn accepts(text: &str) -> bool {
    let mut scanner = Scanner::new(text);
    scanner.skip().and_then(|_| scanner.end()).is_ok()
}

#[test]
fn it_accepts_what_serde_json_accepts() {
    let texts = [
        "",
        " ",
        "null",
        "nul",
        "nulll",
        "true",
        "false",
        "tru",
        "0",
        "-0",
        "-",
        "00",
        "01",
        "1.",
        ".5",
        "1.5",
        "1e5",
        "1E+5",
        "1e-",
        "1e",
        "+1",
        "\"\"",
        "\"a",
        "\"\\n\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u0041\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\ude00\\ud83d\"",
        "\"\\ud83d\\u0041\"",
        "\"\u{1}\"",
        "\"ä€😀\"",
        "[]",
        "[1]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1,2",
        "{}",
        "{\"a\":1}",
        "{\"a\" : [ {} , null ] }",
        "{a:1}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1",
        "{\"a\":1}x",
        "\t[\r\n] ",
        "'a'",
        "\"\\/\\b\\f\"",
    ];
    for text in texts {
        assert_eq!(accepts(text), serde_json::from_str::<Value>(text).is_ok(), "{text:?}");
    }
    let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
    assert!(accepts(&nested(127)));
    assert!(!accepts(&nested(128)));
    assert!(
        serde_json::from_str::<Value>(&nested(127)).is_ok() && serde_json::from_str::<Value>(&nested(128)).is_err()
    );
}

#[test]
fn strings_read_as_serde_json_reads_them() {
    for text in [r#""plain""#, r#""a\"b\\c\/d\b\f\n\r\te""#, r#""\u00e9\ud83d\ude00x""#, "\"ä€😀\"", r#""\u0000""#]
    {
        let expected: String = serde_json::from_str(text).unwrap();
        assert_eq!(Scanner::new(text).string().unwrap(), expected, "{text}");
    }
}

#[test]
fn an_error_names_the_place() {
    let mut scanner = Scanner::new(r#"{"a": {"b": 1.5}}"#);
    let error = scanner.object(&mut |s, _| s.object(&mut |s, _| s.integer().map(drop))).unwrap_err();
    assert_eq!(error.to_string(), "expected an integer at byte 11, in a / b");
}

#[test]
fn any_bytes_end_without_a_panic() {
    let seed = r#"{"a":[1,-2.5e+3,"x\n\ud83d\ude00ä",{"b":null}],"c":true}"#;
    for at in 0..seed.len() {
        for byte in 0..=255 {
            let mut bytes = seed.as_bytes().to_vec();
            bytes[at] = byte;
            if let Ok(text) = std::str::from_utf8(&bytes) {
                assert_eq!(accepts(text), serde_json::from_str::<Value>(text).is_ok(), "{text:?}");
            }
        }
        if let Some(cut) = seed.get(..at) {
            assert!(!accepts(cut), "{cut:?}");
        }
    }
}

#[test]
fn a_run_of_plain_text_ends_at_the_first_byte_that_is_not() {
    let simple =
        |bytes: &[u8]| bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).unwrap_or(bytes.len());
    // Every byte at every place among eight, with every kind of neighbour that could be taken for it.
    for first in 0..=u8::MAX {
        for second in [0x00, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x5b, 0x5c, 0x5d, 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
            for place in 0..19 {
                let mut bytes = [b'a'; 20];
                (bytes[place], bytes[place + 1]) = (first, second);
                assert_eq!(plain(&bytes), simple(&bytes), "{bytes:?}");
            }
        }
    }
    assert_eq!(plain(b""), 0);
}
