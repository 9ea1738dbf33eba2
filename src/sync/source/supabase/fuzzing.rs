//! The door for the targets of `fuzz/`: what reads PostgREST's answers. It is in no other build.

use super::page::{refused, total};
use crate::sync::net::http::HttpAnswer;
use crate::sync::net::redact::Redactor;
use crate::sync::source::budget::RowBudget;
use crate::sync::source::{Table, strict};

/// The number of rows in an answer, whose first line is its `Content-Range`, and the number of all rows that this states;
/// or the message that an operator sees.
pub fn postgrest(table: Table, status: u16, body: &str, key: &str) -> Result<(usize, Option<usize>), String> {
    if !matches!(status, 200 | 206) {
        let body = body.as_bytes().to_vec();
        let answer = HttpAnswer { place: String::new(), status, headers: reqwest::header::HeaderMap::new(), body };
        return Err(refused(&Redactor::new([key.into()]), "supabase", &answer).to_string());
    }
    let (range, rows) = body.split_once('\n').unwrap_or(("", body));
    // A row is Michael's content, and no place for a key: what is said about it is not redacted.
    Ok((strict::rows(&RowBudget::new(), table, "supabase", 1, rows).map_or(0, |rows| rows.len()), total(range)))
}
