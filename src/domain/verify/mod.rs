//! The one verifier, for reader and writer.

pub mod fault;
pub mod shape;
mod verifier;

pub use verifier::{
    EntrySummary, EntryVerdict, Status, VerifiedEntry, VerifiedManifest, VerifiedSnapshot, verify_entry,
    verify_manifest, verify_snapshot,
};
