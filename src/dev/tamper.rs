//! What a faulty store may show in place of its state: the state before the last write, or a value with one wrong byte.

use super::live::Loaded;
use crate::sync::store::state::State;
use crate::sync::store::{FileStore, StoreError};
use serde_json::value::RawValue;
use std::sync::Arc;

/// How one request's view of the store differs from the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tampering {
    pub(super) old_version: bool,
    pub(super) corrupt: Vec<String>,
}

impl Tampering {
    /// The store as this request sees it. The digest is that of what is shown, so that no cache hides the difference.
    pub(super) async fn apply(&self, store: &FileStore, loaded: Arc<Loaded>) -> Result<Arc<Loaded>, StoreError> {
        if *self == Self::default() {
            return Ok(loaded);
        }
        let mut state = if self.old_version { store.previous(&loaded.state).await? } else { loaded.state.clone() };
        self.corrupt.iter().for_each(|key| corrupt(&mut state, key));
        Ok(Arc::new(Loaded::new(state)))
    }
}

fn corrupt(state: &mut State, key: &str) {
    if let Some(item) = state.items.get_mut(key)
        && let Some(damaged) = flip(item.value.get())
        && let Ok(value) = RawValue::from_string(damaged)
    {
        item.value = value;
    }
}

/// The text with the lowest bit of one byte flipped: of the first letter or digit inside a string in the text's second
/// half, or else the last in its first half. Always JSON again: such a byte turns into no quote and no backslash.
fn flip(json: &str) -> Option<String> {
    let candidates = plain_bytes_in_strings(json.as_bytes());
    let later = candidates.iter().find(|at| **at >= json.len() / 2);
    let at = *later.or(candidates.last())?;
    let mut bytes = json.as_bytes().to_vec();
    *bytes.get_mut(at)? ^= 1;
    String::from_utf8(bytes).ok()
}

/// Where the letters and digits inside strings are, those of escapes left out.
fn plain_bytes_in_strings(json: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let (mut in_string, mut escape_left) = (false, 0);
    for (at, byte) in json.iter().enumerate() {
        match byte {
            // The longest escape, \u and four digits, so the shorter ones hide a few bytes more than they must.
            b'\\' if in_string && escape_left == 0 => escape_left = 5,
            _ if escape_left > 0 => escape_left -= if escape_left == 5 && *byte != b'u' { 5 } else { 1 },
            b'"' => in_string = !in_string,
            _ if in_string && byte.is_ascii_alphanumeric() => found.push(at),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bit_of_a_string_is_flipped_and_the_text_stays_json() {
        for (given, flipped) in [
            (r#""a""#, r#""`""#),
            (r#"{"a":1,"bc":22}"#, r#"{"a":1,"cc":22}"#),
            (r#"{"first":111111111}"#, r#"{"firsu":111111111}"#),
            (r#"["\u0041\n\"","z"]"#, r#"["\u0041\n\"","{"]"#),
            (r#"["\\","y"]"#, r#"["\\","x"]"#),
        ] {
            assert_eq!(flip(given).as_deref(), Some(flipped));
            assert!(serde_json::from_str::<serde_json::Value>(flipped).is_ok());
        }
    }

    #[test]
    fn a_value_without_a_plain_string_stays() {
        for given in ["1", "null", r#""""#, r#""\n""#, r#"["é"]"#] {
            assert_eq!(flip(given), None, "{given}");
        }
    }
}
