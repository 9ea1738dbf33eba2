//! One HTTP client for a service with a bearer token: TLS by rustls on ring, time-outs, bounded answers, no redirects.
//!
//! The token goes to no other address than the one that was configured, travels in the clear on this machine only, and
//! is taken out of every text that comes back. It knows nothing of what is asked.

use std::error::Error as _;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use reqwest::header::{AGE, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, Url};
use secrecy::{ExposeSecret, SecretString};

use super::error::{RemoteError, Sent};
use super::redact::Redactor;
use super::tls;
use crate::domain::time::Timestamp;
use crate::sync::clock::ahead_of_date;

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
        // Ten times what a full store needs: its items and their times take little more than 1 MB.
        Self { connect: Duration::from_secs(5), request: Duration::from_secs(15), answer_bytes: 10_000_000 }
    }
}

#[derive(Debug)]
pub struct Http {
    client: Client,
    base: Url,
    token: SecretString,
    limits: Limits,
    /// How far this machine's clock was ahead of the server's at the last answer, in milliseconds.
    ahead_ms: AtomicI64,
}

const UNKNOWN: i64 = i64::MIN;

#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub method: Method,
    /// The path below the base, segment by segment.
    pub path: &'a [&'a str],
    /// The query, with what is `None` left out.
    pub query: &'a [(&'a str, Option<&'a str>)],
    pub body: Option<Vec<u8>>,
}

#[derive(Debug)]
pub struct Answer {
    pub place: String,
    pub status: u16,
    /// When the service wants to be asked again, if it says so in whole seconds.
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}

impl Http {
    /// A client of the service at `base`.
    pub fn new(base: &str, token: SecretString, limits: Limits) -> Result<Self, RemoteError> {
        let base = address(base)?;
        let setup = |error: reqwest::Error| RemoteError::Setup(format!("no HTTPS client could be made: {error}"));
        let encrypted = base.scheme() == "https";
        let tls = if encrypted { tls::client_config(None) } else { tls::trusting_nobody() };
        let tls = tls.map_err(|error| RemoteError::Setup(error.to_string()))?;
        let mut client = Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(limits.connect)
            .timeout(limits.request)
            .redirect(Policy::none())
            .https_only(encrypted)
            .user_agent(USER_AGENT);
        if is_loopback(&base) {
            client = client.no_proxy();
        }
        Ok(Self { client: client.build().map_err(setup)?, base, token, limits, ahead_ms: AtomicI64::new(UNKNOWN) })
    }

    /// Asks once.
    ///
    /// # Errors
    ///
    /// [`RemoteError::NoAnswer`], or [`RemoteError::Unexpected`] for an answer that is too long. Any status is an
    /// answer.
    pub async fn send(&self, request: Request<'_>) -> Result<Answer, RemoteError> {
        let url = self.url(&request)?;
        let place = format!("{} {url}", request.method);
        let mut outgoing = self.client.request(request.method, url).header(AUTHORIZATION, self.authorization()?);
        if let Some(body) = request.body {
            outgoing = outgoing.header(CONTENT_TYPE, "application/json").body(body);
        }
        let sent = SystemTime::now();
        let response = outgoing.send().await.map_err(|error| no_answer(&place, error))?;
        self.compare_clocks(response.headers(), sent);
        let status = response.status().as_u16();
        let retry_after = retry_after(response.headers());
        let body = self.body_of(response, &place).await?;
        Ok(Answer { place, status, retry_after, body })
    }

    /// How far this machine's clock was ahead of the server's at the last answer that told a time, in milliseconds.
    pub fn clock_ahead_ms(&self) -> Option<i64> {
        Some(self.ahead_ms.load(Ordering::Relaxed)).filter(|ahead| *ahead != UNKNOWN)
    }

    /// An answer out of a cache, which has an `Age`, tells no time.
    fn compare_clocks(&self, headers: &HeaderMap, sent: SystemTime) {
        let date = headers.get(DATE).filter(|_| !headers.contains_key(AGE));
        let date = date.and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        if let Some(date) = date {
            let ahead = ahead_of_date(timestamp(date), timestamp(sent), timestamp(SystemTime::now()));
            self.ahead_ms.store(ahead, Ordering::Relaxed);
        }
    }

