//! One page of a table: the request, its answer, and what a refusal means.

use std::error::Error as _;

use reqwest::header::{ACCEPT, CONTENT_RANGE, RANGE};
use reqwest::{Client, Response, StatusCode, Url};
use serde::Deserialize;

use crate::sync::net::redact::Redactor;
use crate::sync::source::{Row, SourceError, Table, strict};

/// How many rows are asked for at once. The server may give fewer: Supabase's limit is 1,000 unless told otherwise.
const ROWS: usize = 1_000;
/// The largest page that is read, in bytes. A snapshot has room for 1 MB in all.
const MOST_BYTES: usize = 16 * 1024 * 1024;
const MOST_MESSAGE: usize = 300;
const MOST_CODE: usize = 40;

pub enum Page {
    Rows {
        rows: Vec<Row>,
        total: usize,
    },
    /// The table has fewer rows than were read before.
    BeyondTheEnd,
}

pub struct Api {
    pub client: Client,
    pub redactor: Redactor,
}

/// Fetches the page that begins after `offset` rows.
pub async fn fetch(api: &Api, url: Url, table: Table, origin: &str, offset: usize) -> Result<Page, SourceError> {
    let range = format!("{offset}-{}", offset + ROWS - 1);
    let request = api.client.get(url).header(ACCEPT, "application/json");
    // The whole count, since a page may end early: at the server's own limit, without a word.
    let request = request.header("range-unit", "items").header(RANGE, range).header("prefer", "count=exact");
    let response = request.send().await.map_err(|error| unreachable(origin, error))?;
    match response.status() {
        StatusCode::OK | StatusCode::PARTIAL_CONTENT => {}
        StatusCode::RANGE_NOT_SATISFIABLE => return Ok(Page::BeyondTheEnd),
        status => return Err(refused(api, origin, status, response).await),
    }
    let total = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok()).and_then(total);
    let total =
        total.ok_or_else(|| no_page(origin, "expected a Content-Range with the number of all rows, found none"))?;
    let text = body(origin, response).await?;
    Ok(Page::Rows { rows: strict::rows_from(table, origin, offset + 1, &text)?, total })
}

/// `0-999/2500` and `*/0` name the total after the slash.
fn total(range: &str) -> Option<usize> {
    range.rsplit_once('/')?.1.parse().ok()
}

async fn body(origin: &str, mut response: Response) -> Result<String, SourceError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(origin, error))? {
        if bytes.len() + chunk.len() > MOST_BYTES {
            return Err(no_page(origin, &format!("expected a page of at most {MOST_BYTES} bytes, found a larger one")));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|error| no_page(origin, &error.to_string()))
}

/// The error body of `PostgREST`.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

async fn refused(api: &Api, origin: &str, status: StatusCode, response: Response) -> SourceError {
    let body = body(origin, response).await.unwrap_or_default();
    let Refusal { code, message } = serde_json::from_str(&body).unwrap_or_default();
    // What is not PostgREST's is a gateway's, whose page may say more than its status.
    let said = message.unwrap_or(body);
    let said = Some(api.redactor.shown(said.trim(), MOST_MESSAGE)).filter(|said| !said.is_empty());
    let said = said.map(|said| format!(": {said}"));
    let code = code.map(|code| format!(" [{}]", api.redactor.shown(&code, MOST_CODE)));
    let advice = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "check SUPABASE_SERVICE_ROLE_KEY: it has to be the service-role or secret key of this project; make a new \
             one in the dashboard under Settings, API keys, if it was revoked"
        }
        StatusCode::NOT_FOUND => "check that SUPABASE_URL names Michael's project, and that its migrations have run",
        status if status.is_redirection() => "redirects are not followed: name the address itself in SUPABASE_URL",
        _ => "",
    };
    SourceError::Remote {
        origin: origin.to_owned(),
        message: format!("the server answered {status}{}{}", said.unwrap_or_default(), code.unwrap_or_default()),
        advice,
        transient: status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS,
    }
}

fn no_page(origin: &str, message: &str) -> SourceError {
    SourceError::Remote {
        origin: origin.to_owned(),
        message: message.to_owned(),
        advice: "check that SUPABASE_URL names Supabase's REST API",
        transient: false,
    }
}

fn unreachable(origin: &str, error: reqwest::Error) -> SourceError {
    let error = error.without_url();
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    let advice = if message.contains("certificate") {
        "name the CA that signed the server's certificate with --source-ca-file"
    } else {
        "check that SUPABASE_URL names the project and can be reached from here"
    };
    SourceError::Remote { origin: origin.to_owned(), transient: !message.contains("certificate"), message, advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_stands_behind_the_slash() {
        assert_eq!(total("0-999/2500"), Some(2500));
        assert_eq!(total("*/0"), Some(0));
        for none in ["0-999/*", "0-999", "", "/"] {
            assert_eq!(total(none), None, "{none}");
        }
    }
}
