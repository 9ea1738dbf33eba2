//! A Michael who cannot be read for a while, or for ever.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use async_trait::async_trait;
use atlas::sync::run::{Outcome, RunOptions};
use atlas::sync::source::{Michael, Source, SourceError};

use crate::support::{Rows, Server, Skipping, sync_with};

/// Fails so many times before it answers.
struct Unsteady {
    failures_left: AtomicU32,
    transient: bool,
    after: Option<Duration>,
    reads: AtomicU32,
}

impl Unsteady {
    fn failing(times: u32, transient: bool) -> Self {
        Self { failures_left: AtomicU32::new(times), transient, after: None, reads: AtomicU32::new(0) }
    }
}

#[async_trait]
impl Source for Unsteady {
    fn describe(&self) -> String {
        "an unsteady source".to_owned()
    }

    async fn read(&self) -> Result<Michael, SourceError> {
        self.reads.fetch_add(1, SeqCst);
        match self.failures_left.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)) {
            Err(_) => Rows::named("steady").read().await,
            Ok(_) => Err(SourceError::remote("elsewhere", "no answer", "wait", self.transient).after(self.after)),
        }
    }
}

#[tokio::test]
async fn what_may_pass_is_waited_for_a_little_longer_each_time() {
    let (server, timer, source) = (Server::start().await, Skipping::new(), Unsteady::failing(3, true));
    let report = sync_with(&source, &server.store(), &RunOptions::default(), &timer).await.unwrap();
    assert_eq!((report.outcome, source.reads.load(SeqCst)), (Outcome::Published, 4));
    let waits = timer.waits();
    assert_eq!(waits.len(), 3);
    for (wait, least) in waits.iter().zip([200, 400, 800]) {
        assert!((least..=2 * least).contains(&wait.as_millis()), "{waits:?}");
    }
}

#[tokio::test]
async fn a_source_that_says_when_to_ask_again_is_not_asked_before() {
    let (server, timer) = (Server::start().await, Skipping::new());
    let source = Unsteady { after: Some(Duration::from_secs(7)), ..Unsteady::failing(1, true) };
    sync_with(&source, &server.store(), &RunOptions::default(), &timer).await.unwrap();
    assert_eq!(timer.waits(), [Duration::from_secs(7)]);
}

#[tokio::test]
async fn what_does_not_pass_ends_the_run_at_its_deadline_with_the_last_word() {
    let (server, timer, source) = (Server::start().await, Skipping::new(), Unsteady::failing(u32::MAX, true));
    let failure = sync_with(&source, &server.store(), &RunOptions::default(), &timer).await.unwrap_err();
    assert_eq!((failure.error.code(), failure.error.exit_code()), ("source_unreadable", 4), "{failure}");
    assert!(failure.to_string().contains("no answer"), "{failure}");
    assert!(timer.waits().iter().sum::<Duration>() < Duration::from_mins(1), "{:?}", timer.waits());
    assert!(source.reads.load(SeqCst) > 5);
}

#[tokio::test]
async fn what_will_not_pass_is_not_asked_again() {
    let (server, timer, source) = (Server::start().await, Skipping::new(), Unsteady::failing(1, false));
    let failure = sync_with(&source, &server.store(), &RunOptions::default(), &timer).await.unwrap_err();
    assert_eq!((failure.error.exit_code(), source.reads.load(SeqCst)), (4, 1));
    assert!(timer.waits().is_empty());
}

/// Loses its first connection, and finds its lock taken so many times after it.
struct Lost {
    locked: u32,
    reads: AtomicU32,
}

#[async_trait]
impl Source for Lost {
    fn describe(&self) -> String {
        "a source whose connection breaks".to_owned()
    }

    async fn read(&self) -> Result<Michael, SourceError> {
        match self.reads.fetch_add(1, SeqCst) {
            0 => Err(SourceError::remote("elsewhere", "no answer", "wait", true)),
            read if read <= self.locked => Err(SourceError::locked("elsewhere", "process 7")),
            _ => Rows::named("steady").read().await,
        }
    }
}

#[tokio::test]
async fn a_run_waits_for_the_lock_of_its_own_connection_that_broke() {
    for (locked, read) in [(2, true), (u32::MAX, false)] {
        let (server, timer, source) =
            (Server::start().await, Skipping::new(), Lost { locked, reads: AtomicU32::new(0) });
        match sync_with(&source, &server.store(), &RunOptions::default(), &timer).await {
            Ok(report) => assert_eq!((read, report.outcome), (true, Outcome::Published)),
            Err(failure) => {
                assert_eq!((read, failure.error.code(), failure.error.exit_code()), (false, "locked", 75), "{failure}");
                let says =
                    "another run, or a connection that this run has lost, holds the lock at elsewhere: process 7";
                assert!(failure.to_string().contains(says), "{failure}");
            }
        }
    }
}

#[tokio::test]
async fn a_run_does_not_wait_for_the_lock_of_another() {
    let (server, timer) = (Server::start().await, Skipping::new());
    let source = Lost { locked: u32::MAX, reads: AtomicU32::new(1) };
    let failure = sync_with(&source, &server.store(), &RunOptions::default(), &timer).await.unwrap_err();
    assert!(failure.to_string().contains("another run holds the lock at elsewhere"), "{failure}");
    assert!(timer.waits().is_empty());
}
