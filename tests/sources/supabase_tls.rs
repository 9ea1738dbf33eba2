//! Supabase's REST API over HTTPS: a certificate that is checked in full, or no request, and so no key.

use std::path::Path;
use std::sync::Arc;

use atlas::sync::net::error::Again;
use atlas::sync::net::http::Limits;
use atlas::sync::source::supabase::SupabaseSource;
use atlas::sync::source::{Source, SourceError};
use atlas::sync::store::{ApiName, Store, VercelConfig, VercelStore};
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::certificates::authority;

/// A server that takes one connection and answers 418; what it was asked, if anything.
struct Api {
    url: String,
    ca: TempDir,
    asked: JoinHandle<std::io::Result<String>>,
}

impl Api {
    async fn start(name: &str) -> Self {
        let ca = tempfile::tempdir().unwrap();
        let issuer = authority("right");
        std::fs::write(ca.path().join("ca.pem"), issuer.pem()).unwrap();
        std::fs::write(ca.path().join("other.pem"), authority("another").pem()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let asked = tokio::spawn(async move {
            let (stream, _) = listener.accept().await?;
            let mut stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await?;
            let mut asked = vec![0; 4096];
            let length = stream.read(&mut asked).await?;
            stream.write_all(b"HTTP/1.1 418 no\r\ncontent-length: 0\r\n\r\n").await?;
            stream.shutdown().await?;
            Ok(String::from_utf8_lossy(&asked[..length]).into_owned())
        });
        Self { url, ca, asked }
    }

    async fn error(&self, ca_file: Option<&str>) -> SourceError {
        let path = ca_file.map(|file| self.ca.path().join(file));
        let source =
            SupabaseSource::new(&self.url, &"sb_secret_s3cr3t".into(), path.as_deref().map(Path::new)).unwrap();
        source.read().await.unwrap_err()
    }
}

#[tokio::test]
async fn the_right_ca_is_asked() {
    let api = Api::start("127.0.0.1").await;
    let error = api.error(Some("ca.pem")).await.to_string();
    assert!(error.contains("the server answered 418"), "{error}");
    assert!(api.asked.await.unwrap().unwrap().contains("apikey: sb_secret_s3cr3t"));
}

#[tokio::test]
async fn another_ca_the_machines_own_roots_and_another_name_are_refused_before_the_key_is_sent() {
    for (name, ca_file, words) in [
        ("127.0.0.1", Some("other.pem"), "invalid peer certificate: UnknownIssuer"),
        ("127.0.0.1", None, "invalid peer certificate: UnknownIssuer"),
        ("other.test", Some("ca.pem"), "invalid peer certificate: certificate not valid for name \"127.0.0.1\""),
    ] {
        let api = Api::start(name).await;
        let error = api.error(ca_file).await;
        assert!(error.to_string().contains(words) && !error.is_transient(), "{error}");
        assert!(error.to_string().contains("name the CA that signed"), "{error}");
        assert!(api.asked.await.unwrap().is_err(), "{name}");
    }
}

/// The same client asks the store's API.
#[tokio::test]
async fn a_store_whose_certificate_is_not_accepted_is_not_asked_again() {
    let api = Api::start("127.0.0.1").await;
    let store = VercelStore::new(VercelConfig {
        api_url: api.url.clone(),
        api_name: ApiName::EdgeConfig,
        id: "ecfg_1".to_owned(),
        team_id: None,
        token: "s3cr3t".into(),
        limits: Limits::default(),
    });
    let error = store.unwrap().items().await.unwrap_err();
    assert!(error.to_string().contains("was not sent") && error.to_string().contains("UnknownIssuer"), "{error}");
    assert_eq!((error.again(), error.may_be_done()), (Again::Never, false));
    assert!(api.asked.await.unwrap().is_err());
}
