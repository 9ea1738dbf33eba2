//! What people see: the report, the verdicts and the status as text. `anstream` removes the colours where the output is
//! not a terminal.

use std::fmt::{self, Display};

use anstyle::{AnsiColor, Style};

use crate::doctor::{self, Diagnosis};
use crate::domain::verify::{EntryVerdict, Status};
use crate::sync::plan::{Change, Hold};
use crate::sync::run::{Outcome, Report};
use crate::sync::shown::{escaped, one_line};

/// How many changes, records that were left out, and warnings are shown. `--json` gives all.
const MOST_SHOWN: usize = 20;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const ODD: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const DIM: Style = Style::new().dimmed();

pub fn report(report: &Report) -> impl Display {
    let (style, headline) = headline(report);
    fmt::from_fn(move |out| {
        writeln!(out, "{style}{headline}{style:#} {DIM}in {} ms{DIM:#}", report.duration_ms)?;
        if let Some(error) = &report.error {
            return writeln!(out, "{}: {}", error.code, escaped(&error.message));
        }
        let diff = report.diff;
        writeln!(out, "  records   {} added, {} changed, {} removed", diff.added, diff.changed, diff.removed)?;
        for change in report.changes.iter().take(MOST_SHOWN) {
            let sign = match change.change {
                Change::Added => '+',
                Change::Changed => '~',
                Change::Removed => '-',
            };
            writeln!(out, "    {sign} {} {}", change.key, one_line(&change.record))?;
        }
        write!(out, "{}", more("    ", report.changes.len()))?;
        for (key, entry) in &report.entries {
            let written = match (entry.written, entry.new) {
                (true, _) => "written",
                (false, true) => "would be written",
                (false, false) => "unchanged",
            };
            let (records, bytes) = (entry.records, entry.bytes);
            writeln!(out, "  {key:<25} {records:>6} records {bytes:>9} bytes  {DIM}{written}{DIM:#}")?;
        }
        writeln!(out, "  {}", budget(report.bytes, report.max_bytes))?;
        if let Some(checksum) = report.checksum {
            writeln!(out, "  checksum  {checksum}")?;
        }
        if !report.signed_by.is_empty() {
            let ids: Vec<_> = report.signed_by.iter().map(|id| one_line(id)).collect();
            writeln!(out, "  signed by {}", ids.join(", "))?;
        }
        if let Some(hold) = &report.hold {
            writeln!(out, "{}", held(hold))?;
        }
        for left_out in report.quarantined.iter().take(MOST_SHOWN) {
            let record = one_line(left_out.record.as_deref().unwrap_or("a row without a name"));
            writeln!(out, "{BAD}left out{BAD:#} {} {record}: {}", left_out.key, escaped(&left_out.reason))?;
        }
        write!(out, "{}", more("  ", report.quarantined.len()))?;
        for warning in report.warnings.iter().take(MOST_SHOWN) {
            writeln!(out, "{ODD}warning{ODD:#} {}", escaped(warning))?;
        }
        write!(out, "{}", more("  ", report.warnings.len()))
    })
}

/// A line for those that are not shown, if there are any.
fn more(indent: &str, all: usize) -> String {
    let more = all.saturating_sub(MOST_SHOWN);
    if more == 0 { String::new() } else { format!("{indent}… and {more} more\n") }
}

fn headline(report: &Report) -> (Style, String) {
    let version = report.version.map_or_else(|| "?".to_owned(), |version| version.to_string());
    match report.outcome {
        Outcome::Published => (GOOD, format!("published version {version}")),
        Outcome::Unchanged if report.writes > 0 => (GOOD, format!("unchanged: version {version} stands")),
        Outcome::Unchanged => (GOOD, format!("unchanged: version {version} stands, nothing was written")),
        Outcome::Heartbeat => (GOOD, format!("heartbeat: version {version} stands, confirmed again")),
        Outcome::Held => {
            (ODD, format!("held: the restored version {version} stands; Michael's rows were not published"))
        }
        Outcome::Planned if report.hold.is_some() => {
            let version = report.previous_version.map_or(version, |standing| standing.to_string());
            let rows = "Michael's rows would not be published before `atlas-sync release`";
            (ODD, format!("held: the restored version {version} stands; {rows}"))
        }
        Outcome::Planned if report.version == report.previous_version => {
            (GOOD, format!("nothing would change: version {version} stands"))
        }
        Outcome::Planned => (ODD, format!("would publish version {version}; nothing was written")),
        Outcome::Refused => (BAD, "refused".to_owned()),
        Outcome::Failed => (BAD, "failed".to_owned()),
    }
}

pub fn verdicts(verdicts: &[EntryVerdict]) -> impl Display {
    fmt::from_fn(|out| {
        verdicts.iter().try_for_each(|verdict| match verdict.status {
            Status::Verified => {
                let bytes = verdict.bytes.unwrap_or_default();
                writeln!(out, "{GOOD}verified{GOOD:#} {:<25} {bytes:>9} bytes", verdict.key)
            }
            Status::Failed => {
                let reason = verdict.reason.map_or("failed", |reason| reason.code());
                writeln!(out, "{BAD}{reason}{BAD:#} {}", verdict.key)
            }
        })
    })
}

pub fn diagnosis(diagnosis: &Diagnosis) -> impl Display {
    fmt::from_fn(|out| {
        for finding in &diagnosis.findings {
            let style = match finding.status {
                doctor::FindingStatus::Ok => GOOD,
                doctor::FindingStatus::Warning => ODD,
                doctor::FindingStatus::Problem => BAD,
                doctor::FindingStatus::Skipped => DIM,
            };
            let (status, check) = (finding.status.name(), finding.check.name());
            writeln!(out, "{style}{status:<7}{style:#} {check:<17} {}", one_line(&finding.message))?;
        }
        let Diagnosis { problems, warnings, .. } = diagnosis;
        let style = if *problems > 0 { BAD } else { GOOD };
        writeln!(out, "{style}{}{style:#}, {}", counted(*problems, "problem"), counted(*warnings, "warning"))
    })
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

pub(crate) fn held(hold: &Hold) -> String {
    let until = hold.until.map_or_else(|| "`atlas-sync release`".to_owned(), |until| until.to_string());
    format!("  {ODD}held{ODD:#}      until {until}: backup {} was restored", one_line(&hold.restored_from))
}

pub(crate) fn budget(bytes: u64, max_bytes: u64) -> String {
    let percent = bytes * 100 / max_bytes.max(1);
    let style = if percent >= 80 { ODD } else { Style::new() };
    format!("size      {style}{bytes} of {max_bytes} bytes, {percent} %{style:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_was_written_only_if_no_write_may_have_been_done() {
        for (writes, expected) in [(0, true), (1, false)] {
            let report = Report { outcome: Outcome::Unchanged, version: Some(3), writes, ..Report::default() };
            assert_eq!(headline(&report).1.contains("nothing was written"), expected, "{writes}");
        }
    }

    #[test]
    fn one_is_no_plural() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "problem")), ["0 problems", "1 problem", "2 problems"]);
    }
}
