//! The envelope around every value: its members and its checksum.
//!
//! The checksum is SHA-256 over the canonical form of the envelope without `checksum` (and, in a manifest, without
//! `signatures`), so an entry that was moved to another key, or given another version or time, fails. Here an envelope is
//! text. Canonical text is hashed as it stands; any other text is canonicalised first.

use std::ops::Range;

use super::checksum::{CHECKSUM_LEN, Checksum};
use crate::domain::json::error::JsonError;
use crate::domain::json::excerpt::shorten;
use crate::domain::json::scanner::{MAX_SAFE_INTEGER, Scanner, decimal};
use crate::domain::json::strings::unescape;
use crate::domain::json::window::{Text, Window, whole};
use crate::domain::key::Key;
use crate::domain::time::Timestamp;
use crate::domain::verify::fault::Fault;

/// The format that this crate reads and writes.
pub const FORMAT: u64 = 1;
const CHECKSUM: &str = "checksum";

/// The members that the checksum does not cover.
const fn uncovered(key: Key) -> &'static [&'static str] {
    match key {
        Key::Manifest => &[CHECKSUM, "signatures"],
        Key::Entry(_) => &[CHECKSUM],
    }
}

/// What JSON must be to have a canonical form here: RFC 8785 knows neither infinite numbers nor lone surrogates, and the
/// depth is limited to that of `serde_json`.
pub(crate) const NOT_CANONICAL: &str =
    "expected finite numbers, no deeper nesting than 127 levels, and text without lone surrogates";

/// [`FORMAT`] as JSON.
const FORMAT_TEXT: &str = "1";

/// The highest version.
pub const MAX_VERSION: u64 = MAX_SAFE_INTEGER;

/// The short members that are read. Others are allowed, and the checksum covers them.
const SHORT_MEMBERS: [&str; 7] = ["checkedAt", CHECKSUM, "format", "key", "updatedAt", "version", "writer"];

/// The members of an envelope.
#[derive(Debug, Default)]
struct Members {
    /// The short ones, each still JSON text, in the order of [`SHORT_MEMBERS`].
    short: [Option<String>; SHORT_MEMBERS.len()],
    /// The byte ranges of the members that the checksum does not cover, each with one of its commas.
    cuts: Vec<Range<usize>>,
    /// Whether the content could be read, if there is any.
    content: Option<Result<(), JsonError>>,
}

/// The member that holds an envelope's content, `payload` or `entries`, and how it is read.
pub struct Content<'c> {
    /// The member's name.
    pub name: &'static str,
    /// Reads it. Whether the checksum holds is not known yet.
    pub read: &'c mut dyn FnMut(&mut Window<'_>) -> Result<(), JsonError>,
    /// The fault of content that cannot be read.
    pub fault: &'c dyn Fn(&JsonError) -> Fault,
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
                None => window.skip(),
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
        let decoded = |raw| unescape(Scanner::new(raw).text().ok()?);
        self.text(name).and_then(decoded).ok_or_else(|| self.wrong(name, "a string"))
    }

    fn time(&self, name: &str) -> Result<Timestamp, Fault> {
        self.parsed(name, "a time such as 2026-11-22T12:00:00.000Z", Timestamp::parse)
    }

    /// Reads a string member in a format of its own.
    fn parsed<T>(&self, name: &str, expected: &str, parse: fn(&str) -> Option<T>) -> Result<T, Fault> {
        let text = self.text(name).and_then(|raw| raw.strip_prefix('"')?.strip_suffix('"'));
        text.and_then(parse).ok_or_else(|| self.wrong(name, expected))
    }

    fn wrong(&self, name: &str, expected: &str) -> Fault {
        let found = self.text(name).map_or_else(|| "nothing".to_owned(), shorten);
        Fault::NotAnEnvelope([name, ": expected ", expected, ", found ", &found].concat())
    }
}

