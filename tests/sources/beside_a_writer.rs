//! Syncs beside somebody who changes two tables together, all the time: no snapshot is ever published in which the two
//! disagree.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use atlas::sync::run::{RunOptions, Runner, SystemTimer};
use atlas::sync::signature::Signing;
use atlas::sync::store::{Backup, Item, Json, Operation, Store, StoreError};

use super::michael::Michael;

/// How many syncs, unless `ATLAS_TEST_SYNCS` says otherwise: as many as take about a minute, optimised or not.
fn syncs() -> u64 {
    let usual = if cfg!(debug_assertions) { 40 } else { 500 };
    std::env::var("ATLAS_TEST_SYNCS").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

/// 5,000 templates, small enough for a store; the first of them and a plan's limit carry the same number.
const ROWS: &str = "
    insert into widget_schemas (widget_type, schema_version, schema) values ('t', '2025-09-01', '{}');
    insert into widget_templates (widget_type, template_id, name, premium, schema_version, defaults, descriptor)
        select 't', 'template-' || n, 'T' || n, false, '2025-09-01', '{}', '{}' from generate_series(1, 4994) n;
    update widget_templates set descriptor = '{\"number\": 0}' where template_id = 'template-1';
    update plan_limits set limit_value = 0 where plan_id = 'free'";

#[tokio::test]
async fn no_snapshot_ever_holds_two_tables_of_different_moments() {
    let michael = Arc::new(Michael::phase_1().await);
    michael.admin.batch_execute(ROWS).await.unwrap();
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writer = tokio::spawn({
        let (michael, stop, written) = (Arc::clone(&michael), Arc::clone(&stop), Arc::clone(&written));
        async move {
            while !stop.load(Ordering::Relaxed) {
                let number = written.load(Ordering::Relaxed) + 1;
                let together = format!(
                    "begin;
                     update widget_templates set descriptor = '{{\"number\": {number}}}' where template_id = 'template-1';
                     update plan_limits set limit_value = {number} where plan_id = 'free';
                     commit"
                );
                michael.admin.batch_execute(&together).await.unwrap();
                written.store(number, Ordering::Relaxed);
            }
        }
    });

    let store = Memory::default();
    let source = michael.source();
    let options = RunOptions { heartbeat_ms: 0, ..RunOptions::default() };
    let signing = Signing::new(Vec::new(), None, Vec::new()).unwrap();
    let runner = Runner {
        store: &store,
        options: &options,
        signing: &signing,
        clock: &atlas::sync::clock::now,
        timer: &SystemTimer,
        progress: &|_| {},
    };
    let mut seen = 0;
    for round in 0..syncs() {
        // The writer is at work between any two syncs, and so during them.
        let before = written.load(Ordering::Relaxed);
        let began = std::time::Instant::now();
        while written.load(Ordering::Relaxed) == before {
            assert!(began.elapsed().as_secs() < 20, "the writer has written nothing for 20 s, in sync {round}");
            tokio::task::yield_now().await;
        }
        runner.sync(&source).await.unwrap();
        let (template, limit) = numbers(&store.items().await.unwrap());
        assert_eq!(template, limit, "sync {round} published a mixed snapshot");
        assert!(template >= before, "sync {round} published {template} after {before} was committed");
        seen = template;
    }
    stop.store(true, Ordering::Relaxed);
    writer.await.unwrap();
    assert!(seen >= syncs(), "the writer wrote {seen} times only");
}

/// The number in the template, and the one in the plan's limit.
fn numbers(items: &[Item]) -> (u64, u64) {
    let payload =
        |key: &str| items.iter().find(|item| item.key == key).unwrap().value.parsed().unwrap()["payload"].take();
    let templates = payload("atlas_v1_widgetTemplates");
    assert_eq!(templates.as_object().unwrap().len(), 5_000);
    let template = templates["template-1"]["descriptor"]["number"].as_u64().unwrap();
    (template, payload("atlas_v1_planHints")["free"]["limits"]["maxWidgets"]["limit"].as_u64().unwrap())
}

/// A store in memory: this test is about what is read, and a file with its backups would take most of its time.
#[derive(Default)]
struct Memory(Mutex<BTreeMap<String, Json>>);

#[async_trait]
impl Store for Memory {
    fn describe(&self) -> String {
        "memory".to_owned()
    }

    async fn items(&self) -> Result<Vec<Item>, StoreError> {
        let items = self.0.lock().unwrap();
        Ok(items.iter().map(|(key, value)| Item { key: key.clone(), value: value.clone() }).collect())
    }

    async fn patch(&self, operations: &[Operation]) -> Result<(), StoreError> {
        let mut items = self.0.lock().unwrap();
        for operation in operations {
            let key = operation.key.clone();
            match &operation.value {
                Some(value) => drop(items.insert(key, value.clone())),
                None => drop(items.remove(&key)),
            }
        }
        Ok(())
    }

    async fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        unreachable!("a sync does not ask for them")
    }

    async fn backup(&self, _: &str) -> Result<Vec<Item>, StoreError> {
        unreachable!("a sync does not ask for it")
    }
}
