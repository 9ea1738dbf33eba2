//! The rows that cannot be published.

use std::collections::BTreeSet;

use serde::Serialize;

use super::columns::Problem;
use super::record::RecordName;
use crate::domain::key::EntryKey;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Quarantined {
    pub key: &'static str,
    /// A template id, `type@version`, or a plan id; `null` if the row has none.
    pub record: Option<String>,
    pub reason: String,
}

#[derive(Default)]
pub(super) struct BadRows {
    pub(super) quarantined: Vec<Quarantined>,
    names: BTreeSet<RecordName>,
}

impl BadRows {
    pub(super) fn note(&mut self, key: EntryKey, record: Option<RecordName>, problem: Problem) {
        let shown = record.as_ref().map(RecordName::to_string);
        self.names.extend(record);
        self.quarantined.push(Quarantined { key: key.logical(), record: shown, reason: problem.0 });
    }

    /// Notes the problem of a row that has one.
    pub(super) fn check(&mut self, key: EntryKey, record: Option<RecordName>, result: Result<(), Problem>) {
        if let Err(problem) = result {
            self.note(key, record, problem);
        }
    }

    pub(super) fn has(&self, record: &RecordName) -> bool {
        self.names.contains(record)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.quarantined.is_empty()
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.quarantined.into_iter().map(|bad| Problem(bad.reason)).collect()
    }
}
