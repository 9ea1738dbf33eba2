//! The envelope around every value: its members, its checksum, and how it is sealed.
//!
//! The checksum is SHA-256 over the canonical form of the envelope without `checksum` (and without `signature`), so
//! an entry that was moved to another key, or given another version or time, fails. Here an envelope is text: what
//! `JSON.stringify` gives at the edge, and canonical text natively, so that both hash the very same bytes.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

use super::canonical::{reorder, to_canonical};
use super::digest::{CHECKSUM_LEN, Checksum};
use super::error::Fault;
use super::json::{JsonError, Scanner};
use super::key::Key;
use super::time::Timestamp;

/// The format that this crate reads and writes.
pub const FORMAT: u64 = 1;
/// What the checksum does not cover.
const UNSIGNED: &[&str] = &["checksum", "signature"];

/// [`FORMAT`] as JSON.
const FORMAT_TEXT: &str = "1";

/// The highest version: the largest integer that every JSON reader holds exactly, 2^53 - 1.
pub const MAX_VERSION: u64 = (1 << 53) - 1;

/// The members of an envelope, each still JSON text. Others are allowed, and covered by the checksum.
#[derive(Default)]
struct Members<'a> {
    checksum: Option<&'a str>,
    format: Option<&'a str>,
    key: Option<&'a str>,
    version: Option<&'a str>,
    updated_at: Option<&'a str>,
    payload: Option<&'a str>,
    checked_at: Option<&'a str>,
    entries: Option<&'a str>,
    writer: Option<&'a str>,
}

impl<'a> Members<'a> {
    fn of(text: &'a str) -> Result<Self, JsonError> {
        let mut members = Self::default();
        let mut scanner = Scanner::new(text);
        scanner.object(&mut |scanner, name| {
            let value = Some(scanner.skip()?);
            match name.decoded.as_ref() {
                "checksum" => members.checksum = value,
                "format" => members.format = value,
                "key" => members.key = value,
                "version" => members.version = value,
                "updatedAt" => members.updated_at = value,
                "payload" => members.payload = value,
                "checkedAt" => members.checked_at = value,
                "entries" => members.entries = value,
                "writer" => members.writer = value,
                _ => {}
            }
            Ok(())
        })?;
        scanner.end().map(|()| members)
    }
}

/// An envelope whose checksum holds and which was made for its key.
pub struct Envelope<'a> {
    /// SHA-256 of the canonical rest.
    pub checksum: Checksum,
    /// The snapshot in which it last changed.
    pub version: u64,
    /// When that was.
    pub updated_at: Timestamp,
    /// The length of the whole envelope in canonical UTF-8, in bytes.
    pub bytes: usize,
    members: Members<'a>,
}

impl<'a> Envelope<'a> {
    /// Opens an envelope: the checks of the contract up to the payload, in their order.
    ///
    /// # Errors
    ///
    /// The first check that fails.
    pub fn open(key: Key, text: &'a str) -> Result<Self, Fault> {
        Self::open_hashed(key, text, None)
    }

    /// [`Self::open`] for text that the platform has hashed already: `hashed` is the SHA-256 of `{` and what follows
    /// the first member.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn open_hashed(key: Key, text: &'a str, hashed: Option<Checksum>) -> Result<Self, Fault> {
        // 1. It is a JSON object.
        let members = Members::of(text).map_err(|error| not_an_envelope(text, &error))?;
        // 2. In a format that is known.
        match members.format {
            Some(FORMAT_TEXT) => {}
            Some(other) => return Err(Fault::UnsupportedFormat { found: shorten(other) }),
            None => return Err(wrong(None, "format", FORMAT_TEXT)),
        }
        // 3. It is what its checksum was made of.
        let stated =
            parsed(members.checksum, "checksum", "\"sha256:\" and 64 lowercase hexadecimal digits", Checksum::parse)?;
        let (computed, bytes) = checksum_of(text, stated, hashed)?;
        if computed != stated {
            return Err(Fault::Checksum { stated, computed });
        }
        // 4. It was made for this key.
        let named = string(members.key, "key")?;
        if named != key.logical() {
            return Err(Fault::WrongKey { expected: key, found: named.into_owned() });
        }
        // 5. Its version and time can be told.
        let version = version(members.version)?;
        let updated_at =
            parsed(members.updated_at, "updatedAt", "a time such as 2026-11-22T12:00:00.000Z", Timestamp::parse)?;
        Ok(Self { checksum: stated, version, updated_at, bytes, members })
    }

    /// The payload, as JSON text.
    ///
    /// # Errors
    ///
    /// [`Fault::NotAnEnvelope`] if there is none.
    pub fn payload(&self) -> Result<&'a str, Fault> {
        self.members.payload.ok_or_else(|| wrong(None, "payload", "an object"))
    }

    /// The manifest's `entries`, as JSON text.
    ///
    /// # Errors
    ///
    /// [`Fault::NotAnEnvelope`] if there are none.
    pub fn entries(&self) -> Result<&'a str, Fault> {
        self.members.entries.ok_or_else(|| wrong(None, "entries", "an object"))
    }

    /// The manifest's `checkedAt`.
    ///
    /// # Errors
    ///
    /// [`Fault::NotAnEnvelope`] if there is none.
    pub fn checked_at(&self) -> Result<Timestamp, Fault> {
        parsed(self.members.checked_at, "checkedAt", "a time such as 2026-11-22T12:00:00.000Z", Timestamp::parse)
    }

    /// The manifest's `writer`.
    ///
    /// # Errors
    ///
    /// [`Fault::NotAnEnvelope`] if there is none.
    pub fn writer(&self) -> Result<String, Fault> {
        string(self.members.writer, "writer").map(Cow::into_owned)
    }
}

