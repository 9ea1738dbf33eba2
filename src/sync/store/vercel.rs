//! The store at Vercel, `--store vercel`: one Edge Config (also named Global Config) behind Vercel's REST API. Each
//! method makes one request; the caller decides what to retry.

use async_trait::async_trait;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use super::vercel_answer::{self as answer, BackupAnswer, BackupsAnswer};
use super::{Backup, Item, Operation, Store, StoreError, refusal, state};
use crate::sync::net::error::{RemoteError, json_error};
use crate::sync::net::http::{self, Http, HttpAnswer, Limits};
use crate::sync::net::redact::Redactor;

pub const API_URL: &str = "https://api.vercel.com";
const PAGE: &str = "50";
const MOST_PAGES: usize = 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ApiName {
    /// `/v1/edge-config`.
    #[default]
    EdgeConfig,
    /// `/v1/global-config`.
    GlobalConfig,
}

#[derive(Debug)]
pub struct VercelConfig {
    pub api_url: String,
    pub api_name: ApiName,
    pub id: String,
    /// The team that owns it; `None` for a personal account.
    pub team_id: Option<String>,
    pub token: SecretString,
    pub limits: Limits,
}

#[derive(Debug)]
pub struct VercelStore {
    http: Http,
    /// Where the store is in the API, without the team.
    base: Url,
    team_id: Option<String>,
    name: String,
    redactor: Redactor,
}

impl VercelStore {
    /// The store that the configuration names. Nothing is sent yet.
    pub fn new(config: VercelConfig) -> Result<Self, RemoteError> {
        let VercelConfig { api_url, api_name, id, team_id, token, limits } = config;
        state::check_key(&id).map_err(|_| {
            RemoteError::Setup(format!(
                "ATLAS_EDGE_CONFIG_ID: expected the id of an Edge Config such as ecfg_abc123, found {} characters that \
                 are not one; copy the id alone, not the connection string",
                id.chars().count()
            ))
        })?;
        let api_url = address(&api_url)?;
        let segment = match api_name {
            ApiName::EdgeConfig => "edge-config",
            ApiName::GlobalConfig => "global-config",
        };
        let http = Http::new(&api_url, authorization(&token)?, None, limits)?;
        let shown = api_url.as_str().trim_end_matches('/');
        let elsewhere = if shown == API_URL { String::new() } else { format!(" at {shown}") };
        let name = format!("vercel:{id}{elsewhere}");
        let base = below(&api_url, &["v1", segment, &id])?;
        Ok(Self { http, base, team_id, name, redactor: Redactor::new([token]) })
    }

    async fn ask(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<HttpAnswer, RemoteError> {
        let mut request = self.http.request(method, self.url(path, query)?);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let answer = self.http.send(request).await?;
        if (200..300).contains(&answer.status) { Ok(answer) } else { Err(answer::refusal(&answer, &self.redactor)) }
    }

    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Url, RemoteError> {
        let mut url = below(&self.base, path)?;
        for (name, value) in self.team_id.iter().map(|team| ("teamId", team.as_str())).chain(query.iter().copied()) {
            url.query_pairs_mut().append_pair(name, value);
        }
        Ok(url)
    }

    fn parsed<T: DeserializeOwned>(&self, answer: &HttpAnswer, expected: &'static str) -> Result<T, RemoteError> {
        serde_json::from_slice(&answer.body).map_err(|error| {
            let found = if error.is_syntax() { not_json(&answer.body) } else { json_error(&error) };
            let found = answer::shown(&self.redactor, &found);
            RemoteError::Unexpected { place: answer.place.clone(), expected, found }
        })
    }
}

/// The text itself, which is cut where it is shown: it may be the page of a gateway, and says whose.
fn not_json(body: &[u8]) -> String {
    format!("no JSON: {}", String::from_utf8_lossy(body))
}

fn below(url: &Url, path: &[&str]) -> Result<Url, RemoteError> {
    let mut below = url.clone();
    below
        .path_segments_mut()
        .map_err(|()| RemoteError::Setup(format!("expected an address with a path, found {url}")))?
        .pop_if_empty()
        .extend(path);
    Ok(below)
}

/// The address of the API, if a token may be sent there.
fn address(text: &str) -> Result<Url, RemoteError> {
    let setup = |found: &str| {
        RemoteError::Setup(format!(
            "ATLAS_API_URL: expected an https address such as https://api.vercel.com, or http on this machine alone, \
             found {found}"
        ))
    };
    // It may be a token that was pasted here, so it is not repeated.
    if !text.contains("://") {
        return Err(setup("one that does not begin with https://"));
    }
    let url = Url::parse(text).map_err(|error| setup(&format!("something else ({error})")))?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(setup("one with a user, a password, a query or a fragment"));
    }
    match url.scheme() {
        _ if http::is_confidential(&url) => Ok(url),
        "http" => Err(setup(&format!("http to {}, where others could read the token", url.authority()))),
        other => Err(setup(&format!("the scheme {other}"))),
    }
}