/// Reads an envelope's content. Content that cannot be read is skipped: faults of the envelope around it come first.
fn read_content(window: &mut Window<'_>, content: &mut Content<'_>) -> Result<Result<(), JsonError>, JsonError> {
    let place = window.place();
    let read = (content.read)(window);
    if read.is_err() {
        window.go_back(place);
        window.skip().map_err(|error| error.inside(content.name.as_bytes()))?;
    }
    Ok(read)
}

/// An envelope that was made for its key, whose checksum holds and whose content could be read.
#[derive(Debug)]
pub struct Envelope {
    /// SHA-256 of the canonical rest.
    pub checksum: Checksum,
    /// The snapshot in which it last changed.
    pub version: u64,
    /// The time of that snapshot.
    pub updated_at: Timestamp,
    /// The length of the whole envelope in canonical UTF-8, in bytes.
    pub bytes: usize,
    members: Members,
}

impl Envelope {
    /// Opens an envelope by the checks of the contract, in their order. `hashed` is the SHA-256 of `{` and everything
    /// after the first member of `text`, if the platform has computed it.
    ///
    /// # Errors
    ///
    /// The first check that fails.
    pub fn open(key: Key, text: &dyn Text, hashed: Option<Checksum>, mut content: Content<'_>) -> Result<Self, Fault> {
        // 1. It is a JSON object, which is judged in its canonical form.
        let canonical = text.canonical().map_err(|error| not_an_envelope(text, error))?;
        let hashed = hashed.filter(|_| canonical.is_none());
        let text = canonical.as_deref().unwrap_or(text);
        let members = Members::of(text, uncovered(key), &mut content);
        let members = members.map_err(|error| not_an_envelope(text, error.message()))?;
        // 2. Its format is known.
        match members.text("format") {
            Some(FORMAT_TEXT) => {}
            Some(other) => return Err(Fault::UnsupportedFormat { found: shorten(other) }),
            None => return Err(members.wrong("format", FORMAT_TEXT)),
        }
        // 3. Its checksum is that of its content.
        let expected = "\"sha256:\" and 64 lowercase hexadecimal digits";
        let stated = members.parsed(CHECKSUM, expected, Checksum::parse)?;
        let hashed = hashed.filter(|_| members.cuts == [FIRST_MEMBER]);
        let computed = hashed.unwrap_or_else(|| Checksum::of_text_without(text, &members.cuts));
        if computed != stated {
            return Err(Fault::Checksum { stated, computed });
        }
        // 4. It is for this key.
        let named = members.string("key")?;
        if named != key.logical() {
            return Err(Fault::WrongKey { expected: key, found: shorten(&named) });
        }
        // 5. It has a version and a time.
        let version = members.text("version").and_then(|raw| decimal(raw.as_bytes()));
        let version = version.filter(|version| (1..=MAX_VERSION).contains(version));
        let version = version.ok_or_else(|| members.wrong("version", "an integer from 1 to 2^53 - 1"))?;
        let updated_at = members.time("updatedAt")?;
        // 6. Its content can be read.
        match &members.content {
            Some(Ok(())) => Ok(Self { checksum: stated, version, updated_at, bytes: text.length(), members }),
            Some(Err(error)) => Err((content.fault)(error)),
            None => Err(members.wrong(content.name, "an object")),
        }
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

/// The two checksums of a value that failed: the one that it states, valid or not, and the one of its content. Text that
/// is not a JSON object is hashed as it stands.
pub fn checksums(key: Key, text: &dyn Text) -> (Option<String>, Checksum) {
    let canonical = text.canonical().ok().flatten();
    let text = canonical.as_deref().unwrap_or(text);
    let read = &mut |window: &mut Window<'_>| window.skip();
    let mut content = Content { name: "payload", read, fault: &|error| Fault::Payload(error.message()) };
    let members = Members::of(text, uncovered(key), &mut content).unwrap_or_default();
    let stated = members.text(CHECKSUM).map(|stated| shorten(stated.trim_matches('"')));
    (stated, Checksum::of_text_without(text, &members.cuts))
}

/// The byte range of an entry's checksum in canonical order: `"checksum":"sha256:…",` after the opening brace.
const FIRST_MEMBER: Range<usize> = 1..1 + CHECKSUM.len() + CHECKSUM_LEN + 6;

fn not_an_envelope(text: &dyn Text, error: String) -> Fault {
    let text = whole(text);
    if Scanner::new(&text).peek() == Some(b'{') {
        Fault::NotAnEnvelope(error)
    } else {
        Fault::NotAnEnvelope(["expected an object, found ", &shorten(&text)].concat())
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

    /// Opens an entry of plan hints, whose content gives this result.
    fn open(text: &str, content: &Result<(), JsonError>) -> Result<Envelope, Fault> {
        let mut read = |window: &mut Window<'_>| {
            if content.is_err() {
                window.read(&mut |scanner| scanner.open(b'{', "an object"))?;
            }
            content.clone().and_then(|()| window.skip())
        };
        let fault = &|error: &JsonError| Fault::Payload(error.to_string());
        let content = Content { name: "payload", read: &mut read, fault };
        Envelope::open(Key::Entry(EntryKey::PlanHints), &text, None, content)
    }

    #[test]
    fn a_checksum_is_cut_out_wherever_it_stands_in_canonical_order() {
        let first = format!("{{{},{REST}}}", member(&format!("{{{REST}}}")));
        let third = format!(r#"{{"a":1,"b":[2],{},{REST}}}"#, member(&format!(r#"{{"a":1,"b":[2],{REST}}}"#)));
        for text in [first, third] {
            let envelope = open(&text, &Ok(())).unwrap();
            assert_eq!((envelope.version, envelope.bytes), (7, text.len()));
        }
    }

    #[test]
    fn an_envelope_in_another_order_is_canonicalised_first() {
        for text in [
            format!("{{{REST},{}}}", member(&format!("{{{REST}}}"))),
            format!("{{ {} , {REST} }}", member(&format!("{{{REST}}}"))),
        ] {
            let canonical = format!("{{{},{REST}}}", member(&format!("{{{REST}}}")));
            assert_eq!(open(&text, &Ok(())).unwrap().bytes, canonical.len(), "{text}");
        }
    }

    #[test]
    fn a_checksum_of_less_than_the_rest_is_refused() {
        for text in [
            format!("{{{REST},{}}}", member(&format!("{{{REST},"))),
            format!("{{{REST},{} }}", member(&format!("{{{REST},}}"))),
            format!("{{{},{REST}}}", member(REST)),
        ] {
            assert!(matches!(open(&text, &Ok(())), Err(Fault::Checksum { .. })), "{text}");
        }
    }

    #[test]
    fn another_key_is_shown_shortened() {
        let rest = REST.replace("planHints", &"x".repeat(100_000));
        let fault = open(&format!("{{{},{rest}}}", member(&format!("{{{rest}}}"))), &Ok(())).unwrap_err();
        assert!(matches!(fault, Fault::WrongKey { .. }) && fault.to_string().len() < 500, "{fault}");
    }

    #[test]
    fn a_fault_of_the_envelope_comes_before_one_of_its_content() {
        let wrong = Err(JsonError::new("something else", 9));
        let sealed = format!("{{{},{REST}}}", member(&format!("{{{REST}}}")));
        let Err(Fault::Payload(message)) = open(&sealed, &wrong) else { panic!("content that cannot be read") };
        assert_eq!(message, "expected something else at byte 9");
        let fault = |from, to| open(&sealed.replace(from, to), &wrong).unwrap_err();
        assert!(matches!(fault("\"format\":1", "\"format\":2"), Fault::UnsupportedFormat { .. }));
        assert!(matches!(fault("\"a\":1", "\"a\":2"), Fault::Checksum { .. }));
        assert!(matches!(fault("payload", "paYload"), Fault::Checksum { .. }));
        assert!(matches!(fault("{\"a\":1}", "{\"a\":1"), Fault::NotAnEnvelope(_)));
    }
}
