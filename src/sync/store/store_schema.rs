//! The JSON Schema that a store may have: a write after which the items, as one object, do not satisfy it is refused.

use super::state::State;
use super::{Json, StoreError, refusal};
use crate::sync::json_schema;
use jsonschema::Validator;
use serde_json::Value;

impl State {
    /// The state with this schema, or with none. Refuses an invalid JSON Schema, and one that the items do not satisfy.
    pub fn with_schema(&self, schema: Option<&Json>) -> Result<Self, StoreError> {
        let state = Self { schema: schema.map(Json::compact), ..self.clone() };
        state.check_against_schema()?;
        Ok(state)
    }

    pub(super) fn check_against_schema(&self) -> Result<(), StoreError> {
        let Some(schema) = &self.schema else { return Ok(()) };
        let refused = |message: String| StoreError::refused(refusal::BAD_REQUEST, message);
        let validator = compile(schema).map_err(refused)?;
        let items: Value = serde_json::from_str(&self.items_json())
            .map_err(|error| refused(format!("expected items that can be read, found {error}")))?;
        json_schema::check(&validator, &items)
            .map_err(|found| refused(format!("expected items that satisfy the store's schema, found {found}")))
    }
}

fn compile(schema: &Json) -> Result<Validator, String> {
    let found = |problem: String| format!("expected a valid JSON Schema, found {problem}");
    let schema: Value = serde_json::from_str(schema.text()).map_err(|error| found(error.to_string()))?;
    if !schema.is_object() {
        return Err(found("a value that is not an object".to_owned()));
    }
    json_schema::compile(&schema).map_err(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::store::Operation;
    use serde_json::json;

    fn upsert(key: &str, value: Value) -> Operation {
        Operation::upsert(key, value.into())
    }

    fn schema(schema: &Value) -> Json {
        schema.clone().into()
    }

    fn refusal_of(result: Result<State, StoreError>) -> String {
        match result {
            Err(StoreError::Refused { code, message }) if code == refusal::BAD_REQUEST => message,
            other => panic!("expected a refusal, found {other:?}"),
        }
    }

    #[test]
    fn a_write_that_breaks_the_schema_is_refused_and_any_other_is_not() {
        let of_text = schema(&json!({ "properties": { "a": { "type": "string" } } }));
        let state = State::empty(1).apply(&[upsert("a", json!("text"))], 2).unwrap();
        let state = state.with_schema(Some(&of_text)).unwrap();
        let message = refusal_of(state.apply(&[upsert("a", json!(1))], 3));
        assert!(message.contains("at /a: 1 is not of type \"string\""), "{message}");
        assert!(state.apply(&[upsert("a", json!("other")), upsert("b", json!(1))], 3).is_ok());
        assert!(state.with_schema(None).unwrap().apply(&[upsert("a", json!(1))], 3).is_ok());
    }

    #[test]
    fn an_invalid_schema_or_one_that_the_items_break_is_refused() {
        let state = State::empty(1).apply(&[upsert("a", json!(1))], 2).unwrap();
        for bad in [json!({ "type": "nothing" }), json!([]), json!({ "required": ["b"] })] {
            refusal_of(state.with_schema(Some(&schema(&bad))));
        }
    }

    #[test]
    fn a_schema_changes_no_item_and_leaves_no_backup() {
        let state = State::empty(1).apply(&[upsert("a", json!(1))], 2).unwrap();
        let with = state.with_schema(Some(&schema(&json!({})))).unwrap();
        assert_eq!((with.revision, with.updated_at, with.backups.len()), (1, 2, 0));
    }
}
