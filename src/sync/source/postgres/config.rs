//! What the driver is told of an address: its configuration for all hosts together, and for each alone.

use std::fmt::Write as _;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use super::parameters::Parameters;
use crate::sync::net::error::chain;
use crate::sync::source::SourceError;

pub(super) const EXPECTED: &str = "expected postgres://USER:PASSWORD@HOST:PORT/DATABASE, with characters such as @ : / ? # % in \
                        the user and the password percent-encoded; or host=… user=… dbname=…; or postgres, with PGHOST \
                        and the like set";

/// When a silent connection is probed, and after how much silence it counts as dead, in seconds.
const DEFAULTS: [(&str, &str); 4] =
    [("keepalives_idle", "5"), ("keepalives_interval", "5"), ("keepalives_retries", "3"), ("tcp_user_timeout", "20")];

/// Parameters that have no effect here and need no warning.
const WITHOUT_EFFECT: [&str; 3] = ["client_encoding", "fallback_application_name", "gssencmode"];

/// What names a host.
const HOST: [&str; 3] = ["host", "hostaddr", "port"];

/// The driver's configuration for all hosts, and for each of them alone.
pub(super) struct Hosts {
    pub all: Config,
    pub each: Vec<Config>,
    /// Whether the server has to be a standby; `None` if any will do.
    pub standby: Option<bool>,
    /// The names of the parameters that the driver does not know.
    pub ignored: Vec<String>,
}

pub(super) fn of(mut parameters: Parameters) -> Result<Hosts, SourceError> {
    translate(&mut parameters);
    let standby = standby(&mut parameters);
    for (name, value) in DEFAULTS {
        parameters.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    }
    let (mut hosts, mut common, mut ignored) = (String::new(), String::new(), Vec::new());
    for (name, value) in parameters.into_iter().filter(|(name, _)| !WITHOUT_EFFECT.contains(&name.as_str())) {
        if is_known(&name) {
            let value = value.replace('\\', r"\\").replace('\'', r"\'");
            let text = if HOST.contains(&name.as_str()) { &mut hosts } else { &mut common };
            // Writing to a string cannot fail.
            let _ = write!(text, "{name}='{value}' ");
        } else {
            ignored.push(name);
        }
    }
    // The driver names the option that is wrong, not its value.
    let parse =
        |text: &str| text.parse::<Config>().map_err(|error| wrong(&format!("{EXPECTED}; found {}", chain(&error))));
    let all = parse(&format!("{common}{hosts}"))?;
    let each = split_hosts(&all, &parse(&common)?)?;
    Ok(Hosts { all, each, standby, ignored })
}

/// The configuration of each host, from the whole and from what all of them have in common.
fn split_hosts(all: &Config, common: &Config) -> Result<Vec<Config>, SourceError> {
    let (hosts, addresses, ports) = (all.get_hosts(), all.get_hostaddrs(), all.get_ports());
    let count = hosts.len().max(addresses.len());
    let fits = |length: usize, least: usize| length <= least || length == count;
    if count == 0 {
        return Err(wrong(EXPECTED));
    }
    if !fits(hosts.len(), 0) || !fits(addresses.len(), 0) || !fits(ports.len(), 1) {
        return Err(wrong(
            "expected the same number of hosts, host addresses and ports, or one port for all hosts, found different numbers",
        ));
    }
    let host = |index: usize| {
        let mut config = common.clone();
        match hosts.get(index) {
            Some(Host::Tcp(name)) => drop(config.host(name)),
            Some(Host::Unix(path)) => drop(config.host_path(path)),
            None => {}
        }
        if let Some(address) = addresses.get(index) {
            config.hostaddr(*address);
        }
        if let Some(port) = ports.get(index).or(ports.first()) {
            config.port(*port);
        }
        config
    };
    Ok((0..count).map(host).collect())
}

/// What `libpq` has in other words (`PostgreSQL`, section 34.1.2), as the driver has it.
fn translate(parameters: &mut Parameters) {
    if let Some(count) = parameters.remove("keepalives_count") {
        parameters.entry("keepalives_retries".to_owned()).or_insert(count);
    }
    // In milliseconds there, in seconds here.
    if let Some(time) = parameters.get_mut("tcp_user_timeout")
        && let Ok(milliseconds) = time.parse::<u32>()
    {
        *time = milliseconds.div_ceil(1000).to_string();
    }
}

/// Takes the words for the kind of a server out of `target_session_attrs`. The driver knows those for a session alone, which
/// may be read-only on a primary too, as a role has it.
fn standby(parameters: &mut Parameters) -> Option<bool> {
    let standby = match parameters.get("target_session_attrs")?.as_str() {
        "primary" => Some(false),
        "standby" => Some(true),
        // Any server will do.
        "prefer-standby" => None,
        _ => return None,
    };
    parameters.remove("target_session_attrs");
    standby
}

/// Whether the driver has an option of this name, right or wrong as the value may be.
fn is_known(name: &str) -> bool {
    let refused = format!("{name}=x").parse::<Config>().err();
    !refused.is_some_and(|error: tokio_postgres::Error| chain(&error).contains("unknown option"))
}

pub(super) fn wrong(message: &str) -> SourceError {
    SourceError::new(format!("--source: {message}"))
}
