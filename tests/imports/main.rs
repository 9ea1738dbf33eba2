//! The layout holds: no two files of `src/` import each other in a circle, and no arrow runs back
//! (`bin → cli → serve, dev, doctor → sync → domain ← edge`). What the tests inside `src/` import does not count.
#![cfg(not(target_arch = "wasm32"))]

mod checker;
mod graph;
mod log_fields;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use graph::Graph;

/// Which folders of `src/` may import which others. Each may import itself.
const ARROWS: [(&str, &[&str]); 8] = [
    ("bin", &["cli"]),
    ("cli", &["serve", "dev", "doctor", "sync", "domain"]),
    ("serve", &["sync", "domain"]),
    ("dev", &["sync", "domain"]),
    ("doctor", &["sync", "domain"]),
    ("sync", &["domain"]),
    ("edge", &["domain"]),
    ("domain", &[]),
];

/// The arrows that [`ARROWS`] does not allow.
fn forbidden(graph: &Graph) -> Vec<String> {
    let folder = |file: &str| file.split('/').next().unwrap_or_default().to_owned();
    let allowed = |from: &str, to: &str| {
        from == to || ARROWS.iter().any(|(folder, others)| *folder == from && others.contains(&to))
    };
    let arrows = graph.arrows().filter(|(from, to)| !allowed(&folder(from), &folder(to)));
    arrows.map(|(from, to)| format!("src/{from} imports src/{to}")).collect()
}

/// The sources of `src/` by path.
fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                sources.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    sources
}

#[test]
fn every_file_is_read_and_imports_are_found() {
    let graph = Graph::of(&sources());
    assert!(graph.arrows().any(|(from, to)| (from, to) == ("bin/atlas-sync.rs", "cli/commands.rs")));
    assert!(graph.arrows().count() > 300, "{}", graph.arrows().count());
}

#[test]
fn no_arrow_runs_back() {
    assert_eq!(forbidden(&Graph::of(&sources())), Vec::<String>::new());
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let circles = Graph::of(&sources()).circles();
    assert!(circles.is_empty(), "expected no circles, found:\n{}", circles.join("\n"));
}
