//! The local store: a request of the read protocol to the real router, and the body of a PATCH on a state.
#![no_main]

use std::cell::LazyCell;

use atlas::dev::router;
use atlas::sync::store::fuzzing::{parse, print};
use atlas::sync::store::state::{MAX_SIZE_IN_BYTES, State};
use atlas::sync::store::{FileStore, Operation};
use atlas_fuzz::text;
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tokio::runtime::Runtime;
use tower::ServiceExt;

thread_local! {
    static STORE: LazyCell<(Runtime, Router, tempfile::TempDir)> = LazyCell::new(store);
}

fn store() -> (Runtime, Router, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = FileStore::new(folder.path().join("state.json"), || 1);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    (runtime, router(store), folder)
}

fuzz_target!(|data: &[u8]| {
    let Some(text) = text(data) else { return };
    if text.starts_with('/') { request(text) } else { patch(text) }
});

/// The first line is the address, each further one a header. No reader makes the store fail.
fn request(text: &str) {
    let mut lines = text.lines();
    let mut request = Request::builder().method(Method::GET).uri(lines.next().unwrap_or_default());
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        // As bytes: a header may hold others than ASCII.
        request = request.header(name, value.trim().as_bytes());
    }
    let Ok(request) = request.body(Body::empty()) else { return };
    STORE.with(|store| {
        let answer = store.0.block_on(store.1.clone().oneshot(request)).expect("an answer");
        assert!(!answer.status().is_server_error(), "{answer:?}");
    });
}

/// All of the operations, or none; and what is left is a store that can be written and read.
fn patch(text: &str) {
    #[derive(serde::Deserialize)]
    struct Patch {
        items: Vec<Operation>,
    }
    let Ok(Patch { items }) = serde_json::from_str(text) else { return };
    let Ok(state) = State::empty(1).apply(&items, 2) else { return };
    let all = state.items_json();
    assert!(all.len() <= MAX_SIZE_IN_BYTES);
    let parsed: Value = serde_json::from_str(&all).expect("items that serde_json does not parse");
    assert!(parsed.is_object());
    let printed = print(&state);
    let again = parse(printed.as_bytes()).unwrap_or_else(|error| panic!("{error}: {printed}"));
    assert_eq!(print(&again), printed);
}
