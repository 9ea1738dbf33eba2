//! The addresses of this machine: `localhost`, 127.0.0.0/8 and `::1`. They need no TLS and no proxy.

use std::net::IpAddr;

/// Whether a host in an address or a header is this machine.
pub fn is_host(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_host;

    #[test]
    fn only_this_machine_is_loopback() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1", "[::1]"] {
            assert!(is_host(host), "{host}");
        }
        for host in ["", "localhost.evil.test", "0.0.0.0", "10.0.0.1", "127.0.0.1.evil.test", "[::2]", "[127.0.0.1"] {
            assert!(!is_host(host), "{host}");
        }
    }
}
