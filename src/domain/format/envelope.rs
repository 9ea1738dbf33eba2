//! The envelope around every value: its members, its checksum, and how it is sealed.
//!
//! The checksum is SHA-256 over the canonical form of the envelope without `checksum` (and, in a manifest, without
//! `signatures`), so an entry that was moved to another key, or given another version or time, fails. Here an envelope is
//! text. Text that is canonical as it stands is hashed so, any other is put in canonical form first: nothing but that
//! form has a checksum.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde_json::{Map, Value};

use super::canonical::to_canonical;
use super::checksum::{CHECKSUM_LEN, Checksum};
use super::in_order::is_canonical;
use super::text::Stringified;
use crate::domain::json::excerpt::shorten;
use crate::domain::json::scanner::{JsonError, Scanner, unescape};
use crate::domain::json::window::{Text, Window, whole};
use crate::domain::key::Key;
use crate::domain::time::Timestamp;
use crate::domain::verify::fault::Fault;

/// The format that this crate reads and writes.
pub const FORMAT: u64 = 1;
const CHECKSUM: &str = "checksum";

/// What the checksum does not cover.
const fn uncovered(key: Key) -> &'static [&'static str] {
    match key {
        Key::Manifest => &[CHECKSUM, "signatures"],
        Key::Entry(_) => &[CHECKSUM],
    }
}

/// [`FORMAT`] as JSON.
const FORMAT_TEXT: &str = "1";

/// The highest version: the largest integer that every JSON reader holds exactly, 2^53 - 1.
pub const MAX_VERSION: u64 = (1 << 53) - 1;

/// The short members of an envelope that are looked at. Others are allowed, and covered by the checksum.
const SHORT_MEMBERS: [&str; 7] = ["checkedAt", CHECKSUM, "format", "key", "updatedAt", "version", "writer"];

/// The members of an envelope.
#[derive(Default)]
struct Members {
    /// The short ones, each still JSON text, in the order of [`SHORT_MEMBERS`].
    short: [Option<String>; SHORT_MEMBERS.len()],
    /// Where in the text the members stand that the checksum does not cover, each with one of its commas.
    cuts: Vec<Range<usize>>,
    /// What was found of its content.
    content: Option<Result<(), JsonError>>,
}

/// What an envelope is around.
pub struct Content<'c> {
    /// The member that holds it.
    pub name: &'static str,
    /// Reads it. It is not known yet whether the checksum holds.
    pub read: &'c mut dyn FnMut(&mut Window<'_>) -> Result<(), JsonError>,
}

impl Members {
    /// Reads canonical text.
    fn of(text: &dyn Text, uncovered: &[&str], content: &mut Content<'_>) -> Result<Self, JsonError> {
        let mut members = Self::default();
        let mut window = Window::new(text);
        window.read(&mut |scanner| scanner.open(b'{', "an object"))?;
        let mut first = true;
        loop {
            let before = window.place().at;
            let name = window.read(&mut |scanner| Ok(scanner.member(first)?.map(<[u8]>::to_vec)))?;
            let Some(name) = name else { break };
            let comma = usize::from(!std::mem::take(&mut first));
            let is = |other: &&str| other.as_bytes() == name;
            if is(&content.name) {
                members.content = Some(read_content(&mut window, content)?);
                continue;
            }
            let slot = SHORT_MEMBERS.iter().position(is).and_then(|place| members.short.get_mut(place));
            let passed = match slot {
                Some(slot) => window.read(&mut |scanner| {
                    *slot = std::str::from_utf8(scanner.skip()?).ok().map(str::to_owned);
                    Ok(())
                }),
                None => window.pass(),
            };
            passed.map_err(|error| error.inside(&name))?;
            if uncovered.iter().any(is) {
                let ends_at = window.place().at;
                members.cuts.push(match window.read(&mut |scanner| Ok(scanner.peek()))? {
                    Some(b',') => before + comma..ends_at + 1,
                    _ => before..ends_at,
                });
            }
        }
        window.read(&mut |scanner| scanner.end()).map(|()| members)
    }

    /// A short member's JSON text.
    fn text(&self, name: &str) -> Option<&str> {
        let place = SHORT_MEMBERS.iter().position(|other| *other == name)?;
        self.short.get(place)?.as_deref()
    }

    fn string(&self, name: &str) -> Result<String, Fault> {
        let decoded = |raw| unescape(Scanner::new(raw).text().ok()?).map(Cow::into_owned);
        self.text(name).and_then(decoded).ok_or_else(|| self.wrong(name, "a string"))
    }

    fn time(&self, name: &str) -> Result<Timestamp, Fault> {
        self.parsed(name, "a time such as 2026-11-22T12:00:00.000Z", Timestamp::parse)
    }

