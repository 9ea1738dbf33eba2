//! Every fault at every request of a run: the exit code, and that what is said of the store is so, now and when all
//! that was late has come.

use std::time::Duration;

use atlas::dev::WRITE_TOKEN;
use atlas::sync::net::http::Limits;
use atlas::sync::plan::Heartbeat;
use atlas::sync::run::context::RunOptions;
use atlas::sync::run::error::Failure;
use atlas::sync::run::error::{PutBack, SyncError};
use atlas::sync::run::report::{Outcome, Report};

use crate::proxy::{Fault, LATE, Proxy, Strike};
use crate::support::{Rows, Server, name_in, published, store_at, sync};

const FAULTS: [Fault; 12] = [
    Fault::Answers(400, "bad_request"),
    Fault::Answers(401, "unauthorized"),
    Fault::Answers(403, "forbidden"),
    Fault::Answers(404, "not_found"),
    Fault::Answers(404, "edge_config_item_not_found"),
    Fault::Answers(409, "conflict"),
    Fault::Answers(412, "precondition_failed"),
    Fault::Answers(429, "rate_limited"),
    Fault::Answers(500, "internal_server_error"),
    Fault::Drops,
    Fault::Delays,
    Fault::Doubles,
];

/// The requests of a run: a look, the write, reading back. The looks are the same whatever is written.
fn requests(work: Work) -> std::ops::Range<u64> {
    if work == Work::Second { 0..3 } else { 1..2 }
}

/// What a run does that meets no fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// The first snapshot of a store.
    First,
    /// Version 2.
    Second,
    /// `checkedAt` of version 1.
    Heartbeat,
}

/// What stood before, and what stands in the end.
struct Case {
    work: Work,
    strike: Strike,
    before: Option<String>,
    server: Server,
}

async fn run(work: Work, strike: Strike) -> (Case, Result<Report, Failure>) {
    let server = Server::start().await;
    if work != Work::First {
        published("first", &server.store()).await;
    }
    let checked = |server: &Server| {
        let file = server.file();
        async move {
            checked_at(&atlas::sync::plan::stored::Stored::of(atlas::sync::store::Store::items(&file).await.unwrap()))
        }
    };
    let before = checked(&server).await;
    let proxy = Proxy::start(&server.url, strike).await;
    // Only where something is late is there a time to wait for: a busy machine must not look like a fault.
    let request = if strike.fault == Fault::Delays { LATE / 3 } else { Duration::from_secs(15) };
    let limits = Limits { request, ..Limits::default() };
    let store = store_at(&proxy.url, WRITE_TOKEN, limits);
    let (name, after_ms) = if work == Work::Heartbeat { ("first", 0) } else { ("second", u64::MAX) };
    let options = RunOptions { heartbeat: Heartbeat { after_ms }, ..RunOptions::default() };
    // A heartbeat of the same millisecond would be no change.
    tokio::time::sleep(Duration::from_millis(2)).await;
    let result = sync(&Rows::named(name), &store, &options).await;
    let case = Case { work, strike, before, server };
    // What is said is so at once, and stays so when all that was late has come.
    case.is_told(&result).await;
    proxy.settles().await;
    case.is_told(&result).await;
    (case, result)
}

fn checked_at(current: &atlas::sync::plan::stored::Stored) -> Option<String> {
    current.snapshot.as_ref().map(|snapshot| snapshot.manifest.checked_at().to_string())
}

impl Case {
    /// Whether the version that this run would write stands.
    fn own(&self) -> u64 {
        if self.work == Work::Second { 2 } else { 1 }
    }

