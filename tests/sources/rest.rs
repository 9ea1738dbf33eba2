//! Supabase's REST API in front of a database of the shared server: `@supabase/lite`, an alpha that stands in for
//! `PostgREST`, which no registry has.
//!
//! It differs from the real one in what these tests must know: it wants the new kind of key (`sb_secret_…`), and reads
//! rows with JavaScript's numbers, so an integer beyond 2^53 is rounded before it is sent, and a `numeric` column would
//! come as a string. Michael has no such column, and the numbers inside `jsonb` have the same canonical form.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use atlas::sync::source::supabase::SupabaseSource;

use tempfile::NamedTempFile;

use super::michael::Michael;

pub const KEY: &str = "sb_secret_s3cr3t";

pub struct RestApi {
    pub url: String,
    process: Child,
    stdin: Option<ChildStdin>,
}

impl RestApi {
    /// In front of a database, with at most so many rows on a page. It connects as the reader.
    pub fn start(michael: &Michael, max_rows: usize) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/supabase/serve.mjs");
        // It writes each refusal to standard error, at length.
        let log = NamedTempFile::new().unwrap();
        let mut process = Command::new("node")
            .arg(script)
            .env("ATLAS_TEST_DATABASE", michael.url())
            .env("ATLAS_TEST_KEY", KEY)
            .env("ATLAS_TEST_MAX_ROWS", max_rows.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log.reopen().unwrap())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (process.stdin.take(), process.stdout.take().unwrap());
        let mut api = Self { url: String::new(), process, stdin };
        let mut said = BufReader::new(stdout).lines().map_while(Result::ok);
        let url = said.find_map(|line| line.strip_prefix("listening on ").map(str::to_owned));
        let why = || std::fs::read_to_string(log.path()).unwrap();
        api.url =
            url.unwrap_or_else(|| panic!("@supabase/lite did not start (scripts/setup.mjs installs it):\n{}", why()));
        api
    }

    pub fn source(&self, key: &str) -> SupabaseSource {
        SupabaseSource::new(&self.url, &key.into(), None).unwrap()
    }
}

impl Drop for RestApi {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.process.wait();
    }
}
