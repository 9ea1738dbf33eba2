//! Explains why a database cannot be reached when all its addresses are IPv6 and this machine has no IPv6.

use std::error::Error as _;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::time::timeout;
use tokio_postgres::config::Host;
use tokio_postgres::{Config, Error};

use super::address::Address;
use crate::sync::source::SourceError;

const LOOKUP: Duration = Duration::from_secs(2);

const IPV6_ONLY: &str = "the host has only an IPv6 address, which seems to be unreachable from here: use the address of \
                         its pooler, which also has IPv4 (Supabase's dashboard, Connect: aws-….pooler.supabase.com, \
                         port 6543 or 5432)";

const NO_SUCH_NAME: &str = "no address was found for that name: check the project's reference in it, and that the project is \
                            not paused; if both are right, this machine may have no IPv6, and that is all that a direct host \
                            of Supabase's has: use the address of its pooler (Supabase's dashboard, Connect: \
                            aws-….pooler.supabase.com, port 6543 or 5432)";

/// The error of a connection that failed because every address of the database is an IPv6 one, or may be. `cause` is `None` when
/// there was no answer in time.
pub async fn explain(address: &Address, message: &str, cause: Option<&Error>) -> Option<SourceError> {
    let config = &address.config;
    let kind = cause.and_then(io_kind);
    let unreachable = matches!(kind, Some(ErrorKind::NetworkUnreachable | ErrorKind::AddrNotAvailable));
    let no_way =
        unreachable || cause.is_none() || matches!(kind, Some(ErrorKind::HostUnreachable | ErrorKind::TimedOut));
    // A resolver that leaves out unusable addresses finds none for a direct host of Supabase's, as for a misspelt one.
    let no_such_name = |cause: &Error| cause.source().is_some_and(|source| is_unknown(&source.to_string()));
    if kind.is_some() && is_direct_host(config) && cause.is_some_and(no_such_name) {
        return Some(SourceError::remote(&address.shown, message, NO_SUCH_NAME, false));
    }
    let explained = no_way && is_ipv6_only(&addresses(config).await);
    explained.then(|| SourceError::remote(&address.shown, message, IPV6_ONLY, !unreachable))
}

async fn addresses(config: &Config) -> Vec<IpAddr> {
    let mut addresses = config.get_hostaddrs().to_vec();
    if addresses.is_empty() {
        for host in config.get_hosts() {
            if let Host::Tcp(name) = host
                && let Ok(Ok(found)) = timeout(LOOKUP, lookup_host((name.as_str(), 0))).await
            {
                addresses.extend(found.map(|address| address.ip()));
            }
        }
    }
    addresses
}

fn is_ipv6_only(addresses: &[IpAddr]) -> bool {
    !addresses.is_empty() && addresses.iter().all(|address| address.is_ipv6() && !address.is_loopback())
}

fn is_direct_host(config: &Config) -> bool {
    let direct =
        |host: &Host| matches!(host, Host::Tcp(name) if name.starts_with("db.") && name.ends_with(".supabase.co"));
    config.get_hosts().iter().any(direct)
}

/// A name that was looked up, and is none; the system's words for it are the only sign. Where no name server answers, glibc
/// says "Temporary failure in name resolution", and musl "Try again".
fn is_unknown(words: &str) -> bool {
    words.contains("lookup address") && !words.contains("Temporary failure") && !words.contains("Try again")
}

fn io_kind(error: &Error) -> Option<ErrorKind> {
    error.source()?.downcast_ref::<std::io::Error>().map(std::io::Error::kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_are_all_ipv6_and_elsewhere_count() {
        let is_ipv6_only = |addresses: &[&str]| {
            super::is_ipv6_only(&addresses.iter().map(|address| address.parse().unwrap()).collect::<Vec<_>>())
        };
        assert!(is_ipv6_only(&["2001:db8::1"]) && is_ipv6_only(&["2001:db8::1", "2001:db8::2"]));
        assert!(!is_ipv6_only(&[]) && !is_ipv6_only(&["::1"]) && !is_ipv6_only(&["2001:db8::1", "192.0.2.1"]));
    }

    #[test]
    fn a_name_server_that_does_not_answer_says_nothing_of_the_name() {
        let words = |end: &str| format!("failed to lookup address information: {end}");
        for unknown in ["Name or service not known", "No address associated with hostname", "Name does not resolve"] {
            assert!(is_unknown(&words(unknown)), "{unknown}");
        }
        for temporary in ["Temporary failure in name resolution", "Try again"] {
            assert!(!is_unknown(&words(temporary)), "{temporary}");
        }
        assert!(!is_unknown("Connection refused (os error 111)"));
    }

    #[test]
    fn a_direct_host_of_supabase_is_known_by_its_name() {
        let is = |url: &str| is_direct_host(&url.parse().unwrap());
        assert!(is("postgres://u@db.abcdefgh.supabase.co/postgres"));
        assert!(!is("postgres://u@aws-0-eu.pooler.supabase.com/postgres") && !is("postgres://u@db.example.org/d"));
    }
}
