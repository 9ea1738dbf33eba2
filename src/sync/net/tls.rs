//! TLS for every connection of this binary, HTTP and `PostgreSQL` alike: rustls on ring, certificates always checked.
//!
//! Without a CA file the machine's own roots count, with one only the certificates in that file.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::sync::files;

/// Many times what a machine's own roots take.
const MOST_BYTES: usize = 10_000_000;

/// TLS 1.2 or 1.3, with the server's certificate and name checked.
pub fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, String> {
    let builder = match ca_file {
        Some(path) => builder()?.with_root_certificates(roots(path)?),
        None => builder()?.with_platform_verifier().map_err(|error| unusable_roots(&error))?,
    };
    Ok(builder.with_no_client_auth())
}

/// Without roots, for a client that never encrypts since its address is on this machine. Reading the machine's roots
/// takes as long as a short sync.
pub fn trusting_nobody() -> Result<ClientConfig, String> {
    Ok(builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))
}

fn unusable_roots(error: &rustls::Error) -> String {
    format!(
        "this machine's own root certificates cannot be used: {error}; install them (ca-certificates), or name a CA file"
    )
}

fn roots(path: &Path) -> Result<RootCertStore, String> {
    let wrong =
        |found: String| format!("the CA file {}: expected certificates in PEM form, found {found}", path.display());
    let text = files::read(path, MOST_BYTES).map_err(|error| format!("the CA file {}: {error}", path.display()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
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
        client_config(Some(&path)).unwrap_err()
    }

    #[test]
    fn a_ca_file_without_a_certificate_is_refused() {
        for bad in [&b""[..], b"text", b"\xff\xfe", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            assert!(error(bad).ends_with("found none"), "{}", error(bad));
        }
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(error(broken).contains("ca.pem: expected certificates in PEM form, found "), "{}", error(broken));
        let missing = client_config(Some(Path::new("no/such/file"))).unwrap_err();
        assert!(missing.starts_with("the CA file no/such/file: "), "{missing}");
    }
}
