//! Whether Michael's rows, as they are now, can be published.

use super::database::judged;
use super::finding::{Check, Finding};
use crate::sync::clock::now;
use crate::sync::content::{Content, OnBadRow};
use crate::sync::run::{Deadline, SyncError, build_within, not_empty};
use crate::sync::source::{Michael, Source};

const MOST_NAMED: usize = 3;

/// Reads the rows. `readable` says whether earlier checks allow that.
pub async fn read(source: &dyn Source, readable: bool, findings: &mut Vec<Finding>) -> Option<Michael> {
    if !readable {
        findings.push(Finding::skipped(Check::Rows, "not read, since not all of them can be"));
        return None;
    }
    let michael = match source.read().await {
        Ok(michael) => michael,
        Err(error) => {
            findings.push(Finding::problem(Check::Rows, error.to_string()));
            return None;
        }
    };
    let is_judged = findings.iter().any(|finding| finding.check == Check::DatabaseClock);
    if let Some(clock) = michael.clock.filter(|_| !is_judged) {
        findings.push(judged(Check::DatabaseClock, "Michael's server", Some(now().since(clock))));
    }
    Some(michael)
}

/// Builds the snapshot's content.
pub async fn check(
    michael: Michael,
    on_bad_row: OnBadRow,
    deadline: Deadline<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Content> {
    let built = match not_empty(&michael) {
        Ok(()) => build_within(deadline, michael, on_bad_row).await,
        Err(error) => Err(error.into()),
    };
    match built {
        Ok(content) => {
            findings.push(of_content(&content));
            Some(content)
        }
        Err(error) => {
            findings.push(Finding::problem(Check::Rows, refusal(&error)));
            None
        }
    }
}

fn refusal(error: &SyncError) -> String {
    match error {
        SyncError::Refused(problems) => {
            let texts: Vec<_> = problems.iter().map(|problem| problem.0.clone()).collect();
            format!("not every row can be published: {}", named(&texts))
        }
        SyncError::BuildLate(_) => format!(
            "{}: look for a schema that takes very long to check, or allow more time with --deadline",
            error.cause()
        ),
        error => error.cause(),
    }
}

fn of_content(content: &Content) -> Finding {
    let records: u64 = content.payloads.values().map(|payload| payload.records).sum();
    if !content.quarantined.is_empty() {
        let reasons: Vec<_> = content.quarantined.iter().map(|row| row.reason.clone()).collect();
        return Finding::warning(Check::Rows, format!("records are left out: {}", named(&reasons)));
    }
    // Not each is about a record.
    let warnings = match content.warnings.len() {
        0 => String::new(),
        1 => "; with 1 warning, which `atlas-sync plan` shows".to_owned(),
        warnings => format!("; with {warnings} warnings, which `atlas-sync plan` shows"),
    };
    Finding::ok(Check::Rows, format!("{records} records can be published{warnings}"))
}

/// The first few, and how many more there are.
fn named(texts: &[String]) -> String {
    let more = texts.len().saturating_sub(MOST_NAMED);
    let more = if more == 0 { String::new() } else { format!("; and {more} more, which `atlas-sync plan` shows") };
    let first: Vec<_> = texts.iter().take(MOST_NAMED).map(String::as_str).collect();
    format!("{}{more}", first.join("; "))
}
