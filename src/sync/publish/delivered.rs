//! What a run has delivered.

use crate::sync::content::Quarantined;
use crate::sync::plan::{Plan, Stored};

/// A snapshot that was planned, and, unless the run is dry or nothing changed, stands.
#[derive(Debug)]
pub(crate) struct Delivered {
    pub(crate) plan: Plan,
    pub(crate) before: Stored,
    pub(crate) warnings: Vec<String>,
    pub(crate) quarantined: Vec<Quarantined>,
    /// Whether a hold kept Michael's rows out.
    pub(crate) held: bool,
}

impl Delivered {
    pub(crate) fn version(&self) -> u64 {
        self.plan.snapshot.manifest().version()
    }
}
