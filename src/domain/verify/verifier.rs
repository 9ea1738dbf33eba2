//! The verifier: the one place that turns stored text into proof. Readers serve, and writers publish, nothing else.
//!
//! Only the functions of this module make a [`VerifiedManifest`] or a [`VerifiedEntry`].

use serde::Serialize;

use super::fault::Fault;
use super::shape;
use crate::domain::format::checksum::Checksum;
use crate::domain::format::envelope::{Content, Envelope, checksums};
use crate::domain::json::error::JsonError;
use crate::domain::json::scanner::Scanner;
use crate::domain::json::window::{Text, Window};
use crate::domain::key::{EntryKey, EntryMap, Key};
use crate::domain::reason::Reason;
use crate::domain::time::Timestamp;

/// What the manifest says about an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct EntrySummary {
    /// The length of the whole entry in canonical UTF-8, in bytes.
    pub bytes: u64,
    /// The entry's checksum.
    pub checksum: Checksum,
    /// Templates, (type, version) pairs, or plans.
    pub records: u64,
    /// The snapshot in which the entry last changed.
    pub version: u64,
}

/// A manifest whose checksum holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedManifest {
    checksum: Checksum,
    version: u64,
    updated_at: Timestamp,
    checked_at: Timestamp,
    writer: String,
    bytes: u64,
    entries: EntryMap<EntrySummary>,
}

impl VerifiedManifest {
    /// The manifest's own checksum.
    pub fn checksum(&self) -> Checksum {
        self.checksum
    }

    /// The snapshot's version.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// When the snapshot last changed.
    pub fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// When a sync last confirmed the snapshot against Michael.
    pub fn checked_at(&self) -> Timestamp {
        self.checked_at
    }

    /// The program that wrote it: `atlas-sync/` and a version.
    pub fn writer(&self) -> &str {
        &self.writer
    }

    /// The length of the manifest in canonical UTF-8, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What it says about an entry; `None` if it does not name it.
    pub fn entry(&self, key: EntryKey) -> Option<&EntrySummary> {
        self.entries.get(key)
    }

    /// The entries that it names.
    pub fn entries(&self) -> impl Iterator<Item = (EntryKey, &EntrySummary)> {
        self.entries.iter()
    }
}

/// An entry of the right shape whose checksum holds, and which its manifest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedEntry {
    summary: EntrySummary,
    updated_at: Timestamp,
}

impl VerifiedEntry {
    /// Its checksum, version and sizes.
    pub fn summary(&self) -> &EntrySummary {
        &self.summary
    }

    /// When it last changed.
    pub fn updated_at(&self) -> Timestamp {
        self.updated_at
    }
}

/// Verifies a manifest, given as JSON text.
///
/// # Errors
///
/// The first check that fails, in the order of [`Envelope::open`], then the manifest's own members.
pub fn verify_manifest(text: &dyn Text) -> Result<VerifiedManifest, Fault> {
    let mut entries = EntryMap::default();
    let mut read = |window: &mut Window<'_>| {
        entries = window.read(&mut manifest_entries)?;
        Ok(())
    };
    let fault = &|error: &JsonError| Fault::NotAnEnvelope(["entries: ", &error.message()].concat());
    let envelope = Envelope::open(Key::Manifest, text, None, Content { name: "entries", read: &mut read, fault })?;
    let (checked_at, writer) = (envelope.checked_at()?, envelope.writer()?);
    let Envelope { checksum, version, updated_at, bytes, .. } = envelope;
    Ok(VerifiedManifest { checksum, version, updated_at, checked_at, writer, bytes: bytes as u64, entries })
}

/// Verifies an entry, given as JSON text, against its manifest. `hashed` is its SHA-256, if the platform has computed it
/// (see [`Envelope::open`]).
///
/// # Errors
///
/// The first check that fails: those of [`Envelope::open`], the shape of its payload among them, and last that the
/// manifest names this very entry ([`Fault::Disagrees`], the one fault that another read may resolve).
pub fn verify_entry(
    key: EntryKey,
    text: &dyn Text,
    hashed: Option<Checksum>,
    manifest: &VerifiedManifest,
) -> Result<VerifiedEntry, Fault> {
    let (envelope, records) = open_entry(key, text, hashed)?;
    let Envelope { checksum, version, updated_at, bytes, .. } = envelope;
    let summary = EntrySummary { bytes: bytes as u64, checksum, records, version };
    let expected = manifest.entry(key).ok_or(Fault::Missing)?;
    if *expected != summary {
        return Err(Fault::Disagrees { expected: describe(expected), found: describe(&summary) });
    }
    Ok(VerifiedEntry { summary, updated_at })
}

