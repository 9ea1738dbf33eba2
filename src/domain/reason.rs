//! Why a request goes to Paris: the table of the contract, one method for each column.

use serde::Serialize;

use crate::domain::registry::registry;

registry! {
    /// The reasons, in the order of the checks: the first that fails counts.
    pub enum Reason by code {
        /// No client, or no connection string.
        NotConfigured = "not_configured",
        /// Too many reads have failed.
        BreakerOpen = "breaker_open",
        /// The store did not answer in time.
        Timeout = "timeout",
        /// The SDK threw.
        Unavailable = "unavailable",
        /// A needed key is not in the store.
        KeyMissing = "key_missing",
        /// A needed entry is in a format that this reader does not know.
        UnsupportedFormat = "unsupported_format",
        /// A needed entry is not an envelope, or is not what was published.
        Corrupt = "corrupt",
        /// A public key is configured, and the manifest's signature is missing or wrong.
        SignatureInvalid = "signature_invalid",
        /// The store holds a version below one that this reader has served or embedded, or below the least that it accepts.
        Rollback = "rollback",
        /// `checkedAt` is further in the future than clocks may differ.
        ClockSkew = "clock_skew",
        /// No sync has confirmed the snapshot for too long.
        Expired = "expired",
        /// No such template, or no such widget type.
        RecordMissing = "record_missing",
        /// The instance's schema version is not among the type's, or not the template's.
        SchemaVersionMismatch = "schema_version_mismatch",
        /// A bug in Atlas itself.
        InternalError = "internal_error",
    }
}

impl Reason {
    /// The reason with this name, if there is one.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The log event that it belongs to.
    pub const fn event(self) -> &'static str {
        match self {
            Self::NotConfigured | Self::BreakerOpen | Self::Timeout | Self::Unavailable => "atlas_unavailable",
            Self::KeyMissing => "atlas_key_missing",
            Self::UnsupportedFormat | Self::Corrupt | Self::SignatureInvalid => "atlas_corrupt",
            Self::Rollback => "atlas_rollback",
            Self::ClockSkew | Self::Expired | Self::RecordMissing | Self::SchemaVersionMismatch => "atlas_stale",
            Self::InternalError => "atlas_internal_error",
        }
    }

    /// The severity of the log event.
    pub const fn level(self) -> Level {
        match self {
            Self::NotConfigured
            | Self::BreakerOpen
            | Self::Timeout
            | Self::Unavailable
            | Self::KeyMissing
            | Self::ClockSkew
            | Self::Expired
            | Self::RecordMissing
            | Self::SchemaVersionMismatch => Level::Warn,
            Self::UnsupportedFormat | Self::Corrupt | Self::SignatureInvalid | Self::Rollback | Self::InternalError => {
                Level::Error
            }
        }
    }

    /// Whether a sync would help, so that Paris gets a refresh hint.
    pub const fn asks_for_refresh(self) -> bool {
        match self {
            Self::KeyMissing
            | Self::Corrupt
            | Self::Rollback
            | Self::Expired
            | Self::RecordMissing
            | Self::SchemaVersionMismatch => true,
            Self::NotConfigured
            | Self::BreakerOpen
            | Self::Timeout
            | Self::Unavailable
            | Self::UnsupportedFormat
            | Self::SignatureInvalid
            | Self::ClockSkew
            | Self::InternalError => false,
        }
    }
}

/// The severity of a log event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Good news.
    Info,
    /// Something to look at; Atlas falls back as it should.
    Warn,
    /// Something to repair.
    Error,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contract's table, written out a second time: reason, event, level, refresh hint.
    const TABLE: [(&str, &str, Level, bool); 14] = [
        ("not_configured", "atlas_unavailable", Level::Warn, false),
        ("breaker_open", "atlas_unavailable", Level::Warn, false),
        ("timeout", "atlas_unavailable", Level::Warn, false),
        ("unavailable", "atlas_unavailable", Level::Warn, false),
        ("key_missing", "atlas_key_missing", Level::Warn, true),
        ("unsupported_format", "atlas_corrupt", Level::Error, false),
        ("corrupt", "atlas_corrupt", Level::Error, true),
        ("signature_invalid", "atlas_corrupt", Level::Error, false),
        ("rollback", "atlas_rollback", Level::Error, true),
        ("clock_skew", "atlas_stale", Level::Warn, false),
        ("expired", "atlas_stale", Level::Warn, true),
        ("record_missing", "atlas_stale", Level::Warn, true),
        ("schema_version_mismatch", "atlas_stale", Level::Warn, true),
        ("internal_error", "atlas_internal_error", Level::Error, false),
    ];

    #[test]
    fn the_reasons_are_those_of_the_contract_in_its_order() {
        let rows = Reason::ALL.map(|reason| (reason.code(), reason.event(), reason.level(), reason.asks_for_refresh()));
        assert_eq!(rows, TABLE);
        assert!(Reason::ALL.is_sorted());
    }
}
