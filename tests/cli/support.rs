//! A directory for one test, with a store in it, and the binary run over it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// The path of something in this repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A directory with a copy of Michael's rows and a store beside it.
pub struct Place {
    pub directory: TempDir,
}

impl Place {
    pub fn new() -> Self {
        let place = Self { directory: tempfile::tempdir().unwrap() };
        std::fs::create_dir(place.rows()).unwrap();
        place.replace_rows(&repository("src/dev/michael"));
        place
    }

    /// Puts the rows of a directory in place of those that are there.
    pub fn replace_rows(&self, from: &Path) {
        std::fs::remove_dir_all(self.rows()).unwrap();
        std::fs::create_dir(self.rows()).unwrap();
        for file in std::fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), self.rows().join(file.file_name())).unwrap();
        }
    }

    pub fn rows(&self) -> PathBuf {
        self.directory.path().join("rows")
    }

    pub fn store(&self) -> PathBuf {
        self.directory.path().join("store.json")
    }

    /// Changes a text in a table's rows.
    pub fn edit(&self, table: &str, from: &str, to: &str) {
        let path = self.rows().join(format!("{table}.json"));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{table} has no {from}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }

    /// In the first schema each reference doubles the time that a check takes.
    pub fn give_a_schema_that_takes_for_ever_to_check(&self) {
        let path = self.rows().join("widget_schemas.json");
        let mut rows: Vec<Value> = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let twice = |of: usize| {
            let below = json!({ "$ref": format!("#/$defs/{of}") });
            json!({ "allOf": [below, below] })
        };
        let mut definitions: Map<_, _> = (1..=60).map(|level| (level.to_string(), twice(level - 1))).collect();
        definitions.insert("0".to_owned(), json!({ "minProperties": 0 }));
        rows[0]["schema"] = json!({ "$defs": definitions, "$ref": "#/$defs/60" });
        std::fs::write(&path, serde_json::to_vec(&rows).unwrap()).unwrap();
    }

    /// The command over this place, not run yet.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_atlas-sync"));
        command.arg(name).arg("--store").arg(format!("file:{}", self.store().display()));
        if matches!(name, "sync" | "plan") {
            command.arg("--source").arg(format!("file:{}", self.rows().display()));
        }
        command
    }

    /// Runs a command with `--json`: its exit code and its report.
    pub fn run(&self, name: &str) -> (i32, Value) {
        parsed(&self.command(name).arg("--json").output().unwrap())
    }

    /// The values in the store, by stored key.
    pub fn items(&self) -> Value {
        let state: Value = serde_json::from_slice(&std::fs::read(self.store()).unwrap()).unwrap();
        let items = state["items"].as_array().unwrap().iter();
        items.map(|item| (item["key"].as_str().unwrap().to_owned(), item["value"].clone())).collect()
    }
}

/// The exit code and the one object on standard output.
pub fn parsed(output: &Output) -> (i32, Value) {
    let text = String::from_utf8_lossy(&output.stdout);
    let report = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text:?}\n{}", stderr(output)));
    (output.status.code().unwrap(), report)
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Waits until a process has this file open, for at most 20 s; on Linux.
pub fn until_open(process: u32, path: &Path) {
    let began = Instant::now();
    let is_open = || {
        let handles = std::fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
        handles.filter_map(|handle| std::fs::read_link(handle.path()).ok()).any(|target| target == path)
    };
    while !is_open() {
        assert!(began.elapsed() < Duration::from_secs(20), "process {process} does not open {}", path.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}
