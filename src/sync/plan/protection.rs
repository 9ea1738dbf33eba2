//! What is published only if a person allows it: a schema version that changed in place, a snapshot that lost more than
//! 30 % of its records, and one that is too large. Pure.
//!
//! The comparison is with the store's verified snapshot; without one there is nothing to lose. One that is foreign is no
//! reason to refuse: whoever holds the write token could end every sync with it.

use std::collections::BTreeSet;

use super::Plan;
use super::difference::{Change, RecordChange};
use super::stored::Stored;
use crate::domain::key::EntryKey;
use crate::sync::content::Quarantined;
use crate::sync::shown::excerpt;

const MOST_GONE_PERCENT: u64 = 30;
pub const WARN_PERCENT: u64 = 80;
/// The default limit of a snapshot's size in bytes: an Edge Config holds 1 MB.
pub const MAX_BYTES: u64 = 1_000_000;
const MOST_NAMES: usize = 20;

/// What to do about a probable mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Guarded {
    #[default]
    Refuse,
    /// A person has said that it is intended.
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub code: &'static str,
    pub message: String,
}

/// Checks what would be published against what is published. Gives warnings, or everything that is refused, and with it the
/// records that were left out: a report of what is refused has no other place for them.
pub fn protect(
    plan: &Plan,
    stored: &Stored,
    left_out: &[Quarantined],
    rules: &Protection,
) -> Result<Vec<String>, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut warnings = Vec::new();
    let mut note = |refusal: Option<Refusal>, allowed: Option<&str>| match (refusal, allowed) {
        (None, _) => {}
        (Some(refusal), None) => refusals.push(refusal),
        (Some(refusal), Some(why)) => warnings.push(format!("allowed {why}: {}", refusal.message)),
    };
    let allowed = |guarded| match guarded {
        Guarded::DangerAllow => Some("by a flag"),
        Guarded::Refuse if stored.is_foreign => Some("since this job does not build on what stands"),
        Guarded::Refuse => None,
    };
    note(schema_changed(&plan.changes), allowed(rules.schema_change));
    note(shrunk(&plan.changes, stored.records(), left_out), allowed(rules.shrink));
    note(too_large(plan, rules.max_bytes), None);
    warnings.extend(nearly_full(plan.bytes(), rules.max_bytes));
    let Some(last) = refusals.last_mut() else { return Ok(warnings) };
    last.message.push_str(&reasons(left_out));
    Err(refusals)
}

/// Versions are immutable: Venice may hold the old schema under the same name.
fn schema_changed(changes: &[RecordChange]) -> Option<Refusal> {
    let schemas = EntryKey::WidgetSchemas.logical();
    let in_place = changes.iter().filter(|change| change.key == schemas && change.change == Change::Changed);
    let records: Vec<_> = in_place.map(|change| change.record.clone()).collect();
    let message = format!(
        "expected each published schema version to stay as it is, found {} changed in place: {}; publish a new \
         schema_version instead, or allow it with --allow-schema-change",
        records.len(),
        names(&records)
    );
    (!records.is_empty()).then_some(Refusal { code: "schema_changed_in_place", message })
}

fn shrunk(changes: &[RecordChange], before: u64, left_out: &[Quarantined]) -> Option<Refusal> {
    let gone = changes.iter().filter(|change| change.change == Change::Removed);
    let left_out: BTreeSet<_> = left_out.iter().filter_map(|bad| Some((bad.key, bad.record.as_deref()?))).collect();
    let bad = gone.clone().filter(|change| left_out.contains(&(change.key, change.record.as_str()))).count();
    let advice =
        if bad == 0 { "check that Michael was read in full" } else { "correct the rows that cannot be published" };
    let gone: Vec<_> = gone.map(|change| format!("{} {}", change.key, change.record)).collect();
    let too_many = gone.len() as u64 * 100 > before * MOST_GONE_PERCENT;
    let message = format!(
        "expected at most {MOST_GONE_PERCENT} % of the {before} published records to be gone, found {} gone: {}; \
         {advice}, or allow it with --allow-shrink",
        gone.len(),
        names(&gone)
    );
    too_many.then_some(Refusal { code: "too_many_records_gone", message })
}

fn too_large(plan: &Plan, max: u64) -> Option<Refusal> {
    let bytes = plan.bytes();
    let mut entries: Vec<_> = plan.snapshot.manifest().entries().collect();
    entries.sort_by_key(|(_, summary)| std::cmp::Reverse(summary.bytes));
    let sizes = entries.iter().map(|(key, summary)| format!("\n  {:<25} {:>9} bytes", key.logical(), summary.bytes));
    let message = format!(
        "expected a snapshot of at most {max} bytes, found {bytes}:{}\nremove records, or allow it with --max-bytes",
        sizes.collect::<String>()
    );
    (bytes > max).then_some(Refusal { code: "snapshot_too_large", message })
}

fn nearly_full(bytes: u64, max: u64) -> Option<String> {
    let nearly = bytes.saturating_mul(100) >= max.saturating_mul(WARN_PERCENT);
    let percent = bytes.saturating_mul(100) / max.max(1);
    nearly.then(|| format!("the snapshot has {bytes} of at most {max} bytes, {percent} %: the store is nearly full"))
}

/// Why records were left out, one line each, below a message.
fn reasons(left_out: &[Quarantined]) -> String {
    if left_out.is_empty() {
        return String::new();
    }
    let mut lines: Vec<_> = left_out.iter().take(MOST_NAMES).map(|bad| format!("  {}", bad.reason)).collect();
    if left_out.len() > MOST_NAMES {
        lines.push(format!("  … and {} more", left_out.len() - MOST_NAMES));
    }
    format!("\nleft out, since they cannot be published:\n{}", lines.join("\n"))
}

fn names(records: &[String]) -> String {
    let shown = records.iter().take(MOST_NAMES).map(|name| excerpt(name)).collect::<Vec<_>>().join(", ");
    match records.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
#[path = "protection_tests.rs"]
mod tests;
