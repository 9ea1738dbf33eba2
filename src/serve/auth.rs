//! Who may ask: `Authorization: Bearer <INTERNAL_ADMIN_KEY>` (RFC 6750, section 2.1), compared in constant time. What
//! only tells how the job is also opens to `ATLAS_METRICS_TOKEN`, which opens nothing else.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::answer::error;

#[derive(Clone)]
pub struct Keys {
    admin: [u8; 32],
    metrics: Option<[u8; 32]>,
}

impl Keys {
    pub fn new(admin: &SecretString, metrics: Option<&SecretString>) -> Self {
        Self { admin: digest(admin.expose_secret()), metrics: metrics.map(|token| digest(token.expose_secret())) }
    }

    fn admit(&self, headers: &HeaderMap) -> bool {
        given(headers).is_some_and(|given| given.ct_eq(&self.admin).into())
    }

    fn admit_to_look(&self, headers: &HeaderMap) -> bool {
        let metrics = |given: &[u8; 32]| self.metrics.map_or(Choice::from(0), |token| given.ct_eq(&token));
        given(headers).is_some_and(|given| (given.ct_eq(&self.admin) | metrics(&given)).into())
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

fn digest(key: impl AsRef<[u8]>) -> [u8; 32] {
    Sha256::digest(key.as_ref()).into()
}

/// The digest of the token that a request brings. Digests are compared, so neither the length of a wrong key nor how
/// much of it is right can be told from the time that it takes.
fn given(headers: &HeaderMap) -> Option<[u8; 32]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| digest(token))
}

pub async fn require_admin(State(keys): State<Keys>, request: Request, next: Next) -> Response {
    if keys.admit(request.headers()) { next.run(request).await } else { unauthorized() }
}

pub async fn require_reader(State(keys): State<Keys>, request: Request, next: Next) -> Response {
    if keys.admit_to_look(request.headers()) { next.run(request).await } else { unauthorized() }
}

fn unauthorized() -> Response {
    let message = "expected Authorization: Bearer and the INTERNAL_ADMIN_KEY that atlas-sync was started with, or, for \
                   GET /healthz and GET /metrics, the ATLAS_METRICS_TOKEN";
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
    (challenge, error(StatusCode::UNAUTHORIZED, "unauthorized", message)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        headers
    }

    #[test]
    fn only_the_whole_key_opens() {
        let keys = Keys::new(&SecretString::from("s3cret-key"), Some(&SecretString::from("l00k")));
        for right in ["Bearer s3cret-key", "bearer s3cret-key"] {
            assert!(keys.admit(&headers(right)) && keys.admit_to_look(&headers(right)));
        }
        for wrong in
            ["", "Bearer", "Bearer ", "Bearer s3cret-ke", "Bearer s3cret-keyy", "Basic s3cret-key", "s3cret-key"]
        {
            assert!(!keys.admit(&headers(wrong)) && !keys.admit_to_look(&headers(wrong)), "{wrong}");
        }
        assert!(!keys.admit(&HeaderMap::new()) && !keys.admit_to_look(&HeaderMap::new()));
        assert!(!format!("{keys:?}").contains("s3cret"));
    }

    #[test]
    fn the_metrics_token_opens_what_only_tells() {
        let keys = Keys::new(&SecretString::from("s3cret-key"), Some(&SecretString::from("l00k")));
        assert!(keys.admit_to_look(&headers("Bearer l00k")) && !keys.admit(&headers("Bearer l00k")));
        let none = Keys::new(&SecretString::from("s3cret-key"), None);
        assert!(!none.admit_to_look(&headers("Bearer l00k")) && !none.admit_to_look(&headers("Bearer ")));
    }

    #[test]
    fn an_empty_key_does_not_open_to_a_request_without_one() {
        let keys = Keys::new(&SecretString::from(""), None);
        assert!(!keys.admit(&HeaderMap::new()) && !keys.admit_to_look(&HeaderMap::new()));
    }
}
