//! The rules of a store, each at both sides of its limit.

use super::*;
use crate::sync::store::{Json, Operation};

const THEN: u64 = 1_000;
const NOW: u64 = 2_000;

fn raw(text: &str) -> Json {
    Json::from_text(text.to_owned()).unwrap()
}

fn create(key: &str, value: &str) -> Operation {
    Operation::create(key, raw(value))
}

fn update(key: &str, value: &str) -> Operation {
    Operation::update(key, raw(value))
}

fn upsert(key: &str, value: &str) -> Operation {
    Operation::upsert(key, raw(value))
}

fn delete(key: &str) -> Operation {
    Operation::delete(key)
}

/// A store with the item `a`, written at `THEN`.
fn store() -> State {
    State::empty(THEN).apply(&[create("a", "1")], THEN).unwrap()
}

fn refusal_of(result: Result<State, StoreError>) -> (String, String) {
    match result {
        Err(StoreError::Refused { code, message }) => (code, message),
        other => panic!("expected a refusal, found {other:?}"),
    }
}

fn conflict_of(result: Result<State, StoreError>) -> (OperationKind, String) {
    match result {
        Err(StoreError::Conflict { operation, key }) => (operation, key),
        other => panic!("expected a conflict, found {other:?}"),
    }
}

#[test]
fn the_four_operations_do_what_they_say() {
    let next = store().apply(&[create("b", "2"), update("a", "3"), upsert("c", "null")], NOW).unwrap();
    assert_eq!(next.items_json(), r#"{"a":3,"b":2,"c":null}"#);
    let last = next.apply(&[delete("a"), upsert("b", "4")], NOW).unwrap();
    assert_eq!(last.items_json(), r#"{"b":4,"c":null}"#);
}

#[test]
fn an_item_keeps_its_first_time_and_gets_its_last() {
    let next = store().apply(&[update("a", "2"), create("b", "1")], NOW).unwrap();
    let times: Vec<_> = next.items.values().map(|item| (item.created_at, item.updated_at)).collect();
    assert_eq!(times, [(THEN, NOW), (NOW, NOW)]);
    assert_eq!((next.created_at, next.updated_at), (THEN, NOW));
}

#[test]
fn create_of_an_item_that_is_there_is_a_conflict() {
    assert_eq!(conflict_of(store().apply(&[create("a", "2")], NOW)), (OperationKind::Create, "a".to_owned()));
}

#[test]
fn update_and_delete_of_an_item_that_is_not_there_are_conflicts() {
    assert_eq!(conflict_of(store().apply(&[update("b", "2")], NOW)), (OperationKind::Update, "b".to_owned()));
    assert_eq!(conflict_of(store().apply(&[delete("b")], NOW)), (OperationKind::Delete, "b".to_owned()));
}

#[test]
fn one_operation_that_fails_fails_all() {
    let before = store();
    conflict_of(before.apply(&[upsert("b", "2"), create("a", "3")], NOW));
    assert_eq!(before.items_json(), r#"{"a":1}"#);
    assert_eq!(before.revision, 1);
}

#[test]
fn a_key_twice_in_one_request_is_refused() {
    let (code, message) = refusal_of(store().apply(&[delete("a"), create("a", "2")], NOW));
    assert_eq!(code, refusal::BAD_REQUEST);
    assert!(message.contains("found `a` twice"), "{message}");
}

#[test]
fn a_request_without_operations_is_refused() {
    assert_eq!(refusal_of(store().apply(&[], NOW)).0, refusal::BAD_REQUEST);
}

#[test]
fn only_keys_that_edge_config_takes_are_taken() {
    for key in ["a", "Z9_-", "atlas_v1_manifest", "__proto__"] {
        assert!(check_key(key).is_ok(), "{key}");
    }
    for key in ["", " ", "a b", "atlas:v1:manifest", "é", "a/b", "a.b", "a\n", "ａ"] {
        assert!(check_key(key).is_err(), "{key:?}");
        refusal_of(store().apply(&[upsert(key, "1")], NOW));
    }
}

#[test]
fn a_key_may_have_256_characters_and_no_more() {
    for (length, taken) in [(255, true), (256, true), (257, false)] {
        let result = store().apply(&[upsert(&"k".repeat(length), "1")], NOW);
        assert_eq!(result.is_ok(), taken, "{length}");
    }
}

#[test]
fn a_store_may_have_a_million_bytes_and_no_more() {
    // {"a":1,"b":"xxx"}
    let around = r#"{"a":1,"b":""}"#.len();
    for (size, taken) in [(999_999, true), (1_000_000, true), (1_000_001, false)] {
        let value = format!("\"{}\"", "x".repeat(size - around));
        match store().apply(&[create("b", &value)], NOW) {
            Ok(next) => assert_eq!((taken, next.items_json().len()), (true, size)),
            Err(StoreError::Refused { code, message }) => {
                assert_eq!((taken, code.as_str()), (false, refusal::TOO_LARGE));
                assert!(message.contains("found 1000001"), "{message}");
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn white_space_does_not_count_and_a_value_is_kept_as_given() {
    let next = store().apply(&[upsert("a", "{ \"z\" : 1.0,\n \"b\" : \"x y\" }")], NOW).unwrap();
    assert_eq!(next.items_json(), r#"{"a":{"z":1.0,"b":"x y"}}"#);
}

#[test]
fn a_value_that_no_reader_could_parse_is_refused() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for value in ["1e999", r#""\ud800""#, deep.as_str()] {
        assert_eq!(refusal_of(store().apply(&[upsert("b", value)], NOW)).0, refusal::BAD_REQUEST, "{value}");
    }
}

#[test]
fn equal_items_have_equal_digests_and_others_have_not() {
    let one = store().apply(&[create("b", "2")], NOW).unwrap();
    let other = State::empty(0).apply(&[create("b", "2"), create("a", "1")], 5).unwrap();
    assert_eq!(one.digest(), other.digest());
    assert_ne!(one.digest(), store().digest());
    // printf '{}' | sha256sum
    let of_nothing = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    assert_eq!(State::empty(0).digest(), of_nothing);
    assert_eq!(State::empty(0).items_json().len(), 2);
}

#[test]
fn the_last_twenty_earlier_states_are_kept_the_latest_first() {
    let mut state = State::empty(THEN);
    for (write, kept) in [(1, 0), (2, 1), (20, 19), (21, 20), (22, 20)] {
        while state.revision < write {
            let value = (state.revision + 1).to_string();
            state = state.apply(&[upsert("a", &value)], THEN + state.revision).unwrap();
        }
        assert_eq!(state.backups.len(), kept, "after write {write}");
    }
    let ids: Vec<_> = state.backups.iter().map(|backup| backup.id.as_str()).collect();
    assert_eq!((ids[0], ids[19]), ("v21", "v2"));
    let latest = state.kept("v21").unwrap();
    assert_eq!((latest.updated_at, latest.item_count, latest.size_in_bytes), (THEN + 20, 1, r#"{"a":21}"#.len()));
    assert!(state.kept("v1").is_err());
}

#[test]
fn restoring_puts_back_all_items_and_is_itself_a_write() {
    let two = store().apply(&[create("b", "2")], NOW).unwrap();
    let three = two.apply(&[update("a", "9"), delete("b"), create("c", "3")], NOW).unwrap();
    let restored = three.restore(&two, 3_000).unwrap();
    assert_eq!(restored.items_json(), r#"{"a":1,"b":2}"#);
    assert_eq!((restored.revision, restored.updated_at), (4, 3_000));
    assert_eq!(restored.kept("v3").unwrap().item_count, 2);
    assert_eq!(restored.digest(), two.digest());
}

#[test]
fn what_is_not_kept_is_refused_and_what_is_kept_is_named() {
    let next = store().apply(&[update("a", "2")], NOW).unwrap();
    let message = next.kept("v9").unwrap_err().to_string();
    assert!(message.contains("(v1)") && message.contains("`v9`"), "{message}");
}
