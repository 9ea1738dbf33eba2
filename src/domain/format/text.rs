//! Strings as JSON text, each with the canonical form of what it stands for.

use serde_json::Value;

use super::canonical::{reorder, to_canonical};
use crate::domain::json::repeats::without_repeats;
use crate::domain::json::spelling::{Spelling, UNKNOWN};
use crate::domain::json::window::Text;

/// Text that `JSON.stringify` wrote, or that is in canonical form.
pub struct Stringified(pub String);

impl Text for Stringified {
    fn length(&self) -> usize {
        self.0.len()
    }

    fn read(&self, at: usize, into: &mut [u8]) {
        // What `get` gives is as long as there is room.
        if let Some(bytes) = self.0.as_bytes().get(at..at + into.len()) {
            into.copy_from_slice(bytes);
        }
    }

    fn spelling(&self) -> Option<Spelling> {
        None
    }

    fn canonical(&self) -> Result<String, String> {
        reorder(&self.0).map_err(|error| error.to_string())
    }
}

/// Text of which nothing is known. It is read as JavaScript reads it: of two members of one name the last counts, and a
/// number that no double holds is none.
impl Text for &str {
    fn length(&self) -> usize {
        self.len()
    }

    fn read(&self, at: usize, into: &mut [u8]) {
        // What `get` gives is as long as there is room.
        if let Some(bytes) = self.as_bytes().get(at..at + into.len()) {
            into.copy_from_slice(bytes);
        }
    }

    fn spelling(&self) -> Option<Spelling> {
        Some(UNKNOWN)
    }

    fn canonical(&self) -> Result<String, String> {
        let value = serde_json::from_str(self).or_else(|error| {
            let replaced: Option<Value> = without_repeats(self).and_then(|text| serde_json::from_str(&text).ok());
            replaced.ok_or_else(|| error.to_string())
        })?;
        to_canonical(&value).map_err(|error| error.to_string())
    }
}

impl Text for String {
    fn length(&self) -> usize {
        self.len()
    }

    fn read(&self, at: usize, into: &mut [u8]) {
        self.as_str().read(at, into);
    }

    fn spelling(&self) -> Option<Spelling> {
        self.as_str().spelling()
    }

    fn canonical(&self) -> Result<String, String> {
        self.as_str().canonical()
    }
}
