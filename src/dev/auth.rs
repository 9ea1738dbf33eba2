//! Who may do what: a read token reads, the write token writes, and neither does the other's work, as on Vercel.
//! Tokens are compared in constant time and never repeated in an answer or a log.

use super::answer::Failure;
use super::live::Loaded;
use super::state::{READ_TOKEN, Shared, WRITE_TOKEN};
use crate::sync::store::StoredToken;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Lets a read through that carries a read token, the one that is built in or another, as a bearer or as `?token=`.
pub(super) fn reader(headers: &HeaderMap, query_token: Option<&str>, made: &[StoredToken]) -> Result<(), Failure> {
    let is_known =
        |token: &str| made.iter().fold(same(token, READ_TOKEN), |known, one| known | same(token, &one.token));
    match bearer(headers).or(query_token) {
        Some(token) if is_known(token) => Ok(()),
        _ => Err(Failure::new(StatusCode::UNAUTHORIZED, "unauthorized", "Invalid token")),
    }
}

/// Lets through what carries the write token as a bearer.
pub(super) fn writer(headers: &HeaderMap) -> Result<(), Failure> {
    let forbidden = |message: &str| Err(Failure::new(StatusCode::FORBIDDEN, "forbidden", message));
    match bearer(headers) {
        Some(token) if same(token, WRITE_TOKEN) => Ok(()),
        Some(token) if same(token, READ_TOKEN) => forbidden("expected the write token, found the read token"),
        Some(_) => forbidden("expected the write token, found another one"),
        None => Err(Failure::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "expected `Authorization: Bearer` with the write token, found none",
        )),
    }
}

pub(super) async fn open(dev: &Shared, id: &str, headers: &HeaderMap) -> Result<Arc<Loaded>, Failure> {
    writer(headers)?;
    let loaded = dev.live.current().await?;
    if id == loaded.state.id { Ok(loaded) } else { Err(Failure::no_such_store(id)) }
}

/// RFC 9110, section 11.1: the scheme's name has no case.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn same(given: &str, expected: &str) -> bool {
    given.as_bytes().ct_eq(expected.as_bytes()).into()
}
