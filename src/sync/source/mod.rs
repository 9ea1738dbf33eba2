//! Where the rows come from: Michael's four tables, as JSON objects by column name.
//!
//! A source only fetches. Whatever the rows come through, they have one spelling here (`strict`), and `build`
//! alone decides what they mean.

pub mod built_in;
mod error;
pub mod file;
mod holder;
mod lock;
mod michael;
mod numbers;
pub mod postgres;
mod row;
pub(crate) mod strict;
pub mod supabase;
mod table;

pub use error::SourceError;
pub use holder::Holder;
pub use lock::{HeldLock, Lock};
pub use michael::{Michael, TableRows};
pub use row::Row;
pub use table::Table;

use async_trait::async_trait;

#[derive(Debug)]
pub struct Reading {
    pub michael: Michael,
    /// To be kept until the store is written.
    pub lock: Lock,
}

#[async_trait]
pub trait Source: Send + Sync {
    /// What it is, for reports and logs, without secrets.
    fn describe(&self) -> String;

    async fn read(&self) -> Result<Michael, SourceError>;

    /// Reads as [`Source::read`] does, under the lock that keeps a second run for this store out, if the source has
    /// one. `store` is the store's name, as [`Store::describe`](crate::sync::store::Store::describe) gives it: runs for
    /// different stores do not wait for each other.
    ///
    /// # Errors
    ///
    /// [`SourceError::Locked`] at once if another run holds it, and those of [`Source::read`].
    async fn read_locked(&self, store: &str) -> Result<Reading, SourceError> {
        let _ = store;
        Ok(Reading { michael: self.read().await?, lock: Lock::none() })
    }
}
