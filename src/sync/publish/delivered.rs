//! What a run has delivered, and its report.

use crate::sync::content::Quarantined;
use crate::sync::plan::{Plan, Stored};
use crate::sync::run::{Outcome, Report, Run};

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
        self.plan.snapshot.manifest.version()
    }
}

impl Run<'_> {
    pub(crate) fn report(&self, delivered: Delivered) -> Report {
        let Delivered { plan, before, mut warnings, quarantined, held } = delivered;
        let options = self.runner.options;
        warnings.extend(repaired(&before));
        let report = Report::of(&plan, options.dry, warnings, options.protection.max_bytes);
        let outcome = match report.outcome {
            Outcome::Unchanged | Outcome::Heartbeat if held => Outcome::Held,
            outcome => outcome,
        };
        let hold = before.hold.filter(|_| held);
        Report { outcome, hold, quarantined, ..report }
    }
}

/// That the store held something of Atlas which did not count.
pub(crate) fn repaired(before: &Stored) -> Option<String> {
    let broken = before.snapshot.is_none() && !before.is_empty;
    broken.then(|| {
        let faults = before.verdicts.iter().filter_map(|v| Some(format!("{}: {}", v.key, v.message.as_ref()?)));
        format!("the store did not verify and counts as empty: {}", faults.collect::<Vec<_>>().join("; "))
    })
}