    /// Reads a string member with a spelling of its own, or says what was expected and what was found.
    fn parsed<T>(&self, name: &str, expected: &str, parse: fn(&str) -> Option<T>) -> Result<T, Fault> {
        let text = self.text(name).and_then(|raw| raw.strip_prefix('"')?.strip_suffix('"'));
        text.and_then(parse).ok_or_else(|| self.wrong(name, expected))
    }

    fn wrong(&self, name: &str, expected: &str) -> Fault {
        let found = self.text(name).map_or_else(|| "nothing".to_owned(), shorten);
        Fault::NotAnEnvelope(format!("{name}: expected {expected}, found {found}"))
    }
}

/// Reads an envelope's content, or passes over one that is not what it should be: what is wrong with the envelope
/// around it comes first.
fn read_content(window: &mut Window<'_>, content: &mut Content<'_>) -> Result<Result<(), JsonError>, JsonError> {
    let place = window.place();
    let read = (content.read)(window);
    if read.is_err() {
        window.go_back(place);
        window.pass().map_err(|error| error.inside(content.name.as_bytes()))?;
    }
    Ok(read)
}

/// An envelope whose checksum holds and which was made for its key.
pub struct Envelope {
    /// SHA-256 of the canonical rest.
    pub checksum: Checksum,
    /// The snapshot in which it last changed.
    pub version: u64,
    /// When that was.
    pub updated_at: Timestamp,
    /// The length of the whole envelope in canonical UTF-8, in bytes.
    pub bytes: usize,
    members: Members,
}

impl Envelope {
    /// Opens an envelope: the checks of the contract up to its content, in their order. `hashed` is the SHA-256 of `{`
    /// and what follows the first member of `text`, if the platform has made it.
    ///
    /// # Errors
    ///
    /// The first check that fails.
    pub fn open(key: Key, text: &dyn Text, hashed: Option<Checksum>, mut content: Content<'_>) -> Result<Self, Fault> {
        // 1. It is a JSON object. What follows is said of its canonical form.
        let canonical;
        let (text, hashed): (&dyn Text, _) = if is_canonical(text) {
            (text, hashed)
        } else {
            canonical = Stringified(text.canonical().map_err(|error| not_an_envelope(text, error))?);
            (&canonical, None)
        };
        let members = Members::of(text, uncovered(key), &mut content);
        let members = members.map_err(|error| not_an_envelope(text, error.to_string()))?;
        // 2. In a format that is known.
        match members.text("format") {
            Some(FORMAT_TEXT) => {}
            Some(other) => return Err(Fault::UnsupportedFormat { found: shorten(other) }),
            None => return Err(members.wrong("format", FORMAT_TEXT)),
        }
        // 3. It is what its checksum was made of.
        let expected = "\"sha256:\" and 64 lowercase hexadecimal digits";
        let stated = members.parsed(CHECKSUM, expected, Checksum::parse)?;
        let hashed = hashed.filter(|_| members.cuts == [FIRST_MEMBER]);
        let computed = hashed.unwrap_or_else(|| Checksum::of_text_without(text, &members.cuts));
        if computed != stated {
            return Err(Fault::Checksum { stated, computed });
        }
        // 4. It was made for this key.
        let named = members.string("key")?;
        if named != key.logical() {
            return Err(Fault::WrongKey { expected: key, found: named });
        }
        // 5. Its version and time can be told.
        let version = members.text("version").and_then(|raw| raw.parse().ok());
        let version = version.filter(|version| (1..=MAX_VERSION).contains(version));
        let version = version.ok_or_else(|| members.wrong("version", "an integer from 1 to 2^53 - 1"))?;
        let updated_at = members.time("updatedAt")?;
        // 6. It has a content.
        if members.content.is_none() {
            return Err(members.wrong(content.name, "an object"));
        }
        Ok(Self { checksum: stated, version, updated_at, bytes: text.length(), members })
    }

    /// What is wrong with its content.
    ///
    /// # Errors
    ///
    /// The first place that is not what it should be.
    pub fn content(&self) -> Result<(), &JsonError> {
        self.members.content.as_ref().map_or(Ok(()), |content| content.as_ref().copied())
    }

    /// The manifest's `checkedAt`.
    ///
    /// # Errors
    ///
    /// [`Fault::NotAnEnvelope`] if there is none.
    pub fn checked_at(&self) -> Result<Timestamp, Fault> {
        self.members.time("checkedAt")
    }

