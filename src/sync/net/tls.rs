//! TLS for every connection of this binary, HTTP and `PostgreSQL` alike: rustls on ring, certificates always checked.
//!
//! Without a CA file the machine's own roots count. With one only the certificates in that file do: whoever names a CA
//! wants that CA and no other.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::BuilderVerifierExt;

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("the CA file {}: expected certificates in PEM form, found {found}", path.display())]
    CaFile { path: PathBuf, found: String },
    #[error(
        "this machine's own root certificates cannot be used: {0}; install them (ca-certificates), or name a CA file"
    )]
    Roots(rustls::Error),
    #[error("TLS cannot be set up: {0}")]
    Setup(rustls::Error),
}

/// How a client connects: TLS 1.2 or 1.3, with the server's certificate and name checked.
pub fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, TlsError> {
    let builder = match ca_file {
        Some(path) => builder()?.with_root_certificates(roots(path)?),
        None => builder()?.with_platform_verifier().map_err(TlsError::Roots)?,
    };
    Ok(builder.with_no_client_auth())
}

/// For a client that never encrypts, since its address is on this machine: no certificate would do. Reading the
/// machine's own takes as long as a short sync.
pub fn trusting_nobody() -> Result<ClientConfig, TlsError> {
    Ok(builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(TlsError::Setup)
}

fn roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let wrong = |found: String| TlsError::CaFile { path: path.to_owned(), found };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))? {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() { Err(wrong("none".to_owned())) } else { Ok(roots) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &[u8]) -> String {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ca.pem");
        std::fs::write(&path, text).unwrap();
        client_config(Some(&path)).unwrap_err().to_string()
    }

    #[test]
    fn a_ca_file_without_a_certificate_is_refused() {
        for bad in [&b""[..], b"text", b"\xff\xfe", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            assert!(error(bad).ends_with("found none"), "{}", error(bad));
        }
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(error(broken).contains("ca.pem: expected certificates in PEM form, found "), "{}", error(broken));
        let missing = client_config(Some(Path::new("no/such/file"))).unwrap_err().to_string();
        assert!(missing.starts_with("the CA file no/such/file: "), "{missing}");
    }
}
