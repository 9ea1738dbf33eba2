//! Asks a `serve` on this machine whether it lives, for a container that holds nothing else that could ask.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long connecting, asking and the status line of the answer may take together: less than an orchestrator waits.
const PATIENCE: Duration = Duration::from_secs(3);

/// The most that is read of the answer, in bytes.
const MOST_BYTES: usize = 1024;

/// Asks `GET /livez` of the server that listens on an address, and expects 200.
pub fn check_livez(listen: SocketAddr) -> Result<(), String> {
    let address = reachable(listen);
    let failed = |found: String| format!("expected an answer with 200 from http://{address}/livez, found {found}");
    let answer = ask(address, PATIENCE).map_err(|error| match error.kind() {
        ErrorKind::ConnectionRefused => {
            failed("no listener there; check that serve runs, or name its address with --listen".to_owned())
        }
        ErrorKind::WouldBlock | ErrorKind::TimedOut => failed(format!("none within {} s", PATIENCE.as_secs())),
        _ => failed(error.to_string()),
    })?;
    let status = answer.lines().next().unwrap_or_default();
    match status.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => Err(failed(format!("{status:?}"))),
    }
}

/// Who listens on all addresses is asked on loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// The beginning of the answer, with its status line.
fn ask(address: SocketAddr, within: Duration) -> io::Result<String> {
    let began = Instant::now();
    let left = || match within.saturating_sub(began.elapsed()) {
        Duration::ZERO => Err(io::Error::from(ErrorKind::TimedOut)),
        left => Ok(left),
    };
    let mut stream = TcpStream::connect_timeout(&address, left()?)?;
    stream.set_write_timeout(Some(left()?))?;
    // In one piece: a server that answers before it has read all would cut the rest off.
    let request = format!("GET /livez HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let (mut answer, mut part) = (Vec::new(), [0; MOST_BYTES]);
    while answer.len() < MOST_BYTES && !answer.contains(&b'\n') {
        stream.set_read_timeout(Some(left()?))?;
        match stream.read(&mut part)? {
            0 => break,
            length => answer.extend_from_slice(part.get(..length).unwrap_or_default()),
        }
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn all_addresses_are_asked_on_loopback_and_others_as_they_are() {
        for (listen, asked) in
            [("0.0.0.0:4610", "127.0.0.1:4610"), ("[::]:80", "[::1]:80"), ("192.0.2.1:80", "192.0.2.1:80")]
        {
            assert_eq!(reachable(listen.parse().unwrap()), asked.parse().unwrap(), "{listen}");
        }
    }

    /// What `live` says of a server that gives one answer.
    fn live_with(answer: &'static str) -> Result<(), String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let result = check_livez(address);
        server.join().unwrap();
        result
    }

    #[test]
    fn only_200_is_alive() {
        assert_eq!(live_with("HTTP/1.1 200 OK\r\n\r\nalive\n"), Ok(()));
        for answer in ["HTTP/1.1 503 Service Unavailable\r\n\r\n", "HTTP/1.1 404 Not Found\r\n\r\n200", "200", ""] {
            let message = live_with(answer).unwrap_err();
            let status = answer.lines().next().unwrap_or_default();
            assert!(message.ends_with(&format!("found {status:?}")), "{message}");
        }
    }

    #[test]
    fn an_answer_that_comes_byte_by_byte_has_one_time_for_all_of_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // Until the other side hangs up.
            while stream.write_all(b"H").is_ok() {
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        let error = ask(address, Duration::from_millis(100)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
        server.join().unwrap();
    }

    #[test]
    fn a_port_that_nobody_listens_on_is_not_alive() {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(check_livez(address).unwrap_err().contains(&format!("from http://{address}/livez, found ")));
    }
}