/// Opens an entry whose payload has the right shape, and counts its records.
fn open_entry(key: EntryKey, text: &dyn Text, hashed: Option<Checksum>) -> Result<(Envelope, u64), Fault> {
    let mut records = 0;
    let mut read = |window: &mut Window<'_>| {
        records = shape::records(key, window)?;
        Ok(())
    };
    let fault = &|error: &JsonError| {
        Fault::Payload(["the payload is not that of ", key.logical(), ": ", &error.message()].concat())
    };
    let envelope = Envelope::open(Key::Entry(key), text, hashed, Content { name: "payload", read: &mut read, fault })?;
    Ok((envelope, records))
}

fn describe(summary: &EntrySummary) -> String {
    let EntrySummary { bytes, checksum, records, version } = summary;
    let (version, records, bytes) = (version.to_string(), records.to_string(), bytes.to_string());
    ["version ", &version, ", ", &checksum.text(), ", ", &records, " records, ", &bytes, " bytes"].concat()
}

/// The manifest's `entries`. Unknown names come from a newer writer and are skipped.
fn manifest_entries(scanner: &mut Scanner<'_>) -> Result<EntryMap<EntrySummary>, JsonError> {
    let mut entries = EntryMap::default();
    scanner.object(&mut |scanner, name| {
        match EntryKey::ALL.into_iter().find(|key| key.logical().as_bytes() == name) {
            Some(key) => entries.insert(key, summary(scanner)?),
            None => scanner.skip().map(drop)?,
        }
        Ok(())
    })?;
    Ok(entries)
}

fn summary(scanner: &mut Scanner<'_>) -> Result<EntrySummary, JsonError> {
    let (mut checksum, mut version, mut records, mut bytes) = (None, None, None, None);
    scanner.object(&mut |scanner, name| {
        let count = |scanner: &mut Scanner<'_>| {
            u64::try_from(scanner.integer()?).map(Some).map_err(|_| scanner.wrong("a count before"))
        };
        match name {
            b"checksum" => {
                let parsed = std::str::from_utf8(scanner.text()?).ok().and_then(Checksum::parse);
                checksum = Some(parsed.ok_or_else(|| scanner.wrong("a checksum before"))?);
            }
            b"version" => version = count(scanner)?,
            b"records" => records = count(scanner)?,
            b"bytes" => bytes = count(scanner)?,
            _ => scanner.skip().map(drop)?,
        }
        Ok(())
    })?;
    match (checksum, version, records, bytes) {
        (Some(checksum), Some(version), Some(records), Some(bytes)) => {
            Ok(EntrySummary { bytes, checksum, records, version })
        }
        _ => Err(scanner.wrong("members checksum, version, records and bytes before")),
    }
}

/// A whole snapshot, every entry of which is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedSnapshot {
    manifest: VerifiedManifest,
    entries: EntryMap<VerifiedEntry>,
}

impl VerifiedSnapshot {
    /// The manifest.
    pub fn manifest(&self) -> &VerifiedManifest {
        &self.manifest
    }

    /// An entry; there is one for each key.
    pub fn entry(&self, key: EntryKey) -> Option<&VerifiedEntry> {
        self.entries.get(key)
    }

    /// The snapshot with another text of its manifest, which differs in its signatures alone.
    ///
    /// # Errors
    ///
    /// As [`verify_manifest`], and [`Fault::Disagrees`] if the checksum is another.
    pub fn with_manifest(self, text: &dyn Text) -> Result<Self, Fault> {
        let manifest = verify_manifest(text)?;
        if manifest.checksum != self.manifest.checksum {
            let [expected, found] = [self.manifest.checksum, manifest.checksum].map(|checksum| checksum.text());
            return Err(Fault::Disagrees { expected, found });
        }
        Ok(Self { manifest, ..self })
    }
}

