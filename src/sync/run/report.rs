//! What a run reports: one object, the same for `--json`, for people, and for `PUT /edge-config`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::SyncError;
use super::error::{Class, Failure};
use super::steps::StepTimes;
use crate::domain::format::checksum::Checksum;
use crate::domain::key::EntryKey;
use crate::domain::registry::registry;
use crate::sync::content::Quarantined;
use crate::sync::plan::{Counts, Hold, Kind, Plan, PlannedEntry, RecordChange, count};

registry! {
    pub enum Outcome by name {
        Published = "published",
        /// The store said what Michael says; nothing was written.
        Unchanged = "unchanged",
        /// Nothing had changed; `checkedAt` was renewed.
        Heartbeat = "heartbeat",
        /// A restored snapshot is held: at most `checkedAt` was renewed.
        Held = "held",
        /// `plan`: nothing was written.
        Planned = "planned",
        /// Nothing was written, since Michael holds what must not be published.
        Refused = "refused",
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
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorReport {
    pub code: &'static str,
    /// What was expected, what was found, and what to do.
    pub message: String,
}

impl ErrorReport {
    pub fn of(error: &SyncError) -> Self {
        Self { code: error.code(), message: error.to_string() }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
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
    /// The length of the snapshot in canonical UTF-8, in bytes.
    pub bytes: u64,
    pub max_bytes: u64,
    /// What kept this run from publishing, or would have: the hold on a restored snapshot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// What is odd, but published.
    pub warnings: Vec<String>,
    /// The records that could not be published and were left out: empty unless the run was told to go on without them.
    pub quarantined: Vec<Quarantined>,
    pub steps_ms: StepTimes,
    pub duration_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorReport>,
}

impl Report {
    pub fn of(plan: &Plan, dry: bool, warnings: Vec<String>, max_bytes: u64) -> Self {
        let outcome = match (dry, plan.kind) {
            (true, _) => Outcome::Planned,
            (false, Kind::Unchanged) => Outcome::Unchanged,
            (false, Kind::Heartbeat) => Outcome::Heartbeat,
            (false, Kind::Publish) => Outcome::Published,
        };
        let manifest = &plan.snapshot.manifest;
        let entry = |(key, entry): (&EntryKey, &PlannedEntry)| {
            let summary = &entry.summary;
            (
                key.logical(),
                EntryReport { records: summary.records, bytes: summary.bytes, written: entry.written && !dry },
            )
        };
        Self {
            version: Some(manifest.version()),
            previous_version: plan.previous_version,
            checksum: Some(manifest.checksum()),
            updated_at: Some(manifest.updated_at().to_string()),
            checked_at: Some(manifest.checked_at().to_string()),
            diff: count(&plan.changes),
            changes: plan.changes.clone(),
            entries: plan.entries.iter().map(entry).collect(),
            bytes: plan.bytes,
            warnings,
            ..Self::empty(outcome, max_bytes)
        }
    }

    pub fn failed(failure: &Failure, max_bytes: u64) -> Self {
        let Failure { error, run, steps_ms, duration_ms } = failure;
        let outcome = if error.class() == Class::Refused { Outcome::Refused } else { Outcome::Failed };
        Self {
            run: run.clone(),
            steps_ms: steps_ms.clone(),
            duration_ms: *duration_ms,
            error: Some(ErrorReport::of(error)),
            ..Self::empty(outcome, max_bytes)
        }
    }

    fn empty(outcome: Outcome, max_bytes: u64) -> Self {
        Self {
            outcome,
            run: String::new(),
            version: None,
            previous_version: None,
            checksum: None,
            updated_at: None,
            checked_at: None,
            diff: Counts::default(),
            changes: Vec::new(),
            entries: BTreeMap::new(),
            bytes: 0,
            max_bytes,
            hold: None,
            warnings: Vec::new(),
            quarantined: Vec::new(),
            steps_ms: StepTimes::new(),
            duration_ms: 0,
            error: None,
        }
    }

    pub(crate) fn log(&self) {
        for warning in &self.warnings {
            tracing::warn!(warning, "the run warns");
        }
        for Quarantined { key, record, reason } in &self.quarantined {
            tracing::warn!(key, record, reason, "a record was left out");
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
            "the run is over"
        );
    }
}
