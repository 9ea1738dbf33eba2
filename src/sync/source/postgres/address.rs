//! A `postgres://` address: what it names, whether the connection is encrypted, and what of it may be shown.
//!
//! Encryption is never weakened by the address: away from loopback there is no connection without TLS and a checked
//! certificate, whatever `sslmode` says.

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::sync::source::SourceError;

const EXPECTED: &str = "expected postgres://USER:PASSWORD@HOST:PORT/DATABASE, with characters such as @ : / ? # % in \
                        the user and the password percent-encoded";

/// Where to connect, and how.
pub struct Address {
    /// For the driver; holds the password, which its `Debug` leaves out.
    pub config: Config,
    /// Whether TLS is used. If it is, the certificate and the name in it are checked.
    pub encrypted: bool,
    /// The address without user, password and options.
    pub shown: String,
    /// What the transaction calls itself. Not said when connecting: a pooler would leave it to other programs.
    pub application: String,
}

/// What `sslmode` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nothing,
    /// `disable`, `allow` or `prefer`: a connection without TLS will do.
    Weak,
    /// `require`, `verify-ca` or `verify-full`: all are read as the last.
    Strong,
}

impl Address {
    /// Reads an address. `ca_file` tells whether a CA is named, which asks for TLS even on loopback.
    ///
    /// # Errors
    ///
    /// [`SourceError::Config`], which never shows the address.
    pub fn parse(url: &SecretString, ca_file: bool) -> Result<Self, SourceError> {
        let (url, asked) = take_sslmode(url.expose_secret())?;
        let mut config: Config = url.expose_secret().parse().map_err(|error: tokio_postgres::Error| {
            // The driver names the option that is wrong, not its value.
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            wrong(&format!("{EXPECTED}; found {error}: {cause}"))
        })?;
        let shown = shown(&config);
        // What stands behind the first @ is taken for the host: a second one is part of a password.
        if shown.contains('@') || config.get_hosts().is_empty() {
            return Err(wrong(EXPECTED));
        }
        let encrypted = match (asked, on_loopback(&config)) {
            (Asked::Strong, _) | (Asked::Nothing, false) => true,
            (Asked::Nothing, true) => ca_file,
            (Asked::Weak, true) => false,
            (Asked::Weak, false) => return Err(too_weak(&shown)),
        };
        config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
        let own = concat!("atlas-sync/", env!("CARGO_PKG_VERSION"));
        let application = config.get_application_name().unwrap_or(own).to_owned();
        Ok(Self { config, encrypted, shown, application })
    }
}

/// Takes `sslmode` out of the address: the driver does not know all of its values, and has no say in it.
fn take_sslmode(url: &str) -> Result<(SecretString, Asked), SourceError> {
    let credentials = url.find('@').unwrap_or(0);
    let Some(query) = url[credentials..].find('?').map(|at| credentials + at) else {
        return Ok((url.into(), Asked::Nothing));
    };
    let (base, parameters) = (&url[..query], &url[query + 1..]);
    let mut asked = Asked::Nothing;
    let mut kept = Vec::new();
    for parameter in parameters.split('&') {
        match parameter.strip_prefix("sslmode=") {
            Some("disable" | "allow" | "prefer") => asked = Asked::Weak,
            Some("require" | "verify-ca" | "verify-full") => asked = Asked::Strong,
            Some(_) => return Err(wrong("sslmode: expected require, verify-ca or verify-full")),
            None => kept.push(parameter),
        }
    }
    let url = if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) };
    Ok((url.into(), asked))
}

fn on_loopback(config: &Config) -> bool {
    let host = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
    };
    config.get_hosts().iter().all(host) && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

/// `postgres://host:port/database`.
fn shown(config: &Config) -> String {
    let hosts = config.get_hosts().iter().enumerate().map(|(index, host)| {
        let host = match host {
            Host::Tcp(name) if name.contains(':') => format!("[{name}]"),
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        };
        let port = config.get_ports().get(index).or(config.get_ports().first()).copied().unwrap_or(5432);
        format!("{host}:{port}")
    });
    format!("postgres://{}/{}", hosts.collect::<Vec<_>>().join(","), config.get_dbname().unwrap_or_default())
}