fn authorization(token: &SecretString) -> Result<HeaderMap, RemoteError> {
    let value = http::secret_header(&format!("Bearer {}", token.expose_secret())).ok_or_else(|| {
        RemoteError::Setup("expected a token of visible ASCII characters, found others in it; set it again".to_owned())
    })?;
    Ok(HeaderMap::from_iter([(AUTHORIZATION, value)]))
}

#[async_trait]
impl Store for VercelStore {
    fn describe(&self) -> String {
        self.name.clone()
    }

    fn clock_ahead_ms(&self) -> Option<i64> {
        self.http.clock_ahead_ms()
    }

    async fn items(&self) -> Result<Vec<Item>, StoreError> {
        let answer = self.ask(Method::GET, &["items"], &[], None).await?;
        let mut items: Vec<Item> = self.parsed(&answer, "a list of items")?;
        items.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(items)
    }

    async fn patch(&self, operations: &[Operation]) -> Result<(), StoreError> {
        let body = answer::patch_body(operations).map_err(|error| {
            StoreError::refused(refusal::BAD_REQUEST, format!("the operations cannot be written as JSON: {error}"))
        })?;
        match self.ask(Method::PATCH, &["items"], &[], Some(body)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(answer::conflict(&error, operations).unwrap_or_else(|| error.into())),
        }
    }

    async fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        let mut backups = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let query: Vec<_> =
                [("limit", PAGE)].into_iter().chain(next.iter().map(|id| ("next", id.as_str()))).collect();
            let answer = self.ask(Method::GET, &["backups"], &query, None).await?;
            let expected = "a list of backups";
            let page: BackupsAnswer = self.parsed(&answer, expected)?;
            let unexpected = |found| RemoteError::Unexpected { place: answer.place.clone(), expected, found };
            page.check(&self.redactor).map_err(unexpected)?;
            next = page.next();
            backups.extend(page.backups);
            if next.is_none() {
                break;
            }
        }
        backups.sort_by_key(|backup| std::cmp::Reverse(backup.last_modified));
        Ok(backups)
    }

    async fn backup(&self, id: &str) -> Result<Vec<Item>, StoreError> {
        let answer = self.ask(Method::GET, &["backups", id], &[], None).await;
        let backup = answer.and_then(|answer| self.parsed::<BackupAnswer>(&answer, "a backup with its items"));
        backup.map(BackupAnswer::into_items).map_err(|error| of_backup(id, error))
    }
}

/// A 404 below `backups` is about the backup, unless it says that the store itself is missing. So is an answer that cannot be
/// read.
fn of_backup(id: &str, error: RemoteError) -> StoreError {
    let bad = |message| StoreError::BadBackup { id: id.to_owned(), message };
    match error {
        RemoteError::Answered { status: 404, code, message, .. } if code != answer::NO_SUCH_STORE => {
            StoreError::refused(refusal::BACKUP_NOT_FOUND, format!("backup {id}: {message}"))
        }
        RemoteError::Unexpected { place, expected, found } => {
            bad(format!("{place}: expected {expected}, found {found}"))
        }
        RemoteError::TooLong { .. } => bad(error.to_string()),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(api_url: &str, token: &str, team_id: Option<&str>) -> Result<VercelStore, RemoteError> {
        VercelStore::new(VercelConfig {
            api_url: api_url.to_owned(),
            api_name: ApiName::EdgeConfig,
            id: "ecfg_1".to_owned(),
            team_id: team_id.map(str::to_owned),
            token: token.into(),
            limits: Limits::default(),
        })
    }

    #[test]
    fn a_token_is_sent_over_https_or_to_this_machine_only() {
        for good in ["https://api.vercel.com", "http://127.0.0.1:4600", "http://[::1]:4600/x", "http://localhost:1"] {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.vercel.com",
            "ftp://127.0.0.1",
            "https://user@api.vercel.com",
            "https://:password@api.vercel.com",
            "https://api.vercel.com?token=1",
            "api.vercel.com",
            "",
        ] {
            assert!(matches!(address(bad), Err(RemoteError::Setup(_))), "{bad}");
        }
        for bad in ["foo", "api.vercel.com", "localhost:4600", "s3cr3t"] {
            let error = address(bad).unwrap_err().to_string();
            assert!(error.ends_with("found one that does not begin with https://"), "{error}");
        }
    }

    #[test]
    fn neither_the_store_nor_its_headers_show_the_token() {
        let headers = authorization(&"very-secret".into()).unwrap();
        assert!(!format!("{headers:?}").contains("very-secret"));
        assert!(!format!("{:?}", store(API_URL, "very-secret", None).unwrap()).contains("very-secret"));
        let bad = store(API_URL, "very\nsecret", None).unwrap_err();
        assert!(!bad.to_string().contains("secret"), "{bad}");
    }

    #[test]
    fn a_name_cannot_leave_its_place_in_the_path() {
        let store = store("http://127.0.0.1:1/base/", "t", Some("a&b")).unwrap();
        let url = store.url(&["a/../b?c"], &[("next", "1")]).unwrap();
        let expected = "http://127.0.0.1:1/base/v1/edge-config/ecfg_1/a%2F..%2Fb%3Fc?teamId=a%26b&next=1";
        assert_eq!(url.as_str(), expected);
    }
}
