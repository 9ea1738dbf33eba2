//! A real `PgBouncer` in transaction mode between Atlas and the server: whoever gets a pooled connection next finds it
//! as it was.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use atlas::sync::source::postgres::PostgresSource;
use atlas::sync::source::{Source, SourceError};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use super::command::LocalStore;
use super::michael::{Michael, payloads};
use super::server::{READER, READER_PASSWORD, as_postgres, free_port, until};

/// Runs until its standard input ends, which it does with the process that started it.
const SUPERVISE: &str = r#"
"$1" -q "$2" > "$3/log" 2>&1 &
cat > /dev/null
kill $!
wait $!
cd / && rm -rf "$3"
"#;

/// A pooler that lends each of its connections for one transaction.
struct Pooler {
    port: u16,
    supervisor: Child,
    _directory: TempDir,
}

impl Pooler {
    /// In front of a server's port, with these settings besides.
    async fn start(server: u16, settings: &str) -> Self {
        let directory = tempfile::Builder::new().prefix("atlas-pgbouncer-").tempdir().unwrap();
        let port = free_port();
        let users = directory.path().join("users");
        std::fs::write(&users, format!("\"{READER}\" \"{READER_PASSWORD}\"\n")).unwrap();
        let file = directory.path().join("pgbouncer.ini");
        let ini = format!(
            "[databases]\n* = host=127.0.0.1 port={server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}\n\
             pool_mode = transaction\n{settings}\n",
            users.display()
        );
        std::fs::File::create(&file).unwrap().write_all(ini.as_bytes()).unwrap();
        let supervisor = as_postgres(directory.path())
            .args(["-c", SUPERVISE, "supervise"])
            .args([program().as_path(), &file, directory.path()])
            .current_dir(directory.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        until("PgBouncer that listens", async || TcpStream::connect(("127.0.0.1", port)).await.is_ok()).await;
        Self { port, supervisor, _directory: directory }
    }

    /// In front of the shared server.
    async fn of(michael: &Michael, settings: &str) -> Self {
        Self::start(michael.server.port, settings).await
    }

    fn url(&self, michael: &Michael) -> String {
        format!("postgres://{READER}:{READER_PASSWORD}@127.0.0.1:{}/{}", self.port, michael.database)
    }

    fn source(&self, michael: &Michael) -> PostgresSource {
        PostgresSource::new(&self.url(michael).into(), None).unwrap()
    }

    /// Another program, with the same role, and so with the same pool.
    async fn other(&self, michael: &Michael) -> Client {
        let mut connected = None;
        // Tried again, since whoever looked whether the pooler listens may still count as a client.
        until("connection through the pooler", async || {
            connected = tokio_postgres::connect(&self.url(michael), NoTls).await.ok();
            connected.is_some()
        })
        .await;
        let (client, connection) = connected.unwrap();
        tokio::spawn(connection);
        client
    }

    async fn error(&self, michael: &Michael) -> SourceError {
        let error = self.source(michael).read().await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error:?}");
        error
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
    }
}

fn program() -> PathBuf {
    let on_path = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>();
    // Debian puts it where only root looks.
    let found = on_path.into_iter().chain(["/usr/sbin".into()]).map(|at| at.join("pgbouncer")).find(|at| at.exists());
    found.expect("no PgBouncer on this machine: node scripts/setup.mjs installs it")
}

/// The values of the first column, by the second where there is one.
async fn pairs(client: &Client, sql: &str) -> BTreeMap<String, String> {
    let messages = client.simple_query(sql).await.unwrap();
    let text = |row: &tokio_postgres::SimpleQueryRow, at| row.get(at).unwrap_or_default().to_owned();
    let pair = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => Some((text(row, 0), text(row, 1))),
        _ => None,
    };
    messages.iter().filter_map(pair).collect()
}

/// What a session is set to, and which process of the server it is.
async fn session(client: &Client) -> BTreeMap<String, String> {
    let sql = "select name, setting from pg_settings union all select 'pid', pg_backend_pid()::text";
    pairs(client, sql).await
}

