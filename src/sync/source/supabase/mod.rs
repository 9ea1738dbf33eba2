//! Michael through Supabase's REST API (`PostgREST`), for where his database cannot be reached directly.
//!
//! It has no transaction over several requests, so all tables are read until two reads in a row agree. That is weaker
//! than a transaction: a change that is undone in between goes unnoticed.

mod address;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod key;
mod page;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Url;
use secrecy::SecretString;

use super::budget::RowBudget;
use super::identity::identity;
use super::{Michael, Source, SourceError, Table, TableRows};
use crate::domain::time::Timestamp;
use crate::sync::clock::now;
use crate::sync::net::http::{Http, Limits};
use crate::sync::net::redact::Redactor;

const CONNECT: Duration = Duration::from_secs(10);
/// One page.
const REQUEST: Duration = Duration::from_secs(30);
const MOST_READS: usize = 5;
/// Each project has one address that ends so, and may have others.
const PROJECTS: &str = ".supabase.co";

pub struct SupabaseSource {
    http: Http,
    base: Url,
    shown: String,
    redactor: Redactor,
}

impl SupabaseSource {
    /// The API at a project's address. Connects to nothing.
    pub fn new(url: &str, key: &SecretString, ca_file: Option<&Path>) -> Result<Self, SourceError> {
        let base = address::base(url)?;
        let limits = Limits { connect: CONNECT, request: REQUEST, answer_bytes: page::MOST_BYTES };
        let http = Http::new(&base, key::headers(key)?, ca_file, limits);
        let http = http.map_err(|error| SourceError::new(error.to_string()))?;
        let shown = format!("supabase at {}", base.origin().ascii_serialization());
        Ok(Self { http, base, shown, redactor: Redactor::new([key.clone()]) })
    }

    async fn settled(&self) -> Result<Michael, SourceError> {
        let mut before = None;
        for _ in 0..MOST_READS {
            let now = self.read_once().await?;
            match now {
                Some(now) if before.as_ref() == Some(&now) => return Ok(Michael { clock: self.clock(), ..now }),
                now => before = now,
            }
        }
        Err(SourceError::transient(format!(
            "{}: expected two reads in a row to agree, found a difference in each of {MOST_READS}; the tables keep \
             changing: run again when nothing changes them, or read them in one transaction with --source postgres://…",
            self.shown
        )))
    }

    /// The server's time now, by the `Date` of its last answer.
    fn clock(&self) -> Option<Timestamp> {
        let ahead_ms = self.http.clock_ahead_ms()?;
        Some(Timestamp::from_millis(now().as_millis().saturating_sub(ahead_ms)))
    }

    /// One read of all tables; `None` if a table is seen to change meanwhile.
    async fn read_once(&self) -> Result<Option<Michael>, SourceError> {
        let (budget, mut tables) = (RowBudget::new(), BTreeMap::new());
        for table in Table::ALL {
            let Some(rows) = self.table(&budget, table).await? else { return Ok(None) };
            tables.insert(table, rows);
        }
        let identity =
            self.base.host_str().filter(|host| host.ends_with(PROJECTS)).map(|host| identity("supabase", &[host]));
        Ok(Some(Michael { tables, clock: None, warning: None, identity }))
    }

    /// All rows of a table, page after page, whatever the server's page size; `None` if their number changed meanwhile.
    async fn table(&self, budget: &RowBudget, table: Table) -> Result<Option<TableRows>, SourceError> {
        let origin = format!("{}, table {table}", self.shown);
        let url = address::table(&self.base, table);
        let mut rows = Vec::new();
        let mut expected = None;
        loop {
            let page = page::fetch(&self.http, budget, &self.redactor, url.clone(), table, &origin, rows.len()).await?;
            let Some((page, total)) = page else { return Ok(None) };
            let ends_early = page.is_empty() && rows.len() < total;
            if ends_early || *expected.get_or_insert(total) != total {
                return Ok(None);
            }
            rows.extend(page);
            if rows.len() >= total {
                return Ok((rows.len() == total).then_some(TableRows { origin, rows }));
            }
        }
    }
}

#[async_trait]
impl Source for SupabaseSource {
    fn describe(&self) -> String {
        self.shown.clone()
    }

    async fn read(&self) -> Result<Michael, SourceError> {
        self.settled().await.map_err(|error| error.redacted(&self.redactor))
    }
}
