//! Who may ask: `Authorization: Bearer <INTERNAL_ADMIN_KEY>` (RFC 6750, section 2.1), compared in constant time.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::api::error;

/// The key that opens the endpoints. It cannot be printed.
#[derive(Clone)]
pub struct AdminKey {
    digest: [u8; 32],
}

impl AdminKey {
    /// The key, of which only a digest is kept.
    #[must_use]
    pub fn new(key: &SecretString) -> Self {
        Self { digest: Sha256::digest(key.expose_secret().as_bytes()).into() }
    }

    /// Whether a request may pass. Digests are compared, so neither the length of a wrong key nor how much of it is
    /// right can be told from the time that it takes.
    fn admits(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).map_or(&[][..], |value| value.as_bytes());
        let token = given.split_at_checked(7).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"Bearer "));
        let digest: [u8; 32] = Sha256::digest(token.map_or(&[][..], |(_, token)| token)).into();
        bool::from(digest.ct_eq(&self.digest)) && token.is_some()
    }
}

impl std::fmt::Debug for AdminKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AdminKey(…)")
    }
}

/// Lets a request pass, or answers 401.
pub async fn require(State(key): State<AdminKey>, request: Request, next: Next) -> Response {
    if key.admits(request.headers()) {
        return next.run(request).await;
    }
    let message = "expected Authorization: Bearer and the INTERNAL_ADMIN_KEY that atlas-sync was started with";
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
    (challenge, error(StatusCode::UNAUTHORIZED, "unauthorized", message)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_key_opens() {
        let key = AdminKey::new(&SecretString::from("s3cret-key"));
        let admits = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            key.admits(&headers)
        };
        assert!(admits("Bearer s3cret-key") && admits("bearer s3cret-key"));
        for wrong in
            ["", "Bearer", "Bearer ", "Bearer s3cret-ke", "Bearer s3cret-keyy", "Basic s3cret-key", "s3cret-key"]
        {
            assert!(!admits(wrong), "{wrong}");
        }
        assert!(!key.admits(&HeaderMap::new()));
        assert!(!format!("{key:?}").contains("s3cret"));
    }

    #[test]
    fn an_empty_key_does_not_open_to_a_request_without_one() {
        let key = AdminKey::new(&SecretString::from(""));
        assert!(!key.admits(&HeaderMap::new()));
    }
}
