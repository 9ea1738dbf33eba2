//! Venice's connection string: whether it names the store that the job writes, and opens it.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::finding::{Check, Finding};
use crate::domain::key::Key;
use crate::sync::net::http::{Http, HttpAnswer, Limits, is_confidential, secret_header};
use crate::sync::store::Item;

const EXPECTED: &str = "expected ATLAS_EDGE_CONFIG to be the connection string of Vercel's dashboard, without quotes, such \
                        as https://edge-config.vercel.com/ecfg_…?token=…";

const LIMITS: Limits =
    Limits { connect: Duration::from_secs(5), request: Duration::from_secs(10), answer_bytes: 2_000_000 };

struct ConnectionString {
    /// The store's address, without the token.
    url: Url,
    id: String,
    token: SecretString,
}

/// Checks the string against the store that the job writes: its id, and what its API shows.
pub async fn check(text: Option<&SecretString>, id: Option<&str>, items: Option<&[Item]>) -> Finding {
    let Some(text) = text else {
        let message = "not checked: set ATLAS_EDGE_CONFIG to the connection string that Venice has";
        return Finding::skipped(Check::ConnectionString, message);
    };
    let problem = |message: &str| Finding::problem(Check::ConnectionString, message);
    let Some(string) = ConnectionString::parse(text.expose_secret()) else { return problem(EXPECTED) };
    if let Some(id) = id
        && id != string.id
    {
        return problem(&format!(
            "ATLAS_EDGE_CONFIG is the connection string of {}, but the job writes to {id}: give both the same store",
            string.id
        ));
    }
    match string.manifest().await {
        Ok(read) => compare_versions(read.as_ref(), items),
        Err(message) => problem(&message),
    }
}

/// Whether a reader sees what the API shows. A write takes some seconds to reach readers.
fn compare_versions(read: Option<&Version>, items: Option<&[Item]>) -> Finding {
    let version = read.map(|manifest| manifest.version);
    let Some(items) = items else {
        return Finding::ok(Check::ConnectionString, "it opens its store; whether that is the job's was not checked");
    };
    let manifest = items.iter().find(|item| item.key == Key::Manifest.stored());
    let written = manifest.and_then(|item| serde_json::from_str::<Version>(item.value.text()).ok());
    let written = written.map(|manifest| manifest.version);
    if version == written {
        let found = version.map_or_else(|| "no snapshot yet".to_owned(), |version| format!("version {version}"));
        return Finding::ok(Check::ConnectionString, format!("it opens the job's store, and shows {found}"));
    }
    let shown = |version: Option<u64>| version.map_or_else(|| "none".to_owned(), |version| version.to_string());
    let message = format!(
        "a reader sees version {}, the API version {}: a write reaches readers within 10 s, so run doctor again; if they \
         still differ, the connection string is not that of the job's store",
        shown(version),
        shown(written)
    );
    Finding::warning(Check::ConnectionString, message)
}

#[derive(Deserialize)]
struct Version {
    version: u64,
}

impl ConnectionString {
    /// Reads the forms that the SDK takes: an address with the id as its path, and `edge-config:id=…&token=…`.
    fn parse(text: &str) -> Option<Self> {
        let string = match text.strip_prefix("edge-config:") {
            Some(parameters) => Self::from_parameters(parameters.trim_end())?,
            None => Self::from_url(text.trim())?,
        };
        let named = string.id.starts_with("ecfg_") && !string.token.expose_secret().is_empty();
        named.then_some(string)
    }

    fn from_url(text: &str) -> Option<Self> {
        let mut url = Url::parse(text).ok().filter(is_confidential)?;
        // No reader's `fetch` takes an address that has them.
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let token = parameter(&url, "token")?.into();
        url.set_query(None);
        let id = url.path_segments()?.next_back()?.to_owned();
        Some(Self { url, id, token })
    }

    fn from_parameters(parameters: &str) -> Option<Self> {
        let mut url = Url::parse("https://edge-config.vercel.com").ok()?;
        url.set_query(Some(parameters));
        let (id, token) = (parameter(&url, "id")?, parameter(&url, "token")?.into());
        url.set_query(None);
        url.path_segments_mut().ok()?.push(&id);
        Some(Self { url, id, token })
    }

    /// The manifest, as a reader gets it; `None` where the store has none.
    async fn manifest(&self) -> Result<Option<Version>, String> {
        let headers = secret_header(&format!("Bearer {}", self.token.expose_secret())).ok_or(EXPECTED)?;
        let headers = HeaderMap::from_iter([(AUTHORIZATION, headers)]);
        let http = Http::new(&self.url, headers, None, LIMITS).map_err(|error| error.to_string())?;
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend(["item", Key::Manifest.stored()]);
        }
        url.set_query(Some("version=1"));
        let answer = http.send(http.request(Method::GET, url)).await.map_err(|error| error.to_string())?;
        self.read(&answer)
    }

    fn read(&self, answer: &HttpAnswer) -> Result<Option<Version>, String> {
        let id = &self.id;
        match answer.status {
            200 => serde_json::from_slice(&answer.body).map(Some).map_err(|_| {
                format!("expected a manifest under {}, found another value: run `atlas-sync sync`", Key::Manifest)
            }),
            404 if answer.headers.contains_key("x-edge-config-digest") => Ok(None),
            401 | 403 => Err(format!(
                "the token in ATLAS_EDGE_CONFIG does not open {id} (it may be revoked): take the connection string from \
                 Vercel's dashboard again, and deploy Venice with it"
            )),
            404 => Err(format!(
                "ATLAS_EDGE_CONFIG names {id}, and there is no such store: take the connection string from \
                 Vercel's dashboard again"
            )),
            status => {
                Err(format!("{} answered {status}: run doctor again later, or see Vercel's status page", answer.place))
            }
        }
    }
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<(String, String)> {
        let ConnectionString { url, id, token } = ConnectionString::parse(text)?;
        assert_eq!(token.expose_secret(), "t&1");
        Some((url.to_string(), id))
    }

    #[test]
    fn the_forms_that_the_sdk_takes_are_read() {
        for (text, url) in [
            ("https://edge-config.vercel.com/ecfg_1?token=t%261", "https://edge-config.vercel.com/ecfg_1"),
            ("edge-config:id=ecfg_1&token=t%261", "https://edge-config.vercel.com/ecfg_1"),
            ("http://127.0.0.1:4600/base/ecfg_1?token=t%261", "http://127.0.0.1:4600/base/ecfg_1"),
        ] {
            assert_eq!(parse(text), Some((url.to_owned(), "ecfg_1".to_owned())), "{text}");
        }
        for bad in [
            "",
            "ecfg_1",
            "\"https://edge-config.vercel.com/ecfg_1?token=t\"",
            "https://edge-config.vercel.com/ecfg_1",
            "https://edge-config.vercel.com/ecfg_1?token=",
            "https://edge-config.vercel.com/?token=t",
            "http://edge-config.vercel.com/ecfg_1?token=t",
            "https://user:password@edge-config.vercel.com/ecfg_1?token=t",
            "edge-config:id=ecfg_1",
            // Neither package takes these.
            "global-config:id=ecfg_1&token=t",
            " edge-config:id=ecfg_1&token=t",
        ] {
            assert!(ConnectionString::parse(bad).is_none(), "{bad}");
        }
    }
}
