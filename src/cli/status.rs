//! `atlas-sync status`: the snapshot in a store, its age and size, and the backups that could be restored.

use std::fmt::{self, Display};

use serde::Serialize;

use super::output::{BAD, DIM, GOOD, budget, held, verdicts};
use crate::domain::json::excerpt::shorten;
use crate::domain::time::Timestamp;
use crate::domain::verify::{EntryVerdict, VerifiedManifest, VerifiedSnapshot};
use crate::sync::clock::Clock;
use crate::sync::plan::{Hold, Stored};
use crate::sync::run::{ErrorReport, RetryingStore, SyncError};
use crate::sync::shown::one_line;
use crate::sync::signature::{PublicKey, SignatureStatus, SignatureVerdict, Trust};
use crate::sync::store::Backup;

/// How many backups the text shows, the latest first.
const MOST_BACKUPS: usize = 10;

/// How many signatures of keys that were not given are shown.
const MOST_UNKNOWN: usize = 10;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusReport {
    pub store: String,
    pub verified: bool,
    pub version: Option<u64>,
    pub checksum: Option<String>,
    pub updated_at: Option<String>,
    pub checked_at: Option<String>,
    /// Negative if `checked_at` is ahead of this machine's clock.
    pub age_seconds: Option<i64>,
    pub writer: Option<String>,
    /// The manifest's signatures, judged with the public keys that were given; of those of other keys, which anybody can
    /// write, the first few.
    pub signatures: Vec<SignatureVerdict>,
    /// How many more there are.
    pub more_signatures: usize,
    /// The ids of those keys that have signed.
    pub signed_by: Vec<String>,
    /// The hold on a restored snapshot, while it keeps syncs from publishing.
    pub hold: Option<Hold>,
    /// The snapshot's length in canonical UTF-8.
    pub bytes: Option<u64>,
    pub max_bytes: u64,
    /// Rounded down.
    pub percent_used: Option<u64>,
    pub entries: Vec<EntryVerdict>,
    /// The newest first; `null` if they are not part of the command or cannot be read.
    pub backups: Option<Vec<BackupReport>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupReport {
    /// For `restore --backup`.
    pub id: String,
    pub written_at: String,
}

impl StatusReport {
    pub fn of(store: String, stored: &Stored, now: Timestamp, max_bytes: u64, trust: Option<&Trust>) -> Self {
        let keys = trust.map(Trust::keys).unwrap_or_default();
        let (signatures, more_signatures) = signatures(stored, keys);
        let verified = signatures.iter().filter(|found| found.status == SignatureStatus::Verified);
        let signed_by = verified.map(|found| found.key_id.clone()).collect();
        let manifest = stored.snapshot.as_ref().map(VerifiedSnapshot::manifest);
        let bytes = manifest.map(|_| stored.verdicts.iter().filter_map(|verdict| verdict.bytes).sum::<u64>());
        Self {
            store,
            verified: manifest.is_some(),
            version: manifest.map(VerifiedManifest::version),
            checksum: manifest.map(|manifest| manifest.checksum().to_string()),
            updated_at: manifest.map(|manifest| manifest.updated_at().to_string()),
            checked_at: manifest.map(|manifest| manifest.checked_at().to_string()),
            age_seconds: manifest.map(|manifest| now.since(manifest.checked_at()) / 1000),
            writer: manifest.map(|manifest| shorten(manifest.writer())),
            signatures,
            more_signatures,
            signed_by,
            hold: stored.held(now).cloned(),
            bytes,
            max_bytes,
            percent_used: bytes.map(|bytes| bytes.saturating_mul(100) / max_bytes.max(1)),
            entries: stored.verdicts.clone(),
            backups: None,
        }
    }
}

/// The verdicts that are shown, and the number of the others.
fn signatures(stored: &Stored, keys: &[PublicKey]) -> (Vec<SignatureVerdict>, usize) {
    let verdicts = stored.signed().map(|manifest| manifest.verdicts(keys)).unwrap_or_default();
    let is_known = |found: &SignatureVerdict| found.status != SignatureStatus::UnknownKey;
    let (mut shown, others): (Vec<_>, Vec<_>) = verdicts.into_iter().partition(is_known);
    let more = others.len().saturating_sub(MOST_UNKNOWN);
    let short = |found: SignatureVerdict| SignatureVerdict { key_id: shorten(&found.key_id), ..found };
    shown.extend(others.into_iter().take(MOST_UNKNOWN).map(short));
    (shown, more)
}

/// Reads a store. If its backups cannot be read, the rest is shown without them.
pub async fn read(
    store: &RetryingStore<'_>,
    name: String,
    clock: Clock<'_>,
    max_bytes: u64,
    trust: Option<&Trust>,
) -> Result<StatusReport, SyncError> {
    let stored = store.read().await.map_err(SyncError::Unread)?;
    let mut status = StatusReport::of(name, &stored, clock(), max_bytes, trust);
    match store.backups().await {
        Ok(backups) => {
            let report =
                |backup: &Backup| BackupReport { id: backup.id.clone(), written_at: backup.written_at().to_string() };
            status.backups = Some(backups.iter().map(report).collect());
        }
        Err(error) => tracing::warn!(%error, "the backups could not be read"),
    }
    Ok(status)
}

/// What `--json` prints when a store cannot be read or does not verify.
#[derive(Debug, Serialize)]
pub struct StoreFailure<'a> {
    pub store: Option<String>,
    /// Always false.
    pub verified: bool,
    pub entries: &'a [EntryVerdict],
    pub error: ErrorReport,
}

