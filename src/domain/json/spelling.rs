//! Whether strings and numbers are in canonical spelling, as far as their text alone shows. `JSON.stringify` writes no
//! other spelling, other writers may; and a number with many digits would have to be parsed to know.

/// Whether the bytes of a token are certainly in canonical spelling.
pub type Judge = fn(&[u8]) -> bool;

/// Checks whether tokens are certainly in canonical spelling (RFC 8785, section 3.2.2).
#[derive(Debug, Clone, Copy)]
pub struct Spelling {
    /// For a string, without its quotes.
    pub text: Judge,
    /// For a number, `true`, `false` or `null`.
    pub scalar: Judge,
}

/// The checks for text from an unknown writer.
pub const UNKNOWN: Spelling = Spelling { text: is_canonical_text, scalar: is_canonical_scalar };

/// `\u` escapes count as uncertain: few of them are canonical.
fn is_canonical_text(text: &[u8]) -> bool {
    let mut escaped = false;
    text.iter().all(|byte| match (std::mem::take(&mut escaped), byte) {
        (true, b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't') => true,
        (true, _) | (false, ..=0x1f) => false,
        (false, byte) => {
            escaped = *byte == b'\\';
            true
        }
    })
}

fn is_canonical_scalar(scalar: &[u8]) -> bool {
    matches!(scalar, b"true" | b"false" | b"null") || is_plain_number(scalar)
}

/// A decimal number of at most 15 digits survives the way through a double unchanged; ECMAScript writes exponents only
/// from 10^21 on and below 10^-6. All other numbers count as uncertain.
fn is_plain_number(number: &[u8]) -> bool {
    const MOST_DIGITS: usize = 15;
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    let mut parts = digits.splitn(2, |byte| *byte == b'.');
    let (whole, fraction) = (parts.next().unwrap_or_default(), parts.next());
    let is_digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let whole_is_good = is_digits(whole) && (whole == b"0" || !matches!(whole.first(), None | Some(b'0')));
    let fraction_is_good = match fraction {
        None => number != b"-0",
        Some(fraction) => {
            let zeros = fraction.iter().take_while(|byte| **byte == b'0').count();
            is_digits(fraction) && !matches!(fraction.last(), None | Some(b'0')) && (whole != b"0" || zeros < 6)
        }
    };
    whole_is_good && fraction_is_good && whole.len() + fraction.map_or(0, <[u8]>::len) <= MOST_DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::format::canonical::to_canonical;
    use serde_json::Value;

    /// Whether the canonical form of a text is that text.
    fn stays(text: &str) -> bool {
        let value: Result<Value, _> = serde_json::from_str(text);
        value.is_ok_and(|value| to_canonical(&value).unwrap() == text)
    }

    #[test]
    fn a_certain_number_is_canonical() {
        let certain = [
            "0",
            "7",
            "-7",
            "10",
            "0.5",
            "-0.5",
            "1.25",
            "0.000001",
            "0.0000012",
            "123456789012345",
            "-99999999.999999",
            "true",
            "false",
            "null",
            "0.00000123456789",
        ];
        let uncertain = [
            "",
            "-",
            "-0",
            "-0.0",
            "0.0",
            "1.0",
            "1.50",
            "00",
            "01",
            "1.",
            ".5",
            "+1",
            "1e2",
            "1E2",
            "1e21",
            "1e400",
            "0.0000001",
            "0.00000012",
            "9007199254740993",
            "0.1000000000000000055511151231257827",
            "1234567890.123456",
            "True",
            "nul",
            "NaN",
            "Infinity",
            "1 ",
            "0x1",
            "--1",
            "1.2.3",
        ];
        for text in certain {
            assert!(is_canonical_scalar(text.as_bytes()) && stays(text), "{text}");
        }
        for text in uncertain {
            assert!(!is_canonical_scalar(text.as_bytes()), "{text}");
        }
        // All short decimals there are.
        for n in 0..200_000_u32 {
            let digits = n.to_string();
            for point in 0..=digits.len() {
                let text = format!("{}.{}", &digits[..point], &digits[point..]);
                let text = text.trim_end_matches('.');
                assert!(!is_canonical_scalar(text.as_bytes()) || stays(text), "{text}");
            }
            let small = format!("0.000{digits}");
            assert!(!is_canonical_scalar(small.as_bytes()) || stays(&small), "{small}");
        }
    }

    #[test]
    fn what_is_told_of_strings_is_true() {
        for (text, certain) in [
            ("", true),
            ("plain ä € 😀 \u{7f}\u{2028}", true),
            (r#"\"\\\b\f\n\r\t"#, true),
            (r"\/", false),
            (r"\u0041", false),
            (r"\u001f", false),
            (r"\ud800", false),
            (r"\x", false),
            ("\n", false),
            ("\u{0}", false),
        ] {
            assert_eq!(is_canonical_text(text.as_bytes()), certain, "{text}");
            assert!(!certain || stays(&format!("\"{text}\"")), "{text}");
        }
    }
}
