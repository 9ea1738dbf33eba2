//! What people see: the report, the verdicts and the status as text. Colours are for terminals; `anstream` takes
//! them out of a pipe.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::current::Current;
use super::diff::Change;
use super::report::{Outcome, Report};
use crate::domain::time::Timestamp;
use crate::domain::verify::{EntryVerdict, Status};

/// How many changed records are listed.
const MOST_CHANGES: usize = 20;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const ODD: Style = AnsiColor::Yellow.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// A run, for people.
#[must_use]
pub fn report(report: &Report) -> String {
    let mut text = String::new();
    let version = report.version.map_or_else(|| "?".to_owned(), |version| version.to_string());
    let (style, headline) = match report.outcome {
        Outcome::Published => (GOOD, format!("published version {version}")),
        Outcome::Unchanged => (GOOD, format!("unchanged: version {version} stands, nothing was written")),
        Outcome::Heartbeat => (GOOD, format!("heartbeat: version {version} stands, confirmed again")),
        Outcome::Planned if report.version == report.previous_version => {
            (GOOD, format!("nothing would change: version {version} stands"))
        }
        Outcome::Planned => (ODD, format!("would publish version {version}; nothing was written")),
        Outcome::Refused => (BAD, "refused".to_owned()),
        Outcome::Failed => (BAD, "failed".to_owned()),
    };
    line(&mut text, &format!("{style}{headline}{style:#} {DIM}in {} ms{DIM:#}", report.duration_ms));
    if let Some(error) = &report.error {
        line(&mut text, &format!("{}: {}", error.code, error.message));
        return text;
    }
    let diff = report.diff;
    line(&mut text, &format!("  records   {} added, {} changed, {} removed", diff.added, diff.changed, diff.removed));
    for change in report.changes.iter().take(MOST_CHANGES) {
        let sign = match change.change {
            Change::Added => '+',
            Change::Changed => '~',
            Change::Removed => '-',
        };
        line(&mut text, &format!("    {sign} {} {}", change.key, change.record));
    }
    if report.changes.len() > MOST_CHANGES {
        line(&mut text, &format!("    … and {} more", report.changes.len() - MOST_CHANGES));
    }
    for (key, entry) in &report.entries {
        let written = if entry.written { "written" } else { "as it was" };
        line(
            &mut text,
            &format!("  {key:<25} {:>6} records {:>9} bytes  {DIM}{written}{DIM:#}", entry.records, entry.bytes),
        );
    }
    line(&mut text, &format!("  {}", budget(report.bytes, report.max_bytes)));
    if let Some(checksum) = report.checksum {
        line(&mut text, &format!("  checksum  {checksum}"));
    }
    for warning in &report.warnings {
        line(&mut text, &format!("{ODD}warning{ODD:#} {warning}"));
    }
    text
}

/// A store's verdicts, for people.
#[must_use]
pub fn verdicts(verdicts: &[EntryVerdict]) -> String {
    let mut text = String::new();
    for verdict in verdicts {
        match verdict.status {
            Status::Verified => {
                let bytes = verdict.bytes.unwrap_or_default();
                line(&mut text, &format!("{GOOD}verified{GOOD:#} {:<25} {bytes:>9} bytes", verdict.key));
            }
            Status::Failed => {
                let reason = verdict.reason.map_or("failed", |reason| reason.code());
                line(&mut text, &format!("{BAD}{reason}{BAD:#} {}", verdict.key));
            }
        }
    }
    text
}

/// The snapshot that stands, for machines.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusReport {
    /// Which store.
    pub store: String,
    /// Whether every entry is verified.
    pub verified: bool,
    /// The snapshot's version.
    pub version: Option<u64>,
    /// The manifest's checksum.
    pub checksum: Option<String>,
    /// When the snapshot last changed.
    pub updated_at: Option<String>,
    /// When a sync last confirmed it.
    pub checked_at: Option<String>,
    /// Seconds since then.
    pub age_seconds: Option<u64>,
    /// What wrote it.
    pub writer: Option<String>,
    /// Its length in canonical UTF-8, in bytes.
    pub bytes: Option<u64>,
    /// The most that it may have.
    pub max_bytes: u64,
    /// The verdict on each key.
    pub entries: Vec<EntryVerdict>,
}

impl StatusReport {
    /// The status of a store.
    #[must_use]
    pub fn of(store: String, current: &Current, now: Timestamp, max_bytes: u64) -> Self {
        let manifest = current.snapshot.as_ref().map(|snapshot| &snapshot.manifest);
        Self {
            store,
            verified: manifest.is_some(),
            version: manifest.map(crate::domain::verify::VerifiedManifest::version),
            checksum: manifest.map(|manifest| manifest.checksum().to_string()),
            updated_at: manifest.map(|manifest| manifest.updated_at().to_string()),
            checked_at: manifest.map(|manifest| manifest.checked_at().to_string()),
            age_seconds: manifest.map(|manifest| now.elapsed_since(manifest.checked_at()) / 1000),
            writer: manifest.map(|manifest| manifest.writer().to_owned()),
            bytes: manifest.map(|_| current.verdicts.iter().filter_map(|verdict| verdict.bytes).sum()),
            max_bytes,
            entries: current.verdicts.clone(),
        }
    }
}

/// The snapshot that stands, for people.
#[must_use]
pub fn status(status: &StatusReport) -> String {
    let mut text = String::new();
    let Some(version) = status.version else {
        line(&mut text, &format!("{BAD}no verified snapshot{BAD:#} in {}", status.store));
        return text + &verdicts(&status.entries);
    };
    line(&mut text, &format!("{GOOD}version {version}{GOOD:#} in {}", status.store));
    let shown = |text: &Option<String>| text.clone().unwrap_or_default();
    line(&mut text, &format!("  changed   {}", shown(&status.updated_at)));
    let age = status.age_seconds.unwrap_or_default();
    line(&mut text, &format!("  checked   {} {DIM}{age} s ago{DIM:#}", shown(&status.checked_at)));
    line(&mut text, &format!("  writer    {}", shown(&status.writer)));
    line(&mut text, &format!("  checksum  {}", shown(&status.checksum)));
    for verdict in &status.entries {
        let (records, bytes) = (verdict.records, verdict.bytes.unwrap_or_default());
        let records = records.map_or_else(|| " ".repeat(14), |records| format!("{records:>6} records"));
        line(&mut text, &format!("  {:<25} {records} {bytes:>9} bytes", verdict.key));
    }
    line(&mut text, &format!("  {}", budget(status.bytes.unwrap_or_default(), status.max_bytes)));
    text
}

/// How much of the budget is used.
fn budget(bytes: u64, max_bytes: u64) -> String {
    let percent = bytes * 100 / max_bytes.max(1);
    let style = if percent >= 80 { ODD } else { Style::new() };
    format!("size      {style}{bytes} of {max_bytes} bytes, {percent} %{style:#}")
}

fn line(text: &mut String, line: &str) {
    // Writing to a `String` cannot fail.
    let _ = writeln!(text, "{line}");
}
