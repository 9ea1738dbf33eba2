//! The addresses that a server listens on. What was found is shown by the command line's own error.

use std::net::SocketAddr;

/// Parses an IP address and a port. A name is not looked up: it may stand for several addresses.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an IP address and a port, such as 127.0.0.1:4610".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_an_ip_address_and_a_port_and_its_error_says_so() {
        for good in ["127.0.0.1:4610", "0.0.0.0:0", "[::1]:4610"] {
            assert_eq!(address(good).map(|found| found.to_string()), Ok(good.to_owned()));
        }
        for bad in ["localhost:4610", ":4610", "4610", "127.0.0.1", "127.0.0.1:65536", "http://127.0.0.1:4610", ""] {
            assert!(address(bad).is_err_and(|error| error.contains("such as 127.0.0.1:4610")), "{bad}");
        }
    }
}