fn too_weak(shown: &str) -> SourceError {
    wrong(&format!(
        "{shown}: expected sslmode=verify-full, or none, for a host that is not on this machine, found a weaker one; \
         the connection is always encrypted and its certificate checked (--source-ca-file names a CA of your own)"
    ))
}

fn wrong(message: &str) -> SourceError {
    SourceError::Config(format!("--source: {message}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Address, String> {
        Address::parse(&url.into(), false).map_err(|error| error.to_string())
    }

    fn encrypted(url: &str) -> bool {
        let address = parse(url).unwrap();
        let mode = address.config.get_ssl_mode();
        assert_eq!(mode, if address.encrypted { SslMode::Require } else { SslMode::Disable }, "{url}");
        address.encrypted
    }

    #[test]
    fn only_loopback_can_do_without_tls() {
        for host in ["127.0.0.1", "127.9.9.9:5433", "localhost", "[::1]", "%2Frun%2Fpostgresql"] {
            for weak in ["", "?sslmode=disable", "?sslmode=prefer", "?connect_timeout=1&sslmode=allow"] {
                assert!(!encrypted(&format!("postgres://u:p@{host}/db{weak}")), "{host}{weak}");
            }
            assert!(encrypted(&format!("postgres://u:p@{host}/db?sslmode=require")), "{host}");
        }
        for host in
            ["db.example.org", "10.0.0.1:5432", "127.0.0.1.example.org", "localhost,db.example.org", "[fe80::1]"]
        {
            assert!(encrypted(&format!("postgres://u:p@{host}/db")), "{host}");
            for strong in ["require", "verify-ca", "verify-full"] {
                assert!(encrypted(&format!("postgres://u:p@{host}/db?sslmode={strong}&application_name=x")), "{host}");
            }
            for weak in ["disable", "allow", "prefer"] {
                let error = parse(&format!("postgres://u:p@{host}/db?sslmode={weak}")).err().unwrap();
                assert!(error.contains("expected sslmode=verify-full"), "{error}");
            }
        }
        assert!(encrypted("postgres://u:p@localhost/db?hostaddr=10.0.0.1"));
        assert!(encrypted("postgres://u:p@db.example.org/db?hostaddr=127.0.0.1"));
        assert!(parse("postgres://u:p@localhost/db?host=db.example.org&sslmode=disable").is_err());
    }

    #[test]
    fn the_last_sslmode_counts_and_a_hidden_one_is_not_heeded() {
        assert!(parse("postgres://u:p@db.example.org/db?sslmode=require&sslmode=disable").is_err());
        // Percent-encoded, it is not seen here, and what the driver makes of it is overruled.
        assert!(encrypted("postgres://u:p@db.example.org/db?sslm%6Fde=disable"));
        assert!(parse("postgres://u:p@db.example.org/db?sslmode=off").is_err());
    }

    #[test]
    fn a_ca_file_asks_for_tls_even_on_loopback() {
        assert!(Address::parse(&"postgres://u@127.0.0.1/db".into(), true).unwrap().encrypted);
    }

    #[test]
    fn what_is_shown_holds_no_secret() {
        let address = parse("postgres://user:s3cr3t@h.example.org:5433/db?application_name=s3cr3t").unwrap();
        assert_eq!(address.shown, "postgres://h.example.org:5433/db");
        assert!(!format!("{:?}", address.config).contains("s3cr3t@"), "{:?}", address.config);
        for wrong in [
            "postgres://user:s3c@r3t@host/db",
            "postgres://user:s3c@a/r3t@host/db",
            "postgres://user:r3t/x",
            "postgres://user:r3t",
            "postgres://user:r3t@host:r3t/db",
            "postgres://user:r3t@host/db?r3t",
            "postgres://user:x@/db",
        ] {
            let error = parse(wrong).err().unwrap_or_else(|| panic!("{wrong}"));
            assert!(error.contains("expected postgres://USER") && !error.contains("r3t"), "{error}");
        }
    }
}
