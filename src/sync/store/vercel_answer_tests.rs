//! Vercel's bodies, as its reference and its own clients show them.

use super::*;
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use serde_json::{Value, json};

fn answered(status: u16, body: &str) -> RemoteError {
    let place = "PATCH https://api.vercel.com/v1/edge-config/ecfg_1/items".to_owned();
    let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from(3))]);
    let answer = HttpAnswer { place, status, headers, body: body.as_bytes().to_vec() };
    refusal(&answer, &Redactor::new(["very-secret".into()]))
}

fn error(code: &str, message: &str) -> String {
    json!({ "error": { "code": code, "message": message } }).to_string()
}

fn operations() -> Vec<Operation> {
    serde_json::from_value(json!([
        { "operation": "create", "key": "atlas_v1_rev_2", "value": {} },
        { "operation": "delete", "key": "atlas_v1_rev_1" },
        { "operation": "update", "key": "atlas_v1_x", "value": 1 },
    ]))
    .unwrap()
}

#[test]
fn an_error_says_vercels_code_and_words_and_what_to_do() {
    for (status, code, advice) in [
        (308, "moved", "set ATLAS_API_URL"),
        (401, "unauthorized", "ATLAS_EDGE_CONFIG_TOKEN"),
        (402, "payment_required", "billing"),
        (403, "forbidden", "VERCEL_TEAM_ID"),
        (404, NO_SUCH_STORE, "ATLAS_EDGE_CONFIG_ID"),
        (409, "conflict", "run again"),
        (412, "edge_config_too_large", "no room"),
        (413, "request_entity_too_large", "no room"),
        (429, "rate_limited", "--deadline"),
        (400, "bad_request", "report this message"),
        (404, "not_found", "ATLAS_API_URL, which ends before /v1"),
        (407, "proxy_authentication_required", "HTTPS_PROXY"),
        (451, "unavailable_for_legal_reasons", "by law"),
        (503, "service_unavailable", "run again later"),
    ] {
        let text = answered(status, &error(code, "Vercel's words")).to_string();
        for part in [&format!("answered {status} {code}: Vercel's words"), advice] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}

/// A gateway has statuses of its own, which say nothing of the store or the token.
#[test]
fn an_answer_that_is_not_vercels_claims_nothing_about_the_store() {
    for status in [400, 401, 402, 403, 404, 408, 409, 412, 413, 421, 428, 431, 499, 500, 502, 504, 521] {
        for body in ["", "<h1>Blocked</h1>", "{}"] {
            let text = answered(status, body).to_string();
            let advice = text.rsplit("; ").next().unwrap();
            assert!(advice.contains("a gateway or a proxy on the way"), "{text}");
            for claim in ["the token", "VERCEL_TEAM_ID", "no room", "another writer", "update atlas-sync"] {
                assert!(!advice.contains(claim), "{text}");
            }
        }
    }
    for (status, advice) in [(407, "HTTPS_PROXY"), (429, "run less often"), (451, "by law")] {
        assert!(answered(status, "<h1>No</h1>").to_string().contains(advice), "{status}");
    }
}

#[test]
fn an_error_body_that_is_not_vercels_is_shown_and_never_the_token() {
    for (body, shown) in
        [("", "no body"), ("<h1>Bad gateway</h1>", "<h1>Bad gateway</h1>"), ("very-secret", "[redacted]"), ("{}", "{}")]
    {
        let text = answered(502, body).to_string();
        assert!(text.contains("answered 502 without_a_code") && text.contains(shown), "{text}");
    }
    let text = answered(403, &error("forbidden", "the token very-secret\u{1b}[2J is none")).to_string();
    assert!(text.contains("the token [redacted] [2J is none") && !text.contains("very-secret"), "{text}");
}

#[test]
fn what_does_not_fit_the_store_is_a_conflict_of_the_item_that_is_named() {
    let told = |status, body: String| match conflict(&answered(status, &body), &operations()) {
        Some(StoreError::Conflict { operation, key }) => Some((operation, key)),
        _ => None,
    };
    let create = Some((OperationKind::Create, "atlas_v1_rev_2".to_owned()));
    assert_eq!(told(409, error("conflict", "")), create);
    assert_eq!(told(409, error("anything", "")), create);
    let item = |key: &str| error(NO_SUCH_ITEM, &format!("Could not find the edge config item: {key}"));
    assert_eq!(told(404, item("atlas_v1_rev_1")), Some((OperationKind::Delete, "atlas_v1_rev_1".to_owned())));
    assert_eq!(told(404, item("atlas_v1_x")), Some((OperationKind::Update, "atlas_v1_x".to_owned())));
    assert_eq!(told(404, item("another")), Some((OperationKind::Delete, "atlas_v1_rev_1".to_owned())));
    assert_eq!(told(404, error(NO_SUCH_STORE, "")), None);
    assert_eq!(told(412, error("conflict", "")), None);
}

#[test]
fn a_conflict_over_no_operation_of_that_kind_stays_what_it_was() {
    let upsert = [Operation::upsert("a", json!(1).into())];
    assert!(conflict(&answered(409, &error("conflict", "")), &upsert).is_none());
}

#[test]
fn a_backups_items_are_read_with_and_without_their_times() {
    let entry = json!({ "checksum": "sha256:0", "updatedAt": "2026-11-22T12:00:00.000Z", "value": 1 });
    let answer: BackupAnswer = serde_json::from_value(json!({
        "id": "b1", "lastModified": 1.5, "metadata": {}, "user": { "id": "u" },
        "backup": { "digest": "d", "slug": "s", "updatedAt": 1, "items": {
            "bare": { "version": 1 },
            "entry": entry,
            "stamped": { "value": { "version": 2 }, "createdAt": 1, "updatedAt": 2.5, "description": "of its own" },
        } },
    }))
    .unwrap();
    let items: Vec<_> = answer.into_items().into_iter().map(|item| (item.key, item.value)).collect();
    let expected = [("bare", json!({ "version": 1 })), ("entry", entry), ("stamped", json!({ "version": 2 }))];
    assert_eq!(items, expected.map(|(key, value)| (key.to_owned(), value.into())));
}

#[test]
fn a_list_of_backups_ends_when_vercel_says_so() {
    let page = |pagination: Value| -> BackupsAnswer {
        let backups = json!([{ "id": "b1", "lastModified": 1_795_348_800_000.0, "metadata": {} }]);
        serde_json::from_value(json!({ "backups": backups, "pagination": pagination })).unwrap()
    };
    assert_eq!(page(json!({ "hasNext": true, "next": "b1" })).next().as_deref(), Some("b1"));
    assert_eq!(page(json!({ "hasNext": false, "next": "b1" })).next(), None);
    let backup = page(json!({ "hasNext": false })).backups.remove(0);
    assert_eq!(backup, Backup { id: "b1".to_owned(), last_modified: 1_795_348_800_000 });
}
