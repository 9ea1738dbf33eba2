//! What the entries of a snapshot say, in canonical form.

use std::collections::BTreeMap;

use crate::domain::key::EntryKey;

pub type Payloads = BTreeMap<EntryKey, Payload>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// The payload in canonical form.
    pub text: String,
    /// How many records it has. A wrong number is refused by the verifier.
    pub records: u64,
}

impl Payload {
    pub fn empty() -> Self {
        Self { text: "{}".to_owned(), records: 0 }
    }
}
