//! Whether Michael's rows, as they are now, can be published.

use super::database::judged;
use super::finding::{Check, Finding};
use crate::sync::clock::now;
use crate::sync::content::{Content, OnBadRow, build};
use crate::sync::run::read::not_empty;
use crate::sync::source::{Michael, Source};

const MOST_NAMED: usize = 3;

/// Reads the rows and builds the snapshot's content. `readable` says whether earlier checks allow that.
pub async fn check(
    source: &dyn Source,
    on_bad_row: OnBadRow,
    readable: bool,
    findings: &mut Vec<Finding>,
) -> Option<Content> {
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
    match built(&michael, on_bad_row) {
        Ok(content) => {
            findings.push(of_content(&content));
            Some(content)
        }
        Err(message) => {
            findings.push(Finding::problem(Check::Rows, message));
            None
        }
    }
}

fn built(michael: &Michael, on_bad_row: OnBadRow) -> Result<Content, String> {
    not_empty(michael).map_err(|error| error.to_string())?;
    build(michael, on_bad_row).map_err(|problems| {
        let texts: Vec<_> = problems.into_iter().map(|problem| problem.0).collect();
        format!("not every row can be published: {}", named(&texts))
    })
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