/// Puts a checksum into an envelope that has none yet, and gives the canonical text of the whole.
///
/// # Errors
///
/// What the canonical form cannot write (see [`to_canonical`]).
pub fn seal(mut envelope: Map<String, Value>) -> Result<(Checksum, String), serde_json::Error> {
    let checksum = Checksum::of(to_canonical(&envelope)?.as_bytes());
    envelope.insert("checksum".to_owned(), Value::String(checksum.to_string()));
    Ok((checksum, to_canonical(&envelope)?))
}

/// The checksums of a value that failed: the one that it states, however that is spelled, and the one of its content.
/// Text that is not even JSON is hashed as it stands.
#[must_use]
pub fn checksums(text: &str) -> (Option<String>, Checksum) {
    let stated = Members::of(text).ok().and_then(|members| members.checksum);
    let content = reorder(text, UNSIGNED);
    let computed = Checksum::of(content.as_deref().unwrap_or(text).as_bytes());
    (stated.map(|stated| shorten(stated.trim_matches('"'))), computed)
}

/// The checksum of an envelope, and the length of its canonical form.
///
/// Text that came back in the order in which it was written is canonical once the checksum is cut off, which needs
/// no parsing. Only if that does not give the stated checksum is the value put in order and hashed again.
fn checksum_of(text: &str, stated: Checksum, hashed: Option<Checksum>) -> Result<(Checksum, usize), Fault> {
    if let Some(rest) = without_leading_checksum(text) {
        let computed = hashed.unwrap_or_else(|| Checksum::of_parts(&[b"{", rest.as_bytes()]));
        if computed == stated {
            return Ok((computed, text.len()));
        }
    }
    let canonical = |drop| reorder(text, drop).map_err(|error| not_an_envelope(text, &error));
    let bytes = canonical(&[])?.len();
    Ok((Checksum::of(canonical(UNSIGNED)?.as_bytes()), bytes))
}

/// What follows `{"checksum":"…",`, the first member of an entry in canonical order.
fn without_leading_checksum(text: &str) -> Option<&str> {
    text.strip_prefix("{\"checksum\":\"")?.get(CHECKSUM_LEN..)?.strip_prefix("\",")
}

fn not_an_envelope(text: &str, error: &JsonError) -> Fault {
    if text.trim_start().starts_with('{') {
        Fault::NotAnEnvelope(error.to_string())
    } else {
        Fault::NotAnEnvelope(format!("expected an object, found {}", shorten(text)))
    }
}

fn string<'a>(member: Option<&'a str>, name: &str) -> Result<Cow<'a, str>, Fault> {
    member.and_then(|raw| Scanner::new(raw).string().ok()).ok_or_else(|| wrong(member, name, "a string"))
}

/// Reads a string member with a spelling of its own, or says what was expected and what was found.
fn parsed<T>(member: Option<&str>, name: &str, expected: &str, parse: fn(&str) -> Option<T>) -> Result<T, Fault> {
    let text = member.and_then(|raw| Scanner::new(raw).string().ok());
    text.and_then(|text| parse(&text)).ok_or_else(|| wrong(member, name, expected))
}

fn version(member: Option<&str>) -> Result<u64, Fault> {
    let version = member.and_then(|raw| raw.parse().ok()).filter(|version| (1..=MAX_VERSION).contains(version));
    version.ok_or_else(|| wrong(member, "version", "an integer from 1 to 2^53 - 1"))
}

fn wrong(member: Option<&str>, name: &str, expected: &str) -> Fault {
    Fault::NotAnEnvelope(format!("{name}: expected {expected}, found {}", excerpt(member)))
}

fn excerpt(member: Option<&str>) -> String {
    member.map_or_else(|| "nothing".to_owned(), shorten)
}

/// The beginning of a hostile value: enough to recognise it, never enough to flood a log.
pub(super) fn shorten(text: &str) -> String {
    const MOST: usize = 100;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A name from outside as a message shows it. Not by `{:?}`, whose tables of printable characters weigh 2 KB in Wasm;
/// whoever writes the message escapes it for where it goes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", shorten(name))
}

impl fmt::Debug for Envelope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("checksum", &self.checksum)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
