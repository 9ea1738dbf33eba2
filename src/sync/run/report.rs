//! The report of a run: one object for `--json`, for people, and for `PUT /edge-config`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::context::RunOptions;
use super::error::{ErrorClass, RunFailure, SyncError};
use super::steps::StepTimes;
use crate::domain::format::checksum::Checksum;
use crate::domain::key::EntryKey;
use crate::domain::registry::registry;
use crate::domain::verify::EntrySummary;
use crate::sync::content::Quarantined;
use crate::sync::plan::{Counts, Hold, PlanKind, RecordChange, Stored, count};
use crate::sync::publish::delivered::Delivered;
use crate::sync::shown::one_line;
use crate::sync::signature::Signing;

/// How many warnings, and how many records that were left out, a run logs. Each may stand for one of a million rows.
const MOST_LOGGED: usize = 20;

registry! {
    #[derive(Default)]
    pub enum Outcome by name {
        Published = "published",
        /// The store already held what Michael holds; nothing was written.
        Unchanged = "unchanged",
        /// Nothing had changed; `checkedAt` was renewed.
        Heartbeat = "heartbeat",
        /// A restored snapshot is held; at most `checkedAt` was renewed.
        Held = "held",
        /// `plan`: nothing was written.
        Planned = "planned",
        /// Nothing was written: what Michael holds must not be published.
        Refused = "refused",
        #[default]
        Failed = "failed",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryReport {
    /// Templates, (type, version) pairs, or plans.
    pub records: u64,
    /// The length of the entry in canonical UTF-8, in bytes.
    pub bytes: u64,
    pub written: bool,
    /// Whether the snapshot has it anew, so that it was written, or would be.
    #[serde(skip)]
    pub new: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorReport {
    pub code: &'static str,
    #[serde(skip)]
    pub class: ErrorClass,
    /// What was expected, what was found, and what to do.
    pub message: String,
}

impl ErrorReport {
    pub fn of(error: &SyncError) -> Self {
        Self { code: error.code(), class: error.class(), message: error.to_string() }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub outcome: Outcome,
    pub run: String,
    /// The snapshot's version; for `plan`, the one that it would have.
    pub version: Option<u64>,
    /// The version before, if one verified.
    pub previous_version: Option<u64>,
    pub checksum: Option<Checksum>,
    pub updated_at: Option<String>,
    pub checked_at: Option<String>,
    pub diff: Counts,
    pub changes: Vec<RecordChange>,
    pub entries: BTreeMap<&'static str, EntryReport>,
    /// The ids of the keys that signed the manifest: of those that this run knows, since anybody can write an id.
    pub signed_by: Vec<String>,
    /// The length of the snapshot in canonical UTF-8, in bytes.
    pub bytes: u64,
    pub max_bytes: u64,
    /// The hold on a restored snapshot that kept this run from publishing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// What is odd, but was published.
    pub warnings: Vec<String>,
    /// The records that could not be published and were left out, with `--on-bad-row quarantine`.
    pub quarantined: Vec<Quarantined>,
    pub steps_ms: StepTimes,
    pub duration_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorReport>,
    /// How many writes to the store may have been done.
    #[serde(skip)]
    pub writes: u32,
}

impl Report {
    pub(crate) fn of(delivered: Delivered, options: &RunOptions, signing: &Signing) -> Self {
        let Delivered { plan, before, mut warnings, quarantined, held } = delivered;
        let signed_by = match plan.kind {
            PlanKind::Unchanged => before.signed().map(|manifest| signing.verified(&manifest)).unwrap_or_default(),
            PlanKind::Heartbeat | PlanKind::Publish => plan.signatures.ids(),
        };
        let outcome = match plan.kind {
            _ if options.dry => Outcome::Planned,
            PlanKind::Unchanged | PlanKind::Heartbeat if held => Outcome::Held,
            PlanKind::Unchanged => Outcome::Unchanged,
            PlanKind::Heartbeat => Outcome::Heartbeat,
            PlanKind::Publish => Outcome::Published,
        };
        warnings.extend(repaired(&before));
        let manifest = plan.snapshot.manifest();
        let entry = |(key, summary): (EntryKey, &EntrySummary)| {
            let new = plan.writes(summary);
            let written = new && !options.dry;
            (key.logical(), EntryReport { records: summary.records, bytes: summary.bytes, written, new })
        };
        Self {
            outcome,
            version: Some(manifest.version()),
            previous_version: plan.previous_version,
            checksum: Some(manifest.checksum()),
            updated_at: Some(manifest.updated_at().to_string()),
            checked_at: Some(manifest.checked_at().to_string()),
            diff: count(&plan.changes),
            entries: manifest.entries().map(entry).collect(),
            signed_by,
            bytes: plan.bytes(),
            max_bytes: options.protection.max_bytes,
            hold: before.hold.filter(|_| held),
            warnings,
            quarantined,
            changes: plan.changes,
            ..Self::default()
        }
    }

    pub fn failed(failure: &RunFailure, max_bytes: u64) -> Self {
        let RunFailure { error, run, steps_ms, duration_ms, writes } = failure;
        let outcome = if error.class() == ErrorClass::Refused { Outcome::Refused } else { Outcome::Failed };
        Self {
            run: run.clone(),
            steps_ms: steps_ms.clone(),
            duration_ms: *duration_ms,
            writes: *writes,
            error: Some(ErrorReport::of(error)),
            outcome,
            max_bytes,
            ..Self::default()
        }
    }

    pub(crate) fn log(&self) {
        for warning in self.warnings.iter().take(MOST_LOGGED) {
            tracing::warn!(warning, "a warning of the run");
        }
        for Quarantined { key, record, reason } in self.quarantined.iter().take(MOST_LOGGED) {
            tracing::warn!(key, record, reason, "a record was left out");
        }
        let more = |all: usize| all.saturating_sub(MOST_LOGGED);
        let (warnings, quarantined) = (more(self.warnings.len()), more(self.quarantined.len()));
        if warnings + quarantined > 0 {
            tracing::warn!(
                warnings,
                quarantined,
                "there are more than are logged; `atlas-sync plan --json` names them all"
            );
        }
        tracing::info!(
            outcome = self.outcome.name(),
            version = self.version,
            previous_version = self.previous_version,
            checksum = self.checksum.map(|checksum| checksum.to_string()),
            added = self.diff.added,
            changed = self.diff.changed,
            removed = self.diff.removed,
            bytes = self.bytes,
            quarantined = self.quarantined.len(),
            ms = self.duration_ms,
            "the run ended"
        );
    }
}

/// A warning that the store held something of Atlas's that does not verify.
fn repaired(before: &Stored) -> Option<String> {
    let broken = before.snapshot.is_none() && !before.is_empty;
    broken.then(|| {
        let faults =
            before.verdicts.iter().filter_map(|v| Some(format!("{}: {}", v.key, one_line(v.message.as_ref()?))));
        format!("the store did not verify and counts as empty: {}", faults.collect::<Vec<_>>().join("; "))
    })
}
