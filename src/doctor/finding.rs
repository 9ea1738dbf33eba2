//! What a check found: one line, with what to do where something is wrong.

use serde::Serialize;

use crate::domain::registry::registry;

registry! {
    pub enum FindingStatus by name {
        Ok = "ok",
        /// Atlas works, but something will go wrong, or could be better.
        Warning = "warning",
        Problem = "problem",
        /// It could not be checked, or there is nothing to check.
        Skipped = "skipped",
    }
}

registry! {
    pub enum Check by name {
        AdminKey = "admin-key",
        Tokens = "tokens",
        Source = "source",
        Tables = "tables",
        Rights = "rights",
        RowSecurity = "row-security",
        Role = "role",
        DatabaseClock = "database-clock",
        Lock = "lock",
        Pooler = "pooler",
        Triggers = "triggers",
        Rows = "rows",
        Store = "store",
        StoreWrite = "store-write",
        StoreClock = "store-clock",
        Snapshot = "snapshot",
        Size = "size",
        Signature = "signature",
        WriteQuota = "write-quota",
        ConnectionString = "connection-string",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub check: Check,
    pub status: FindingStatus,
    pub message: String,
}

impl Finding {
    pub fn ok(check: Check, message: impl Into<String>) -> Self {
        Self { check, status: FindingStatus::Ok, message: message.into() }
    }

    pub fn warning(check: Check, message: impl Into<String>) -> Self {
        Self { check, status: FindingStatus::Warning, message: message.into() }
    }

    pub fn problem(check: Check, message: impl Into<String>) -> Self {
        Self { check, status: FindingStatus::Problem, message: message.into() }
    }

    pub fn skipped(check: Check, message: impl Into<String>) -> Self {
        Self { check, status: FindingStatus::Skipped, message: message.into() }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// Whether there is no problem; warnings do not count.
    pub healthy: bool,
    pub problems: usize,
    pub warnings: usize,
    pub findings: Vec<Finding>,
}

impl From<Vec<Finding>> for Diagnosis {
    fn from(findings: Vec<Finding>) -> Self {
        let count = |status| findings.iter().filter(|finding| finding.status == status).count();
        let (problems, warnings) = (count(FindingStatus::Problem), count(FindingStatus::Warning));
        Self { healthy: problems == 0, problems, warnings, findings }
    }
}
