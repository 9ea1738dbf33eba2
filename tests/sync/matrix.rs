//! Every fault at every request of everything that a run can be: the exit code, and that what is said of the store is so,
//! now and when all that was late has come.

use std::fmt::Write as _;
use std::time::Duration;

use atlas::dev::WRITE_TOKEN;
use atlas::domain::key::marker;
use atlas::domain::time::Timestamp;
use atlas::sync::net::http::Limits;
use atlas::sync::run::{Outcome, Report, RunFailure, RunOptions};
use atlas::sync::store::{Operation, Store};
use axum::http::Method;

use crate::claims::{Stands, assert_claim, assert_kind};
use crate::proxy::{Fault, Proxy, Span, Strike};
use crate::support::{Rows, Server, Skipping, now, published, restore, runner, store_at};

/// What a run asks of a store that goes on failing until its deadline: it waits longer and longer between tries.
const MOST_REQUESTS: usize = 300;

/// How long a run waits for what is late.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

const FAULTS: [Fault; 13] = [
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
    Fault::Garbles,
];

/// What a run does that meets no fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// The first snapshot of a store.
    First,
    /// Version 2.
    Second,
    /// `checkedAt` of version 1.
    Heartbeat,
    /// The marker that somebody deleted, then version 2.
    Adoption,
    /// The content of version 1 as version 3, held.
    Restore,
    /// `checkedAt` of a version that is held.
    Held,
    /// The held content as version 4, and no hold.
    Release,
}

impl Work {
    /// The version, the name and the outcome of what the run leaves behind.
    fn result(self) -> (u64, &'static str, Outcome) {
        match self {
            Self::First => (1, "second", Outcome::Published),
            Self::Second | Self::Adoption => (2, "second", Outcome::Published),
            Self::Heartbeat => (1, "first", Outcome::Heartbeat),
            Self::Restore => (3, "first", Outcome::Published),
            Self::Held => (3, "first", Outcome::Held),
            Self::Release => (4, "first", Outcome::Published),
        }
    }

    /// A store as the run finds it.
    async fn prepared(self) -> Server {
        let server = Server::start().await;
        let store = server.store();
        if self != Self::First {
            published("first", &store).await;
        }
        if self == Self::Adoption {
            store.patch(&[Operation::delete(&marker(1))]).await.unwrap();
        }
        if matches!(self, Self::Restore | Self::Held | Self::Release) {
            published("bad", &store).await;
        }
        if matches!(self, Self::Held | Self::Release) {
            restore(&store, None).await.unwrap();
        }
        server
    }

    async fn run(self, store: &dyn Store) -> Result<Report, RunFailure> {
        let beats = matches!(self, Self::Heartbeat | Self::Held);
        let heartbeat_ms = if beats { 0 } else { u64::MAX };
        let (options, timer) = (RunOptions { heartbeat_ms, ..RunOptions::default() }, Skipping::new());
        let runner = runner(store, &options, &timer);
        match self {
            Self::Heartbeat => runner.sync(&Rows::named("first")).await,
            Self::Restore => runner.restore(None).await,
            Self::Release => runner.release().await,
            Self::First | Self::Second | Self::Adoption | Self::Held => runner.sync(&Rows::named("second")).await,
        }
    }
}

/// How a run ended, and which requests it made.
struct Ended {
    result: Result<Report, RunFailure>,
    methods: Vec<Method>,
}

/// Runs once behind a proxy, over a copy of the store that it is to find. What is said is so at once, and stays so when all that was late has come.
async fn run(work: Work, found: &Server, strike: Strike) -> Ended {
    let server = found.copied().await;
    let before = Stands::at(&server).await;
    let proxy = Proxy::start(&server.url, strike).await;
    // Only where something is late is there a time to wait for: a busy machine must not look like a fault.
    let request = if strike.fault == Fault::Delays { LONGEST_WAIT } else { Duration::from_secs(15) };
    let store = store_at(&proxy.url, WRITE_TOKEN, Limits { request, ..Limits::default() });
    later_than(now()).await;
    let result = work.run(&store).await;
    check(work, strike, &before, &Stands::at(&server).await, &result);
    proxy.settles().await;
    check(work, strike, &before, &Stands::at(&server).await, &result);
    let methods = proxy.methods();
    assert!(methods.len() <= MOST_REQUESTS, "{work:?}, {strike:?}: {} requests", methods.len());
    Ended { result, methods }
}