impl<'a> StoreFailure<'a> {
    pub fn of(store: Option<String>, error: &'a SyncError) -> Self {
        let entries = match error {
            SyncError::Unverified(verdicts) | SyncError::NotServed { verdicts, .. } => verdicts.as_slice(),
            _ => &[],
        };
        Self { store, verified: false, entries, error: ErrorReport::of(error) }
    }
}

pub fn text(status: &StatusReport) -> impl Display {
    fmt::from_fn(|out| {
        let Some(version) = status.version else {
            writeln!(out, "{BAD}no verified snapshot{BAD:#} in {}", one_line(&status.store))?;
            return write!(out, "{}", verdicts(&status.entries));
        };
        let shown = |text: &Option<String>| one_line(text.as_deref().unwrap_or_default()).into_owned();
        let age = match status.age_seconds.unwrap_or_default() {
            ahead @ ..0 => format!("{} s ahead of this machine's clock", ahead.unsigned_abs()),
            age => format!("{age} s ago"),
        };
        writeln!(out, "{GOOD}version {version}{GOOD:#} in {}", one_line(&status.store))?;
        writeln!(out, "  changed   {}", shown(&status.updated_at))?;
        writeln!(out, "  checked   {} {DIM}{age}{DIM:#}", shown(&status.checked_at))?;
        writeln!(out, "  writer    {}", shown(&status.writer))?;
        writeln!(out, "  checksum  {}", shown(&status.checksum))?;
        for signature in &status.signatures {
            writeln!(out, "{}", signed(signature))?;
        }
        if status.more_signatures > 0 {
            writeln!(out, "  signed by {} more that are not verified", status.more_signatures)?;
        }
        if let Some(hold) = &status.hold {
            writeln!(out, "{}", held(hold))?;
        }
        for verdict in &status.entries {
            let (records, bytes) = (verdict.records, verdict.bytes.unwrap_or_default());
            let records = records.map_or_else(|| " ".repeat(14), |records| format!("{records:>6} records"));
            writeln!(out, "  {:<25} {records} {bytes:>9} bytes", verdict.key)?;
        }
        writeln!(out, "  {}", budget(status.bytes.unwrap_or_default(), status.max_bytes))?;
        let backups = status.backups.as_deref().unwrap_or_default();
        for backup in backups.iter().take(MOST_BACKUPS) {
            writeln!(out, "  backup    {:<20} {DIM}{}{DIM:#}", one_line(&backup.id), backup.written_at)?;
        }
        if let Some(more) = backups.len().checked_sub(MOST_BACKUPS).filter(|more| *more > 0) {
            writeln!(out, "  … and {more} more; --json shows every backup")?;
        }
        Ok(())
    })
}

pub fn signers(status: &StatusReport) -> impl Display {
    fmt::from_fn(|out| {
        status
            .signed_by
            .iter()
            .try_for_each(|id| writeln!(out, "{GOOD}verified{GOOD:#} the signature of {}", one_line(id)))
    })
}

