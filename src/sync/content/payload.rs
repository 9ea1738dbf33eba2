//! The payloads of a snapshot's entries, in canonical form.

use std::collections::BTreeMap;

use crate::domain::key::EntryKey;

pub type Payloads = BTreeMap<EntryKey, Payload>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    pub text: String,
    /// The number of records. The verifier refuses a wrong one.
    pub records: u64,
}

impl Payload {
    pub fn empty() -> Self {
        Self { text: "{}".to_owned(), records: 0 }
    }
}