/// A heartbeat of the same millisecond would be no change.
async fn later_than(moment: Timestamp) {
    while now() <= moment {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn check(work: Work, strike: Strike, before: &Stands, now: &Stands, result: &Result<Report, RunFailure>) {
    let (version, name, outcome) = work.result();
    let said = match result {
        Ok(report) => format!("{} {:?}", report.outcome.name(), report.version),
        Err(failure) => format!("exit {}: {} {failure}", failure.error.exit_code(), failure.error.code()),
    };
    let place = format!("{work:?}, {strike:?}: {said}");
    let marked = now.markers == if now.version == 0 { vec![] } else { vec![now.version] };
    // Adopting a marker is no change of the snapshot; one that comes late is deleted by the next write.
    let before = &Stands { markers: now.markers.clone(), ..before.clone() };
    let is_adopted = [&[][..], &[1, now.version]].contains(&&now.markers[..]);
    assert!(marked || (work == Work::Adoption && is_adopted), "{place}");
    match result {
        Ok(report) => {
            assert_eq!((report.version, &report.checked_at), (Some(now.version), &now.checked_at), "{place}");
            // A look that is not whole counts as an empty store, and is mended.
            if strike.fault != Fault::Garbles {
                let is_held = matches!(work, Work::Restore | Work::Held);
                assert_eq!((report.outcome, now.version), (outcome, version), "{place}");
                assert_eq!((now.name.as_deref(), now.is_held), (Some(name), is_held), "{place}");
            }
        }
        // All that such a run knows of the store is wrong, from its first look on.
        Err(failure) if strike.fault == Fault::Garbles && strike.span != Span::Once => assert_kind(failure, &place),
        Err(failure) => {
            let is_own = now.version == version && now.name.as_deref() == Some(name) && now != before;
            assert_claim(failure, before, now, (version, is_own), &place);
        }
    }
}

/// The requests of a run that meets no fault.
async fn requests(work: Work, found: &Server) -> Vec<Method> {
    let nothing = Strike { fault: Fault::Doubles, at: u64::MAX, after: false, span: Span::Once };
    let Ended { result, methods } = run(work, found, nothing).await;
    assert!(result.is_ok(), "{work:?}: {:?}", result.map_err(|failure| failure.to_string()));
    methods
}

/// Runs with each fault at each request, and gives how each run ended that did not end as `expected` says.
async fn unexpected(work: Work, span: Span, expected: impl Fn(Request, Strike, &str) -> bool) -> String {
    let found = work.prepared().await;
    let (methods, mut others) = (requests(work, &found).await, String::new());
    for fault in FAULTS {
        // An outage in which answers are late takes its time, and is as one in which none come.
        if span == Span::All && fault == Fault::Delays {
            continue;
        }
        for (at, method) in methods.iter().enumerate() {
            // It makes no difference to a read whether the store got it, but for the time that passes.
            let reads = method == Method::GET;
            for after in if reads { &[false][..] } else { &[false, true] } {
                let strike = Strike { fault, at: at as u64, after: *after, span };
                let Ended { result, .. } = run(work, &found, strike).await;
                let code = result.as_ref().map_or_else(|failure| failure.error.code(), |_| "");
                if !expected(Request::of(work, &methods, strike), strike, code) {
                    let _ = writeln!(others, "{work:?} {strike:?}: {code}");
                }
            }
        }
    }
    others
}

/// What a request is to the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Request {
    /// A look at the store, before anything is written.
    Look,
    /// A look at the list of the backups.
    Backups,
    /// A look at the one backup that there is.
    Backup,
    /// The marker that was missing.
    Adopt,
    /// The write.
    Write,
    /// Reading back.
    ReadBack,
}

impl Request {
    fn of(work: Work, methods: &[Method], strike: Strike) -> Self {
        let at = usize::try_from(strike.at).unwrap();
        let writes: Vec<_> = (0..methods.len()).filter(|at| methods[*at] == Method::PATCH).collect();
        match writes.as_slice() {
            [adopt, _] if *adopt == at => Self::Adopt,
            [.., write] if *write == at => Self::Write,
            [.., write] if *write < at => Self::ReadBack,
            // It looks at the store, at the list, at one backup, and at the store again.
            _ if work == Work::Restore && at == 1 => Self::Backups,
            _ if work == Work::Restore && at == 2 => Self::Backup,
            _ => Self::Look,
        }
    }
}

/// How a run ends that meets a fault once.
fn once(work: Work, request: Request, strike: Strike) -> &'static str {
    let is_write = matches!(request, Request::Adopt | Request::Write);
    match strike.fault {
        Fault::Garbles if request == Request::ReadBack => "read_back_differs",
        // Another content than its checksum's, or none: what is left is no backup, and a hold that cannot be read is none.
        Fault::Garbles | Fault::Answers(404, _) if request == Request::Backup => "backup_none",
        Fault::Garbles if request == Request::Look && work == Work::Release => "store_unverified",
        // Asked again, or mended.
        Fault::Answers(429 | 500, _) | Fault::Drops | Fault::Delays | Fault::Doubles | Fault::Garbles => "",
        // What the store has done counts, whatever was answered; and a conflict is a reason to look again.
        Fault::Answers(..) if request == Request::Write && strike.after => "",
        // A heartbeat creates nothing that could be there already.
        Fault::Answers(409, _) if is_write && !matches!(work, Work::Heartbeat | Work::Held) => "",
        // What only creates misses no item.
        Fault::Answers(404, "edge_config_item_not_found") if request == Request::Write && work != Work::First => "",
        Fault::Answers(..) if request == Request::ReadBack => "not_read_back",
        Fault::Answers(..) => "store_failed",
    }
}

