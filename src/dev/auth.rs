//! Who may do what. As on Vercel, a read token reads, the write token writes, and neither does the other's work. Tokens
//! are compared in constant time and never repeated in an answer or a log.

use super::answer::ApiError;
use crate::sync::store::StoredToken;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use subtle::ConstantTimeEq;

/// The token in the connection string that `dev` prints. Not a secret.
pub const READ_TOKEN: &str = "local";

/// Not a secret either.
pub const WRITE_TOKEN: &str = "local-write";

/// Extracted from a request with the write token as a bearer; any other request is refused.
pub(super) struct Writer;

impl<S: Sync> FromRequestParts<S> for Writer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match bearer(&parts.headers) {
            Some(token) if same(token, WRITE_TOKEN) => Ok(Self),
            Some(token) if same(token, READ_TOKEN) => {
                Err(ApiError::forbidden("expected the write token, found the read token"))
            }
            Some(_) => Err(ApiError::forbidden("expected the write token, found another one")),
            None => Err(unauthorized("expected `Authorization: Bearer` with the write token, found none")),
        }
    }
}

/// Lets a read through that carries a read token, the one that is built in or another, as a bearer or as `?token=`.
pub(super) fn permit_read(
    headers: &HeaderMap,
    query_token: Option<&str>,
    others: &[StoredToken],
) -> Result<(), ApiError> {
    let is_known =
        |token: &str| others.iter().fold(same(token, READ_TOKEN), |known, one| known | same(token, &one.token));
    match bearer(headers).or(query_token) {
        Some(token) if is_known(token) => Ok(()),
        _ => Err(unauthorized("Invalid token")),
    }
}

fn unauthorized(message: &str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
}

/// RFC 9110, section 11.1: the scheme's name has no case.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn same(given: &str, expected: &str) -> bool {
    given.as_bytes().ct_eq(expected.as_bytes()).into()
}
