//! One change of one item as any client of the management API may write it: an [`Operation`], or one that changes the
//! item's description, alone or beside its value. Atlas itself writes no descriptions.

use super::{Json, Operation, OperationKind};
use serde::{Deserialize, Deserializer};

/// The longest description, in characters.
pub const MAX_DESCRIPTION_LENGTH: usize = 512;

/// One change of one item.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Wire")]
pub struct Change {
    pub(crate) kind: OperationKind,
    pub(crate) key: String,
    /// `None` keeps the value that is there.
    pub(crate) value: Option<Json>,
    pub(crate) description: Description,
}

/// What becomes of an item's description.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Description {
    /// It stays as it is.
    #[default]
    Kept,
    /// There is none any more.
    Removed,
    /// It is this.
    Text(String),
}

impl Change {
    /// The stored key of the item.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Which of the four operations this is.
    pub fn kind(&self) -> OperationKind {
        self.kind
    }
}

impl From<&Operation> for Change {
    fn from(operation: &Operation) -> Self {
        let (kind, key) = (operation.kind(), operation.key().to_owned());
        Self { kind, key, value: operation.value().cloned(), description: Description::Kept }
    }
}

#[derive(Deserialize)]
struct Wire {
    operation: OperationKind,
    key: String,
    /// `"value": null` is a value.
    #[serde(default, deserialize_with = "present")]
    value: Option<Json>,
    #[serde(default)]
    description: Description,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

/// `"description": null` removes it.
impl<'de> Deserialize<'de> for Description {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map_or(Self::Removed, Self::Text))
    }
}

impl TryFrom<Wire> for Change {
    type Error = String;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let Wire { operation: kind, key, value, description } = wire;
        if let Description::Text(text) = &description {
            let length = text.chars().count();
            if length > MAX_DESCRIPTION_LENGTH {
                return Err(format!(
                    "expected a description of at most {MAX_DESCRIPTION_LENGTH} characters for `{key}`, found {length}"
                ));
            }
        }
        match (kind, &value, &description) {
            (OperationKind::Delete, ..) => Ok(Self { kind, key, value: None, description: Description::Removed }),
            (OperationKind::Create, None, _) => Err(format!("expected a `value` for `{kind}` of `{key}`, found none")),
            (_, None, Description::Kept) => {
                Err(format!("expected a `value` or a `description` for `{kind}` of `{key}`, found neither"))
            }
            _ => Ok(Self { kind, key, value, description }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(text: &str) -> Result<Change, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn null_is_a_value_and_no_description() {
        let change = change(r#"{"operation":"update","key":"a","value":null,"description":null}"#).unwrap();
        assert_eq!(change.value.as_ref().map(Json::text), Some("null"));
        assert_eq!(change.description, Description::Removed);
    }

    #[test]
    fn an_item_that_is_there_may_be_given_a_description_alone() {
        for kind in ["update", "upsert"] {
            let change = change(&format!(r#"{{"operation":"{kind}","key":"a","description":"b"}}"#)).unwrap();
            assert_eq!(
                (change.value.is_none(), change.description),
                (true, Description::Text("b".to_owned())),
                "{kind}"
            );
        }
        let found = change(r#"{"operation":"create","key":"a","description":"b"}"#).unwrap_err();
        assert!(found.contains("expected a `value` for `create` of `a`, found none"), "{found}");
        let found = change(r#"{"operation":"upsert","key":"a"}"#).unwrap_err();
        assert!(found.contains("expected a `value` or a `description` for `upsert` of `a`"), "{found}");
    }

    #[test]
    fn a_description_has_a_longest_length() {
        for (length, allowed) in [(MAX_DESCRIPTION_LENGTH, true), (MAX_DESCRIPTION_LENGTH + 1, false)] {
            let text = format!(r#"{{"operation":"update","key":"a","description":"{}"}}"#, "é".repeat(length));
            assert_eq!(change(&text).is_ok(), allowed, "{length}");
        }
    }
}
