//! Encryption: a certificate that is checked in full, or no connection.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use atlas::sync::source::Source;
use atlas::sync::source::postgres::PostgresSource;
use rcgen::{CertificateParams, KeyPair};

use super::certificates::authority;
use super::michael::Michael;
use super::server::{ADMIN_PASSWORD, READER, READER_PASSWORD, Server, until};

/// A server with TLS; its directory holds the certificates.
struct Encrypted {
    server: Server,
}

impl Encrypted {
    fn shared() -> &'static Self {
        static ENCRYPTED: OnceLock<Encrypted> = OnceLock::new();
        ENCRYPTED.get_or_init(|| {
            let ca = authority("right");
            let key = KeyPair::generate().unwrap();
            let names = vec!["127.0.0.1".to_owned(), "named.test".to_owned()];
            let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &ca).unwrap();
            let settings = ["ssl = on", "ssl_cert_file = '../server.pem'", "ssl_key_file = '../server.key'"];
            let server = Server::start(&settings, |directory| {
                std::fs::write(directory.join("ca.pem"), ca.pem()).unwrap();
                std::fs::write(directory.join("other.pem"), authority("another").pem()).unwrap();
                std::fs::write(directory.join("server.pem"), certificate.pem()).unwrap();
                write_private(&directory.join("server.key"), &key.serialize_pem());
            });
            Self { server }
        })
    }

    fn ca(&self, file: &str) -> PathBuf {
        self.server.directory().join(file)
    }

    /// What becomes of a connection: how the server sees its encryption, or the error.
    async fn connect(&self, url: &str, ca_file: &str) -> Result<(), String> {
        let source = PostgresSource::new(&url.into(), Some(&self.ca(ca_file))).unwrap();
        match source.read().await.unwrap_err().to_string() {
            // Michael's tables are not there, so whoever got as far as asking for them got in.
            error if error.contains("relation \"public.widget_templates\" does not exist") => Ok(()),
            error => Err(error),
        }
    }
}

/// The server refuses a key that others can read.
fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn the_right_ca_is_connected_to_and_encrypted() {
    let encrypted = Encrypted::shared();
    let url = encrypted.server.url("admin", ADMIN_PASSWORD, "postgres");
    encrypted.connect(&url, "ca.pem").await.unwrap();
    for mode in ["require", "verify-ca", "verify-full"] {
        encrypted.connect(&format!("{url}?sslmode={mode}"), "ca.pem").await.unwrap();
    }
    // The name in the certificate counts, whatever address the connection goes to.
    let named = url.replace("@127.0.0.1", "@named.test") + "?hostaddr=127.0.0.1";
    encrypted.connect(&named, "ca.pem").await.unwrap();
}

#[tokio::test]
async fn the_server_sees_an_encrypted_session() {
    let encrypted = Encrypted::shared();
    let admin = encrypted.server.admin("postgres").await;
    admin.batch_execute("create database seen").await.unwrap();
    let url = encrypted.server.url("admin", ADMIN_PASSWORD, "seen") + "?application_name=seen";
    let source = PostgresSource::new(&url.into(), Some(&encrypted.ca("ca.pem"))).unwrap();
    // Whoever reads this table has to wait, and is there to be looked at.
    let locker = encrypted.server.admin("seen").await;
    locker.batch_execute("create table public.widget_templates (template_id text)").await.unwrap();
    locker.batch_execute("begin; lock table public.widget_templates in access exclusive mode").await.unwrap();
    let reading = tokio::spawn(async move { source.read().await.map(drop) });
    let sql = "select ssl, version from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'seen'";
    let mut seen = None;
    until("session", async || {
        seen = admin.query_opt(sql, &[]).await.unwrap();
        seen.is_some()
    })
    .await;
    let row = seen.unwrap();
    assert_eq!((row.get(0), row.get(1)), (true, Some("TLSv1.3")));
    locker.batch_execute("rollback").await.unwrap();
    assert!(reading.await.unwrap().is_err());
}

#[tokio::test]
async fn a_certificate_of_another_ca_is_refused_before_the_password_is_sent() {
    let encrypted = Encrypted::shared();
    let url = encrypted.server.url("unknown_one", ADMIN_PASSWORD, "postgres");
    let error = encrypted.connect(&url, "other.pem").await.unwrap_err();
    assert!(error.contains("invalid peer certificate: UnknownIssuer; name the CA"), "{error}");
    assert!(!encrypted.server.log().contains("unknown_one"), "{}", encrypted.server.log());
}

#[tokio::test]
async fn without_a_ca_file_the_machines_own_roots_count() {
    let encrypted = Encrypted::shared();
    let url = encrypted.server.url("admin", ADMIN_PASSWORD, "postgres") + "?sslmode=verify-full";
    let source = PostgresSource::new(&url.into(), None).unwrap();
    let error = source.read().await.unwrap_err().to_string();
    assert!(error.contains("invalid peer certificate: UnknownIssuer"), "{error}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let encrypted = Encrypted::shared();
    let url = encrypted.server.url("admin", ADMIN_PASSWORD, "postgres");
    for mode in ["require", "verify-ca", "verify-full"] {
        let other = format!("{}?sslmode={mode}&hostaddr=127.0.0.1", url.replace("@127.0.0.1", "@other.test"));
        let error = encrypted.connect(&other, "ca.pem").await.unwrap_err();
        assert!(error.contains("invalid peer certificate: certificate not valid for name \"other.test\""), "{error}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_refused_before_the_password_is_sent() {
    let michael = Michael::phase_1().await;
    let url = michael.server.url("unknown_two", READER_PASSWORD, &michael.database) + "?sslmode=require";
    let source = PostgresSource::new(&url.into(), None).unwrap();
    let error = source.read().await.unwrap_err().to_string();
    assert!(error.contains("server does not support TLS; switch TLS on at the server"), "{error}");
    assert!(!michael.server.log().contains("unknown_two"), "{READER}: {}", michael.server.log());
}
