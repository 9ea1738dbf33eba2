//! Rows with one defect each (`tests/fixtures/rows`): the error names the file, the row and the column, and nothing
//! is changed.

use std::path::Path;

use serde::Deserialize;

use crate::support::{Place, repository};

#[derive(Deserialize)]
struct Expected {
    exit: i32,
    says: Vec<String>,
}

#[test]
fn each_defect_is_named_and_changes_nothing() {
    let mut defects = 0;
    for directory in std::fs::read_dir(repository("tests/fixtures/rows")).unwrap() {
        let directory = directory.unwrap().path();
        refuses(&directory);
        defects += 1;
    }
    assert!(defects >= 12, "{defects}");
}

fn refuses(rows: &Path) {
    let expected = std::fs::read_to_string(rows.join("expect.json")).unwrap();
    let expected: Expected = serde_json::from_str(&expected).unwrap();
    let place = Place::new();
    assert_eq!(place.run("sync").0, 0);
    let before = std::fs::read(place.store()).unwrap();

    place.replace_rows(rows);
    let (code, report) = place.run("sync");
    assert_eq!(code, expected.exit, "{}: {report}", rows.display());
    let message = report["error"]["message"].as_str().unwrap();
    for part in &expected.says {
        assert!(message.contains(part.as_str()), "{}: {message} does not say {part}", rows.display());
    }
    assert_eq!(std::fs::read(place.store()).unwrap(), before, "{}", rows.display());
}