    /// The manifest's `writer`.
    ///
    /// # Errors
    ///
    /// [`Fault::NotAnEnvelope`] if there is none.
    pub fn writer(&self) -> Result<String, Fault> {
        self.members.string("writer")
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
/// Text that is not even a JSON object is hashed as it stands.
#[must_use]
pub fn checksums(key: Key, text: &dyn Text) -> (Option<String>, Checksum) {
    let canonical;
    let text: &dyn Text = match text.canonical() {
        Ok(ordered) => {
            canonical = Stringified(ordered);
            &canonical
        }
        Err(_) => text,
    };
    let mut content = Content { name: "payload", read: &mut |window| window.pass() };
    let members = Members::of(text, uncovered(key), &mut content).unwrap_or_default();
    let stated = members.text(CHECKSUM).map(|stated| shorten(stated.trim_matches('"')));
    (stated, Checksum::of_text_without(text, &members.cuts))
}

/// Where an entry's checksum stands in canonical order: `"checksum":"sha256:…",` after the opening brace.
const FIRST_MEMBER: Range<usize> = 1..1 + CHECKSUM.len() + CHECKSUM_LEN + 6;

fn not_an_envelope(text: &dyn Text, error: String) -> Fault {
    let text = whole(text);
    if text.trim_start().starts_with('{') {
        Fault::NotAnEnvelope(error)
    } else {
        Fault::NotAnEnvelope(format!("expected an object, found {}", shorten(&text)))
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("checksum", &self.checksum)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::key::EntryKey;

    const REST: &str =
        r#""format":1,"key":"atlas:v1:planHints","payload":{"a":1},"updatedAt":"2026-11-22T12:00:00.000Z","version":7"#;

    fn member(hashed: &str) -> String {
        format!(r#""checksum":"{}""#, Checksum::of(hashed.as_bytes()))
    }

    /// Opens an entry of plan hints; what is told to be wrong with its content is found inside of it.
    fn open(text: &str, content: &Result<(), JsonError>) -> Result<Envelope, Fault> {
        let mut read = |window: &mut Window<'_>| {
            if content.is_err() {
                window.read(&mut |scanner| scanner.open(b'{', "an object"))?;
            }
            content.clone().and_then(|()| window.pass())
        };
        let content = Content { name: "payload", read: &mut read };
        Envelope::open(Key::Entry(EntryKey::PlanHints), &text, None, content)
    }

    #[test]
    fn a_checksum_is_cut_out_wherever_it_stands_in_canonical_order() {
        let first = format!("{{{},{REST}}}", member(&format!("{{{REST}}}")));
        let third = format!(r#"{{"a":1,"b":[2],{},{REST}}}"#, member(&format!(r#"{{"a":1,"b":[2],{REST}}}"#)));
        for text in [first, third] {
            let envelope = open(&text, &Ok(())).unwrap();
            assert_eq!((envelope.version, envelope.bytes, envelope.content()), (7, text.len(), Ok(())));
        }
    }

    #[test]
    fn one_that_stands_elsewhere_is_put_in_order_first() {
        for text in [
            format!("{{{REST},{}}}", member(&format!("{{{REST}}}"))),
            format!("{{ {} , {REST} }}", member(&format!("{{{REST}}}"))),
        ] {
            let canonical = format!("{{{},{REST}}}", member(&format!("{{{REST}}}")));
            assert_eq!(open(&text, &Ok(())).unwrap().bytes, canonical.len(), "{text}");
        }
    }

    #[test]
    fn a_checksum_of_less_than_the_rest_is_none() {
        for text in [
            format!("{{{REST},{}}}", member(&format!("{{{REST},"))),
            format!("{{{REST},{} }}", member(&format!("{{{REST},}}"))),
            format!("{{{},{REST}}}", member(REST)),
        ] {
            assert!(matches!(open(&text, &Ok(())), Err(Fault::Checksum { .. })), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_the_envelope_comes_before_what_is_wrong_with_its_content() {
        let wrong = Err(JsonError::new("something else", 9));
        let sealed = format!("{{{},{REST}}}", member(&format!("{{{REST}}}")));
        assert_eq!(open(&sealed, &wrong).unwrap().content(), Err(&JsonError::new("something else", 9)));
        let fault = |from, to| open(&sealed.replace(from, to), &wrong).unwrap_err();
        assert!(matches!(fault("\"format\":1", "\"format\":2"), Fault::UnsupportedFormat { .. }));
        assert!(matches!(fault("\"a\":1", "\"a\":2"), Fault::Checksum { .. }));
        assert!(matches!(fault("payload", "paYload"), Fault::Checksum { .. }));
        assert!(matches!(fault("{\"a\":1}", "{\"a\":1"), Fault::NotAnEnvelope(_)));
    }
}
