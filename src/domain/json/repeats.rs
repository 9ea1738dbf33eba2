//! Repeated members: JavaScript's `JSON.parse` keeps the last one and ignores the others, even one whose number no double
//! can hold. This is only used for text that `serde_json` refused.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::skip::MAX_DEPTH;

/// The same text without members that a later one of the same name replaces; `None` if it is not JSON, or nested too
/// deeply.
pub fn without_repeats(text: &str) -> Option<String> {
    let mut written = String::with_capacity(text.len());
    write(text, MAX_DEPTH, &mut written)?;
    Some(written)
}

fn write(text: &str, levels: u32, written: &mut String) -> Option<()> {
    let text = text.trim_ascii();
    match text.as_bytes().first()? {
        b'{' => {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
            let levels = levels.checked_sub(1)?;
            written.push('{');
            for (place, (name, value)) in members.iter().enumerate() {
                written.push_str(if place > 0 { "," } else { "" });
                written.push_str(&serde_json::to_string(name).ok()?);
                written.push(':');
                write(value.get(), levels, written)?;
            }
            written.push('}');
        }
        b'[' => {
            let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            let levels = levels.checked_sub(1)?;
            written.push('[');
            for (place, element) in elements.iter().enumerate() {
                written.push_str(if place > 0 { "," } else { "" });
                write(element.get(), levels, written)?;
            }
            written.push(']');
        }
        _ => written.push_str(text),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_two_members_stays_whatever_the_first_held() {
        for (text, expected) in [
            (r#"{"a":1e400,"b":[{"c":"\ud800","\u0063":2}, 1],"a":3}"#, r#"{"a":3,"b":[{"c":2},1]}"#),
            (r#" { "a" : 1 , "a" : 1e400 } "#, r#"{"a":1e400}"#),
            ("{}", "{}"),
            ("[[], \"x\"]", "[[],\"x\"]"),
        ] {
            assert_eq!(without_repeats(text).as_deref(), Some(expected), "{text}");
        }
        let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(without_repeats(&format!(r#"{{"a":{},"a":1}}"#, deep(500))).as_deref(), Some(r#"{"a":1}"#));
        assert!(without_repeats(&deep(127)).is_some() && without_repeats(&deep(128)).is_none());
        for broken in ["", "{", "[1,]", r#"{"\ud800":1}"#] {
            assert_eq!(without_repeats(broken), None, "{broken}");
        }
    }
}
