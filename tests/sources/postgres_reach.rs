//! How a database is reached: addresses as others write them, connections that are abandoned or dead, and IPv6.

use std::time::Duration;

use atlas::sync::source::Source;
use atlas::sync::source::postgres::PostgresSource;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::process::Command;
use tokio::sync::watch;

use super::michael::Michael;
use super::server::{READER, READER_PASSWORD, until};

/// A `plan` with these variables, and no other `PG*` or `ATLAS_*`.
async fn plan(source: &str, environment: &[(&str, &str)]) -> std::process::Output {
    let directory = tempfile::tempdir().unwrap();
    let store = format!("file:{}", directory.path().join("store.json").display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_atlas-sync"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
        command.env_remove(name);
    }
    command.args(["plan", "--json", "--store", &store, "--deadline", "20s"]);
    command.env("ATLAS_SOURCE", source).envs(environment.iter().copied()).output().await.unwrap()
}

#[tokio::test]
async fn the_variables_of_psql_and_the_keyword_form_name_the_database() {
    let michael = Michael::phase_1().await;
    let port = michael.server.port.to_string();
    let variables = [
        ("PGHOST", "127.0.0.1"),
        ("PGPORT", port.as_str()),
        ("PGUSER", READER),
        ("PGDATABASE", michael.database.as_str()),
        ("PGPASSWORD", READER_PASSWORD),
    ];
    let keywords = format!("host=127.0.0.1 port={port} user={READER} dbname = '{}'", michael.database);
    for (source, environment) in [
        ("postgres", &variables[..]),
        (&keywords, &variables[4..]),
        (&michael.url().replace(":reader-s3cr3t", ""), &variables[4..]),
    ] {
        let output = plan(source, environment).await;
        assert!(output.status.success(), "{source}: {output:?}");
        let wrong = [&environment[..environment.len() - 1], &[("PGPASSWORD", "wrong-s3cr3t")]].concat();
        let output = plan(source, &wrong).await;
        assert_eq!(output.status.code(), Some(4), "{source}: {output:?}");
        assert!(!format!("{output:?}").contains("s3cr3t"), "{output:?}");
    }
}

#[tokio::test]
async fn what_is_passed_over_of_an_address_is_told_by_name_only() {
    let michael = Michael::phase_1().await;
    let output = plan(&(michael.url() + "?supa=base-pooler.x&pgbouncer=true&schema=public"), &[]).await;
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("ignored, since Atlas does not use it: pgbouncer, schema, supa"), "{said}");
    assert!(!said.contains("base-pooler") && !said.contains("s3cr3t"), "{said}");
}

/// The name has an empty label, so it is none, whatever a name server says.
#[tokio::test]
async fn a_direct_host_that_is_not_found_is_not_said_to_have_an_address() {
    let source = PostgresSource::new(&"postgres://u@db.abcdefgh..supabase.co/postgres".into(), None).unwrap();
    let error = source.read().await.unwrap_err();
    let message = error.to_string();
    assert!(!error.is_transient() && !message.contains("the host has only an IPv6 address"), "{message}");
    assert!(message.contains("check the project's reference in it") && message.contains("its pooler"), "{message}");
}

/// Nothing listens at an address that documentation alone uses. What the system says of it depends on whether it has a
/// way to IPv6 at all.
#[tokio::test]
async fn a_host_in_ipv6_only_that_cannot_be_reached_names_the_pooler() {
    let url = format!(
        "postgres://{READER}:{READER_PASSWORD}@db.abcdefgh.supabase.co/postgres?hostaddr=2001:db8::1&connect_timeout=1"
    );
    let error = PostgresSource::new(&url.into(), None).unwrap().read().await.unwrap_err().to_string();
    assert!(error.contains("the host has only an IPv6 address") && error.contains("pooler.supabase.com"), "{error}");
    assert!(!error.contains("s3cr3t"), "{error}");
    let url =
        format!("postgres://{READER}:{READER_PASSWORD}@h/postgres?hostaddr=2001:db8::1,127.0.0.1&connect_timeout=1");
    let url = url.replace("@h/", "@h,h/");
    let error = PostgresSource::new(&url.into(), None).unwrap().read().await.unwrap_err().to_string();
    assert!(!error.contains("only an IPv6 address"), "{error}");
}

/// Nobody accepts, so the third connection is not even refused.
#[tokio::test]
async fn behind_a_host_that_does_not_answer_the_next_one_is_read() {
    let michael = Michael::phase_1().await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let full = socket.listen(0).unwrap();
    let address = full.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(connected) = tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await {
        waiting.push(connected.unwrap());
    }
    let url = michael.url().replace("@127.0.0.1:", &format!("@{address},127.0.0.1:")) + "?connect_timeout=1";
    PostgresSource::new(&url.into(), None).unwrap().read().await.unwrap();
}

/// As for a role that shall never write.
#[tokio::test]
async fn a_primary_is_one_for_a_role_whose_transactions_are_read_only_too() {
    let michael = Michael::phase_1().await;
    let read_only =
        format!("alter role {READER} in database {} set default_transaction_read_only = on", michael.database);
    michael.admin.batch_execute(&read_only).await.unwrap();
    let read = async |word: &str| {
        let url = format!("{}?target_session_attrs={word}", michael.url());
        PostgresSource::new(&url.into(), None).unwrap().read().await.map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(read("primary").await, Ok(()));
    let error = read("standby").await.unwrap_err();
    assert!(error.contains("expected a standby, as target_session_attrs says, found a primary"), "{error}");
    // As `psql` has it.
    let error = read("read-write").await.unwrap_err();
    assert!(error.contains("use target_session_attrs=primary"), "{error}");
}

/// As where the server of a host hangs: the system goes on accepting for it.
#[tokio::test]
async fn behind_a_host_that_accepts_and_says_nothing_the_next_one_is_read() {
    let michael = Michael::phase_1().await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let url = michael.url().replace("@127.0.0.1:", &format!("@{address},127.0.0.1:")) + "?connect_timeout=1";
    PostgresSource::new(&url.into(), None).unwrap().read().await.unwrap();
}

/// A connection that is abandoned in the middle of a read, behind a network that has gone silent, leaves no task behind
/// that waits for it.
#[tokio::test]
async fn the_driver_of_an_abandoned_connection_ends() {
    let michael = Michael::phase_1().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, server) = (listener.local_addr().unwrap().port(), michael.server.port);
    let (cut, is_cut) = watch::channel(false);
    let network = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
        let mut silent = is_cut.clone();
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut server) => {}
            () = async { drop(silent.wait_for(|cut| *cut).await) } => std::future::pending().await,
        }
    });
    let url = michael.url().replace(&format!(":{server}/"), &format!(":{port}/"));
    let source = PostgresSource::new(&url.into(), None).unwrap();
    let alive = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = alive();
    let locker = michael.server.admin(&michael.database).await;
    locker.batch_execute("begin; lock table plan_limits").await.unwrap();
    let with_locker = alive();
    assert_eq!(with_locker, before + 1);
    let reading = source.read_locked("one");
    let waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let seen = until("reader that waits", async || !michael.admin.query(waiting, &[]).await.unwrap().is_empty());
    tokio::select! {
        read = reading => panic!("{read:?}"),
        () = seen => cut.send(true).unwrap(),
    }
    tokio::time::timeout(Duration::from_secs(1), async {
        while alive() > with_locker {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("{} tasks are left of {with_locker}", alive()));
    network.abort();
}
