//! Michael over a connection to his database: all four tables in one transaction that cannot write, under a lock.
//!
//! The lock is a session's advisory lock, taken before the transaction begins, so that what is read is not older than
//! the lock. Rows come as JSON text and go through [`strict`](super::strict), like those of every other source.

mod address;
mod cells;
mod error;
mod lock;
mod session;

use std::path::Path;

use async_trait::async_trait;
use rustls::ClientConfig;
use secrecy::SecretString;

use self::address::Address;
use self::lock::SessionLock;
use self::session::Session;
use super::{Lock, Michael, Reading, Source, SourceError};
use crate::sync::tls;

/// A `PostgreSQL` database that holds Michael's tables, in the schema `public`.
pub struct PostgresSource {
    address: Address,
    tls: Option<ClientConfig>,
}

impl PostgresSource {
    /// The database at a `postgres://` address. Connects to nothing.
    ///
    /// # Errors
    ///
    /// [`SourceError::Config`] when the address is no such address, or would weaken the connection; and when there are
    /// no certificates to check the server's against.
    pub fn new(url: &SecretString, ca_file: Option<&Path>) -> Result<Self, SourceError> {
        let address = Address::parse(url, ca_file.is_some())?;
        let tls = address.encrypted.then(|| tls::client_config(ca_file)).transpose();
        Ok(Self { address, tls: tls.map_err(|error| SourceError::Config(error.to_string()))? })
    }

    async fn session(&self) -> Result<Session, SourceError> {
        Session::open(&self.address, self.tls.as_ref()).await
    }
}

#[async_trait]
impl Source for PostgresSource {
    fn describe(&self) -> String {
        self.address.shown.clone()
    }

    async fn read(&self) -> Result<Michael, SourceError> {
        let session = self.session().await?;
        let michael = session.read().await;
        session.close().await;
        michael
    }

    async fn read_locked(&self, store: &str) -> Result<Reading, SourceError> {
        let lock = SessionLock::take(self.session().await?, store).await?;
        match lock.session().read().await {
            Ok(michael) => Ok(Reading { michael, lock: Lock::held(Box::new(lock)) }),
            Err(error) => {
                Lock::held(Box::new(lock)).release().await;
                Err(error)
            }
        }
    }
}
