//! Strings as JSON text.

use serde_json::Value;

use super::canonical::to_canonical;
use crate::domain::json::repeats::without_repeats;
use crate::domain::json::spelling::{Spelling, UNKNOWN};
use crate::domain::json::window::Text;

/// Text of unknown spelling. It is read as JavaScript reads it: of two members with one name the last counts, and a
/// number that is no finite double is an error.
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

    fn spelling(&self) -> Option<Spelling> {
        Some(UNKNOWN)
    }

    fn canonical(&self) -> Result<String, String> {
        let text = self.as_ref();
        let value = serde_json::from_str(text).or_else(|error| {
            let replaced: Option<Value> = without_repeats(text).and_then(|text| serde_json::from_str(&text).ok());
            replaced.ok_or_else(|| error.to_string())
        })?;
        to_canonical(&value).map_err(|error| error.to_string())
    }
}

/// The canonical form of another text.
pub struct Canonical(pub String);

impl Text for Canonical {
    fn length(&self) -> usize {
        self.0.len()
    }

    fn read(&self, at: usize, into: &mut [u8]) {
        self.0.read(at, into);
    }

    fn spelling(&self) -> Option<Spelling> {
        None
    }

    fn canonical(&self) -> Result<String, String> {
        Ok(self.0.clone())
    }
}