    pub fn base(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// The text without the token, without control characters, and not longer than a person would read.
    pub fn shown(&self, text: &str) -> String {
        const MOST: usize = 500;
        Redactor::new([self.token.clone()]).shown(text, MOST)
    }

    fn url(&self, request: &Request<'_>) -> Result<Url, RemoteError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| RemoteError::Setup(format!("expected an address with a path, found {}", self.base)))?
            .pop_if_empty()
            .extend(request.path);
        let given = request.query.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
        for (name, value) in given {
            url.query_pairs_mut().append_pair(name, value);
        }
        Ok(url)
    }

    fn authorization(&self) -> Result<HeaderValue, RemoteError> {
        let text = format!("Bearer {}", self.token.expose_secret());
        let mut value = HeaderValue::try_from(text).map_err(|_| {
            RemoteError::Setup(
                "expected a token of visible ASCII characters, found others in it; set it again".to_owned(),
            )
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    async fn body_of(&self, mut response: Response, place: &str) -> Result<Vec<u8>, RemoteError> {
        // At most what is told, and at most what is taken: a length that is a lie costs nothing.
        let told = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        let mut body = Vec::with_capacity(told.min(self.limits.answer_bytes));
        while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(place, error))? {
            if body.len() + chunk.len() > self.limits.answer_bytes {
                return Err(RemoteError::Unexpected {
                    place: place.to_owned(),
                    expected: "an answer that a store of 1 MB can give",
                    found: format!("more than {} bytes", self.limits.answer_bytes),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn timestamp(time: SystemTime) -> Timestamp {
    let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

fn address(text: &str) -> Result<Url, RemoteError> {
    let setup = |found: &str| {
        RemoteError::Setup(format!(
            "ATLAS_API_URL: expected an https address such as https://api.vercel.com, or http on this machine alone, \
             found {found}"
        ))
    };
    let url = Url::parse(text).map_err(|error| setup(&format!("what is none ({error})")))?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(setup("one with a user, a password, a query or a fragment"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(setup(&format!("http to {}, where the token could be read on its way", url.authority()))),
        other => Err(setup(&format!("the scheme {other}"))),
    }
}

/// Whether an address is on this machine. What goes there goes through no proxy, which would be another machine.
pub fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Only whole seconds: RFC 9110 section 10.2.3 also allows a date, which nobody sends here.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn no_answer(place: &str, error: reqwest::Error) -> RemoteError {
    let sent = if error.is_connect() { Sent::No } else { Sent::Perhaps };
    // The address stands in `place` already.
    let error = error.without_url();
    let mut message =
        if error.is_timeout() { "the time for one request was over".to_owned() } else { error.to_string() };
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a string cannot fail.
        let _ = write!(message, ": {error}");
        cause = error.source();
    }
    RemoteError::NoAnswer { place: place.to_owned(), message, sent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_sent_over_https_or_to_this_machine_only() {
        for good in ["https://api.vercel.com", "http://127.0.0.1:4600", "http://[::1]:4600/x", "http://localhost:1"] {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.vercel.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://0.0.0.0:4600",
            "ftp://127.0.0.1",
            "https://user@api.vercel.com",
            "https://:password@api.vercel.com",
            "https://api.vercel.com?token=1",
            "api.vercel.com",
            "",
        ] {
            assert!(matches!(address(bad), Err(RemoteError::Setup(_))), "{bad}");
        }
    }

    #[test]
    fn neither_the_client_nor_what_it_shows_has_the_token() {
        let http = Http::new("https://api.vercel.com", "very-secret".into(), Limits::default()).unwrap();
        assert!(!format!("{http:?}").contains("very-secret"));
        assert!(!format!("{:?}", http.authorization().unwrap()).contains("very-secret"));
        assert_eq!(http.shown("no `very-secret`\nhere"), "no `[redacted]` here");
        assert_eq!(http.shown(&"é".repeat(501)), format!("{}…", "é".repeat(500)));
        let bad = Http::new("https://api.vercel.com", "very\nsecret".into(), Limits::default()).unwrap();
        assert!(!bad.authorization().unwrap_err().to_string().contains("secret"));
    }

    #[test]
    fn a_name_cannot_leave_its_place_in_the_path() {
        let http = Http::new("http://127.0.0.1:1/base/", "t".into(), Limits::default()).unwrap();
        let query = [("teamId", Some("a&b")), ("next", None)];
        let request = Request { method: Method::GET, path: &["v1", "a/../b?c"], query: &query, body: None };
        assert_eq!(http.url(&request).unwrap().as_str(), "http://127.0.0.1:1/base/v1/a%2F..%2Fb%3Fc?teamId=a%26b");
    }

    #[test]
    fn retry_after_is_read_in_whole_seconds() {
        for (text, expected) in [("7", Some(7)), (" 0 ", Some(0)), ("-1", None), ("1.5", None), ("soon", None)] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
            assert_eq!(retry_after(&headers), expected.map(Duration::from_secs), "{text}");
        }
    }
}
