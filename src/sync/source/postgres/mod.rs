//! Michael over a connection to his database: all tables in one read-only transaction, under its lock.
//!
//! Nothing outlives the transaction, so a pooler in transaction mode may stand between. Rows arrive as JSON text and go
//! through `strict`, like those of every other source.

mod address;
mod advisory_lock;
mod config;
mod connection;
mod error;
mod listen;
mod lock;
mod parameters;
mod reachable;
mod row_security;
mod transaction;
mod transient;

pub(crate) use connection::Connection;
pub use listen::{Channel, ListenError, Listening};
pub use lock::Lock;
pub(crate) use row_security::hidden_tables;

use std::path::Path;

use async_trait::async_trait;
use rustls::ClientConfig;
use secrecy::SecretString;

use self::address::Address;
use self::advisory_lock::AdvisoryLock;
use self::transaction::Transaction;
use super::{Michael, Reading, Source, SourceError};
use crate::sync::net::tls;

/// A `PostgreSQL` database that holds Michael's tables, in the schema `public`.
#[derive(Clone)]
pub struct PostgresSource {
    address: Address,
    tls: Option<ClientConfig>,
}

impl PostgresSource {
    /// The database at an address: `postgres://…`, `host=… dbname=…`, or `postgres`. What it leaves out is taken from
    /// the environment's `PG*` variables. Connects to nothing.
    pub fn new(address: &SecretString, ca_file: Option<&Path>) -> Result<Self, SourceError> {
        let address = Address::parse(address, ca_file, |name| std::env::var(name).ok())?;
        for warning in &address.warnings {
            tracing::warn!(warning, "a warning about the address of the source");
        }
        let tls = address.encrypted.then(|| tls::client_config(address.ca_file.as_deref())).transpose();
        Ok(Self { tls: tls.map_err(SourceError::new)?, address })
    }

    /// Who holds the lock of the runs for this store, if anybody does.
    pub(crate) async fn lock_holder(connection: &Connection, store: &str) -> Result<Option<String>, SourceError> {
        AdvisoryLock::of(store).holder(connection).await
    }

    /// The parts of its address that have no effect.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.address.warnings
    }

    /// Opens a connection outside of a run's transaction.
    pub(crate) async fn connect(&self) -> Result<Connection, SourceError> {
        Connection::open(&self.address, self.tls.as_ref()).await.map(|(connection, _)| connection)
    }

    async fn begin(&self, lock: Option<AdvisoryLock>) -> Result<Transaction, SourceError> {
        Transaction::begin(self.connect().await?, lock).await
    }
}

#[async_trait]
impl Source for PostgresSource {
    fn describe(&self) -> String {
        self.address.shown.clone()
    }

    async fn read(&self) -> Result<Michael, SourceError> {
        let transaction = self.begin(None).await?;
        let michael = transaction.read().await;
        transaction.end().await;
        michael
    }

    async fn read_locked(&self, store: &str) -> Result<Reading, SourceError> {
        let wanted = AdvisoryLock::of(store);
        let transaction = self.begin(Some(wanted)).await?;
        match transaction.read().await {
            Ok(michael) => {
                let transaction = transaction.release_tables(wanted).await?;
                Ok(Reading { michael, lock: Some(Lock::held_by(transaction, wanted)) })
            }
            Err(error) => {
                transaction.end().await;
                Err(error)
            }
        }
    }
}
