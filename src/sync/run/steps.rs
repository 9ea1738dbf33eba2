//! The steps of a run: their names, their durations, and who watches them.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::deadline::{Timer, millis};
use crate::domain::registry::registry;

registry! {
    pub enum RunStep by name {
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

impl RunStep {
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

pub type ShowStep<'a> = &'a (dyn Fn(RunStep) + Send + Sync);

/// How long each step took, in milliseconds by name; repeated steps are added up.
pub type StepTimes = BTreeMap<&'static str, u64>;

/// It measures by the monotonic clock: a machine's clock may be set while a run is under way.
pub(crate) struct Stopwatch<'a> {
    timer: &'a dyn Timer,
    progress: ShowStep<'a>,
    started: Instant,
    step: Option<(RunStep, Instant)>,
    times: StepTimes,
}

impl<'a> Stopwatch<'a> {
    pub(crate) fn start(timer: &'a dyn Timer, progress: ShowStep<'a>) -> Self {
        Self { timer, progress, started: timer.now(), step: None, times: BTreeMap::new() }
    }

    pub(crate) fn begin(&mut self, step: RunStep) {
        self.end();
        (self.progress)(step);
        self.step = Some((step, self.timer.now()));
    }

    pub(crate) fn end(&mut self) -> u64 {
        let Some((step, began)) = self.step.take() else { return 0 };
        let ms = self.ms_since(began);
        *self.times.entry(step.name()).or_default() += ms;
        ms
    }

    /// The time of each step, and of the whole run.
    pub(crate) fn stop(mut self) -> (StepTimes, u64) {
        self.end();
        let duration = self.ms_since(self.started);
        (self.times, duration)
    }

    fn ms_since(&self, began: Instant) -> u64 {
        millis(self.timer.now().duration_since(began))
    }
}
