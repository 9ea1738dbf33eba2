//! Builds the content of a snapshot within a deadline. A schema may take longer to check than there is time, and no check can
//! be stopped, so each build has a thread of its own, which is left behind at the deadline. Only a few may be: each keeps a
//! processor busy for as long as it lives.

use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::deadline::Deadline;
use super::error::SyncError;
use crate::sync::content::{Content, OnBadRow, build};
use crate::sync::source::Michael;

/// The stack, in bytes, that the threads need on which schemas are checked, by recursion.
pub const BUILD_STACK: usize = 8 << 20;

/// How many builds may go on that were left behind.
const MOST_LEFT_BEHIND: usize = 4;

static LEFT_BEHIND: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

pub(crate) async fn build_within(
    deadline: Deadline<'_>,
    michael: Michael,
    on_bad_row: OnBadRow,
) -> Result<Content, SyncError> {
    if leave_behind(None) == MOST_LEFT_BEHIND {
        return Err(SyncError::BuildsLate(MOST_LEFT_BEHIND));
    }
    let failed =
        |error: &dyn std::fmt::Display| SyncError::Internal(format!("the snapshot could not be built: {error}"));
    let (sender, mut built) = oneshot::channel();
    let work = move || drop(sender.send(build(&michael, on_bad_row)));
    let thread = Builder::new().name("build".to_owned()).stack_size(BUILD_STACK).spawn(work);
    let thread = thread.map_err(|error| failed(&error))?;
    match timeout(deadline.left(), &mut built).await {
        Ok(Ok(built)) => built.map_err(SyncError::Refused),
        Ok(Err(error)) => Err(failed(&error)),
        Err(_) => {
            let builds = leave_behind(Some(thread));
            tracing::warn!(
                builds,
                most = MOST_LEFT_BEHIND,
                "a build did not end in time and goes on in the background"
            );
            Err(SyncError::BuildLate(deadline.total()))
        }
    }
}

/// Adds a thread to those that were left behind, and counts those that still run.
fn leave_behind(thread: Option<JoinHandle<()>>) -> usize {
    let mut threads = LEFT_BEHIND.lock().unwrap_or_else(PoisonError::into_inner);
    threads.extend(thread);
    threads.retain(|thread| !thread.is_finished());
    threads.len()
}
