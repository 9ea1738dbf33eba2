//! The scanner, held to `serde_json`'s judgement.

use super::*;
use crate::domain::json::strings::unescape;
use serde_json::Value;

/// Whether a text is one value, as far as it is judged where it is passed over.
fn accepts(text: &str) -> bool {
    let mut scanner = Scanner::new(text);
    scanner.skip().and_then(|_| scanner.end()).is_ok()
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok()
}

#[test]
fn it_passes_over_whatever_serde_json_accepts() {
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
        // The one exception: an escape that no canonical text has.
        assert!(accepts(text) || !is_json(text) || text.contains("\\u"), "{text:?}");
    }
    for text in ["", " ", "\"a", "[1", "{\"a\":1", "{\"a\":1}x", "1 2", "[]]", "\"\\ud83d\"", "\"\\u12\""] {
        assert!(!accepts(text), "{text:?}");
    }
}

#[test]
fn what_is_read_nests_as_deeply_as_serde_json() {
    fn read(scanner: &mut Scanner<'_>) -> Result<(), JsonError> {
        scanner.array(&mut read)
    }
    let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
    for depth in [1, 126, 127, 128, 129, 1_000] {
        assert_eq!(read(&mut Scanner::new(&nested(depth))).is_ok(), depth < 128, "{depth}");
        assert_eq!(is_json(&nested(depth)), depth < 128, "{depth}");
    }
}

#[test]
fn what_is_read_is_judged() {
    let boolean = |text| Scanner::new(text).boolean().ok();
    assert_eq!(
        [boolean("true"), boolean(" false,"), boolean("tru"), boolean("truer"), boolean("1")],
        [Some(true), Some(false), None, None, None]
    );
    let integer = |text| Scanner::new(text).integer().ok();
    assert_eq!(
        [integer("0"), integer("-12]"), integer("1.5"), integer("1e3"), integer("-"), integer("9223372036854775808")],
        [Some(0), Some(-12), None, None, None, None]
    );
    assert_eq!(
        [
            integer("9007199254740991"),
            integer("9007199254740992"),
            integer("-9007199254740991"),
            integer("-9007199254740992")
        ],
        [Some(9_007_199_254_740_991), None, Some(-9_007_199_254_740_991), None]
    );
    let null = |text| {
        let mut read = None;
        let result = Scanner::new(text).nullable(&mut |scanner| {
            read = Some(scanner.integer()?);
            Ok(())
        });
        result.ok().map(|()| read)
    };
    assert_eq!(
        [null("null"), null("7"), null("nul"), null("nulls"), null("\"\"")],
        [Some(None), Some(Some(7)), None, None, None]
    );
    for text in ["{a:1}", "{\"a\"}", "{\"a\" 1}", "{\"a\":1,}", "{,}", "{\"a\":1 \"b\":2}", "{\"a\":}", "{"] {
        assert!(Scanner::new(text).object(&mut |scanner, _| scanner.skip().map(drop)).is_err(), "{text:?}");
    }
    for text in ["[,1]", "[1,]", "[1 2]", "[1", "1"] {
        assert!(Scanner::new(text).array(&mut |scanner| scanner.skip().map(drop)).is_err(), "{text:?}");
    }
}

#[test]
fn strings_read_as_serde_json_reads_them() {
    for text in [r#""plain""#, r#""a\"b\\c\/d\b\f\n\r\te""#, r#""\u001f\u0000x""#, "\"ä€😀\""] {
        let expected: String = serde_json::from_str(text).unwrap();
        assert_eq!(unescape(Scanner::new(text).text().unwrap()).unwrap(), expected, "{text}");
    }
    assert_eq!(unescape(b"\\ud800"), None);
    assert_eq!(unescape(b"\xff"), None);
}

#[test]
fn an_error_names_the_place() {
    let mut scanner = Scanner::new(r#"{"a": {"b": 1.5}}"#);
    let error = scanner.object(&mut |s, _| s.object(&mut |s, _| s.integer().map(drop))).unwrap_err();
    assert_eq!(error.to_string(), "expected an integer at byte 12, in a / b");
}

#[test]
fn any_bytes_end_without_a_panic() {
    let seed = r#"{"a":[1,-2.5e+3,"x\n\u001fä",{"b":null}],"c":true}"#;
    for at in 0..seed.len() {
        for byte in 0..=255 {
            let mut bytes = seed.as_bytes().to_vec();
            bytes[at] = byte;
            if let Ok(text) = std::str::from_utf8(&bytes) {
                assert!(accepts(text) || !is_json(text) || text.contains("\\u"), "{text:?}");
            }
        }
        if let Some(cut) = seed.get(..at) {
            assert!(!accepts(cut), "{cut:?}");
        }
    }
}

#[test]
fn a_run_of_plain_text_ends_at_the_first_byte_that_is_not() {
    let simple = |bytes: &[u8]| bytes.iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(bytes.len());
    // Every byte at every place among eight, with every kind of neighbour that could be taken for it.
    for first in 0..=u8::MAX {
        for second in [0x00, 0x21, 0x22, 0x23, 0x5b, 0x5c, 0x5d, 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
            for place in 0..19 {
                let mut bytes = [b'a'; 20];
                (bytes[place], bytes[place + 1]) = (first, second);
                assert_eq!(plain(&bytes), simple(&bytes), "{bytes:?}");
            }
        }
    }
    assert_eq!(plain(b""), 0);
}
