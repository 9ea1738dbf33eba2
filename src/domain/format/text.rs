//! Strings as JSON text.

use serde_json::Value;

use super::canonical::to_canonical;
use super::envelope::NOT_CANONICAL;
use super::in_order::{is_canonical, is_in_order};
use crate::domain::json::repeats::without_repeats;
use crate::domain::json::window::Text;

/// Text of any writer. It is read as JavaScript reads it: of two members with one name the last counts, and a number that
/// is no finite double is an error.
impl<T: AsRef<str>> Text for T {
    fn length(&self) -> usize {
        self.as_ref().len()
    }

    fn read(&self, at: usize, into: &mut [u8]) {
        // `get` returns as many bytes as there is room for.
        if let Some(bytes) = self.as_ref().as_bytes().get(at..at + into.len()) {
            into.copy_from_slice(bytes);
        }
    }

    fn canonical(&self) -> Result<Option<Box<dyn Text>>, String> {
        let text = self.as_ref();
        if is_canonical(text) {
            return Ok(None);
        }
        let canonical = canonical(text)?;
        if is_in_order(&canonical) { Ok(Some(Box::new(canonical))) } else { Err(NOT_CANONICAL.to_owned()) }
    }
}

/// The canonical form of a text that is not in it.
///
/// # Errors
///
/// Why it is not JSON.
pub fn canonical(text: &str) -> Result<String, String> {
    let value = serde_json::from_str(text).or_else(|error| {
        let replaced: Option<Value> = without_repeats(text).and_then(|text| serde_json::from_str(&text).ok());
        replaced.ok_or_else(|| error.to_string())
    })?;
    to_canonical(&value).map_err(|error| error.to_string())
}
