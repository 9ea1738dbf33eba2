//! A sync beside a migration of Michael's tables, which may wait for each other. To a transaction that began before a
//! migration ended, `PostgreSQL` shows a table empty that the migration has rewritten.

use atlas::sync::source::Source;

use super::command::LocalStore;
use super::michael::Michael;
use super::server::READER;

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
            michael.until_somebody_waits().await;
            michael.admin.batch_execute("commit").await.unwrap();
        };
        let (ended, ()) = tokio::join!(store.sync(&url), migrated);
        assert_eq!(ended.report["diff"]["changed"], 0, "{name}: {}", ended.report);
        ended.is("unchanged", 1);
    }
}

/// The store may take a minute, and whoever uses the table then waits behind the migration.
#[tokio::test]
async fn a_run_that_waits_for_the_store_keeps_no_migration_waiting() {
    let michael = Michael::phase_1().await;
    let rows =
        "alter table plan_limits enable row level security; create policy a on plan_limits for select using (true)";
    for (name, prepare) in [("without row security", "select"), ("with row security", rows)] {
        michael.admin.batch_execute(prepare).await.unwrap();
        let lock = michael.source().read_locked("one").await.unwrap().lock.unwrap();
        let migration = "set lock_timeout = '100ms'; alter table plan_limits alter column limit_value type bigint";
        michael.admin.batch_execute(migration).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        lock.still_held().await.unwrap();
        lock.release().await;
    }
}
