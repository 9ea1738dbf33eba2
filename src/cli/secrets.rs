//! Who may do what: the first step of a run, before anything is read or any connection is opened. Pure.
//!
//! The file system guards the local store's file. Writing any other store takes Paris's own key besides the store's token,
//! so that a token alone, on somebody's laptop, publishes nothing.

use secrecy::{ExposeSecret, SecretString};

use crate::sync::pasted::{is_address, is_more_than_a_token, is_quoted, tidy};
use crate::sync::run::SyncError;

#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// `INTERNAL_ADMIN_KEY`: permits a sync.
    pub admin_key: Option<SecretString>,
    /// `ATLAS_EDGE_CONFIG_TOKEN`: Vercel's API token.
    pub store_token: Option<SecretString>,
    /// `ATLAS_METRICS_TOKEN`: permits reading the health and the metrics of `serve`, and nothing else.
    pub metrics_token: Option<SecretString>,
    /// `ATLAS_WEBHOOK_TOKEN`: may tell `serve` that Michael has changed, and nothing else.
    pub webhook_token: Option<SecretString>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// `plan`, `verify`, `status`, `export`, `doctor`.
    Read,
    /// `sync`, `restore`, `release`, `serve`.
    Write,
}

impl Secrets {
    /// Takes the secrets from the environment of this process.
    pub fn of_process() -> Self {
        Self::from_environment(|name| std::env::var(name).ok())
    }

    /// Takes the secrets from the environment, a function of the variable's name. An empty variable counts as not set.
    /// Spaces and line breaks around a secret are not part of it: a file ends with one, and HTTP takes them away.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let secret = |name| {
            let value = variable(name)?;
            Some(tidy(&value)).filter(|value| !value.is_empty()).map(SecretString::from)
        };
        Self {
            admin_key: secret("INTERNAL_ADMIN_KEY"),
            store_token: secret("ATLAS_EDGE_CONFIG_TOKEN"),
            metrics_token: secret("ATLAS_METRICS_TOKEN"),
            webhook_token: secret("ATLAS_WEBHOOK_TOKEN"),
        }
    }

    /// The token for a store that is not on this machine, if the secrets allow the access.
    pub fn permit(&self, access: Access) -> Result<&SecretString, SyncError> {
        let missing = |names: &str, why: &str| {
            SyncError::NotAllowed(format!("expected {names} to be set in the environment; {why}"))
        };
        let writes = access == Access::Write;
        match (&self.admin_key, &self.store_token) {
            (None, None) if writes => Err(missing(
                "INTERNAL_ADMIN_KEY and ATLAS_EDGE_CONFIG_TOKEN",
                "both are needed to publish to this store",
            )),
            (None, Some(_)) if writes => {
                Err(missing("INTERNAL_ADMIN_KEY", "only a job that holds Paris's key may publish to this store"))
            }
            (_, None) => Err(missing("ATLAS_EDGE_CONFIG_TOKEN", "it is the Vercel API token that opens this store")),
            // Every request would be forbidden, and nothing would say why.
            (_, Some(token)) => match in_place_of_a_token(token.expose_secret()) {
                Some(found) => Err(SyncError::NotAllowed(format!(
                    "expected ATLAS_EDGE_CONFIG_TOKEN to be an API token of Vercel, found {found}"
                ))),
                None => Ok(token),
            },
        }
    }
}

/// What a value is that cannot be an API token, said without showing it.
fn in_place_of_a_token(value: &str) -> Option<&'static str> {
    if is_quoted(value) {
        Some("one that is in quotes: remove them")
    } else if is_address(value) {
        Some(
            "an address; the token in a connection string can only read: create an API token in Vercel's account settings",
        )
    } else if value.starts_with("ecfg_") {
        Some("the id of an Edge Config, which belongs in ATLAS_EDGE_CONFIG_ID")
    } else if is_more_than_a_token(value) {
        Some("more than a token: give the token alone, without Bearer or a name in front of it, or spaces in it")
    } else {
        None
    }
}