/// The verdict on one key of a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryVerdict {
    /// The logical key.
    pub key: &'static str,
    /// `verified` or `failed`.
    pub status: Status,
    /// Why it failed: the reason that a lookup would give.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What was expected and what was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The checksum that it should have: the one that it states, or, if its content has that one, the manifest's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The checksum of its content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computed: Option<Checksum>,
    /// The snapshot in which it last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Templates, (type, version) pairs, or plans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
    /// Its length in canonical UTF-8, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// Whether an entry passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The writer published it.
    Verified,
    /// It is missing, damaged or foreign.
    Failed,
}

/// Verifies a whole store: a verdict for each key, and the snapshot if every one of them is good.
///
/// `text_of` returns the JSON text under a key, or `None` if the store does not hold it.
pub fn verify_snapshot<'a>(
    text_of: impl Fn(Key) -> Option<&'a dyn Text>,
) -> (Vec<EntryVerdict>, Option<VerifiedSnapshot>) {
    let text = text_of(Key::Manifest);
    let manifest = text.ok_or(Fault::Missing).and_then(verify_manifest);
    let mut verdicts = vec![manifest_verdict(text, &manifest)];
    let mut entries = EntryMap::default();
    for key in EntryKey::ALL {
        let text = text_of(Key::Entry(key));
        let named = manifest.as_ref().ok().and_then(|manifest| manifest.entry(key)).map(|summary| summary.checksum);
        let entry = match (text, &manifest) {
            (None, _) => Err(Fault::Missing),
            (Some(text), Ok(manifest)) => verify_entry(key, text, None, manifest),
            (Some(text), Err(_)) => Err(without_manifest(key, text)),
        };
        verdicts.push(entry_verdict(key, text, named, &entry));
        if let Ok(entry) = entry {
            entries.insert(key, entry);
        }
    }
    let snapshot = manifest.ok().filter(|_| entries.len() == EntryKey::ALL.len());
    (verdicts, snapshot.map(|manifest| VerifiedSnapshot { manifest, entries }))
}

/// The fault of an entry whose manifest could not be verified.
fn without_manifest(key: EntryKey, text: &dyn Text) -> Fault {
    match open_entry(key, text, None) {
        Err(fault) => fault,
        Ok((envelope, _)) => Fault::Disagrees {
            expected: "no entry, since it is not verified itself".to_owned(),
            found: ["version ", &envelope.version.to_string(), ", ", &envelope.checksum.text()].concat(),
        },
    }
}

fn manifest_verdict(text: Option<&dyn Text>, manifest: &Result<VerifiedManifest, Fault>) -> EntryVerdict {
    match manifest {
        Ok(manifest) => EntryVerdict {
            computed: Some(manifest.checksum),
            version: Some(manifest.version),
            bytes: Some(manifest.bytes),
            ..verified(Key::Manifest)
        },
        Err(fault) => failed(Key::Manifest, text, None, fault),
    }
}

fn entry_verdict(
    key: EntryKey,
    text: Option<&dyn Text>,
    named: Option<Checksum>,
    entry: &Result<VerifiedEntry, Fault>,
) -> EntryVerdict {
    match entry {
        Ok(entry) => EntryVerdict {
            computed: Some(entry.summary.checksum),
            version: Some(entry.summary.version),
            records: Some(entry.summary.records),
            bytes: Some(entry.summary.bytes),
            ..verified(Key::Entry(key))
        },
        Err(fault) => failed(Key::Entry(key), text, named, fault),
    }
}

fn verified(key: Key) -> EntryVerdict {
    EntryVerdict {
        key: key.logical(),
        status: Status::Verified,
        reason: None,
        message: None,
        expected: None,
        computed: None,
        version: None,
        records: None,
        bytes: None,
    }
}

fn failed(key: Key, text: Option<&dyn Text>, named: Option<Checksum>, fault: &Fault) -> EntryVerdict {
    let (stated, computed) =
        text.map(|text| checksums(key, text)).map_or((None, None), |(stated, computed)| (stated, Some(computed)));
    let differs = |stated: &String| Some(stated) != computed.map(|computed| computed.text()).as_ref();
    EntryVerdict {
        status: Status::Failed,
        reason: Some(fault.reason()),
        message: Some(fault.message()),
        expected: stated.filter(differs).or_else(|| named.map(|named| named.text())),
        computed,
        ..verified(key)
    }
}
