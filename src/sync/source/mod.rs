//! Where the rows come from: Michael's tables, as JSON objects by column name.
//!
//! A source only fetches. All rows are read by `strict`, and `content` alone decides what they mean.

pub(crate) mod budget;
pub mod built_in;
mod error;
pub mod file;
mod identity;
mod michael;
mod numbers;
pub mod postgres;
pub(crate) mod strict;
pub mod supabase;
mod table;

pub use error::SourceError;
pub use michael::{Michael, Row, TableRows};
pub use postgres::Lock;
pub use table::Table;

use async_trait::async_trait;

#[derive(Debug)]
pub struct Reading {
    pub michael: Michael,
    /// To be kept until the store is written; `None` if the source has no lock.
    pub lock: Option<Lock>,
}

#[async_trait]
pub trait Source: Send + Sync {
    /// What it is, for reports and logs, without secrets.
    fn describe(&self) -> String;

    async fn read(&self) -> Result<Michael, SourceError>;

    /// Reads as [`Source::read`] does. If the source has a lock, it is taken first, so that no second run for this
    /// store begins meanwhile; if another run holds it, this fails at once. `store` is what
    /// [`Store::describe`](crate::sync::store::Store::describe) gives: runs for different stores do not wait for each
    /// other.
    async fn read_locked(&self, store: &str) -> Result<Reading, SourceError> {
        let _ = store;
        Ok(Reading { michael: self.read().await?, lock: None })
    }
}
