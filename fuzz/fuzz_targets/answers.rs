//! What remote servers answer: Vercel's REST API, and PostgREST. The first byte chooses whose answer it is, the second its
//! status. No answer brings a secret to light, whatever it repeats.
#![no_main]

use atlas::sync::source::Table;
use atlas::sync::source::supabase::fuzzing::postgrest;
use atlas::sync::store::fuzzing::{VercelAnswer, vercel};
use atlas_fuzz::choice;
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "secret-0123456789-abcdefghijklmnopqrstuvwxyz";
const STATUSES: [u16; 16] = [200, 206, 301, 400, 401, 402, 403, 404, 409, 412, 413, 416, 429, 500, 502, 503];

fuzz_target!(|data: &[u8]| {
    let Some((status, data)) = data.split_first() else { return };
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let Some((whose, body)) = choice(data) else { return };
    // The server repeats the token wherever the input has this mark.
    let body = body.replace('\u{a7}', SECRET);
    let shown = if whose % 7 < 3 {
        let kind = [VercelAnswer::Items, VercelAnswer::Backups, VercelAnswer::Backup][whose % 7];
        vercel(kind, status, &body, SECRET).map(drop)
    } else {
        postgrest(Table::ALL[(whose % 7 - 3) % Table::ALL.len()], status, &body, SECRET).map(drop)
    };
    if let Err(message) = shown {
        assert!(!parts().any(|part| message.contains(part)), "{message}");
        assert!(!message.chars().any(|c| c.is_control() && c != '\n'), "{message:?}");
    }
});

/// A part of this many characters is no coincidence.
fn parts() -> impl Iterator<Item = &'static str> {
    const PART: usize = 16;
    (0..=SECRET.len() - PART).map(|from| &SECRET[from..from + PART])
}
