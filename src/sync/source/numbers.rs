//! Refuses numbers that JavaScript would round. A double holds the others exactly, or they are spelled as JavaScript spells
//! a double.
//!
//! The parser rounds an integer of many digits, so this reads the text, which is valid JSON.

use crate::domain::json::scanner::MAX_SAFE_INTEGER;
use crate::sync::shown::excerpt;

pub(super) fn check(text: &str) -> Result<(), String> {
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
            check_one(text, start.take(), at)?;
            in_string = byte == b'"';
        }
    }
    check_one(text, start, text.len())
}

fn check_one(text: &str, start: Option<usize>, end: usize) -> Result<(), String> {
    let literal = start.and_then(|start| text.get(start..end)).unwrap_or_default();
    let is_short = literal.len() < 16 && !literal.contains(['e', 'E']);
    if is_short || keeps_its_meaning(literal) {
        return Ok(());
    }
    let shown = excerpt(literal);
    Err(format!("the number {shown} is beyond 2^53 - 1, and JavaScript would round it; store it as a string"))
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
    fn a_number_that_javascript_rounds_is_refused() {
        let error = check("{\"a\":\"9007199254740993\",\n \"b\":[1, 9007199254740993]}").unwrap_err();
        assert!(error.starts_with("the number 9007199254740993 is beyond 2^53 - 1, "), "{error}");
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
