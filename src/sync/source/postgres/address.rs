//! The address of a database: what it names, whether the connection is encrypted, and which part of it may be shown.
//!
//! An address never weakens encryption: a connection that leaves this machine always has TLS and a checked certificate,
//! whatever `sslmode` says.

use std::iter::once;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, LoadBalanceHosts, SslMode};

use super::config::{self, EXPECTED, Hosts, wrong};
use super::parameters::{self, Parameters};
use crate::sync::net::loopback;
use crate::sync::net::redact::Redactor;
use crate::sync::source::SourceError;

/// How long each address of a host may take to answer at all, unless the address or the environment says.
const CONNECT: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub struct Address {
    /// All of it, for the driver; holds the password, which its `Debug` leaves out.
    pub config: Config,
    /// The same for each host alone.
    each: Vec<Config>,
    /// Whether the server has to be a standby; `None` if any will do.
    pub standby: Option<bool>,
    /// Whether TLS is used, with the certificate and its name checked.
    pub encrypted: bool,
    pub ca_file: Option<PathBuf>,
    /// The address without user, password and options.
    pub shown: String,
    /// The transaction's name. Not sent when connecting, since a pooler would pass it on to other programs.
    pub application: String,
    pub warnings: Vec<String>,
    /// Removes the password from what the server says.
    pub redactor: Redactor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RequestedTls {
    Nothing,
    /// `disable`, `allow` or `prefer`: a connection without TLS is accepted.
    Weak,
    /// `require`, `verify-ca` or `verify-full`: all mean the last.
    Strong,
}

impl Address {
    /// How long connecting to one host may take, TLS and the password included.
    pub fn patience(&self) -> Duration {
        self.config.get_connect_timeout().copied().unwrap_or(CONNECT).saturating_mul(2)
    }

    /// Each host by itself, in the order in which they are tried. The driver, given all of them, would wait for ever for one
    /// that accepts a connection and says nothing.
    pub fn hosts(&self) -> Vec<Config> {
        let mut hosts = self.each.clone();
        if self.config.get_load_balance_hosts() == LoadBalanceHosts::Random {
            fastrand::shuffle(&mut hosts);
        }
        hosts
    }

    /// Reads an address, filled in from the environment. `ca_file` is the CA that is named beside it; that, or one in
    /// the address, asks for TLS even on loopback. An error never shows the address.
    pub fn parse(
        address: &SecretString,
        ca_file: Option<&Path>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SourceError> {
        let mut parameters = parameters::parse(address.expose_secret()).ok_or_else(|| wrong(EXPECTED))?;
        parameters::fill_in(&mut parameters, environment);
        let asked = asked(&mut parameters)?;
        let root = parameters.remove("sslrootcert").filter(|root| root != "system").map(PathBuf::from);
        let ca_file = ca_file.map(Path::to_owned).or(root);
        let own = concat!("atlas-sync/", env!("CARGO_PKG_VERSION"));
        let application = parameters.remove("application_name").unwrap_or_else(|| own.to_owned());
        let redactor = Redactor::new(parameters.get("password").map(|password| SecretString::from(password.as_str())));
        let mut warnings = Vec::new();
        if parameters.get("schema").is_some_and(|schema| schema != "public") {
            warnings
                .push("--source: Michael's tables are read from the schema public, whatever the address says".into());
        }
        let Hosts { all: mut config, mut each, standby, ignored } = config::of(parameters)?;
        if !ignored.is_empty() {
            warnings.push(format!("--source: ignored, since Atlas does not use it: {}", ignored.join(", ")));
        }
        let timeout = config.get_connect_timeout().copied().unwrap_or(CONNECT);
        let shown = shown(&config);
        if shown.contains('@') {
            return Err(wrong(EXPECTED));
        }
        let encrypted = match (asked, on_loopback(&config)) {
            (RequestedTls::Strong, _) | (RequestedTls::Nothing, false) => true,
            (RequestedTls::Nothing, true) => ca_file.is_some(),
            (RequestedTls::Weak, true) => false,
            (RequestedTls::Weak, false) => return Err(too_weak(&shown)),
        };
        let mode = if encrypted { SslMode::Require } else { SslMode::Disable };
        for config in once(&mut config).chain(&mut each) {
            config.connect_timeout(timeout).ssl_mode(mode);
        }
        Ok(Self { config, each, standby, encrypted, ca_file, shown, application, warnings, redactor })
    }
}

/// What is asked of TLS, by `sslmode` or, as other clients have it, by `ssl`.
fn asked(parameters: &mut Parameters) -> Result<RequestedTls, SourceError> {
    let ssl = parameters.remove("ssl");
    match parameters.remove("sslmode").or(ssl).as_deref() {
        None => Ok(RequestedTls::Nothing),
        Some("disable" | "allow" | "prefer" | "no-verify" | "false" | "0") => Ok(RequestedTls::Weak),
        Some("require" | "verify-ca" | "verify-full" | "true" | "1") => Ok(RequestedTls::Strong),
        Some(_) => Err(wrong(
            "sslmode: expected require, verify-ca or verify-full in lower case, or on this machine disable; leave it out for \
             the right one",
        )),
    }
}

fn on_loopback(config: &Config) -> bool {
    let host = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => loopback::is_host(name),
    };
    config.get_hosts().iter().all(host) && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

/// `postgres://host:port/database`.
fn shown(config: &Config) -> String {
    let bracketed = |name: String| if name.contains(':') { format!("[{name}]") } else { name };
    let named = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => bracketed(name.clone()),
        Host::Unix(path) => path.display().to_string(),
    });
    let addresses = config.get_hostaddrs().iter().skip(config.get_hosts().len());
    let hosts = named.chain(addresses.map(|ip| bracketed(ip.to_string()))).enumerate().map(|(index, host)| {
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

#[cfg(test)]
mod tests {
    use tokio_postgres::config::TargetSessionAttrs;

    use super::*;

    fn parse(url: &str) -> Result<Address, String> {
        Address::parse(&url.into(), None, |_| None).map_err(|error| error.to_string())
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
    fn the_last_sslmode_counts_however_it_is_spelled() {
        assert!(parse("postgres://u:p@db.example.org/db?sslmode=require&sslmode=disable").is_err());
        assert!(parse("postgres://u:p@db.example.org/db?sslm%6Fde=disable").is_err());
        assert!(parse("postgres://u:p@db.example.org/db?sslmode=off").is_err());
    }

    #[test]
    fn a_ca_file_asks_for_tls_even_on_loopback() {
        let named = Path::new("ca.pem");
        let address = Address::parse(&"postgres://u@127.0.0.1/db".into(), Some(named), |_| None).unwrap();
        assert!(address.encrypted && address.ca_file.as_deref() == Some(named));
        let address = parse("postgres://u@127.0.0.1/db?sslrootcert=own.pem").unwrap();
        assert!(address.encrypted && address.ca_file.as_deref() == Some(Path::new("own.pem")));
        let address = parse("postgres://u@db.example.org/db?sslrootcert=system").unwrap();
        assert!(address.encrypted && address.ca_file.is_none());
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
            "postgres://user:1234?r3t=x@host/db",
            "postgres://user:1@r3t?a=x@host/db",
        ] {
            let error = parse(wrong).err().unwrap_or_else(|| panic!("{wrong}"));
            assert!(error.contains("expected postgres://USER") && !error.contains("r3t"), "{error}");
        }
    }

    /// As the dashboards of Supabase, Vercel and Neon, Prisma's documentation and node-postgres write them.
    #[test]
    fn addresses_are_taken_as_others_write_them() {
        let pooler = "aws-0-eu-central-1.pooler.supabase.com:6543";
        for (url, ignored) in [
            ("?sslmode=require&supa=base-pooler.x", "supa"),
            ("?pgbouncer=true&connection_limit=1", "connection_limit, pgbouncer"),
            ("?sslmode=require&channel_binding=require", ""),
            ("?sslmode=verify-full&sslrootcert=prod-ca-2021.crt&application_name=x&connect_timeout=5", ""),
            ("?schema=public&pool_timeout=20&statement_cache_size=0", "pool_timeout, schema, statement_cache_size"),
            ("?ssl=true&uselibpqcompat=true", "uselibpqcompat"),
            ("?keepalives_count=7&keepalives_idle=60&client_encoding=utf8", ""),
        ] {
            let address = parse(&format!("postgres://postgres.ref:p%40ss@{pooler}/postgres{url}")).unwrap();
            assert!(address.encrypted && address.shown == format!("postgres://{pooler}/postgres"), "{url}");
            assert_eq!(address.config.get_password(), Some(&b"p@ss"[..]));
            let warnings = address.warnings.concat();
            assert!(warnings.is_empty() == ignored.is_empty() && warnings.ends_with(ignored), "{warnings}");
        }
        let other = parse("postgres://u@127.0.0.1/d?schema=private").unwrap();
        assert!(other.warnings.concat().contains("read from the schema public"), "{:?}", other.warnings);
    }

    #[test]
    fn keywords_and_variables_name_a_database_too() {
        let address = parse("host=db.example.org port=5433 user=u password='p w' dbname=d sslmode=require").unwrap();
        assert_eq!((address.shown.as_str(), address.encrypted), ("postgres://db.example.org:5433/d", true));
        assert_eq!(address.config.get_password(), Some(&b"p w"[..]));
        let environment = |name: &str| match name {
            "PGHOST" => Some("db.example.org".to_owned()),
            "PGDATABASE" => Some("d".to_owned()),
            "PGPASSWORD" => Some(r"p'w\".to_owned()),
            "PGSSLMODE" => Some("verify-full".to_owned()),
            "PGSSLROOTCERT" => Some("ca.pem".to_owned()),
            "PGPASSFILE" => Some("passwords".to_owned()),
            _ => None,
        };
        let address = Address::parse(&"postgres".into(), None, environment).unwrap();
        assert!(address.warnings.concat().ends_with("does not use it: passfile"), "{:?}", address.warnings);
        assert_eq!((address.shown.as_str(), address.encrypted), ("postgres://db.example.org:5432/d", true));
        assert_eq!(address.config.get_password(), Some(&br"p'w\"[..]));
        assert_eq!(address.ca_file.as_deref(), Some(Path::new("ca.pem")));
        let weak = |name: &str| if name == "PGSSLMODE" { Some("disable".to_owned()) } else { environment(name) };
        assert!(Address::parse(&"postgres".into(), None, weak).is_err());
    }

    #[test]
    fn each_host_has_a_time_of_its_own() {
        for (url, seconds) in [
            ("postgres://u@a/d", 5),
            ("postgres://u@a/d?connect_timeout=0", 5),
            ("postgres://u@a,b/d?connect_timeout=3", 3),
            ("postgres://u@a,b/d?hostaddr=10.0.0.1,10.0.0.2&connect_timeout=3", 3),
        ] {
            let address = parse(url).unwrap();
            let each = Duration::from_secs(seconds);
            assert!(address.hosts().iter().all(|host| host.get_connect_timeout() == Some(&each)), "{url}");
            assert_eq!(address.patience(), 2 * each, "{url}");
        }
    }

    #[test]
    fn hosts_are_told_apart_with_their_addresses_and_ports() {
        let hosts = |url: &str| {
            let shown = |host: &Config| (shown(host), host.get_hostaddrs().to_vec(), host.get_ssl_mode());
            parse(url).map(|address| address.hosts().iter().map(shown).collect::<Vec<_>>())
        };
        let strong = |shown: &str, address: Option<&str>| {
            (shown.to_owned(), address.map(|address| address.parse().unwrap()).into_iter().collect(), SslMode::Require)
        };
        let two = [strong("postgres://a:1/d", None), strong("postgres://b:2/d", None)];
        assert_eq!(hosts("postgres://u@a:1,b:2/d").unwrap(), two);
        let two = [strong("postgres://a:7/d", Some("10.0.0.1")), strong("postgres://b:7/d", Some("10.0.0.2"))];
        assert_eq!(hosts("host=a,b hostaddr=10.0.0.1,10.0.0.2 port=7 dbname=d").unwrap(), two);
        let by_address = [strong("postgres://10.0.0.1:5432/d", Some("10.0.0.1"))];
        assert_eq!(hosts("hostaddr=10.0.0.1 dbname=d").unwrap(), by_address);
        for other in ["host=a,b port=1,2,3", "host=a,b hostaddr=10.0.0.1", "host=a hostaddr=10.0.0.1,10.0.0.2"] {
            assert!(hosts(other).unwrap_err().contains("found different numbers"), "{other}");
        }
    }

    #[test]
    fn every_word_for_the_kind_of_server_is_taken() {
        use TargetSessionAttrs::{Any, ReadOnly, ReadWrite};
        for (word, meant, standby) in [
            ("any", Any, None),
            ("read-write", ReadWrite, None),
            ("read-only", ReadOnly, None),
            ("primary", Any, Some(false)),
            ("standby", Any, Some(true)),
            ("prefer-standby", Any, None),
        ] {
            let address = parse(&format!("postgres://u@a,b/d?target_session_attrs={word}")).unwrap();
            assert_eq!((address.config.get_target_session_attrs(), address.standby), (meant, standby), "{word}");
            let environment = |name: &str| (name == "PGTARGETSESSIONATTRS").then(|| word.to_owned());
            let address = Address::parse(&"host=a,b".into(), None, environment).unwrap();
            assert_eq!((address.config.get_target_session_attrs(), address.standby), (meant, standby), "{word}");
        }
        assert!(parse("postgres://u@a/d?target_session_attrs=master").err().unwrap().contains("target_session_attrs"));
    }

    #[test]
    fn a_connection_that_is_dead_is_noticed_soon() {
        let config = parse("postgres://u@127.0.0.1/d").unwrap().config;
        let five = Duration::from_secs(5);
        assert_eq!(config.get_keepalives_idle(), five);
        assert_eq!((config.get_keepalives_interval(), config.get_keepalives_retries()), (Some(five), Some(3)));
        assert_eq!(config.get_tcp_user_timeout(), Some(&Duration::from_secs(20)));
        let told = parse("postgres://u@127.0.0.1/d?keepalives_idle=60&keepalives_count=7").unwrap().config;
        assert_eq!((told.get_keepalives_idle(), told.get_keepalives_retries()), (Duration::from_mins(1), Some(7)));
        // 0 is the system's own.
        for (milliseconds, seconds) in [("0", None), ("1", Some(1)), ("30000", Some(30)), ("30001", Some(31))] {
            let told = parse(&format!("postgres://u@127.0.0.1/d?tcp_user_timeout={milliseconds}")).unwrap().config;
            assert_eq!(told.get_tcp_user_timeout().copied(), seconds.map(Duration::from_secs), "{milliseconds}");
        }
        assert!(parse("postgres://u@127.0.0.1/d?tcp_user_timeout=x").is_err());
    }
}
