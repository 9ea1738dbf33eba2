//! Answers only requests that name this machine. The tokens are public, so without this check any web page could point
//! its own host name to 127.0.0.1 (DNS rebinding), then read the store, write it and switch faults.
//!
//! A browser always sends `Host`, and `Origin` with every request that is not a read; a page can set neither.

use super::answer::ApiError;
use crate::sync::net::loopback;
use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

pub(super) async fn only(request: Request, next: Next) -> Response {
    let authority = request.uri().authority().map(Authority::as_str);
    match check(request.method(), authority, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    }
}

fn check(method: &Method, authority: Option<&str>, headers: &HeaderMap) -> Result<(), ApiError> {
    let mut hosts = headers.get_all(HOST).iter().map(|host| host.to_str().unwrap_or_default()).chain(authority);
    let first = hosts.next().unwrap_or_default();
    if let Some(other) = std::iter::once(first).chain(hosts).find(|host| !is_loopback(host)) {
        let message = format!("expected a Host that is this machine, such as localhost or 127.0.0.1, found {other:?}");
        return Err(ApiError::new(StatusCode::MISDIRECTED_REQUEST, "misdirected_request", message));
    }
    let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(method);
    let foreign = |origin: &str| !origin.split_once("://").is_some_and(|(_, host)| is_loopback(host));
    let origins = headers.get_all(ORIGIN).iter().map(|origin| origin.to_str().unwrap_or_default());
    match origins.into_iter().find(|origin| !reads && foreign(origin)) {
        Some(origin) => {
            let message =
                format!("expected a write from a program or from a page on this machine, found the origin {origin:?}");
            Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden_origin", message))
        }
        None => Ok(()),
    }
}

/// Whether a host, with or without a port, is this machine: `localhost`, 127.0.0.0/8 or `[::1]`.
fn is_loopback(host: &str) -> bool {
    // A Host has no user information before an `@`.
    let Ok(authority) = host.parse::<Authority>() else { return false };
    !host.contains('@') && loopback::is_host(authority.host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_what_cannot_be_another_machine() {
        for host in ["localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:4600", "127.9.9.9:80", "[::1]", "[::1]:4600"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "evil.test",
            "evil.test:4600",
            "localhost.evil.test",
            "127.0.0.1.evil.test",
            "128.0.0.1",
            "0.0.0.0:4600",
            "10.0.0.1",
            "[::2]",
            "[::ffff:10.0.0.1]",
            "localhost@evil.test",
            "evil@localhost",
            "127.1",
            "localhost ",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
