//! The one HTTP client: TLS by rustls on ring, time-outs, bounded answers, no redirects.

use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};
use std::{io, iter};

use reqwest::header::{AGE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response, Url};

use super::error::{RemoteError, chain};
use super::loopback;
use super::tls;
use crate::domain::time::Timestamp;
use crate::sync::clock::{ahead_of_date, now, timestamp};

const USER_AGENT: &str = concat!("atlas-sync/", env!("CARGO_PKG_VERSION"));

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub connect: Duration,
    /// From the first byte sent to the last byte received.
    pub request: Duration,
    pub answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // Ten times what a full store needs, which is little more than 1 MB.
        Self { connect: Duration::from_secs(5), request: Duration::from_secs(15), answer_bytes: 10_000_000 }
    }
}

#[derive(Debug)]
pub struct Http {
    client: Client,
    limits: Limits,
    /// How far this machine's clock was ahead of the server's at the last answer, in milliseconds.
    ahead_ms: AtomicI64,
}

const UNKNOWN: i64 = i64::MIN;

/// An answer, read to its end.
#[derive(Debug)]
pub struct HttpAnswer {
    /// Method and address, without secrets.
    pub place: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Http {
    /// A client that sends these secret headers with every request: only to the service at `base`, and through no proxy if
    /// that is this machine.
    pub fn new(base: &Url, headers: HeaderMap, ca_file: Option<&Path>, limits: Limits) -> Result<Self, RemoteError> {
        let encrypted = base.scheme() == "https";
        let tls = if encrypted || ca_file.is_some() { tls::client_config(ca_file) } else { tls::trusting_nobody() };
        let mut client = Client::builder()
            .tls_backend_preconfigured(tls.map_err(RemoteError::Setup)?)
            .default_headers(headers)
            .connect_timeout(limits.connect)
            .timeout(limits.request)
            .redirect(Policy::none())
            .https_only(encrypted)
            .user_agent(USER_AGENT);
        if is_loopback(base) {
            client = client.no_proxy();
        }
        let client =
            client.build().map_err(|error| RemoteError::Setup(format!("no HTTP client could be made: {error}")))?;
        Ok(Self { client, limits, ahead_ms: AtomicI64::new(UNKNOWN) })
    }

    pub fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.client.request(method, url)
    }

    pub async fn send(&self, request: RequestBuilder) -> Result<HttpAnswer, RemoteError> {
        let request = request.build().map_err(|error| RemoteError::Setup(chain(&error.without_url())))?;
        let place = format!("{} {}", request.method(), request.url());
        let sent = now();
        let mut response = self.client.execute(request).await.map_err(|error| no_answer(&place, error))?;
        self.compare_clocks(response.headers(), sent);
        let body = self.body_of(&mut response, &place).await?;
        Ok(HttpAnswer {
            place,
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body,
        })
    }

    /// How far this machine's clock was ahead of the server's at the last answer with a `Date`, in milliseconds.
    pub fn clock_ahead_ms(&self) -> Option<i64> {
        Some(self.ahead_ms.load(Ordering::Relaxed)).filter(|ahead| *ahead != UNKNOWN)
    }

    /// An answer with an `Age` comes from a cache, and its `Date` is old.
    fn compare_clocks(&self, headers: &HeaderMap, sent: Timestamp) {
        if let Some(date) = date_of(headers).filter(|_| !headers.contains_key(AGE)) {
            let ahead = ahead_of_date(timestamp(date), sent, now());
            self.ahead_ms.store(ahead, Ordering::Relaxed);
        }
    }

    async fn body_of(&self, response: &mut Response, place: &str) -> Result<Vec<u8>, RemoteError> {
        // Within the limit, so that a false announced length costs nothing.
        let announced = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        let most = self.limits.answer_bytes;
        let mut body = Vec::with_capacity(announced.min(most));
        while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(place, error))? {
            if body.len() + chunk.len() > most {
                return Err(RemoteError::TooLong { place: place.to_owned(), most });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

impl HttpAnswer {
    /// How long the service wants to be left alone: it says so in whole seconds, or by a date (RFC 9110, section 10.2.3),
    /// which is read by the answer's own clock.
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        text.parse().ok().map(Duration::from_secs).or_else(|| {
            let until = httpdate::parse_http_date(text).ok()?;
            let now = date_of(&self.headers).unwrap_or_else(SystemTime::now);
            Some(until.duration_since(now).unwrap_or_default())
        })
    }
}

/// When an answer was made, by the server's clock.
fn date_of(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()
}

/// A header that no log shows; `None` if a header cannot hold the text.
pub fn secret_header(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Whether a secret may be sent to an address: over https, or to this machine.
pub fn is_confidential(url: &Url) -> bool {
    url.scheme() == "https" || url.scheme() == "http" && is_loopback(url)
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(loopback::is_host)
}

fn no_answer(place: &str, error: reqwest::Error) -> RemoteError {
    let may_have_arrived = !error.is_connect();
    let late = if error.is_timeout() { "the request timed out: " } else { "" };
    // The address is in `place` already.
    let error = error.without_url();
    let (place, message) = (place.to_owned(), format!("{late}{}", chain(&error)));
    if is_untrusted(&error) {
        RemoteError::Untrusted { place, message }
    } else {
        RemoteError::NoAnswer { place, message, may_have_arrived }
    }
}

/// Whether a server's certificate was not accepted.
fn is_untrusted(error: &(dyn Error + 'static)) -> bool {
    iter::successors(Some(error), |error| cause(*error))
        .any(|error| matches!(error.downcast_ref::<rustls::Error>(), Some(rustls::Error::InvalidCertificate(_))))
}

/// What is behind an error. `source` of an I/O error passes over the error in it.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_is_not_accepted_is_known_by_its_type() {
        let refused = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let words = io::Error::other(refused.to_string());
        assert!(is_untrusted(&io::Error::other(io::Error::other(refused))) && !is_untrusted(&words));
        assert!(!is_untrusted(&io::Error::other(rustls::Error::DecryptError)));
    }

    #[test]
    fn a_secret_is_sent_over_https_or_to_this_machine_only() {
        for good in ["https://api.vercel.com", "http://127.0.0.1:4600", "http://[::1]:4600/x", "http://localhost:1"] {
            assert!(is_confidential(&good.parse().unwrap()), "{good}");
        }
        for bad in [
            "http://api.vercel.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://0.0.0.0:4600",
            "ftp://127.0.0.1",
        ] {
            assert!(!is_confidential(&bad.parse().unwrap()), "{bad}");
        }
    }

    #[test]
    fn retry_after_is_read_in_both_its_forms() {
        for (text, expected) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("Mon, 30 Nov 2026 08:00:07 GMT", Some(7)),
            ("Mon, 30 Nov 2026 07:59:59 GMT", Some(0)),
            ("Mon, 30 Nov 2026 08:00:07", None),
        ] {
            let date = (DATE, HeaderValue::from_static("Mon, 30 Nov 2026 08:00:00 GMT"));
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text)), date]);
            let answer = HttpAnswer { place: String::new(), status: 429, headers, body: Vec::new() };
            assert_eq!(answer.retry_after(), expected.map(Duration::from_secs), "{text}");
        }
    }
}
