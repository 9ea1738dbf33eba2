//! One connection to the database, with bounds on everything that it waits for, and the reading of all tables on it.

use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::TryStreamExt;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio::try_join;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Connection, NoTls, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::Address;
use super::{cells, error};
use crate::sync::source::{self, Michael, SourceError, Table, TableRows, strict};

/// The whole of connecting: every address, TLS and the password.
const CONNECT: Duration = Duration::from_secs(10);
/// One statement and all its rows. The server is told a shorter time, so that it usually says so itself.
const STATEMENT: Duration = Duration::from_secs(35);
/// Saying goodbye.
const CLOSE: Duration = Duration::from_secs(2);

/// What the server is told, as far as it knows the setting: to read only, to give up in time, to keep an idle session,
/// and to notice within a minute that this machine is gone (which frees the lock).
const SETTINGS: &str = "\
    select pg_catalog.set_config(name, wanted, false) from (values
        ('default_transaction_read_only', 'on'), ('statement_timeout', '30s'), ('lock_timeout', '10s'),
        ('idle_in_transaction_session_timeout', '60s'), ('idle_session_timeout', '0'),
        ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3')
    ) as settings (name, wanted) where pg_catalog.current_setting(name, true) is not null";

/// A statement's parameters.
pub type Parameters<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

/// An open connection.
#[derive(Debug)]
pub struct Session {
    client: Client,
    driver: JoinHandle<()>,
    end: Arc<OnceLock<String>>,
    /// The database without secrets, for errors.
    pub origin: String,
}

impl Session {
    /// Connects and sets the session up.
    pub async fn open(address: &Address, tls: Option<&ClientConfig>) -> Result<Self, SourceError> {
        let within = address.config.get_connect_timeout().copied().unwrap_or(CONNECT);
        let connecting = async {
            match tls {
                Some(tls) => {
                    let tls = MakeRustlsConnect::new(tls.clone());
                    address.config.connect(tls).await.map(|(client, connection)| drive(client, connection))
                }
                None => address.config.connect(NoTls).await.map(|(client, connection)| drive(client, connection)),
            }
        };
        let origin = address.shown.clone();
        let (client, driver, end) = timeout(within, connecting)
            .await
            .map_err(|_| error::late(&origin, within))?
            .map_err(|error| error::explain(&origin, &error, None))?;
        let session = Self { client, driver, end, origin };
        session.rows(SETTINGS, &[]).await?;
        Ok(session)
    }

    /// Runs one statement, and gives its rows.
    pub async fn rows(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, SourceError> {
        self.bounded(&self.origin, self.client.query_typed(sql, parameters)).await
    }

    /// Reads all four tables, as they are at one moment.
    pub async fn read(&self) -> Result<Michael, SourceError> {
        let begin = "begin transaction isolation level repeatable read, read only";
        let transaction = self.bounded(&self.origin, self.client.batch_execute(begin));
        // Not waited for: what is asked next comes after it all the same.
        let michael = try_join!(biased; transaction, self.tables()).map(|((), michael)| michael);
        // Nothing was written, so the two ends of a transaction are one.
        let ended = self.bounded(&self.origin, self.client.batch_execute("rollback")).await;
        let michael = michael?;
        ended.map(|()| michael)
    }

    /// All four are asked for at once. The server answers them one after the other, and after the first that fails it
    /// refuses the others; so the first error is the one to tell.
    async fn tables(&self) -> Result<Michael, SourceError> {
        let (templates, schemas, features, limits) = try_join!(
            biased;
            self.table(Table::WidgetTemplates),
            self.table(Table::WidgetSchemas),
            self.table(Table::PlanFeatures),
            self.table(Table::PlanLimits),
        )?;
        Ok(Michael { templates, schemas, features, limits, clock: None })
    }

    /// The rows in the order of their names.
    async fn table(&self, table: Table) -> Result<TableRows, SourceError> {
        let origin = format!("{}, table {table}", self.origin);
        let columns = table.columns().join(", ");
        let typed = format!("select {columns} from public.{table}");
        let mut rows = match self.each(&origin, &typed, |_, row| Ok(cells::row(table, row))).await? {
            Some(rows) => rows,
            None => self.as_json(table, &origin, &columns).await?,
        };
        rows.sort_by_cached_key(|row| identity(table, row));
        Ok(TableRows { table, origin, rows })
    }

    /// The same for any types of columns. It tells what is wrong with a row that cannot be published.
    async fn as_json(&self, table: Table, origin: &str, columns: &str) -> Result<Vec<source::Row>, SourceError> {
        let sql = format!(
            "select row_to_json(t)::text from (select {columns} from public.{table} order by {}) t",
            table.identity().join(", "),
        );
        let row = |number, row: &Row| {
            let text = row.try_get(0).map_err(|error| error::explain(origin, &error, None))?;
            strict::row(table, origin, number, text).map(Some)
        };
        Ok(self.each(origin, &sql, row).await?.unwrap_or_default())
    }

    /// Reads each row as it comes, so no more than one of them is held as it was sent. `None` as soon as one of them is
    /// none. Rows are counted from 1.
    async fn each(
        &self,
        origin: &str,
        sql: &str,
        read: impl Fn(usize, &Row) -> Result<Option<source::Row>, SourceError>,
    ) -> Result<Option<Vec<source::Row>>, SourceError> {
        let reading = async {
            let none: [(&(dyn ToSql + Sync), Type); 0] = [];
            let mut stream = pin!(self.client.query_typed_raw(sql, none).await?);
            let mut rows = Vec::new();
            while let Some(row) = stream.try_next().await? {
                match read(rows.len() + 1, &row) {
                    Ok(Some(row)) => rows.push(row),
                    Ok(None) => return Ok(Ok(None)),
                    Err(error) => return Ok(Err(error)),
                }
            }
            Ok(Ok(Some(rows)))
        };
        self.bounded(origin, reading).await?
    }

    /// Waits for an answer, but not for ever.
    async fn bounded<T>(
        &self,
        origin: &str,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, SourceError> {
        match timeout(STATEMENT, answer).await {
            Ok(answer) => answer.map_err(|error| error::explain(origin, &error, self.end.get())),
            Err(_) => Err(error::late(origin, STATEMENT)),
        }
    }

    /// Ends the connection; when this returns, the server usually knows.
    pub async fn close(self) {
        let Self { client, driver, .. } = self;
        drop(client);
        let _ = timeout(CLOSE, driver).await;
    }
}

/// The columns that name a row, as they are written.
fn identity(table: Table, row: &source::Row) -> Vec<String> {
    table.identity().iter().map(|column| row.get(column).map(ToString::to_string).unwrap_or_default()).collect()
}

/// Runs the connection beside its client, and keeps what ended it, which the client is not told.
fn drive<S, T>(client: Client, mut connection: Connection<S, T>) -> (Client, JoinHandle<()>, Arc<OnceLock<String>>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let end = Arc::new(OnceLock::new());
    let told = Arc::clone(&end);
    let driver = tokio::spawn(async move {
        if let Err(error) = (&mut connection).await {
            let _ = told.set(error::words(&error));
        }
    });
    (client, driver, end)
}
