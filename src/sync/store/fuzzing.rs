//! The door for the targets of `fuzz/`: what reads a state file and Vercel's answers. It is in no other build.

use reqwest::header::HeaderMap;

use super::vercel_answer::{BackupAnswer, BackupsAnswer, conflict, refusal, shown};
use super::{Item, Operation};
use crate::sync::net::http::HttpAnswer;
use crate::sync::net::redact::Redactor;

pub use super::state_file::{parse, print};

#[derive(Debug, Clone, Copy)]
pub enum VercelAnswer {
    Items,
    Backups,
    Backup,
}

/// The number of items in an answer; or the message that an operator sees.
pub fn vercel(kind: VercelAnswer, status: u16, body: &str, token: &str) -> Result<usize, String> {
    let redactor = Redactor::new([token.into()]);
    if status != 200 {
        let place = "PATCH https://api.vercel.com/v1/edge-config/ecfg_1/items".to_owned();
        let answer = HttpAnswer { place, status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() };
        let error = refusal(&answer, &redactor);
        let operations = [Operation::delete("a"), Operation::delete("b")];
        return Err(conflict(&error, &operations).map_or_else(|| error.to_string(), |conflict| conflict.to_string()));
    }
    let read = match kind {
        VercelAnswer::Items => serde_json::from_str::<Vec<Item>>(body).map(|items| items.len()),
        VercelAnswer::Backups => serde_json::from_str(body).map(|page: BackupsAnswer| {
            page.backups.iter().map(super::Backup::written_at).count() + usize::from(page.next().is_some())
        }),
        VercelAnswer::Backup => serde_json::from_str(body).map(|backup: BackupAnswer| backup.into_items().len()),
    };
    read.map_err(|error| shown(&redactor, &error.to_string()))
}
