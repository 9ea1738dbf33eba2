//! The refresh hint: what Venice tells Paris when it saw that Atlas is behind, as one HTTP header.
//!
//! `Atlas-Refresh-Hint` is a dictionary of RFC 9651 (Structured Field Values for HTTP, section 3.2):
//! `reason=schema_version_mismatch, version=42, type="content.faq", schema="2025-10-01"`.

use serde::Serialize;
use sfv::{BareItem, Dictionary, ListEntry};

use super::error::HeaderError;
use super::structured;
use crate::domain::decide::route::Lookup;
use crate::domain::reason::Reason;

/// The header's name.
pub const HEADER: &str = "Atlas-Refresh-Hint";

/// The greatest length of one member, in characters: names of records are short, and so must a header be.
const MOST_CHARS: usize = 128;

/// The greatest length of the header, in bytes; [`header`] never writes a longer one.
const MOST_HEADER_BYTES: usize = 8192;

/// The header's value for a lookup that fell back.
///
/// `version` is the snapshot that the reader holds. Names that are too long are cut.
pub fn header(reason: Reason, version: Option<u64>, lookup: &Lookup<'_>) -> String {
    let mut members = structured::Dictionary::default();
    members.token("reason", reason.code());
    if let Some(version) = version {
        members.integer("version", version);
    }
    let names = [
        ("type", lookup.widget_type),
        ("template", lookup.template_id),
        ("schema", lookup.schema_version),
        ("plan", lookup.plan),
    ];
    for (key, name) in names {
        if let Some(name) = name {
            members.text(key, name.char_indices().nth(MOST_CHARS).and_then(|(end, _)| name.get(..end)).unwrap_or(name));
        }
    }
    members.finish().unwrap_or_default()
}

/// A hint, as Paris reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefreshHint {
    /// Why the lookup fell back: a reason for which a sync helps.
    pub reason: Reason,
    /// The version that Venice holds.
    pub version: Option<u64>,
}

impl RefreshHint {
    /// Parses the header's value. The names that Venice asked for are dropped: a sync reads everything anyway, and text
    /// from outside must not reach the logs.
    ///
    /// # Errors
    ///
    /// If it is too long or not a dictionary, or if its reason does not ask for a refresh.
    pub fn from_header(value: &str) -> Result<Self, HeaderError> {
        let members = structured::parse(HEADER, MOST_HEADER_BYTES, value)?;
        let wrong = |member: &str, expected: &str| HeaderError(format!("{HEADER}: {member}: expected {expected}"));
        let reason = match bare(&members, "reason") {
            Some(BareItem::Token(token)) => {
                Reason::from_code(token.as_str()).filter(|reason| reason.asks_for_refresh())
            }
            _ => None,
        };
        let version = match bare(&members, "version") {
            None => None,
            Some(BareItem::Integer(version)) if i64::from(*version) >= 1 => u64::try_from(i64::from(*version)).ok(),
            Some(_) => return Err(wrong("version", "an integer of 1 or more")),
        };
        let reason = reason.ok_or_else(|| wrong("reason", "the name of a reason that a sync can resolve"))?;
        Ok(Self { reason, version })
    }
}

fn bare<'a>(members: &'a Dictionary, name: &str) -> Option<&'a BareItem> {
    match members.get(name)? {
        ListEntry::Item(item) => Some(&item.bare_item),
        ListEntry::InnerList(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_reader_has_and_what_it_wanted_and_why() {
        let lookup = Lookup {
            widget_type: Some("content.faq"),
            template_id: Some("faq-classic-light"),
            schema_version: Some("2025-10-01"),
            plan: None,
        };
        let value = header(Reason::SchemaVersionMismatch, Some(42), &lookup);
        assert_eq!(
            value,
            r#"reason=schema_version_mismatch, version=42, type="content.faq", template="faq-classic-light", schema="2025-10-01""#
        );
        let hint = RefreshHint { reason: Reason::SchemaVersionMismatch, version: Some(42) };
        assert_eq!(RefreshHint::from_header(&value), Ok(hint));
    }

    #[test]
    fn hostile_names_stay_one_short_header() {
        let long = "x".repeat(10_000);
        let worst = "\u{10ffff}".repeat(10_000);
        for value in ["a\r\nSet-Cookie: b", "\u{0}", "größer \"als\" \\", &long, &worst] {
            let all = Some(value);
            let lookup = Lookup { widget_type: all, template_id: all, schema_version: all, plan: all };
            let header = header(Reason::RecordMissing, None, &lookup);
            assert!(header.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{header}");
            assert!(RefreshHint::from_header(&header).is_ok(), "{header}");
        }
    }

    #[test]
    fn hostile_headers_are_refused() {
        let long = format!("reason=corrupt, type=\"{}\"", "x".repeat(9000));
        for value in [
            "",
            "reason",
            "reason=\"corrupt\"",
            "reason=nope",
            "reason=timeout",
            "reason=(corrupt)",
            "version=1",
            "reason=corrupt, version=-1",
            "reason=corrupt, version=0",
            "reason=corrupt, version=a",
            "reason=corrupt\r\n",
            "reason=corrupt,",
            &long,
        ] {
            assert!(RefreshHint::from_header(value).is_err(), "{value}");
        }
    }
}
