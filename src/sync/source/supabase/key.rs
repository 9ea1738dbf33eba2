//! The key for Supabase's REST API: how it is sent, and whether it can see every row.
//!
//! A new key (`sb_secret_…`) is not a JWT and goes into `apikey` alone; a legacy one is a JWT, which the gateway also wants
//! as a bearer token. Its role is read without verifying the signature: that is the server's task.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::sync::net::http::secret_header;
use crate::sync::pasted::{is_address, is_more_than_a_token};
use crate::sync::source::SourceError;

const EXPECTED: &str = "SUPABASE_SERVICE_ROLE_KEY: expected the project's service-role or secret key";

/// The role that row security hides nothing from.
const ALL_ROWS: &str = "service_role";

/// The headers of every request, marked so that no log shows them. A key that row security hides rows from is refused.
pub fn headers(key: &SecretString) -> Result<HeaderMap, SourceError> {
    let key = key.expose_secret();
    if key.is_empty() {
        return Err(SourceError::new(format!("{EXPECTED}; it is not set")));
    }
    if key.starts_with("sb_publishable_") {
        return Err(too_few_rights("a publishable key (sb_publishable_…)"));
    }
    if is_address(key) {
        return Err(SourceError::new(format!("{EXPECTED}, found an address")));
    }
    if key.starts_with("sbp_") {
        return Err(SourceError::new(format!(
            "{EXPECTED}, found an access token of an account (sbp_…), which opens no project's rows; take the secret key \
             (sb_secret_…) from the dashboard, under Settings, API keys"
        )));
    }
    if is_more_than_a_token(key) {
        return Err(SourceError::new(format!("{EXPECTED}; it holds characters that no key has")));
    }
    let secret = |text: &str| {
        let wrong = || SourceError::new(format!("{EXPECTED}; it holds characters that no key has"));
        secret_header(text).ok_or_else(wrong)
    };
    let mut headers = HeaderMap::new();
    headers.insert("apikey", secret(key)?);
    if let Some(claims) = claims(key) {
        match claims.role.as_deref() {
            Some(ALL_ROWS) => {}
            Some(role) => return Err(too_few_rights(&format!("the key of the role {role:?}"))),
            None => return Err(too_few_rights("a key without a role, which counts as anon")),
        }
        headers.insert(AUTHORIZATION, secret(&format!("Bearer {key}"))?);
    }
    Ok(headers)
}

fn too_few_rights(found: &str) -> SourceError {
    SourceError::new(format!(
        "{EXPECTED}, found {found}: row security silently hides rows from it, so a snapshot would lack them; take the secret \
         key (sb_secret_…) or the key of the role {ALL_ROWS} from the dashboard, under Settings, API keys"
    ))
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    role: Option<String>,
}

/// The claims of a JWT (RFC 7519, section 3); `None` for any other key.
fn claims(key: &str) -> Option<Claims> {
    let [_header, payload, _signature] = key.split('.').collect::<Vec<_>>().try_into().ok()?;
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{"alg":"HS256","typ":"JWT"}`, these claims, and a signature.
    fn jwt(claims: &str) -> String {
        format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{claims}.c2lnbmF0dXJlLXMzY3IzdA")
    }

    /// `{"iss":"supabase","ref":"abc","role":"service_role","iat":1,"exp":2}`.
    const SERVICE: &str = "eyJpc3MiOiJzdXBhYmFzZSIsInJlZiI6ImFiYyIsInJvbGUiOiJzZXJ2aWNlX3JvbGUiLCJpYXQiOjEsImV4cCI6Mn0";
    /// `{"iss":"supabase","ref":"abc","role":"anon","iat":1,"exp":2}`.
    const ANON: &str = "eyJpc3MiOiJzdXBhYmFzZSIsInJlZiI6ImFiYyIsInJvbGUiOiJhbm9uIiwiaWF0IjoxLCJleHAiOjJ9";
    /// `{"iss":"supabase"}`.
    const NO_ROLE: &str = "eyJpc3MiOiJzdXBhYmFzZSJ9";

    fn error(key: &str) -> String {
        let error = headers(&key.into()).unwrap_err().to_string();
        assert!(error.starts_with(EXPECTED) && !error.contains("s3cr3t") && !error.contains("eyJ"), "{error}");
        error
    }

    #[test]
    fn a_new_key_goes_into_apikey_alone_and_a_jwt_also_into_the_bearer() {
        let new = headers(&"sb_secret_s3cr3t".into()).unwrap();
        assert_eq!((new.len(), new["apikey"].to_str().unwrap()), (1, "sb_secret_s3cr3t"));
        let key = jwt(SERVICE);
        let legacy = headers(&key.as_str().into()).unwrap();
        assert_eq!(legacy["apikey"], key.as_str());
        assert_eq!(legacy["authorization"], format!("Bearer {key}").as_str());
        assert!(!format!("{new:?}{legacy:?}").contains("s3cr3t") && !format!("{legacy:?}").contains("eyJ"));
    }

    #[test]
    fn a_key_that_row_security_hides_rows_from_is_refused() {
        assert!(
            error("sb_publishable_s3cr3t")
                .contains("found a publishable key (sb_publishable_…): row security silently")
        );
        assert!(error(&jwt(ANON)).contains("found the key of the role \"anon\": row security silently hides rows"));
        assert!(error(&jwt(NO_ROLE)).contains("found a key without a role"));
        assert!(error(&jwt(ANON)).ends_with("from the dashboard, under Settings, API keys"));
    }

    #[test]
    fn what_no_header_can_hold_is_refused() {
        assert!(error("").ends_with("it is not set"));
        for more in ["s3cr3t\nx", "Bearer sb_secret_s3cr3t", "\u{feff}s3cr3t", "SUPABASE_KEY=s3cr3t"] {
            assert!(error(more).ends_with("it holds characters that no key has"));
        }
        assert!(error("https://s3cr3t.supabase.co").ends_with("found an address"));
        assert!(error("sbp_s3cr3t").contains("found an access token of an account"));
    }
}
