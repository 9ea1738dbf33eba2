//! One change of one item, in memory and as Vercel's `PATCH …/items` writes it:
//! `{"operation":"create","key":…,"value":…}`.

use super::Json;
use crate::domain::registry::registry;
use serde::{Deserialize, Deserializer, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "lowercase", try_from = "Wire")]
pub enum Operation {
    /// Adds an item; fails if it is there.
    Create { key: String, value: Json },
    /// Replaces an item; fails if it is not there.
    Update { key: String, value: Json },
    /// Adds or replaces an item.
    Upsert { key: String, value: Json },
    /// Removes an item; fails if it is not there.
    Delete { key: String },
}

registry! {
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum OperationKind by name {
        Create = "create",
        Update = "update",
        Upsert = "upsert",
        Delete = "delete",
    }
}

impl Operation {
    pub fn key(&self) -> &str {
        match self {
            Self::Create { key, .. } | Self::Update { key, .. } | Self::Upsert { key, .. } | Self::Delete { key } => {
                key
            }
        }
    }

    pub fn kind(&self) -> OperationKind {
        match self {
            Self::Create { .. } => OperationKind::Create,
            Self::Update { .. } => OperationKind::Update,
            Self::Upsert { .. } => OperationKind::Upsert,
            Self::Delete { .. } => OperationKind::Delete,
        }
    }

    pub fn value(&self) -> Option<&Json> {
        match self {
            Self::Create { value, .. } | Self::Update { value, .. } | Self::Upsert { value, .. } => Some(value),
            Self::Delete { .. } => None,
        }
    }
}

/// An operation as it is written. A flat form, since a tagged enum cannot hold a value as text; and `value` is told
/// apart from `"value": null`, which is a value.
#[derive(Deserialize)]
struct Wire {
    operation: OperationKind,
    key: String,
    #[serde(default, deserialize_with = "present")]
    value: Option<Json>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

impl TryFrom<Wire> for Operation {
    type Error = String;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let Wire { operation, key, value } = wire;
        match (operation, value) {
            (OperationKind::Create, Some(value)) => Ok(Self::Create { key, value }),
            (OperationKind::Update, Some(value)) => Ok(Self::Update { key, value }),
            (OperationKind::Upsert, Some(value)) => Ok(Self::Upsert { key, value }),
            (OperationKind::Delete, _) => Ok(Self::Delete { key }),
            (operation, None) => Err(format!("expected a `value` for `{operation}` of `{key}`, found none")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_operation_is_written_as_vercel_writes_it() {
        let create = Operation::Create { key: "a".to_owned(), value: json!({ "b": 1 }).into() };
        let delete = Operation::Delete { key: "a".to_owned() };
        assert_eq!(json!(create), json!({ "operation": "create", "key": "a", "value": { "b": 1 } }));
        assert_eq!(json!(delete), json!({ "operation": "delete", "key": "a" }));
    }

    #[test]
    fn an_operation_reads_back_as_it_was_written() {
        for kind in ["create", "update", "upsert", "delete"] {
            let text = format!(r#"{{"operation":"{kind}","key":"a","value":[1],"description":"ignored"}}"#);
            let operation: Operation = serde_json::from_str(&text).unwrap();
            assert_eq!(operation.kind().to_string(), kind);
            assert_eq!(serde_json::from_value::<Operation>(json!(operation)).unwrap(), operation);
        }
    }

    #[test]
    fn null_is_a_value_and_a_missing_value_is_not() {
        let null: Operation = serde_json::from_str(r#"{"operation":"upsert","key":"a","value":null}"#).unwrap();
        assert_eq!(null.value().map(Json::text), Some("null"));
        let missing = serde_json::from_str::<Operation>(r#"{"operation":"upsert","key":"a"}"#).unwrap_err();
        assert!(missing.to_string().contains("expected a `value` for `upsert` of `a`"), "{missing}");
    }
}
