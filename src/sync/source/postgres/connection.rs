//! One connection to the database, with a limit on everything that it waits for.
//!
//! It speaks only the simple protocol, in which every value is text. So there are no types to look up, whatever the
//! columns are, and no prepared statements that a pooler would have to keep.

use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls, SimpleQueryMessage, SimpleQueryRow};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::Address;
use super::{error, reachable};
use crate::domain::time::Timestamp;
use crate::sync::net::redact::Redactor;
use crate::sync::source::SourceError;

/// One statement and all its rows. The server's own limit is shorter, so it usually reports the timeout itself.
const STATEMENT: Duration = Duration::from_secs(35);
const CLOSE: Duration = Duration::from_secs(2);
/// How many notifications wait to be heard. More say nothing that these do not.
const MOST_NOTIFICATIONS: usize = 10_000;

/// The server's time, as [`Timestamp`] is written.
const CLOCK: &str = "\
    select pg_catalog.to_char(pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()), 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')";

pub const IS_STANDBY: &str = "select pg_catalog.pg_is_in_recovery()";

/// An open connection. When it is dropped, its socket is closed at once, and the server rolls back what was open.
#[derive(Debug)]
pub struct Connection {
    client: Client,
    /// Moves the bytes. It ends with the connection, whatever it waits for.
    driver: JoinSet<()>,
    /// The error that ended the connection; no statement gets it.
    end: Arc<OnceLock<String>>,
    /// Why the server ended the connection, if a statement got that; the driver then meets only a closed socket.
    last_word: OnceLock<String>,
    /// The database without secrets, for errors.
    pub origin: String,
    pub application: String,
    redactor: Redactor,
}

impl Connection {
    /// Opens a connection, and gives the channel of each notification that arrives on it, until it ends.
    pub async fn open(address: &Address, tls: Option<&ClientConfig>) -> Result<(Self, Receiver<String>), SourceError> {
        let (origin, redactor, within) = (address.shown.clone(), address.redactor.clone(), address.patience());
        // Of the host that was tried last; `None` if it did not answer in time.
        let mut cause = None;
        let mut other_kind = None;
        for host in address.hosts() {
            let (sender, notifications) = channel(MOST_NOTIFICATIONS);
            other_kind = None;
            match timeout(within, connect(&host, tls, sender)).await {
                Ok(Ok((client, driver, end))) => {
                    let (application, last_word) = (address.application.clone(), OnceLock::new());
                    let (origin, redactor) = (origin.clone(), redactor.clone());
                    let connection = Self { client, driver, end, last_word, origin, application, redactor };
                    match connection.check_server_kind(address.standby).await {
                        Ok(()) => return Ok((connection, notifications)),
                        Err(error) => other_kind = Some(error),
                    }
                }
                Ok(Err(error)) => cause = Some(error),
                Err(_) => cause = None,
            }
        }
        if let Some(error) = other_kind {
            return Err(error);
        }
        let (usual, message) = match &cause {
            Some(cause) => {
                (error::explain(&origin, cause, None, &redactor), error::shown(&error::words(cause), &redactor))
            }
            None => (error::late(&origin, within), error::no_answer(within)),
        };
        Err(reachable::explain(address, &message, cause.as_ref()).await.unwrap_or(usual))
    }

    /// Whether it is a standby or the primary, if only one of them will do.
    async fn check_server_kind(&self, standby: Option<bool>) -> Result<(), SourceError> {
        match standby {
            Some(standby) if is_true(&self.rows(IS_STANDBY).await?) != standby => {
                Err(error::wrong_server_kind(&self.origin, standby))
            }
            _ => Ok(()),
        }
    }

    pub async fn rows(&self, sql: &str) -> Result<Vec<SimpleQueryRow>, SourceError> {
        let mut rows = Vec::new();
        self.each(&self.origin, sql, |row| {
            rows.push(row);
            Ok(())
        })
        .await?;
        Ok(rows)
    }

    pub async fn clock(&self) -> Result<Option<Timestamp>, SourceError> {
        let rows = self.rows(CLOCK).await?;
        Ok(rows.first().and_then(|row| row.get(0)).and_then(Timestamp::parse))
    }

    /// Runs statements and hands over each row as it arrives, so that only one is held as it was sent. `origin` names what
    /// is read, for errors.
    pub async fn each(
        &self,
        origin: &str,
        sql: &str,
        mut take: impl FnMut(SimpleQueryRow) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        let explain = |error: tokio_postgres::Error| {
            if error.as_db_error().is_some_and(error::ends_the_connection) {
                let _ = self.last_word.set(error::words(&error));
            }
            error::explain(origin, &error, self.last_word.get().or_else(|| self.end.get()), &self.redactor)
        };
        let reading = async {
            let mut messages = pin!(self.client.simple_query_raw(sql).await.map_err(explain)?);
            while let Some(message) = messages.try_next().await.map_err(explain)? {
                if let SimpleQueryMessage::Row(row) = message {
                    take(row)?;
                }
            }
            Ok(())
        };
        match timeout(STATEMENT, reading).await {
            Ok(read) => read,
            Err(_) => Err(error::late(origin, STATEMENT)),
        }
    }

    /// Ends the connection; when this returns, the server has usually noticed.
    pub async fn close(self) {
        let Self { client, mut driver, .. } = self;
        drop(client);
        let _ = timeout(CLOSE, driver.join_next()).await;
    }
}

/// A text in SQL, whatever `standard_conforming_strings` says.
pub fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

pub fn is_true(rows: &[SimpleQueryRow]) -> bool {
    rows.first().is_some_and(|row| row.get(0) == Some("t"))
}

async fn connect(
    host: &Config,
    tls: Option<&ClientConfig>,
    notifications: Sender<String>,
) -> Result<Driven, tokio_postgres::Error> {
    if let Some(tls) = tls {
        let (client, connection) = host.connect(MakeRustlsConnect::new(tls.clone())).await?;
        return Ok(drive(client, connection, notifications));
    }
    let (client, connection) = host.connect(NoTls).await?;
    Ok(drive(client, connection, notifications))
}

/// A client, what moves its bytes, and the error that ended the connection.
type Driven = (Client, JoinSet<()>, Arc<OnceLock<String>>);

/// Runs the connection beside its client, passes on its notifications, and keeps the error that ended it, which the client
/// does not get.
fn drive<S, T>(
    client: Client,
    mut connection: tokio_postgres::Connection<S, T>,
    notifications: Sender<String>,
) -> Driven
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let end = Arc::new(OnceLock::new());
    let ended = Arc::clone(&end);
    let mut driver = JoinSet::new();
    driver.spawn(async move {
        let mut messages = stream::poll_fn(|context| connection.poll_message(context));
        while let Some(message) = messages.next().await {
            match message {
                // Nobody need listen, and to wait for whoever does would hold up the answers.
                Ok(AsyncMessage::Notification(heard)) => drop(notifications.try_send(heard.channel().to_owned())),
                Ok(_) => {}
                Err(error) => {
                    let _ = ended.set(error::words(&error));
                    return;
                }
            }
        }
    });
    (client, driver, end)
}
