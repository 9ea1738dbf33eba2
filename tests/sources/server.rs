//! A real `PostgreSQL` server on loopback, one for all tests, which ends with them, however they end.
//!
//! Its programs are where `ATLAS_POSTGRES_BIN` says, where Debian puts them, or on the path. Setup installs them.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// A port on loopback that nothing listens on. It is below those that the system gives to whoever names none, and to
/// connections, so nobody takes it by chance before it is used.
pub fn free_port() -> u16 {
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| fastrand::u16(20_000..32_000)).find(is_free).unwrap()
}

/// The superuser's password and the reader's. No message may ever show them.
pub const ADMIN_PASSWORD: &str = "admin-s3cr3t";
pub const READER_PASSWORD: &str = "reader-s3cr3t";

/// The role with `select` on Michael's four tables, and nothing else.
pub const READER: &str = "atlas_reader";

/// Runs until its standard input ends, which it does with the process that started it: then the server is ended.
const SUPERVISE: &str = r#"
bin=$1 dir=$2 port=$3; shift 3
"$bin/initdb" -D "$dir/data" -U admin --pwfile="$dir/password" -A scram-sha-256 --no-sync -E UTF8 --locale=C.UTF-8 > "$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log"; exit 1; }
printf '%s\n' "$@" >> "$dir/data/postgresql.conf"
"$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -o "-p $port -k $dir" start > "$dir/start.log" 2>&1 || { cat "$dir/start.log" "$dir/log"; exit 1; }
echo ready
cat > /dev/null
"$bin/pg_ctl" -D "$dir/data" -m immediate stop > /dev/null 2>&1
cd / && rm -rf "$dir"
"#;

pub struct Server {
    pub port: u16,
    supervisor: Child,
    stdin: Option<ChildStdin>,
    directory: TempDir,
}

impl Server {
    /// The server that all tests share. It has no TLS.
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(|| Self::start(&[], |_| {}))
    }

    /// A server with these settings. `prepare` may put files into its directory first.
    pub fn start(settings: &[&str], prepare: impl FnOnce(&Path)) -> Self {
        let directory = tempfile::Builder::new().prefix("atlas-postgres-").tempdir().unwrap();
        std::fs::write(directory.path().join("password"), ADMIN_PASSWORD).unwrap();
        prepare(directory.path());
        let port = free_port();
        let mut supervisor = as_postgres(directory.path())
            .args(["-c", SUPERVISE, "supervise"])
            .args([binaries().as_os_str(), directory.path().as_os_str()])
            .arg(port.to_string())
            .args(["listen_addresses = '127.0.0.1'", "fsync = off", "max_connections = 50"])
            .args(settings)
            .current_dir(directory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (supervisor.stdin.take(), supervisor.stdout.take().unwrap());
        let server = Self { port, supervisor, stdin, directory };
        let mut said = String::new();
        let ready = BufReader::new(stdout).lines().map_while(Result::ok).any(|line| {
            said = format!("{said}{line}\n");
            line == "ready"
        });
        assert!(ready, "PostgreSQL did not start:\n{said}");
        server
    }

    /// Where its files are; gone when it has ended.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// What the server wrote to its log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory().join("log")).unwrap()
    }

    /// The address of a database, for a role.
    pub fn url(&self, user: &str, password: &str, database: &str) -> String {
        format!("postgres://{user}:{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// A connection as the superuser.
    pub async fn admin(&self, database: &str) -> Client {
        let (client, connection) =
            tokio_postgres::connect(&self.url("admin", ADMIN_PASSWORD, database), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// A new database of its own, empty; its name.
    pub async fn database(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.admin("postgres").await.batch_execute(&format!("create database {name}")).await.unwrap();
        name
    }

    /// Makes the reader's role, unless it is there.
    pub async fn reader(&self) {
        let role = format!(
            "do $$ begin create role {READER} login password '{READER_PASSWORD}';
             exception when duplicate_object or unique_violation then null; end $$"
        );
        self.admin("postgres").await.batch_execute(&role).await.unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.supervisor.wait();
    }
}

/// Asks again and again until it is so. Each question is a round trip to a server, so there is no pause between.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let asking = async { while !is_so().await {} };
    tokio::time::timeout(Duration::from_secs(20), asking).await.unwrap_or_else(|_| panic!("no {what} within 20 s"));
}

pub fn binaries() -> PathBuf {
    if let Some(named) = std::env::var_os("ATLAS_POSTGRES_BIN") {
        return named.into();
    }
    let debian =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let on_path = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>();
    let found = debian.chain(on_path).find(|directory| directory.join("initdb").exists());
    found.expect("no PostgreSQL server on this machine: node scripts/setup.mjs installs it")
}

/// A shell that may use a directory, and is not root, under whom neither `PostgreSQL` nor `PgBouncer` runs.
pub fn as_postgres(directory: &Path) -> Command {
    if !is_root() {
        return Command::new("sh");
    }
    run(Command::new("chown").args(["-R", "postgres"]).arg(directory));
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--", "sh"]);
    command
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