    /// What the run says is so.
    async fn is_told(&self, result: &Result<Report, Failure>) {
        let place = format!("{:?}, {:?}: {}", self.work, self.strike, said(result));
        let stands = self.server.stands().await;
        // Whatever happens, what stands is whole, or nothing is there.
        assert!(stands.snapshot.is_some() || stands.is_empty, "{place}");
        let version = stands.snapshot.as_ref().map_or(0, |snapshot| snapshot.manifest.version());
        assert_eq!(stands.markers, if version == 0 { vec![] } else { vec![version] }, "{place}");
        let untouched = checked_at(&stands) == self.before;
        match result {
            Ok(report) => {
                let expected = if self.work == Work::Heartbeat { Outcome::Heartbeat } else { Outcome::Published };
                assert_eq!((report.outcome, report.version), (expected, Some(version)), "{place}");
                assert_eq!(checked_at(&stands), report.checked_at, "{place}");
                assert_eq!(name_in(&stands), if self.work == Work::Heartbeat { "first" } else { "second" }, "{place}");
            }
            Err(Failure { error, .. }) => match error {
                SyncError::Unread(_) | SyncError::NotWritten { .. } | SyncError::Contended { .. } => {
                    assert!(untouched, "{place}");
                }
                SyncError::OutcomeUnknown { .. } => assert!(untouched || version == self.own(), "{place}"),
                SyncError::NotReadBack { version: took, .. } => {
                    assert_eq!((*took, version), (self.own(), *took), "{place}");
                }
                SyncError::ReadBack { put_back, .. } => match **put_back {
                    PutBack::Done { version: again } => {
                        assert_eq!((version, name_in(&stands).as_str()), (again, "first"), "{place}");
                    }
                    PutBack::PreviousStands { .. } => assert!(untouched, "{place}"),
                    _ => panic!("{place}"),
                },
                _ => panic!("{place}"),
            },
        }
        if let Err(Failure { error, .. }) = result {
            assert!(matches!(error.exit_code(), 6 | 7), "{place}");
            let text = error.to_string();
            let known = [
                "the previous snapshot stands, version 1",
                "what stood before stands",
                "nothing was written",
                "published again",
            ];
            let unknown = ["it is not known", "run `atlas-sync verify`"];
            let says_known = known.iter().any(|words| text.contains(words));
            let says_unknown = unknown.iter().all(|words| text.contains(words));
            assert!(says_known != says_unknown, "{place}");
        }
    }
}

fn said(result: &Result<Report, Failure>) -> String {
    match result {
        Ok(report) => format!("{} {:?}", report.outcome.name(), report.version),
        Err(failure) => format!("exit {}: {} {failure}", failure.error.exit_code(), failure.error.code()),
    }
}

/// How a run ends that meets this fault once.
fn expected(work: Work, strike: Strike) -> &'static str {
    let (written, looked) = (strike.at == 1, strike.at == 0);
    match strike.fault {
        // Asked again.
        Fault::Answers(429 | 500, _) | Fault::Drops | Fault::Delays | Fault::Doubles => "",
        // What the store has done counts, whatever was answered; and a conflict is a reason to look again.
        Fault::Answers(..) if written && strike.after => "",
        // A heartbeat creates nothing that could be there already.
        Fault::Answers(409, _) if written && work != Work::Heartbeat => "",
        // A first snapshot changes and deletes nothing, so there is no item that it could miss.
        Fault::Answers(404, "edge_config_item_not_found") if written && work != Work::First => "",
        Fault::Answers(..) if written || looked => "store_failed",
        Fault::Answers(..) => "not_read_back",
    }
}

async fn meets(work: Work, always: bool) -> Vec<(Strike, String)> {
    let mut ends = Vec::new();
    for fault in FAULTS {
        for at in requests(work) {
            for after in [false, true] {
                let strike = Strike { fault, at, after, always };
                let (_, result) = run(work, strike).await;
                let code = result.as_ref().map_or_else(|failure| failure.error.code(), |_| "");
                ends.push((strike, code.to_owned()));
            }
        }
    }
    ends
}

#[tokio::test]
async fn one_fault_at_any_request_ends_as_it_must_and_nothing_false_is_said() {
    for work in [Work::First, Work::Second, Work::Heartbeat] {
        for (strike, code) in meets(work, false).await {
            assert_eq!(code, expected(work, strike), "{work:?}, {strike:?}");
        }
    }
}

#[tokio::test]
async fn a_fault_that_lasts_ends_with_what_is_known_and_nothing_false_is_said() {
    for work in [Work::First, Work::Second, Work::Heartbeat] {
        for (strike, code) in meets(work, true).await {
            let place = format!("{work:?}, {strike:?}: {code}");
            match (strike.fault, strike.at) {
                (Fault::Doubles, _) => assert_eq!(code, "", "{place}"),
                // No look has an answer.
                (_, 0) => assert_eq!(code, "store_failed", "{place}"),
                // The write was answered, and cannot be read back.
                (_, 2) => assert_eq!(code, "not_read_back", "{place}"),
                // Done, whatever was answered; only a request whose answers are late is done later yet.
                (Fault::Delays, _) => assert!(code.is_empty() || code == "store_outcome_unknown", "{place}"),
                (_, _) if strike.after => assert_eq!(code, "", "{place}"),
                (Fault::Answers(500, _) | Fault::Drops, _) => assert_eq!(code, "store_outcome_unknown", "{place}"),
                (Fault::Answers(409, _), _) if work != Work::Heartbeat => {
                    assert_eq!(code, "store_outcome_unknown", "{place}");
                }
                (Fault::Answers(404, "edge_config_item_not_found"), _) if work != Work::First => {
                    assert_eq!(code, "store_outcome_unknown", "{place}");
                }
                (Fault::Answers(..), _) => assert_eq!(code, "store_failed", "{place}"),
            }
        }
    }
}
