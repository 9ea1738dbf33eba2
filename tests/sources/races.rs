//! Eight syncs in the same second, each a process, on one database and one store: the lock lets one through at a time,
//! and whoever does not get it ends at once with 75 and says who has it.

use std::process::{Child, Command, Stdio};

use atlas::sync::plan::Stored;
use atlas::sync::store::{FileStore, Store};

use super::michael::Michael;

fn begin(michael: &Michael, store: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_atlas-sync"))
        .args(["sync", "--json", "--store", store])
        .env("ATLAS_SOURCE", michael.url())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn eight_processes_under_the_lock_give_each_version_once() {
    let michael = Michael::phase_1().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.json");
    let store = format!("file:{}", path.display());
    let (mut published, mut locked) = (Vec::new(), 0);
    for round in 1..=4 {
        let rename = format!("update widget_templates set name = 'round {round}' where template_id = 'classic-light'");
        michael.admin.batch_execute(&rename).await.unwrap();
        let children: Vec<_> = (0..8).map(|_| begin(&michael, &store)).collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            match output.status.code() {
                Some(0) if report["outcome"] == "published" => published.push(report["version"].as_u64().unwrap()),
                Some(0) => assert_eq!(report["outcome"], "unchanged", "{report}"),
                Some(75) => {
                    assert_eq!(report["error"]["code"], "locked", "{report}");
                    locked += 1;
                }
                other => panic!("{other:?}: {report}"),
            }
        }
    }
    assert_eq!(published, [1, 2, 3, 4], "each version once, none lost");
    assert!(locked > 0, "nobody met the lock, so it was not tested");
    let current = Stored::of(FileStore::new(path, || 0).items().await.unwrap());
    assert_eq!(current.snapshot.unwrap().manifest().version(), 4);
    assert_eq!(current.markers, [4]);
}
