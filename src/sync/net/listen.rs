//! Why a server cannot listen on an address, and what helps.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use rustix::io::Errno;

pub fn failure(address: SocketAddr, error: &io::Error) -> String {
    let advice = match (error.kind(), Errno::from_io_error(error)) {
        (ErrorKind::AddrInUse, _) => "; another program listens there: end it, or choose another port with --listen",
        (ErrorKind::AddrNotAvailable, _) | (_, Some(Errno::AFNOSUPPORT)) => {
            "; this machine has no such address: give one of its own with --listen, such as 127.0.0.1"
        }
        (ErrorKind::PermissionDenied, _) if address.port() < 1024 => {
            "; ports below 1024 need a privilege: choose a higher one with --listen"
        }
        (_, Some(Errno::MFILE)) => "; this process may open no more files: raise its limit (ulimit -n)",
        (_, Some(Errno::NFILE)) => "; this machine may open no more files: see which process keeps so many open",
        _ => "",
    };
    format!("could not listen on {address}: {error}{advice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_its_own_advice() {
        for (errno, address, advice) in [
            (Errno::ADDRINUSE, "127.0.0.1:4610", "another program listens there"),
            (Errno::ADDRNOTAVAIL, "192.0.2.1:4610", "no such address"),
            (Errno::AFNOSUPPORT, "[::1]:4610", "no such address"),
            (Errno::ACCESS, "127.0.0.1:80", "choose a higher one"),
            (Errno::MFILE, "127.0.0.1:4610", "ulimit -n"),
            (Errno::NFILE, "127.0.0.1:4610", "this machine may open no more files"),
        ] {
            let message = failure(address.parse().unwrap(), &errno.into());
            assert!(message.starts_with(&format!("could not listen on {address}: ")), "{message}");
            assert!(message.contains(advice), "{message}");
            let names_another = message.contains("--listen");
            assert_eq!(names_another, ![Errno::MFILE, Errno::NFILE].contains(&errno), "{message}");
        }
        let message = failure("127.0.0.1:4610".parse().unwrap(), &Errno::ACCESS.into());
        assert!(!message.contains("--listen"), "of a high port no more is known: {message}");
    }
}
