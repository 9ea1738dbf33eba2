//! Errors of headers.

/// Why a header was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Longer than any that Atlas writes.
    #[error("{header}: expected at most {most} bytes, found {found}")]
    TooLong {
        /// Which header.
        header: &'static str,
        /// Its length in bytes.
        found: usize,
        /// The greatest length that is accepted.
        most: usize,
    },
    /// It is not a structured field.
    #[error("{header}: expected a dictionary of RFC 9651: {message}")]
    Syntax {
        /// Which header.
        header: &'static str,
        /// What the parser says.
        message: String,
    },
    /// A member that is missing or of the wrong type.
    #[error("{header}: {member}: expected {expected}")]
    Member {
        /// Which header.
        header: &'static str,
        /// Which member.
        member: String,
        /// What it must be.
        expected: &'static str,
    },
}
