//! One connection to the database, with bounds on everything that it waits for.
//!
//! Only the simple protocol is spoken on it: every value comes as text. So there is no type to look up, whatever the
//! columns are made of, and no prepared statement that a pooler would have to keep.

use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Client, NoTls, SimpleQueryMessage, SimpleQueryRow};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::Address;
use super::{error, reachable};
use crate::sync::net::redact::Redactor;
use crate::sync::source::SourceError;

/// The whole of connecting: every address, TLS and the password.
const CONNECT: Duration = Duration::from_secs(10);
/// One statement and all its rows. The server is told a shorter time, so that it usually says so itself.
const STATEMENT: Duration = Duration::from_secs(35);
const CLOSE: Duration = Duration::from_secs(2);

/// An open connection. When it is dropped, its socket is closed at once, and the server rolls back what was open.
#[derive(Debug)]
pub struct Connection {
    client: Client,
    driver: Driver,
    end: Arc<OnceLock<String>>,
    /// The database without secrets, for errors.
    pub origin: String,
    pub application: String,
    redactor: Redactor,
}

impl Connection {
    pub async fn open(address: &Address, tls: Option<&ClientConfig>) -> Result<Self, SourceError> {
        Self::open_with_notifications(address, tls).await.map(|(connection, _)| connection)
    }

    /// Opens a connection, and gives the channel of each notification that arrives on it, until it ends.
    pub async fn open_with_notifications(
        address: &Address,
        tls: Option<&ClientConfig>,
    ) -> Result<(Self, UnboundedReceiver<String>), SourceError> {
        let (sender, notifications) = unbounded_channel();
        let within = address.config.get_connect_timeout().copied().unwrap_or(CONNECT);
        let connecting = async {
            match tls {
                Some(tls) => {
                    let tls = MakeRustlsConnect::new(tls.clone());
                    address.config.connect(tls).await.map(|(client, connection)| drive(client, connection, sender))
                }
                None => {
                    address.config.connect(NoTls).await.map(|(client, connection)| drive(client, connection, sender))
                }
            }
        };
        let origin = address.shown.clone();
        let redactor = address.redactor.clone();
        let (client, driver, end) = match timeout(within, connecting).await {
            Ok(Ok(connected)) => connected,
            Ok(Err(error)) => {
                let explained = error::explain(&origin, &error, None).redacted(&redactor);
                return Err(reachable::explain(&address.config, explained, Some(&error)).await);
            }
            Err(_) => return Err(reachable::explain(&address.config, error::late(&origin, within), None).await),
        };
        let application = address.application.clone();
        Ok((Self { client, driver, end, origin, application, redactor }, notifications))
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

    /// Runs statements and takes each row as it comes, so no more than one of them is held as it was sent. `origin` is
    /// what is read, for errors.
    pub async fn each(
        &self,
        origin: &str,
        sql: &str,
        mut take: impl FnMut(SimpleQueryRow) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        let explain =
            |error: tokio_postgres::Error| error::explain(origin, &error, self.end.get()).redacted(&self.redactor);
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

    /// Ends the connection; when this returns, the server usually knows.
    pub async fn close(self) {
        let Self { client, mut driver, .. } = self;
        drop(client);
        let _ = timeout(CLOSE, &mut driver.0).await;
    }
}

/// The task that moves a connection's bytes. It ends with the connection, whatever it waits for.
#[derive(Debug)]
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs the connection beside its client, passes on what it is notified of, and keeps what ended it, which the client is
/// not told.
fn drive<S, T>(
    client: Client,
    mut connection: tokio_postgres::Connection<S, T>,
    notifications: UnboundedSender<String>,
) -> (Client, Driver, Arc<OnceLock<String>>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let end = Arc::new(OnceLock::new());
    let ended = Arc::clone(&end);
    let driver = tokio::spawn(async move {
        let mut messages = stream::poll_fn(|context| connection.poll_message(context));
        while let Some(message) = messages.next().await {
            match message {
                // Nobody may be interested.
                Ok(AsyncMessage::Notification(heard)) => drop(notifications.send(heard.channel().to_owned())),
                Ok(_) => {}
                Err(error) => {
                    let _ = ended.set(error::words(&error));
                    return;
                }
            }
        }
    });
    (client, Driver(driver), end)
}
