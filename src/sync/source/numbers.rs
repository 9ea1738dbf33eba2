//! Numbers that mean the same in JavaScript: a double holds them exactly, or they are spelled as JavaScript spells a double.
//!
//! The parser hands over an integer of many digits already rounded, so this reads the text. The text is valid JSON.

use serde::de::Error as _;

/// The largest integer below which every integer is a double: 2^53 - 1 (RFC 8259, section 6).
pub(super) const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

pub(super) fn check(text: &str) -> Result<(), serde_json::Error> {
    let mut in_string = false;
    let mut escaped = false;
    let mut start = None;
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') {
            start = start.or((byte == b'-' || byte.is_ascii_digit()).then_some(at));
        } else {
            if let Some(start) = start.take() {
                check_one(text, start, at)?;
            }
            in_string = byte == b'"';
        }
    }
    start.map_or(Ok(()), |start| check_one(text, start, text.len()))
}

fn check_one(text: &str, start: usize, end: usize) -> Result<(), serde_json::Error> {
    let literal = text.get(start..end).unwrap_or_default();
    if literal.len() < 16 && !literal.contains(['e', 'E']) {
        return Ok(());
    }
    if keeps_its_meaning(literal) {
        return Ok(());
    }
    let before = text.get(..start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().len() + 1;
    Err(serde_json::Error::custom(format_args!(
        "the number {literal} at line {line} column {column} is beyond 2^53 - 1, and JavaScript would round it; keep it as \
         a string"
    )))
}

#[expect(clippy::cast_precision_loss, reason = "2^53 - 1 is exact as a double")]
fn keeps_its_meaning(literal: &str) -> bool {
    let Ok(double) = literal.parse::<f64>() else { return true };
    if double.abs() <= MAX_SAFE_INTEGER as f64 || !double.is_finite() {
        return true;
    }
    let written = significant(literal);
    // All digits of the double; then the fewest that name it, which is how JavaScript spells it.
    written == significant(&format!("{double:.0}")) || written == significant(&format!("{double:e}"))
}

/// The sign, the digits without zeros at either end, and the power of ten of the last digit.
fn significant(literal: &str) -> (bool, String, i64) {
    let (mantissa, exponent) = literal.split_once(['e', 'E']).unwrap_or((literal, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
    let kept = digits.trim_end_matches('0');
    let dropped = digits.len() - kept.len();
    let power = exponent.parse::<i64>().unwrap_or_default();
    let shift = |count: usize| i64::try_from(count).unwrap_or_default();
    (literal.starts_with('-'), kept.trim_start_matches('0').to_owned(), power + shift(dropped) - shift(fraction.len()))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_number_that_javascript_rounds_is_refused_with_its_place() {
        let error = check("{\"a\":\"9007199254740993\",\n \"b\":[1, 9007199254740993]}").unwrap_err().to_string();
        assert!(error.starts_with("the number 9007199254740993 at line 2 column 10 "), "{error}");
        for bad in [
            "9007199254740993",
            "[100000000000000000001]",
            "9007199254740993.0",
            "9.007199254740993e15",
            "9007199254740992.5",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_a_double_holds_or_javascript_spells_so_passes() {
        for good in [
            "9007199254740992",
            "1e20",
            "1E+20",
            "100000000000000000000",
            "1e23",
            "-1152921504606846976",
            "1152921504606847000",
            "0.1000000000000000000001",
            "1e-400",
            "\"9007199254740993\"",
            "\"\\\"9007199254740993\"",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
    }
}