async fn advisory_locks(michael: &Michael) -> i64 {
    let sql = "select count(*) from pg_locks where locktype = 'advisory'
               and database = (select oid from pg_database where datname = current_database())";
    michael.admin.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_plan_and_a_sync_leave_the_pooled_connection_as_it_was() {
    let michael = Michael::phase_1().await;
    let own = format!("create table other (a text); grant all on other to {READER}");
    michael.admin.batch_execute(&own).await.unwrap();
    // One connection to the server, which all clients get in turn.
    let pooler = Pooler::of(&michael, "default_pool_size = 1").await;
    let other = pooler.other(&michael).await;
    let before = session(&other).await;
    let store = LocalStore::new();
    for (command, outcome) in [("plan", "planned"), ("sync", "published"), ("sync", "unchanged")] {
        let written = store.bytes();
        store.run(command, &pooler.url(&michael), &[]).await.is(outcome, 1);
        assert_eq!(store.bytes() == written, outcome != "published", "after {command}");
        assert_eq!(session(&other).await, before, "after {command}");
        assert_eq!(before["default_transaction_read_only"], "off");
        other.simple_query("insert into other values ('still writable')").await.unwrap();
        assert_eq!(advisory_locks(&michael).await, 0, "after {command}");
    }
    assert_eq!(store.stands().await, (1, payloads(&michael.source()).await.unwrap()));
}

#[tokio::test]
async fn a_run_that_is_dropped_in_the_middle_leaves_nothing_behind() {
    let michael = Michael::phase_1().await;
    let pooler = Pooler::of(&michael, "default_pool_size = 1").await;
    drop(pooler.source(&michael).read_locked("one").await.unwrap());
    until("free lock", async || advisory_locks(&michael).await == 0).await;
    let other = pooler.other(&michael).await;
    let set = pairs(&other, "select name, setting from pg_settings where source = 'session'").await;
    for local in ["row_security", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"] {
        assert!(!set.contains_key(local), "{set:?}");
    }
    pooler.source(&michael).read_locked("one").await.unwrap().lock.unwrap().release().await;
}

#[tokio::test]
async fn the_same_rows_come_through_it() {
    let michael = Michael::phase_1().await;
    let pooler = Pooler::of(&michael, "default_pool_size = 1").await;
    let direct = payloads(&michael.source()).await.unwrap();
    for _ in 0..3 {
        assert_eq!(payloads(&pooler.source(&michael)).await.unwrap(), direct);
    }
    // What was published directly is what is read through the pooler, so there is nothing to write.
    let store = LocalStore::new();
    store.sync(&michael.url()).await.is("published", 1);
    store.sync(&pooler.url(&michael)).await.is("unchanged", 1);
    assert_eq!(store.stands().await, (1, direct));
}

#[tokio::test]
async fn the_lock_keeps_a_second_run_out_through_it() {
    let michael = Michael::phase_1().await;
    let pooler = Pooler::of(&michael, "default_pool_size = 3").await;
    let store = LocalStore::new();
    store.sync(&pooler.url(&michael)).await.is("published", 1);
    let first = pooler.source(&michael).read_locked(&store.name()).await.unwrap().lock.unwrap();
    // Other programs take turns on the other connections meanwhile.
    let other = pooler.other(&michael).await;
    for _ in 0..10 {
        session(&other).await;
        first.still_held().await.unwrap();
        let locked = pooler.source(&michael).read_locked(&store.name()).await.unwrap_err();
        assert!(locked.is_locked() && locked.to_string().contains(": process "), "{locked}");
        let direct = michael.source().read_locked(&store.name()).await.unwrap_err();
        assert!(direct.is_locked(), "{direct}");
    }
    for url in [pooler.url(&michael), michael.url()] {
        let message = store.fails(&url, (75, "locked"), &[]).await;
        assert!(message.contains("another run holds the lock at postgres://127.0.0.1:"), "{message}");
        assert!(message.contains(", application atlas-sync/"), "{message}");
    }
    first.release().await;
    assert_eq!(advisory_locks(&michael).await, 0);
    store.sync(&pooler.url(&michael)).await.is("unchanged", 1);
}

#[tokio::test]
async fn a_pool_that_is_full_may_be_tried_again() {
    let michael = Michael::phase_1().await;
    let pooler = Pooler::of(&michael, "default_pool_size = 1\nquery_wait_timeout = 1").await;
    let other = pooler.other(&michael).await;
    other.simple_query("begin; select 1").await.unwrap();
    let error = pooler.error(&michael).await;
    assert!(error.to_string().contains("query_wait_timeout") && error.is_transient(), "{error}");
    // Tried again until the deadline, whether that comes between two tries or during one.
    let store = LocalStore::new();
    store.sync(&michael.url()).await.is("published", 1);
    let message = store.fails(&pooler.url(&michael), (4, "source_unreadable"), &["--deadline", "2s"]).await;
    assert!(message.contains("query_wait_timeout [08P01]; run again"), "{message}");
    other.simple_query("rollback").await.unwrap();
    store.sync(&pooler.url(&michael)).await.is("unchanged", 1);
}

#[tokio::test]
async fn more_clients_than_it_takes_may_be_tried_again() {
    let michael = Michael::phase_1().await;
    let pooler = Pooler::of(&michael, "max_client_conn = 1").await;
    let _other = pooler.other(&michael).await;
    let error = pooler.error(&michael).await;
    assert!(error.to_string().contains("no more connections allowed") && error.is_transient(), "{error}");
    let message = LocalStore::new().fails(&pooler.url(&michael), (4, "source_unreadable"), &["--deadline", "1s"]).await;
    assert!(message.contains("no more connections allowed (max_client_conn) [08P01]; run again"), "{message}");
}

#[tokio::test]
async fn a_server_that_is_down_behind_it_may_be_tried_again() {
    let michael = Michael::phase_1().await;
    let nowhere = free_port();
    let pooler = Pooler::start(nowhere, "server_login_retry = 1\nquery_wait_timeout = 3").await;
    let error = pooler.error(&michael).await;
    assert!(error.is_transient() && error.to_string().contains("[08P01]; run again"), "{error}");
    let store = LocalStore::new();
    store.sync(&michael.url()).await.is("published", 1);
    let message = store.fails(&pooler.url(&michael), (4, "source_unreadable"), &["--deadline", "5s"]).await;
    assert!(message.contains("[08P01]; run again"), "{message}");
}

/// No transaction goes through it.
#[tokio::test]
async fn one_that_pools_statements_is_told_with_the_modes_that_work() {
    let michael = Michael::phase_1().await;
    let pooler = Pooler::of(&michael, "pool_mode = statement").await;
    let error = pooler.error(&michael).await;
    assert!(!error.is_transient(), "{error}");
    assert!(error.to_string().ends_with("set the pooler to transaction or session mode"), "{error}");
}

#[tokio::test]
async fn a_database_or_a_user_that_it_does_not_have_is_told_at_once() {
    let michael = Michael::phase_1().await;
    let pooler = Pooler::of(&michael, "").await;
    let store = LocalStore::new();
    store.sync(&pooler.url(&michael)).await.is("published", 1);
    for (from, to, says) in [
        (michael.database.as_str(), "nowhere", "database \"nowhere\" does not exist"),
        (READER, "nobody", "authentication failed"),
        (READER_PASSWORD, "wrong-s3cr3t", "authentication failed"),
    ] {
        let url = pooler.url(&michael).replace(from, to);
        let error = PostgresSource::new(&url.as_str().into(), None).unwrap().read().await.unwrap_err();
        assert!(!error.is_transient(), "{error}");
        let message = store.fails(&url, (4, "source_unreadable"), &[]).await;
        assert!(message.contains(says) && message.contains("in ATLAS_SOURCE"), "{message}");
    }
}