/// How a run may end that meets a fault at this request, and at all after it of the same method.
fn lasting(work: Work, request: Request, strike: Strike) -> &'static [&'static str] {
    let beats = matches!(work, Work::Heartbeat | Work::Held);
    match (strike.fault, request) {
        (Fault::Doubles, _) | (Fault::Garbles, Request::Adopt | Request::Write) => &[""],
        (Fault::Garbles, Request::Look) if work == Work::Release => &["store_unverified"],
        (Fault::Garbles, Request::Backups | Request::Backup) | (Fault::Answers(404, _), Request::Backup) => {
            &["backup_none"]
        }
        (Fault::Garbles, Request::Look) if work == Work::Restore && strike.at == 0 => &["backup_none"],
        (Fault::Garbles, _) => &["read_back_differs"],
        // The write was answered, and cannot be read back.
        (_, Request::ReadBack) => &["not_read_back"],
        // Done, whatever was answered, and a marker that is there is a reason to look again; only a request whose
        // answers are late is done later yet.
        (Fault::Delays, Request::Write) => &["", "store_outcome_unknown"],
        (Fault::Answers(409, _), Request::Adopt) | (_, Request::Write) if strike.after => &[""],
        (Fault::Answers(500, _) | Fault::Drops, Request::Write) => &["store_outcome_unknown"],
        (Fault::Answers(409, _), Request::Write) if !beats => &["store_outcome_unknown"],
        (Fault::Answers(404, "edge_config_item_not_found"), Request::Write) if work != Work::First => {
            &["store_outcome_unknown"]
        }
        // There is no marker, and there is one.
        (Fault::Answers(409, _), Request::Adopt) => &["store_contended"],
        // No look has an answer, or the write has one that leaves no doubt.
        (_, Request::Look | Request::Backups | Request::Backup | Request::Adopt | Request::Write) => &["store_failed"],
    }
}

async fn one_fault(work: Work) {
    let others = unexpected(work, Span::Once, |request, strike, code| code == once(work, request, strike)).await;
    assert!(others.is_empty(), "\n{others}");
}

async fn a_fault_that_lasts(work: Work) {
    let others =
        unexpected(work, Span::Method, |request, strike, code| lasting(work, request, strike).contains(&code)).await;
    assert!(others.is_empty(), "\n{others}");
}

/// How a run may end from one request of which on nothing is answered as it should be.
fn outage(request: Request, strike: Strike) -> &'static [&'static str] {
    match (strike.fault, request) {
        (Fault::Doubles, _) => &[""],
        (Fault::Garbles, _) => &["read_back_differs", "backup_none", "store_unverified"],
        (Fault::Answers(404, _), Request::Backup) => &["backup_none"],
        (_, Request::Look | Request::Backups | Request::Backup | Request::Adopt) => &["store_failed"],
        (_, Request::Write) => &["store_outcome_unknown"],
        (_, Request::ReadBack) => &["not_read_back"],
    }
}

async fn an_outage(work: Work) {
    let others = unexpected(work, Span::All, |request, strike, code| outage(request, strike).contains(&code)).await;
    assert!(others.is_empty(), "\n{others}");
}

macro_rules! each {
    ($($name:ident: $work:ident,)*) => { $(mod $name {
        #[tokio::test]
        async fn one_fault_ends_as_it_must_and_nothing_false_is_said() {
            super::one_fault(super::Work::$work).await;
        }

        #[tokio::test]
        async fn a_fault_that_lasts_ends_with_what_is_known_and_nothing_false_is_said() {
            super::a_fault_that_lasts(super::Work::$work).await;
        }

        #[tokio::test]
        async fn an_outage_that_begins_at_any_request_ends_with_what_is_known_and_nothing_false_is_said() {
            super::an_outage(super::Work::$work).await;
        }
    })* };
}

each! {
    first: First, second: Second, heartbeat: Heartbeat, adoption: Adoption, restored: Restore, held: Held,
    release: Release,
}
