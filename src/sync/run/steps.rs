//! The steps of a run: their names, their durations, and who watches them.

use std::collections::BTreeMap;

use crate::domain::registry::registry;
use crate::domain::time::Timestamp;
use crate::sync::clock::Clock;

registry! {
    pub enum Step by name {
        Read = "read",
        ReadBackups = "readBackups",
        Build = "build",
        ReadStore = "readStore",
        Compare = "compare",
        Sign = "sign",
        Publish = "publish",
        ReadBack = "readBack",
        PutBack = "putBack",
    }
}

impl Step {
    pub const fn description(self) -> &'static str {
        match self {
            Self::Read => "reading Michael",
            Self::ReadBackups => "reading the store's backups",
            Self::Build => "building the snapshot",
            Self::ReadStore => "reading the store",
            Self::Compare => "comparing",
            Self::Sign => "signing",
            Self::Publish => "publishing",
            Self::ReadBack => "reading back and verifying",
            Self::PutBack => "putting the previous snapshot back",
        }
    }
}

pub type Progress<'a> = &'a (dyn Fn(Step) + Send + Sync);

/// How long each step took, in milliseconds by name; repeated steps are added up.
pub type StepTimes = BTreeMap<&'static str, u64>;

pub(crate) struct Stopwatch<'a> {
    clock: Clock<'a>,
    progress: Progress<'a>,
    started: Timestamp,
    step: Option<(Step, Timestamp)>,
    times: StepTimes,
}

impl<'a> Stopwatch<'a> {
    pub(crate) fn start(clock: Clock<'a>, progress: Progress<'a>) -> Self {
        Self { clock, progress, started: clock(), step: None, times: BTreeMap::new() }
    }

    pub(crate) fn begin(&mut self, step: Step) {
        self.end();
        (self.progress)(step);
        self.step = Some((step, (self.clock)()));
    }

    pub(crate) fn end(&mut self) -> u64 {
        let Some((step, began)) = self.step.take() else { return 0 };
        let ms = (self.clock)().elapsed_since(began);
        *self.times.entry(step.name()).or_default() += ms;
        ms
    }

    /// The time of each step, and of the whole run.
    pub(crate) fn stop(mut self) -> (StepTimes, u64) {
        self.end();
        let duration = (self.clock)().elapsed_since(self.started);
        (self.times, duration)
    }
}
