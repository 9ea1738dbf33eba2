//! A sync that begins while a migration rewrites a table: `PostgreSQL` then shows the table empty to a transaction that began
//! before the migration ended.

use super::command::LocalStore;
use super::michael::Michael;
use super::server::{READER, until};

/// Migrations after which the table `plan_limits` holds what it held before.
fn migrations() -> [(&'static str, String); 3] {
    [
        ("rewritten", "alter table plan_limits alter column limit_value type bigint".to_owned()),
        (
            "refilled",
            "create temporary table kept on commit drop as select * from plan_limits;
             truncate plan_limits; insert into plan_limits select * from kept"
                .to_owned(),
        ),
        (
            "replaced",
            format!(
                "alter table plan_limits rename to before; create table plan_limits as select * from before;
                 grant select on plan_limits to {READER}"
            ),
        ),
    ]
}

#[tokio::test]
async fn a_table_that_a_migration_rewrites_meanwhile_is_read_whole() {
    for (name, migration) in migrations() {
        let michael = Michael::phase_1().await;
        let (store, url) = (LocalStore::new(), michael.url());
        store.sync(&url).await.is("published", 1);
        michael.admin.batch_execute(&format!("begin; {migration}")).await.unwrap();
        let migrated = async {
            let watch = michael.server.admin(&michael.database).await;
            let waiting =
                "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
            until("sync that waits for the migration", async || !watch.query(waiting, &[]).await.unwrap().is_empty())
                .await;
            michael.admin.batch_execute("commit").await.unwrap();
        };
        let (ended, ()) = tokio::join!(store.sync(&url), migrated);
        assert_eq!(ended.report["diff"]["changed"], 0, "{name}: {}", ended.report);
        ended.is("unchanged", 1);
    }
}
