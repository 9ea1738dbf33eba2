//! The envelope around every value: its members, its checksum, and how it is sealed.
//!
//! The checksum is SHA-256 over the canonical form of the envelope without `checksum` (and without `signature`), so
//! an entry that was moved to another key, or given another version or time, fails. Here an envelope is text: what
//! `JSON.stringify` gives at the edge and `serde_json` natively, so that both hash the very same bytes.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::canonical::to_canonical;
use super::digest::{CHECKSUM_LEN, Checksum};
use super::error::Fault;
use super::key::Key;
use super::time::Timestamp;

/// The format that this crate reads and writes.
pub const FORMAT: u64 = 1;
/// [`FORMAT`] as JSON.
const FORMAT_TEXT: &str = "1";

/// The highest version: the largest integer that every JSON reader holds exactly, 2^53 - 1.
pub const MAX_VERSION: u64 = (1 << 53) - 1;

/// The members of an envelope, each still JSON text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Members<'a> {
    #[serde(borrow)]
    checksum: Option<&'a RawValue>,
    #[serde(borrow)]
    format: Option<&'a RawValue>,
    #[serde(borrow)]
    key: Option<&'a RawValue>,
    #[serde(borrow)]
    version: Option<&'a RawValue>,
    #[serde(borrow)]
    updated_at: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    #[serde(borrow)]
    checked_at: Option<&'a RawValue>,
    #[serde(borrow)]
    entries: Option<&'a RawValue>,
    #[serde(borrow)]
    writer: Option<&'a RawValue>,
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
        // 1. It is a JSON object.
        let members: Members = serde_json::from_str(text).map_err(|error| not_an_envelope(text, &error))?;
        // 2. In a format that is known.
        if members.format.is_none_or(|format| format.get() != FORMAT_TEXT) {
            return Err(Fault::UnsupportedFormat { found: excerpt(members.format) });
        }
        // 3. It is what its checksum was made of.
        let stated =
            parsed(members.checksum, "checksum", "\"sha256:\" and 64 lowercase hexadecimal digits", Checksum::parse)?;
        let (computed, bytes) = checksum_of(text, stated)?;
        if computed != stated {
            return Err(Fault::Checksum { stated, computed });
        }
        // 4. It was made for this key.
        let named: Cow<str> = read(members.key, "key", "a string")?;
        if named != key.logical() {
            return Err(Fault::WrongKey { expected: key, found: named.into_owned() });
        }
        // 5. Its version and time can be told.
        let version: u64 = read(members.version, "version", "an integer from 1 to 2^53 - 1")?;
        if !(1..=MAX_VERSION).contains(&version) {
            return Err(wrong(members.version, "version", "an integer from 1 to 2^53 - 1"));
        }
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
        self.members.payload.map(RawValue::get).ok_or_else(|| wrong(None, "payload", "an object"))
    }

    /// The manifest's `entries`, as JSON text.
    ///
    /// # Errors
    ///
    /// [`Fault::NotAnEnvelope`] if there are none.
    pub fn entries(&self) -> Result<&'a str, Fault> {
        self.members.entries.map(RawValue::get).ok_or_else(|| wrong(None, "entries", "an object"))
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
        read(self.members.writer, "writer", "a string")
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

/// The checksums of a value that failed: the one that it states, if that can be read, and the one of its content.
/// Text that is not even JSON is hashed as it stands.
#[must_use]
pub fn checksums(text: &str) -> (Option<Checksum>, Checksum) {
    let Ok(Value::Object(mut object)) = serde_json::from_str(text) else {
        return (None, Checksum::of(text.as_bytes()));
    };
    let stated = object.get("checksum").and_then(Value::as_str).and_then(Checksum::parse);
    strip(&mut object);
    let canonical = to_canonical(&object).unwrap_or_default();
    (stated, Checksum::of(canonical.as_bytes()))
}

/// The checksum of an envelope, and the length of its canonical form.
///
/// Text that came back in the order in which it was written is canonical once the checksum is cut off, which needs
/// no parsing. Only if that does not give the stated checksum is the value put in order and hashed again.
fn checksum_of(text: &str, stated: Checksum) -> Result<(Checksum, usize), Fault> {
    if let Some(rest) = without_leading_checksum(text) {
        let computed = Checksum::of_parts(&[b"{", rest.as_bytes()]);
        if computed == stated {
            return Ok((computed, text.len()));
        }
    }
    let mut object: Map<String, Value> = serde_json::from_str(text).map_err(|error| not_an_envelope(text, &error))?;
    let whole = to_canonical(&object).map_err(|error| not_an_envelope(text, &error))?;
    strip(&mut object);
    let canonical = to_canonical(&object).map_err(|error| not_an_envelope(text, &error))?;
    Ok((Checksum::of(canonical.as_bytes()), whole.len()))
}

/// What follows `{"checksum":"…",`, the first member of an entry in canonical order.
fn without_leading_checksum(text: &str) -> Option<&str> {
    text.strip_prefix("{\"checksum\":\"")?.get(CHECKSUM_LEN..)?.strip_prefix("\",")
}

fn strip(object: &mut Map<String, Value>) {
    object.remove("checksum");
    object.remove("signature");
}

fn not_an_envelope(text: &str, error: &serde_json::Error) -> Fault {
    if text.trim_start().starts_with('{') {
        Fault::NotAnEnvelope(error.to_string())
    } else {
        Fault::NotAnEnvelope(format!("expected an object, found {}", shorten(text)))
    }
}

/// Reads a member, or says what was expected and what was found.
fn read<'a, T: Deserialize<'a>>(member: Option<&'a RawValue>, name: &str, expected: &str) -> Result<T, Fault> {
    member.and_then(|raw| serde_json::from_str(raw.get()).ok()).ok_or_else(|| wrong(member, name, expected))
}

/// Reads a string member with a spelling of its own.
fn parsed<T>(member: Option<&RawValue>, name: &str, expected: &str, parse: fn(&str) -> Option<T>) -> Result<T, Fault> {
    let text: Cow<str> = read(member, name, expected)?;
    parse(&text).ok_or_else(|| wrong(member, name, expected))
}

fn wrong(member: Option<&RawValue>, name: &str, expected: &str) -> Fault {
    Fault::NotAnEnvelope(format!("{name}: expected {expected}, found {}", excerpt(member)))
}

fn excerpt(member: Option<&RawValue>) -> String {
    member.map_or_else(|| "nothing".to_owned(), |raw| shorten(raw.get()))
}

/// The beginning of a hostile value: enough to recognise it, never enough to flood a log.
pub(super) fn shorten(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl fmt::Debug for Envelope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("checksum", &self.checksum)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