/// What makes a key one that no request has, said without showing it.
pub fn flaw(key: &SecretString) -> Option<&'static str> {
    let key = key.expose_secret();
    if key.contains(char::is_control) {
        return Some("without control characters, found one; no HTTP header could carry it");
    }
    is_quoted(key).then_some("without quotes around it, found them: remove them")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::signature::KEPT_BACK;

    fn secrets(admin_key: &str, store_token: &str) -> Secrets {
        Secrets::from_environment(|name| match name {
            "INTERNAL_ADMIN_KEY" => Some(admin_key.to_owned()),
            "ATLAS_EDGE_CONFIG_TOKEN" => Some(store_token.to_owned()),
            _ => None,
        })
    }

    #[test]
    fn publishing_needs_the_key_and_the_token_and_looking_the_token_alone() {
        for (key, token, reads, writes) in
            [("k", "t", true, true), ("", "t", true, false), ("k", "", false, false), (" ", "\n", false, false)]
        {
            let secrets = secrets(key, token);
            assert_eq!(secrets.permit(Access::Read).is_ok(), reads, "{key:?} {token:?}");
            assert_eq!(secrets.permit(Access::Write).is_ok(), writes, "{key:?} {token:?}");
        }
        assert!(Secrets::from_environment(|_| None).permit(Access::Read).is_err());
    }

    #[test]
    fn what_is_missing_is_named_and_what_is_there_is_not_shown() {
        let error = |key, token| secrets(key, token).permit(Access::Write).unwrap_err();
        let neither = error("", "").to_string();
        assert!(neither.contains("INTERNAL_ADMIN_KEY") && neither.contains("ATLAS_EDGE_CONFIG_TOKEN"), "{neither}");
        let no_key = error("", "very-secret");
        assert!(no_key.to_string().contains("INTERNAL_ADMIN_KEY") && !no_key.to_string().contains("very-secret"));
        assert_eq!(no_key.exit_code(), 3);
        let no_token = error("very-secret", "").to_string();
        assert!(no_token.contains("ATLAS_EDGE_CONFIG_TOKEN") && !no_token.contains("INTERNAL_ADMIN_KEY"), "{no_token}");
        assert!(!format!("{:?}", secrets("very-secret", "very-secret")).contains("very-secret"));
    }

    #[test]
    fn a_token_in_quotes_is_told_and_not_shown() {
        for token in ["\"very-secret\"", "'very-secret'"] {
            let error = secrets("k", token).permit(Access::Read).unwrap_err();
            assert!(error.to_string().contains("ATLAS_EDGE_CONFIG_TOKEN"), "{error}");
            assert!(error.to_string().contains("in quotes: remove them"), "{error}");
            assert!(!error.to_string().contains("very-secret"), "{error}");
        }
        for token in ["t", "\"", "t\"", "\"t'"] {
            assert!(secrets("k", token).permit(Access::Read).is_ok(), "{token}");
        }
    }

    #[test]
    fn what_is_no_token_is_told_and_not_sent() {
        for (value, found) in [
            ("https://edge-config.vercel.com/ecfg_1?token=very-secret", "can only read"),
            ("edge-config:id=ecfg_1&token=very-secret", "can only read"),
            ("ecfg_very-secret", "ATLAS_EDGE_CONFIG_ID"),
            ("Bearer very-secret", "without Bearer"),
            ("ATLAS_EDGE_CONFIG_TOKEN=very-secret", "a name in front of it"),
            ("very-secret\nvery-secret", "more than a token"),
        ] {
            let error = secrets("k", value).permit(Access::Read).unwrap_err();
            assert_eq!(error.exit_code(), 3);
            let error = error.to_string();
            assert!(error.contains("ATLAS_EDGE_CONFIG_TOKEN") && error.contains(found), "{error}");
            assert!(!error.contains("very-secret"), "{error}");
        }
    }

    #[test]
    fn each_secret_is_kept_back_from_the_sign_command() {
        Secrets::from_environment(|name| {
            assert!(KEPT_BACK.contains(&name), "{name}");
            None
        });
    }
}
