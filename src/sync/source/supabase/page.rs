//! One page of a table: the request, its answer, and what a refusal means.

use reqwest::header::{ACCEPT, CONTENT_RANGE, RANGE};
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;

use crate::sync::net::error::RemoteError;
use crate::sync::net::http::{Http, HttpAnswer};
use crate::sync::net::redact::Redactor;
use crate::sync::source::budget::RowBudget;
use crate::sync::source::{Row, SourceError, Table, strict};

/// How many rows are requested at once. The server may send fewer: Supabase's default limit is 1,000.
const ROWS: usize = 1_000;
/// The largest page that is read, in bytes. A snapshot has room for 1 MB in all.
pub const MOST_BYTES: usize = 16 * 1024 * 1024;
const MOST_MESSAGE: usize = 300;
const MOST_CODE: usize = 40;

/// A page's rows, and the number of all rows of the table; `None` if the table now has fewer rows than were read before.
pub async fn fetch(
    http: &Http,
    budget: &RowBudget,
    redactor: &Redactor,
    url: Url,
    table: Table,
    origin: &str,
    offset: usize,
) -> Result<Option<(Vec<Row>, usize)>, SourceError> {
    let range = format!("{offset}-{}", offset + ROWS - 1);
    let request = http.request(Method::GET, url).header(ACCEPT, "application/json");
    // The whole count, since a page may end early at the server's own limit.
    let request = request.header("range-unit", "items").header(RANGE, range).header("prefer", "count=exact");
    let answer = http.send(request).await.map_err(|error| failed(origin, error))?;
    match answer.status {
        200 | 206 => {}
        416 => return Ok(None),
        _ => return Err(refused(redactor, origin, &answer)),
    }
    let total = answer.headers.get(CONTENT_RANGE).and_then(|range| range.to_str().ok()).and_then(total);
    let total =
        total.ok_or_else(|| page_error(origin, "expected a Content-Range with the number of all rows, found none"))?;
    let text = String::from_utf8(answer.body).map_err(|error| page_error(origin, &error.to_string()))?;
    let rows = strict::rows(budget, table, origin, offset + 1, &text)?;
    let redacted = rows.into_iter().map(|row| row.map_fault(|fault| redactor.clean(fault)));
    Ok(Some((redacted.collect(), total)))
}

/// `0-999/2500` and `*/0` name the total after the slash.
pub(super) fn total(range: &str) -> Option<usize> {
    range.rsplit_once('/')?.1.parse().ok()
}

/// The error body of `PostgREST`.
#[derive(Default, Deserialize)]
struct ErrorBody {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

pub(super) fn refused(redactor: &Redactor, origin: &str, answer: &HttpAnswer) -> SourceError {
    let body = String::from_utf8_lossy(&answer.body);
    let ErrorBody { code, message } = serde_json::from_str(&body).unwrap_or_default();
    // Any other body is a gateway's, which may say more than its status.
    let said = message.unwrap_or(body.into_owned());
    let said = Some(redactor.shown(said.trim(), MOST_MESSAGE)).filter(|said| !said.is_empty());
    let said = said.map(|said| format!(": {said}"));
    let code = code.map(|code| format!(" [{}]", redactor.shown(&code, MOST_CODE)));
    let advice = match answer.status {
        401 | 403 => {
            "check SUPABASE_SERVICE_ROLE_KEY: it has to be the service-role or secret key of this project; if it was \
             revoked, make a new one in the dashboard under Settings, API keys"
        }
        404 => "check that SUPABASE_URL names Michael's project, and that its migrations have run",
        300..=399 => "redirects are not followed: set SUPABASE_URL to the final address",
        _ => "",
    };
    let status = StatusCode::from_u16(answer.status).map_or(answer.status.to_string(), |status| status.to_string());
    let message = format!("the server answered {status}{}{}", said.unwrap_or_default(), code.unwrap_or_default());
    SourceError::remote(origin, &message, advice, matches!(answer.status, 429 | 500..=599)).after(answer.retry_after())
}

fn page_error(origin: &str, message: &str) -> SourceError {
    SourceError::remote(origin, message, "check that SUPABASE_URL names Supabase's REST API", false)
}

fn failed(origin: &str, error: RemoteError) -> SourceError {
    let message = match error {
        RemoteError::NoAnswer { message, .. } | RemoteError::Untrusted { message, .. } => message,
        RemoteError::TooLong { most, .. } => {
            return page_error(origin, &format!("expected a page of at most {most} bytes, found a larger one"));
        }
        error => error.to_string(),
    };
    let certificate = message.contains("certificate");
    let advice = if certificate {
        "name the CA that signed the server's certificate with --source-ca-file"
    } else {
        "check that SUPABASE_URL names the project and can be reached from here"
    };
    SourceError::remote(origin, &message, advice, !certificate)
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
