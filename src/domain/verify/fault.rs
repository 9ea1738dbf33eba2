//! What can be wrong with a stored value. Each fault says what was expected and what was found.

use std::fmt;

use crate::domain::format::checksum::Checksum;
use crate::domain::key::Key;
use crate::domain::reason::Reason;

/// Why a stored value is not a verified entry of its snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// There is no value under the key, or the manifest does not name it.
    Missing,
    /// Written by another version of the format.
    UnsupportedFormat {
        /// The `format` member, as JSON.
        found: String,
    },
    /// A member of the envelope is missing or of the wrong type.
    NotAnEnvelope(String),
    /// The stated checksum is not that of the content.
    Checksum {
        /// The checksum that the envelope states.
        stated: Checksum,
        /// The checksum of what is there.
        computed: Checksum,
    },
    /// An envelope that was made for another key.
    WrongKey {
        /// The key that was read.
        expected: Key,
        /// The key that the envelope names, shortened.
        found: String,
    },
    /// The checksum holds, but the payload does not have the shape of the contract.
    Payload(String),
    /// A valid entry, but not the one that the manifest names: a torn read, or a mixture of two snapshots.
    Disagrees {
        /// What the manifest says.
        expected: String,
        /// What the entry is.
        found: String,
    },
}

impl Fault {
    /// What was expected and what was found.
    pub fn message(&self) -> String {
        match self {
            Self::Missing => "there is none".to_owned(),
            Self::UnsupportedFormat { found } => ["expected format 1, found ", found].concat(),
            Self::NotAnEnvelope(message) => ["not an envelope: ", message].concat(),
            Self::Checksum { stated, computed } => {
                ["checksum mismatch: it states ", &stated.text(), ", its content gives ", &computed.text()].concat()
            }
            Self::WrongKey { expected, found } => {
                ["expected the entry of ", expected.logical(), ", found that of ", found].concat()
            }
            Self::Payload(message) => message.clone(),
            Self::Disagrees { expected, found } => ["the manifest names ", expected, ", the entry is ", found].concat(),
        }
    }

    /// The reason of the fallback that it causes.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Missing => Reason::KeyMissing,
            Self::UnsupportedFormat { .. } => Reason::UnsupportedFormat,
            Self::NotAnEnvelope(_)
            | Self::Checksum { .. }
            | Self::WrongKey { .. }
            | Self::Payload(_)
            | Self::Disagrees { .. } => Reason::Corrupt,
        }
    }

    /// Whether another read may bring a whole snapshot: the store may have been written during the last one.
    pub const fn may_be_torn(&self) -> bool {
        matches!(self, Self::Disagrees { .. })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for Fault {}
