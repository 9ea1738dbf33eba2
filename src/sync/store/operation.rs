//! One change of one item, in memory and as Vercel's `PATCH …/items` writes it:
//! `{"operation":"create","key":…,"value":…}`.

use super::Json;
use crate::domain::registry::registry;
use serde::{Deserialize, Deserializer, Serialize};

/// The longest description, in characters.
const MAX_DESCRIPTION_LENGTH: usize = 512;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    #[serde(rename = "operation")]
    pub kind: OperationKind,
    pub key: String,
    /// Without one the item's value stays; `"value": null` is a value.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    /// Without one the item's description stays; `"description": null` removes it. Atlas itself writes none.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub description: Option<Option<String>>,
}

registry! {
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum OperationKind by name {
        /// Adds an item; fails if it is there.
        Create = "create",
        /// Changes an item; fails if it is not there.
        Update = "update",
        /// Adds or changes an item.
        Upsert = "upsert",
        /// Removes an item; fails if it is not there.
        Delete = "delete",
    }
}

impl Operation {
    pub fn create(key: &str, value: Json) -> Self {
        Self::new(OperationKind::Create, key, Some(value))
    }

    pub fn update(key: &str, value: Json) -> Self {
        Self::new(OperationKind::Update, key, Some(value))
    }

    pub fn upsert(key: &str, value: Json) -> Self {
        Self::new(OperationKind::Upsert, key, Some(value))
    }

    pub fn delete(key: &str) -> Self {
        Self::new(OperationKind::Delete, key, None)
    }

    fn new(kind: OperationKind, key: &str, value: Option<Json>) -> Self {
        Self { kind, key: key.to_owned(), value, description: None }
    }

    /// What is missing or too long.
    pub(super) fn check(&self) -> Result<(), String> {
        let Self { kind, key, value, description } = self;
        let length = description.iter().flatten().map(|text| text.chars().count()).sum::<usize>();
        if length > MAX_DESCRIPTION_LENGTH {
            return Err(format!(
                "expected a description of at most {MAX_DESCRIPTION_LENGTH} characters for `{key}`, found {length}"
            ));
        }
        match (kind, value, description) {
            (OperationKind::Create, None, _) => Err(format!("expected a `value` for `{kind}` of `{key}`, found none")),
            (OperationKind::Update | OperationKind::Upsert, None, None) => {
                Err(format!("expected a `value` or a `description` for `{kind}` of `{key}`, found neither"))
            }
            _ => Ok(()),
        }
    }
}

/// A member that is there, even if it is null.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn operation(text: &str) -> Operation {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn an_operation_is_written_as_vercel_writes_it() {
        let create = Operation::create("a", json!({ "b": 1 }).into());
        assert_eq!(json!(create), json!({ "operation": "create", "key": "a", "value": { "b": 1 } }));
        assert_eq!(json!(Operation::delete("a")), json!({ "operation": "delete", "key": "a" }));
    }

    #[test]
    fn an_operation_reads_back_as_it_was_written() {
        for kind in ["create", "update", "upsert", "delete"] {
            let operation = operation(&format!(r#"{{"operation":"{kind}","key":"a","value":[1],"other":"ignored"}}"#));
            assert_eq!(operation.kind.to_string(), kind);
            assert_eq!(serde_json::from_value::<Operation>(json!(operation)).unwrap(), operation);
        }
    }

    #[test]
    fn null_is_a_value_and_a_missing_value_is_not() {
        let null = operation(r#"{"operation":"upsert","key":"a","value":null}"#);
        assert_eq!(null.value.as_ref().map(Json::text), Some("null"));
        assert_eq!(null.check(), Ok(()));
        let missing = operation(r#"{"operation":"create","key":"a"}"#).check().unwrap_err();
        assert_eq!(missing, "expected a `value` for `create` of `a`, found none");
    }

    #[test]
    fn null_is_no_description() {
        let null = operation(r#"{"operation":"update","key":"a","value":null,"description":null}"#);
        assert_eq!(null.description, Some(None));
    }

    #[test]
    fn an_item_that_is_there_may_be_given_a_description_alone() {
        for kind in ["update", "upsert"] {
            let alone = operation(&format!(r#"{{"operation":"{kind}","key":"a","description":"b"}}"#));
            assert_eq!((alone.check(), alone.value, alone.description), (Ok(()), None, Some(Some("b".to_owned()))));
        }
        let found = operation(r#"{"operation":"create","key":"a","description":"b"}"#).check().unwrap_err();
        assert_eq!(found, "expected a `value` for `create` of `a`, found none");
        let found = operation(r#"{"operation":"upsert","key":"a"}"#).check().unwrap_err();
        assert_eq!(found, "expected a `value` or a `description` for `upsert` of `a`, found neither");
    }

    #[test]
    fn a_description_has_a_longest_length() {
        for (length, allowed) in [(MAX_DESCRIPTION_LENGTH, true), (MAX_DESCRIPTION_LENGTH + 1, false)] {
            let text = format!(r#"{{"operation":"update","key":"a","description":"{}"}}"#, "é".repeat(length));
            assert_eq!(operation(&text).check().is_ok(), allowed, "{length}");
        }
    }
}
