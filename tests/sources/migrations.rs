//! A sync beside a migration of Michael's tables, which may wait for each other. To a transaction that began before a
//! migration ended, `PostgreSQL` shows a table empty that the migration has rewritten.

use atlas::sync::source::{Source, Table};

use super::command::LocalStore;
use super::michael::Michael;
use super::server::READER;

/// Migrations after which the table `plan_limits` holds what it held before, each with what was there before it.
fn migrations() -> [(&'static str, String, String); 6] {
    let nothing = String::new;
    [
        ("rewritten", nothing(), "alter table plan_limits alter column limit_value type bigint".to_owned()),
        (
            "refilled",
            nothing(),
            "create temporary table kept on commit drop as select * from plan_limits;
             truncate plan_limits; insert into plan_limits select * from kept"
                .to_owned(),
        ),
        (
            "replaced",
            nothing(),
            format!(
                "alter table plan_limits rename to before; create table plan_limits as select * from before;
                 grant select on plan_limits to {READER}"
            ),
        ),
        (
            "swapped",
            "create table next_limits (like plan_limits including all); grant select on next_limits to public".to_owned(),
            "insert into next_limits select * from plan_limits;
             alter table plan_limits rename to before; alter table next_limits rename to plan_limits"
                .to_owned(),
        ),
        (
            "detached",
            format!(
                "alter table plan_limits rename to others; create table plan_limits (like others) partition by list (plan_id);
                 create table of_free partition of plan_limits for values in ('free');
                 insert into of_free select * from others where plan_id = 'free'; delete from others where plan_id = 'free';
                 alter table plan_limits attach partition others default; grant select on plan_limits to {READER}"
            ),
            "alter table plan_limits detach partition of_free; insert into plan_limits select * from of_free".to_owned(),
        ),
        (
            "repointed",
            format!(
                "alter table plan_limits rename to blue; create table green (like blue);
                 create view plan_limits as select * from blue; grant select on plan_limits to {READER}"
            ),
            "insert into green select * from blue; create or replace view plan_limits as select * from green".to_owned(),
        ),
    ]
}

#[tokio::test]
async fn a_table_that_a_migration_rewrites_meanwhile_is_read_whole() {
    for (name, prepare, migration) in migrations() {
        let michael = Michael::phase_1().await;
        michael.admin.batch_execute(&prepare).await.unwrap();
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

/// A view need not read all that it names: partitions that its conditions leave out, a join that adds nothing, a size.
#[tokio::test]
async fn a_view_that_reads_a_part_of_what_it_names_is_not_taken_for_a_replaced_one() {
    let michael = Michael::phase_1().await;
    let sql = format!(
        "alter table plan_limits rename to others; create table parts (like others) partition by list (plan_id);
         create table of_free partition of parts for values in ('free');
         create table of_paid partition of parts for values in ('paid'); insert into parts select * from others;
         create view below as select p.* from only others left join parts p on false
             where pg_relation_size('of_paid'::regclass) >= 0 union all select * from parts where plan_id = 'free';
         create view plan_limits as with unused as (select plan_id from others)
             select b.* from below b left join plan_features f on f.plan_id = b.plan_id and f.feature_key = 'none'
             where b.plan_id is not null;
         grant select on plan_limits to {READER}"
    );
    michael.admin.batch_execute(&sql).await.unwrap();
    let read = michael.source().read().await.unwrap();
    assert_eq!(read.rows(Table::PlanLimits).len(), 1);
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
