//! What the entries of a snapshot say, in canonical form.

use std::collections::BTreeMap;

use crate::domain::key::EntryKey;

/// What a snapshot says, entry by entry.
pub type Payloads = BTreeMap<EntryKey, Payload>;

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// The payload in canonical form.
    pub text: String,
    /// How many records it has. A wrong number is refused by the verifier.
    pub records: u64,
}

impl Payload {
    /// One without records.
    #[must_use]
    pub fn empty() -> Self {
        Self { text: "{}".to_owned(), records: 0 }
    }
}
