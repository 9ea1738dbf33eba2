//! The contract, in code: keys, format, verifier, reader and decisions.
//!
//! Everything here is pure: no I/O, no clock, no async, no JavaScript, and nothing that panics. Time is an argument, and
//! what was checked is a type: only [`verify`] makes a [`VerifiedManifest`](verify::VerifiedManifest), and [`decide`]
//! takes nothing else. How a value is fetched, and who is told, is for the callers: [`read`] says what to read and is
//! told what came.
//!
//! Read it in this order:
//!
//! 1. [`key`]: the registry of entries, and [`time`]: the one form of a time.
//! 2. [`mod@format`]: what is published: canonical JSON, envelopes, checksums, and how a snapshot is sealed.
//! 3. [`verify`]: the checks that turn stored text into proof, over the scanner of [`json`].
//! 4. [`decide`]: serve from Atlas, or fetch from Paris, and for which [`reason`].
//! 5. [`read`]: the reader: a state machine from reads and answers to decisions.
//! 6. [`report`] and [`headers`]: what a reader tells about itself.
//!
//! From sealing to a lookup:
//!
//! ```
//! use atlas::domain::decide::decision::Signature;
//! use atlas::domain::decide::route::Lookup;
//! use atlas::domain::format::seal::{ManifestHead, seal_entry, seal_manifest};
//! use atlas::domain::key::{EntryKey, EntryMap, Key};
//! use atlas::domain::read::reader::{Options, Reader};
//! use atlas::domain::read::step::{Answer, Item, Items, Step};
//! use atlas::domain::time::Timestamp;
//! use atlas::domain::verify::EntrySummary;
//!
//! let now = Timestamp::parse("2026-11-22T12:00:00.000Z").ok_or("not a time")?;
//! let item = |text: String| -> Result<_, serde_json::Error> {
//!     Ok(Item { value: serde_json::from_str(&text)?, hashed: None, text: Box::new(text) })
//! };
//!
//! // Seal: one entry for each key, and the manifest over them.
//! let mut items = Items { manifest: None, signature: Signature::default(), entries: EntryMap::default() };
//! let mut summaries = EntryMap::default();
//! for key in EntryKey::ALL {
//!     let (payload, records) = match key {
//!         EntryKey::WidgetSchemas => (r#"{"content.faq":{"2025-09-01":{"schema":{}}}}"#, 1),
//!         EntryKey::WidgetTemplates | EntryKey::PlanHints => ("{}", 0),
//!     };
//!     let sealed = seal_entry(key, payload, 1, now);
//!     let bytes = sealed.text.len() as u64;
//!     summaries.insert(key, EntrySummary { bytes, checksum: sealed.checksum, records, version: 1 });
//!     items.entries.insert(key, item(sealed.text)?);
//! }
//! let writer = "example/1".to_owned();
//! let head = ManifestHead { version: 1, updated_at: now, checked_at: now, writer, hold: None };
//! items.manifest = Some(item(seal_manifest(&head, &summaries)?.text)?);
//!
//! // Look up: a cold reader asks for a read, and decides by what it brings.
//! let mut reader: Reader<serde_json::Value> = Reader::new(Options::default());
//! let lookup = Lookup {
//!     widget_type: Some("content.faq"),
//!     schema_version: Some("2025-09-01"),
//!     ..Lookup::default()
//! };
//! let Step::Read(ticket) = reader.begin(&lookup, now) else { return Err("a cold reader reads".into()) };
//! let step = reader.receive(&ticket, Answer::Items(items), &lookup, now);
//! assert!(matches!(step, Step::Decided(Ok(_))));
//! assert_eq!(reader.held(Key::Manifest).map(|manifest| &manifest["version"]), Some(&1.into()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod decide;
pub mod format;
pub mod headers;
pub mod json;
pub mod key;
pub mod read;
pub mod reason;
pub(crate) mod registry;
pub mod report;
pub mod time;
pub mod verify;
