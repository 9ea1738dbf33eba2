//! `atlas-sync sync` as a person runs it, into the file of a local store: its exit code, its report, and what stands in
//! the store afterwards.

use std::path::PathBuf;
use std::process::Output;

use atlas::sync::plan::Stored;
use atlas::sync::store::{FileStore, Store};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

/// A store in a directory of its own, empty at first.
pub struct LocalStore(TempDir);

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    /// The object on standard output.
    pub report: Value,
}

impl LocalStore {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("store.json")
    }

    /// As `--store` takes it, and as runs lock it.
    pub fn name(&self) -> String {
        format!("file:{}", self.path().display())
    }

    /// The file as it is; `None` if nothing was ever written.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        std::fs::read(self.path()).ok()
    }

    /// Runs `sync`, `plan` and the like from a source, with these arguments besides.
    pub async fn run(&self, command: &str, source: &str, arguments: &[&str]) -> Ended {
        let output = Command::new(env!("CARGO_BIN_EXE_atlas-sync"))
            .args([command, "--json", "--store", &self.name()])
            .args(arguments)
            .env("ATLAS_SOURCE", source)
            .output()
            .await
            .unwrap();
        Ended::of(&output)
    }

    pub async fn sync(&self, source: &str) -> Ended {
        self.run("sync", source, &[]).await
    }

    /// A sync that must fail, and leave the store as it was. Gives the message.
    pub async fn fails(&self, source: &str, (exit, code): (i32, &str), arguments: &[&str]) -> String {
        let before = self.bytes();
        let Ended { code: found, report } = self.run("sync", source, arguments).await;
        assert_eq!((found, &report["error"]["code"]), (Some(exit), &json!(code)), "{report}");
        let message = report["error"]["message"].as_str().unwrap();
        assert!(message.contains("nothing was written"), "{message}");
        assert!(!report.to_string().contains("s3cr3t"), "{report}");
        assert_eq!(self.bytes(), before, "{message}");
        message.to_owned()
    }

    /// The version that stands, whole, with its marker and no other, and its payloads.
    pub async fn stands(&self) -> (u64, Vec<String>) {
        let stored = Stored::of(FileStore::new(self.path(), || 0).items().await.unwrap());
        let version = stored.version().unwrap_or_else(|| panic!("not whole: {:#?}", stored.verdicts));
        assert_eq!(stored.markers, [version]);
        (version, stored.payloads.into_values().map(|payload| payload.text).collect())
    }
}

impl Ended {
    fn of(output: &Output) -> Self {
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let report = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}\n{stderr}"));
        assert!(!stderr.contains("s3cr3t"), "{stderr}");
        Self { code: output.status.code(), report }
    }

    /// Asserts that the command succeeded, with this outcome and version.
    pub fn is(&self, outcome: &str, version: u64) {
        let found = (self.code, &self.report["outcome"], &self.report["version"]);
        assert_eq!(found, (Some(0), &json!(outcome), &json!(version)), "{}", self.report);
    }
}
