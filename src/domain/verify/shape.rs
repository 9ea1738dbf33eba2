//! The shape that a payload must have, as data, and the check that it does.
//!
//! Unknown members are allowed, and so are unknown words, such as a `layout` that does not exist yet: the writer checks
//! those, and a reader must be able to read a snapshot that is newer than itself. Nothing of a payload is kept: what is
//! served is the value that the store gave.

use crate::domain::json::error::JsonError;
use crate::domain::json::scanner::Scanner;
use crate::domain::json::window::Window;
use crate::domain::key::EntryKey;

/// What a value must be.
enum Shape {
    Text,
    TextOrNull,
    Texts,
    Boolean,
    IntegerOrNull,
    /// An object with any members.
    Object,
    /// An object whose members all have the same shape.
    Each(&'static Shape),
    /// An object with these members, in canonical order; at most 32.
    Record(&'static [Member]),
}

struct Member {
    name: &'static str,
    shape: Shape,
}

const fn member(name: &'static str, shape: Shape) -> Member {
    Member { name, shape }
}

const TEMPLATE: Shape = Shape::Record(&[
    member("accents", Shape::Texts),
    member("defaults", Shape::Object),
    member("density", Shape::TextOrNull),
    member("descriptor", Shape::Object),
    member("layout", Shape::TextOrNull),
    member("name", Shape::Text),
    member("premium", Shape::Boolean),
    member("schemaVersion", Shape::Text),
    member("skin", Shape::TextOrNull),
    member("widgetType", Shape::Text),
]);

const SCHEMA_VERSIONS: Shape = Shape::Each(&Shape::Record(&[member("schema", Shape::Object)]));

const PLAN: Shape = Shape::Record(&[
    member("branding", Shape::Record(&[member("enforced", Shape::Boolean)])),
    member("features", Shape::Each(&Shape::Boolean)),
    member("limits", Shape::Each(&LIMIT)),
]);

const LIMIT: Shape = Shape::Record(&[
    member("enforcement", Shape::TextOrNull),
    member("grace", Shape::IntegerOrNull),
    member("limit", Shape::IntegerOrNull),
]);

/// The shape of each value of an entry's payload.
const fn shape(key: EntryKey) -> &'static Shape {
    match key {
        EntryKey::WidgetTemplates => &TEMPLATE,
        EntryKey::WidgetSchemas => &SCHEMA_VERSIONS,
        EntryKey::PlanHints => &PLAN,
    }
}

/// Reads a payload, and returns its number of records: templates, (type, version) pairs, or plans.
///
/// # Errors
///
/// The first member that does not have the shape.
pub fn records(key: EntryKey, window: &mut Window<'_>) -> Result<u64, JsonError> {
    let shape = shape(key);
    window.read(&mut |scanner| scanner.open(b'{', "an object"))?;
    let (mut records, mut first) = (0, true);
    loop {
        let read = window.read(&mut |scanner| match scanner.member(first)? {
            Some(name) => shape.check(scanner).map(Some).map_err(|error| error.inside(name)),
            None => Ok(None),
        });
        let Some(members) = read? else { return Ok(records) };
        first = false;
        records += if key == EntryKey::WidgetSchemas { members } else { 1 };
    }
}

impl Shape {
    /// Reads a value of this shape. Returns the number of members of an [`Shape::Each`], else 0.
    fn check(&self, scanner: &mut Scanner<'_>) -> Result<u64, JsonError> {
        let mut members = 0;
        match self {
            Self::Text => scanner.text().map(drop)?,
            Self::TextOrNull => scanner.nullable(&mut |scanner| scanner.text().map(drop))?,
            Self::Texts => scanner.array(&mut |scanner| scanner.text().map(drop))?,
            Self::Boolean => scanner.boolean().map(drop)?,
            Self::IntegerOrNull => scanner.nullable(&mut |scanner| scanner.integer().map(drop))?,
            Self::Object if scanner.peek() == Some(b'{') => scanner.skip().map(drop)?,
            Self::Object => return Err(scanner.wrong("an object")),
            Self::Each(shape) => scanner.object(&mut |scanner, _| {
                members += 1;
                shape.check(scanner).map(drop)
            })?,
            Self::Record(expected) => record(expected, scanner)?,
        }
        Ok(members)
    }
}

fn record(expected: &[Member], scanner: &mut Scanner<'_>) -> Result<(), JsonError> {
    let mut met = 0_u32;
    // Members nearly always come in canonical order, so the search continues after the last one.
    let mut next = 0;
    scanner.object(&mut |scanner, name| {
        let is = |(_, member): &(usize, &Member)| member.name.as_bytes() == name;
        let following = expected.iter().enumerate().skip(next).find(is);
        let Some((place, member)) = following.or_else(|| expected.iter().enumerate().find(is)) else {
            return scanner.skip().map(drop);
        };
        next = place + 1;
        met |= 1 << place;
        member.shape.check(scanner).map(drop)
    })?;
    let missing = expected.iter().enumerate().find(|(place, _)| met >> place & 1 == 0);
    missing.map_or(Ok(()), |(_, member)| Err(scanner.wrong(["a member ", member.name, " before"].concat())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(key: EntryKey, payload: &str) -> Result<u64, String> {
        records(key, &mut Window::new(&payload)).map_err(|error| error.to_string())
    }

    const GOOD: &str = r#"{"a":{"accents":["x"],"defaults":{"d":[1]},"density":null,"descriptor":{},"layout":"L",
        "name":"n","premium":true,"schemaVersion":"1","skin":"S","widgetType":"t"}}"#;

    #[test]
    fn a_payload_is_counted_by_its_records() {
        assert_eq!(read(EntryKey::WidgetTemplates, GOOD), Ok(1));
        assert_eq!(read(EntryKey::WidgetTemplates, "{}"), Ok(0));
        assert_eq!(read(EntryKey::WidgetSchemas, r#"{"t":{"1":{"schema":{}},"2":{"schema":{}}},"u":{}}"#), Ok(2));
        let plans = r#"{"free":{"branding":{"enforced":true},"features":{"a":false},
            "limits":{"l":{"enforcement":null,"grace":-1,"limit":9}}},"paid":{"branding":{"enforced":false},"features":{},"limits":{}}}"#;
        assert_eq!(read(EntryKey::PlanHints, plans), Ok(2));
    }

    #[test]
    fn every_member_that_is_missing_or_of_another_type_is_named() {
        for (key, payload) in [(EntryKey::WidgetTemplates, GOOD)] {
            let record: serde_json::Value = serde_json::from_str(payload).unwrap();
            for name in record["a"].as_object().unwrap().keys() {
                let mut wrong = record.clone();
                wrong["a"][name] = serde_json::json!(1.5);
                let error = read(key, &wrong.to_string()).unwrap_err();
                assert!(error.ends_with(&format!("in a / {name}")), "{error}");
                wrong["a"].as_object_mut().unwrap().remove(name);
                let error = read(key, &wrong.to_string()).unwrap_err();
                assert!(error.contains(&format!("a member {name} before")), "{error}");
            }
        }
        for (payload, expected) in [
            (r#"{"p":{"branding":{"enforced":"yes"},"features":{},"limits":{}}}"#, "in p / branding / enforced"),
            (r#"{"p":{"branding":{},"features":{},"limits":{}}}"#, "a member enforced before"),
            (r#"{"p":{"branding":{"enforced":true},"features":{"a":1},"limits":{}}}"#, "in p / features / a"),
            (
                r#"{"p":{"branding":{"enforced":true},"features":{},"limits":{"l":{"enforcement":null,"grace":null,"limit":1.5}}}}"#,
                "in p / limits / l / limit",
            ),
            (r#"["p"]"#, "an object"),
        ] {
            let error = read(EntryKey::PlanHints, payload).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn members_may_come_in_any_order_and_unknown_ones_too() {
        let mixed = r#"{"t":{"2":{"later":[{}],"schema":{"a":1}},"1":{"schema":{},"also":"x"}}}"#;
        assert_eq!(read(EntryKey::WidgetSchemas, mixed), Ok(2));
        let turned = r#"{"a":{"widgetType":"t","skin":"S","schemaVersion":"1","premium":true,"name":"n","new":{},
            "layout":"L","density":null,"descriptor":{},"defaults":{},"accents":[]}}"#;
        assert_eq!(read(EntryKey::WidgetTemplates, turned), Ok(1));
    }

    #[test]
    fn the_members_of_a_record_stand_in_canonical_order() {
        fn sorted(shape: &Shape) -> bool {
            match shape {
                Shape::Record(members) => {
                    members.is_sorted_by_key(|member| member.name) && members.iter().all(|member| sorted(&member.shape))
                }
                Shape::Each(shape) => sorted(shape),
                _ => true,
            }
        }
        for key in EntryKey::ALL {
            assert!(sorted(shape(key)), "{key}");
        }
    }
}
