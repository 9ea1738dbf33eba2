//! What is not published unless a person says so: a schema version that changed in place, a snapshot that lost more
//! than 30 % of its records, and one that is larger than it may be. Pure.
//!
//! The comparison is with the store's verified snapshot. Where there is none, there is nothing to lose.

use std::fmt::Write as _;

use super::Plan;
use super::difference::{Change, RecordChange};
use super::stored::Stored;
use crate::domain::key::EntryKey;

pub const MOST_GONE_PERCENT: u64 = 30;
pub const WARN_PERCENT: u64 = 80;
/// The most bytes that a snapshot may have unless told otherwise: an Edge Config holds 1 MB.
pub const MAX_BYTES: u64 = 1_000_000;
const MOST_NAMES: usize = 20;

/// What to do about something that is most likely a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Guarded {
    #[default]
    Refuse,
    /// A person has said that it is meant.
    DangerAllow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protection {
    /// A published schema version that changed in place: `--allow-schema-change`.
    pub schema_change: Guarded,
    /// More than 30 % of the published records gone: `--allow-shrink`.
    pub shrink: Guarded,
    /// The most bytes that the manifest and all entries may have in canonical UTF-8: `--max-bytes`.
    pub max_bytes: u64,
}

impl Default for Protection {
    fn default() -> Self {
        Self { schema_change: Guarded::Refuse, shrink: Guarded::Refuse, max_bytes: MAX_BYTES }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Versions are immutable: Venice may hold the old schema under the same name.
    #[error(
        "expected each published schema version to stay as it is, found {} changed in place: {}; publish a new \
         schema_version instead, or allow it with --allow-schema-change", .0.len(), names(.0)
    )]
    SchemaChanged(Vec<String>),
    #[error(
        "expected at most {MOST_GONE_PERCENT} % of the {before} published records to be gone, found {} gone: {}; look \
         whether Michael was read in full, or allow it with --allow-shrink", .gone.len(), names(.gone)
    )]
    Shrunk { before: u64, gone: Vec<String> },
    #[error("expected a snapshot of at most {max} bytes, found {bytes}:{}\nremove records, or allow it with --max-bytes", sizes(.entries))]
    TooLarge { max: u64, bytes: u64, entries: Vec<(String, u64)> },
}

impl Refusal {
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SchemaChanged(_) => "schema_changed_in_place",
            Self::Shrunk { .. } => "too_many_records_gone",
            Self::TooLarge { .. } => "snapshot_too_large",
        }
    }
}

/// Checks what would be published against what is. Gives what to warn of.
///
/// # Errors
///
/// Everything that is refused, not only the first of it.
pub fn protect(plan: &Plan, stored: &Stored, rules: &Protection) -> Result<Vec<String>, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut warnings = Vec::new();
    let mut note = |refusal: Option<Refusal>, guarded: Guarded| match (refusal, guarded) {
        (None, _) => {}
        (Some(refusal), Guarded::Refuse) => refusals.push(refusal),
        (Some(refusal), Guarded::DangerAllow) => warnings.push(format!("allowed by a flag: {refusal}")),
    };
    note(schema_changed(&plan.changes), rules.schema_change);
    note(shrunk(&plan.changes, stored.records()), rules.shrink);
    note(too_large(plan, rules.max_bytes), Guarded::Refuse);
    warnings.extend(nearly_full(plan.bytes, rules.max_bytes));
    if refusals.is_empty() { Ok(warnings) } else { Err(refusals) }
}

fn schema_changed(changes: &[RecordChange]) -> Option<Refusal> {
    let schemas = EntryKey::WidgetSchemas.logical();
    let records: Vec<_> = changes
        .iter()
        .filter(|change| change.key == schemas && change.change == Change::Changed)
        .map(|change| change.record.clone())
        .collect();
    (!records.is_empty()).then_some(Refusal::SchemaChanged(records))
}

fn shrunk(changes: &[RecordChange], before: u64) -> Option<Refusal> {
    let gone: Vec<_> = changes
        .iter()
        .filter(|change| change.change == Change::Removed)
        .map(|change| format!("{} {}", change.key, change.record))
        .collect();
    let too_many = gone.len() as u64 * 100 > before * MOST_GONE_PERCENT;
    too_many.then_some(Refusal::Shrunk { before, gone })
}

fn too_large(plan: &Plan, max: u64) -> Option<Refusal> {
    let entry = |(key, entry): (&EntryKey, &super::PlannedEntry)| (key.logical().to_owned(), entry.summary.bytes);
    let mut entries: Vec<_> = plan.entries.iter().map(entry).collect();
    entries.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    (plan.bytes > max).then_some(Refusal::TooLarge { max, bytes: plan.bytes, entries })
}

fn nearly_full(bytes: u64, max: u64) -> Option<String> {
    let nearly = bytes.saturating_mul(100) >= max.saturating_mul(WARN_PERCENT);
    let percent = bytes.saturating_mul(100) / max.max(1);
    nearly.then(|| format!("the snapshot has {bytes} of at most {max} bytes, {percent} %: the store is nearly full"))
}

fn names(records: &[String]) -> String {
    let mut text = records.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", ");
    if let Some(more) = records.len().checked_sub(MOST_NAMES).filter(|more| *more > 0) {
        // Writing to a string cannot fail.
        let _ = write!(text, " and {more} more");
    }
    text
}

fn sizes(entries: &[(String, u64)]) -> String {
    entries.iter().fold(String::new(), |mut text, (key, bytes)| {
        let _ = write!(text, "\n  {key:<25} {bytes:>9} bytes");
        text
    })
}

#[cfg(test)]
#[path = "protection_tests.rs"]
mod tests;
