//! Who may ask: `Authorization: Bearer <INTERNAL_ADMIN_KEY>` (RFC 6750, section 2.1), compared in constant time. Two
//! other secrets open one thing each: `ATLAS_METRICS_TOKEN` what only looks, `ATLAS_WEBHOOK_TOKEN` the notification that
//! Michael has changed, which a database holds in clear text.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::answer::error;

/// Digests of the secrets.
#[derive(Clone)]
pub struct Keys {
    admin: [u8; 32],
    metrics: Option<[u8; 32]>,
    webhook: Option<[u8; 32]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Run a sync, tell what Venice saw.
    Control,
    /// See health and metrics.
    ReadHealth,
    /// Say that Michael has changed.
    Notify,
}

impl Keys {
    pub fn new(admin: &SecretString, metrics: Option<&SecretString>, webhook: Option<&SecretString>) -> Self {
        let digest = |secret: &SecretString| digest(secret.expose_secret());
        Self { admin: digest(admin), metrics: metrics.map(digest), webhook: webhook.map(digest) }
    }

    fn admit(&self, headers: &HeaderMap, permission: Permission) -> bool {
        let other = match permission {
            Permission::Control => None,
            Permission::ReadHealth => self.metrics,
            Permission::Notify => self.webhook,
        };
        given(headers).is_some_and(|given| {
            let other = other.map_or(Choice::from(0), |token| given.ct_eq(&token));
            (given.ct_eq(&self.admin) | other).into()
        })
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

pub async fn admit(State((keys, permission)): State<(Keys, Permission)>, request: Request, next: Next) -> Response {
    if keys.admit(request.headers(), permission) { next.run(request).await } else { unauthorized(permission) }
}

fn unauthorized(permission: Permission) -> Response {
    let or = match permission {
        Permission::Control => "",
        Permission::ReadHealth => ", or its ATLAS_METRICS_TOKEN",
        Permission::Notify => ", or its ATLAS_WEBHOOK_TOKEN",
    };
    let message =
        format!("expected Authorization: Bearer with the INTERNAL_ADMIN_KEY that atlas-sync was started with{or}");
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
    (challenge, error(StatusCode::UNAUTHORIZED, "unauthorized", &message)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Permission; 3] = [Permission::Control, Permission::ReadHealth, Permission::Notify];

    fn headers(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        headers
    }

    fn keys() -> Keys {
        let [admin, metrics, webhook] = ["s3cret-key", "l00k", "n0tify"].map(SecretString::from);
        Keys::new(&admin, Some(&metrics), Some(&webhook))
    }

    /// What these headers open.
    fn opened(keys: &Keys, headers: &HeaderMap) -> Vec<Permission> {
        ALL.into_iter().filter(|permission| keys.admit(headers, *permission)).collect()
    }

    #[test]
    fn only_the_whole_admin_key_opens_everything() {
        let keys = keys();
        for right in ["Bearer s3cret-key", "bearer s3cret-key"] {
            assert_eq!(opened(&keys, &headers(right)), ALL);
        }
        for wrong in
            ["", "Bearer", "Bearer ", "Bearer s3cret-ke", "Bearer s3cret-keyy", "Basic s3cret-key", "s3cret-key"]
        {
            assert_eq!(opened(&keys, &headers(wrong)), [], "{wrong}");
        }
        assert_eq!(opened(&keys, &HeaderMap::new()), []);
        assert!(!format!("{keys:?}").contains("s3cret"));
    }

    #[test]
    fn each_token_opens_one_thing() {
        assert_eq!(opened(&keys(), &headers("Bearer l00k")), [Permission::ReadHealth]);
        assert_eq!(opened(&keys(), &headers("Bearer n0tify")), [Permission::Notify]);
        let without = Keys::new(&SecretString::from("s3cret-key"), None, None);
        for missing in ["Bearer l00k", "Bearer n0tify", "Bearer "] {
            assert_eq!(opened(&without, &headers(missing)), [], "{missing}");
        }
    }

    #[test]
    fn an_empty_key_does_not_open_to_a_request_without_one() {
        let keys = Keys::new(&SecretString::from(""), None, None);
        assert_eq!(opened(&keys, &HeaderMap::new()), []);
    }
}
