//! The store at Vercel, `--store vercel`: one Edge Config (also named Global Config) behind Vercel's REST API. Each
//! method asks once; who calls decides what is asked again.

use async_trait::async_trait;
use reqwest::Method;
use secrecy::SecretString;
use serde::de::DeserializeOwned;

use super::vercel_answer::{self as answer, BackupAnswer, BackupsAnswer, ItemAnswer, MetadataAnswer};
use super::{Backup, Item, Metadata, Operation, Store, StoreError, refusal, state};
use crate::sync::net::error::RemoteError;
use crate::sync::net::http::{Answer, Http, Limits, Request};

pub const API_URL: &str = "https://api.vercel.com";
const PAGE: &str = "50";
/// Pages after which a list of backups counts as endless.
const MOST_PAGES: usize = 40;

/// Vercel's two names for the same thing, as they stand in the path.
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
    /// Under which of its names the store is asked for.
    pub api_name: ApiName,
    pub id: String,
    /// The team that owns it; none for a personal account.
    pub team_id: Option<String>,
    pub token: SecretString,
    pub limits: Limits,
}

#[derive(Debug)]
pub struct VercelStore {
    http: Http,
    api_name: ApiName,
    id: String,
    team_id: Option<String>,
}

impl ApiName {
    const fn segment(self) -> &'static str {
        match self {
            Self::EdgeConfig => "edge-config",
            Self::GlobalConfig => "global-config",
        }
    }
}

impl VercelStore {
    /// The store that the configuration names. Nothing is sent yet.
    pub fn new(config: VercelConfig) -> Result<Self, RemoteError> {
        let VercelConfig { api_url, api_name, id, team_id, token, limits } = config;
        state::check_key(&id).map_err(|_| {
            RemoteError::Setup(format!(
                "ATLAS_EDGE_CONFIG_ID: expected the id of an Edge Config such as ecfg_abc123, found {} characters that \
                 are none; copy the id alone, not the connection string",
                id.chars().count()
            ))
        })?;
        Ok(Self { http: Http::new(&api_url, token, limits)?, api_name, id, team_id })
    }

    /// Puts an earlier state in place of all that is there, as Vercel's dashboard does. Versions go down with it, and
    /// readers refuse that; `atlas-sync restore` is what a person wants.
    pub async fn restore_everything(&self, backup: &str) -> Result<(), StoreError> {
        self.ask(Method::POST, &["backups", backup, "restore"], None).await.map(|_| ()).map_err(of_backup(backup))
    }

    async fn ask(&self, method: Method, path: &[&str], body: Option<Vec<u8>>) -> Result<Answer, RemoteError> {
        self.ask_with(method, path, &[], body).await
    }

    async fn ask_with(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, Option<&str>)],
        body: Option<Vec<u8>>,
    ) -> Result<Answer, RemoteError> {
        let path = [&["v1", self.api_name.segment(), &self.id], path].concat();
        let query = [&[("teamId", self.team_id.as_deref())], query].concat();
        let answer = self.http.send(Request { method, path: &path, query: &query, body }).await?;
        if (200..300).contains(&answer.status) { Ok(answer) } else { Err(answer::refusal(answer, &self.http)) }
    }

    fn parsed<T: DeserializeOwned>(&self, answer: &Answer, expected: &'static str) -> Result<T, RemoteError> {
        serde_json::from_slice(&answer.body).map_err(|error| RemoteError::Unexpected {
            place: answer.place.clone(),
            expected,
            found: self.http.shown(&error.to_string()),
        })
    }
}

#[async_trait]
impl Store for VercelStore {
    fn describe(&self) -> String {
        let elsewhere = if self.http.base() == API_URL { String::new() } else { format!(" at {}", self.http.base()) };
        format!("vercel:{}{elsewhere}", self.id)
    }

    fn clock_ahead_ms(&self) -> Option<i64> {
        self.http.clock_ahead_ms()
    }

    async fn items(&self) -> Result<Vec<Item>, StoreError> {
        let answer = self.ask(Method::GET, &["items"], None).await?;
        let mut items: Vec<ItemAnswer> = self.parsed(&answer, "a list of items")?;
        items.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(items.into_iter().map(|ItemAnswer { key, value }| Item { key, value }).collect())
    }

    async fn patch(&self, operations: &[Operation]) -> Result<(), StoreError> {
        let body = answer::patch_body(operations).map_err(|error| {
            StoreError::refused(refusal::BAD_REQUEST, format!("the operations cannot be written as JSON: {error}"))
        })?;
        match self.ask(Method::PATCH, &["items"], Some(body)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(answer::conflict(&error, operations).unwrap_or_else(|| error.into())),
        }
    }

    async fn metadata(&self) -> Result<Metadata, StoreError> {
        let answer = self.ask(Method::GET, &[], None).await?;
        let found: MetadataAnswer = self.parsed(&answer, "the record of a store")?;
        Ok(found.into())
    }

    async fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        let mut backups = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let query = [("limit", Some(PAGE)), ("next", next.as_deref())];
            let answer = self.ask_with(Method::GET, &["backups"], &query, None).await?;
            let page: BackupsAnswer = self.parsed(&answer, "a list of backups")?;
            next = page.next();
            backups.extend(page.backups.into_iter().map(Backup::from));
            if next.is_none() {
                break;
            }
        }
        backups.sort_by_key(|backup| std::cmp::Reverse(backup.last_modified));
        Ok(backups)
    }

    async fn backup(&self, id: &str) -> Result<Vec<Item>, StoreError> {
        let answer = self.ask(Method::GET, &["backups", id], None).await.map_err(of_backup(id))?;
        let backup: BackupAnswer = self.parsed(&answer, "a backup with its items")?;
        Ok(backup.into_items())
    }
}

/// A 404 below `backups` is about the backup, unless it says that the store itself is missing.
fn of_backup(id: &str) -> impl FnOnce(RemoteError) -> StoreError {
    let id = id.to_owned();
    move |error| match &error {
        RemoteError::Answered { status: 404, code, message, .. } if code != answer::NO_SUCH_STORE => {
            StoreError::refused(refusal::BACKUP_NOT_FOUND, format!("found no backup `{id}`: {message}"))
        }
        _ => error.into(),
    }
}