fn signed(signature: &SignatureVerdict) -> String {
    let (style, status) = match signature.status {
        SignatureStatus::Verified => (GOOD, "verified"),
        SignatureStatus::Invalid => (BAD, "not valid"),
        SignatureStatus::UnknownKey => (DIM, "not verified: no such --public-key was given"),
    };
    format!("  signed by {} {style}{status}{style:#}", one_line(&signature.key_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::format::canonical::to_canonical;
    use crate::domain::format::checksum::Checksum;
    use crate::sync::content::Payloads;
    use crate::sync::plan::{PlanPolicy, plan};
    use crate::sync::store::Item;

    fn status(text: &str) -> StatusReport {
        let restored_from = text.to_owned();
        StatusReport {
            store: text.to_owned(),
            verified: true,
            version: Some(3),
            checksum: None,
            updated_at: None,
            checked_at: None,
            age_seconds: None,
            writer: Some(text.to_owned()),
            more_signatures: 0,
            signatures: vec![SignatureVerdict { key_id: text.to_owned(), status: SignatureStatus::UnknownKey }],
            signed_by: Vec::new(),
            hold: Some(Hold { until: None, restored_from }),
            bytes: None,
            max_bytes: 1,
            percent_used: None,
            entries: Vec::new(),
            backups: Some(vec![BackupReport { id: text.to_owned(), written_at: String::new() }]),
        }
    }

    #[test]
    fn an_age_in_the_future_is_shown_as_one() {
        for (age, shown) in [(0, "0 s ago"), (7, "7 s ago"), (-7, "7 s ahead of this machine's clock")] {
            let text = text(&StatusReport { age_seconds: Some(age), ..status("store") }).to_string();
            assert!(text.contains(shown), "{text}");
        }
        let empty =
            plan(&Payloads::new(), &Stored::default(), Timestamp::from_millis(7_000), &PlanPolicy::heartbeat(0));
        let items = empty.unwrap().operations.into_iter();
        let items = items.filter_map(|operation| Some(Item { key: operation.key, value: operation.value? }));
        let stored = Stored::of(items.collect());
        let status = StatusReport::of("store".to_owned(), &stored, Timestamp::EPOCH, 1, None);
        assert_eq!(status.age_seconds, Some(-7));
    }

    /// Anybody with the write token can write both.
    #[test]
    fn neither_signatures_nor_the_writer_flood_the_output() {
        let empty = plan(&Payloads::new(), &Stored::default(), Timestamp::EPOCH, &PlanPolicy::heartbeat(0)).unwrap();
        let mut items: Vec<_> = empty
            .operations
            .into_iter()
            .filter_map(|operation| Some(Item { key: operation.key, value: operation.value? }))
            .collect();
        let manifest = items.iter_mut().find(|item| item.key == "atlas_v1_manifest").unwrap();
        let mut envelope = manifest.value.parsed().unwrap();
        envelope["writer"] = "x".repeat(100_000).into();
        envelope.as_object_mut().unwrap().remove("checksum");
        let checksum = Checksum::of(to_canonical(&envelope).unwrap().as_bytes());
        envelope["checksum"] = checksum.to_string().into();
        let known = PublicKey::parse("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let ids = (0..10_000).map(|number| format!("0 {number} {}", "x".repeat(1_000))).chain([known.id()]);
        envelope["signatures"] = ids.map(|id| (id, "AA".into())).collect::<serde_json::Map<_, _>>().into();
        manifest.value = envelope.into();

        let (stored, trust) = (Stored::of(items), Trust::new(&[known], 1).unwrap());
        let status = StatusReport::of("store".to_owned(), &stored, Timestamp::EPOCH, 1, Some(&trust));
        assert!(status.verified && status.signed_by.is_empty());
        assert_eq!((status.signatures.len(), status.more_signatures), (11, 9_990));
        assert_eq!(status.signatures[0], SignatureVerdict { key_id: known.id(), status: SignatureStatus::Invalid });
        for shown in [text(&status).to_string(), serde_json::to_string(&status).unwrap()] {
            assert!(shown.contains("9990") && shown.len() < 5_000, "{}: {shown:.500}", shown.len());
        }
    }

    #[test]
    fn nothing_from_outside_steers_the_terminal() {
        let hostile = "a\u{1b}]0;title\u{7}\u{9b}2J\u{202e}\r\nb";
        for version in [Some(3), None] {
            let shown = text(&StatusReport { version, ..status(hostile) }).to_string();
            for sign in ["\u{1b}]", "\u{7}", "\u{9b}", "\u{202e}", "\r", "\nb"] {
                assert!(!shown.contains(sign), "{sign:?} in {shown:?}");
            }
            let times = shown.matches(r"a\u{1b}]0;title\u{7}\u{9b}2J\u{202e}\r\nb").count();
            assert_eq!(times, if version.is_some() { 5 } else { 1 }, "{shown:?}");
        }
    }
}
