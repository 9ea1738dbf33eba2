//! The refresh hint: what Venice tells Paris when it saw that Atlas is behind, as one HTTP header.
//!
//! `Atlas-Refresh-Hint` is a dictionary of RFC 9651 (Structured Field Values for HTTP, section 3.2):
//! `reason=schema_version_mismatch, version=42, type="content.faq", schema="2025-10-01"`.

use sfv::{BareItem, DictSerializer, KeyRef, RefBareItem, String as SfString, Token};

use super::reason::Reason;
use super::route::Lookup;

/// The header's name.
pub const HEADER: &str = "Atlas-Refresh-Hint";

/// The longest value of one member, in characters: what names a record is short, and a header must stay so.
const MOST_CHARS: usize = 128;

/// The header's value for a lookup that fell back.
///
/// `version` is the snapshot that the reader holds. Values that are no printable ASCII become display strings
/// (section 3.3.8); what is too long is cut.
#[must_use]
pub fn header(reason: Reason, version: Option<u64>, lookup: &Lookup<'_>) -> String {
    let mut members = DictSerializer::new();
    let mut add = |name: &str, value: Option<BareItem>| {
        if let (Ok(key), Some(value)) = (KeyRef::from_str(name), value) {
            members.bare_item(key, RefBareItem::from(&value));
        }
    };
    add("reason", Token::from_string(reason.code().to_owned()).ok().map(BareItem::Token));
    add("version", version.and_then(|version| sfv::Integer::try_from(version).ok()).map(BareItem::Integer));
    add("type", lookup.widget_type.map(text));
    add("template", lookup.template_id.map(text));
    add("schema", lookup.schema_version.map(text));
    add("plan", lookup.plan.map(text));
    members.finish().unwrap_or_default()
}

fn text(value: &str) -> BareItem {
    let cut: String = value.chars().take(MOST_CHARS).collect();
    match SfString::from_string(cut) {
        Ok(ascii) => BareItem::String(ascii),
        Err((_, other)) => BareItem::DisplayString(other),
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
        assert_eq!(
            header(Reason::SchemaVersionMismatch, Some(42), &lookup),
            r#"reason=schema_version_mismatch, version=42, type="content.faq", template="faq-classic-light", schema="2025-10-01""#
        );
    }

    #[test]
    fn hostile_values_stay_one_short_header() {
        let long = "x".repeat(10_000);
        for value in ["a\r\nSet-Cookie: b", "\u{0}", "größer \"als\" \\", &long] {
            let lookup = Lookup { widget_type: Some(value), ..Lookup::default() };
            let header = header(Reason::RecordMissing, None, &lookup);
            assert!(header.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{header}");
            assert!(header.len() < 600, "{header}");
            let parsed: sfv::Dictionary = sfv::Parser::new(&header).parse().unwrap();
            assert_eq!(parsed.len(), 2);
        }
    }
}
