//! Row security that would hide rows is an error that says how to be shown all of them, never a smaller snapshot.

use atlas::sync::source::{Source, Table};

use super::command::LocalStore;
use super::michael::{Michael, payloads};
use super::server::{READER, READER_PASSWORD};

/// What the product's own migrations do to `plan_limits`.
const ENABLE: &str = "alter table plan_limits enable row level security";

/// A Michael on whom this was run.
async fn after(sql: &str) -> Michael {
    let michael = Michael::phase_1().await;
    michael.admin.batch_execute(sql).await.unwrap();
    michael
}

/// The error of a read: rows are hidden from the reader.
async fn hidden(michael: &Michael) -> String {
    let error = michael.source().read().await.unwrap_err();
    assert!(!error.is_transient(), "{error}");
    error.to_string()
}

async fn policy(michael: &Michael, policy: &str) {
    michael.admin.batch_execute(&format!("create policy {policy}")).await.unwrap();
}

#[tokio::test]
async fn row_security_without_a_policy_is_refused_and_its_remedy_helps() {
    let michael = Michael::phase_1().await;
    let whole = payloads(&michael.source()).await.unwrap();
    michael.admin.batch_execute(ENABLE).await.unwrap();
    let error = hidden(&michael).await;
    let place =
        format!("/{}, table plan_limits: row security is on, and no policy shows every row to", michael.database);
    assert!(error.contains(&place), "{error}");
    let remedy = format!("create policy atlas_reads_all on public.plan_limits for select to {READER} using (true)");
    assert!(error.contains(&remedy) && error.contains(&format!("alter role {READER} bypassrls")), "{error}");
    michael.admin.batch_execute(&remedy).await.unwrap();
    assert_eq!(payloads(&michael.source()).await.unwrap(), whole);
    michael.source().read_locked("one").await.unwrap().lock.unwrap().release().await;
}

#[tokio::test]
async fn the_command_ends_with_4_and_leaves_the_store_as_it_was() {
    let michael = Michael::phase_1().await;
    let (empty, store) = (LocalStore::new(), LocalStore::new());
    store.sync(&michael.url()).await.is("published", 1);
    michael.admin.batch_execute(ENABLE).await.unwrap();
    let remedy = format!("create policy atlas_reads_all on public.plan_limits for select to {READER} using (true)");
    for store in [&empty, &store] {
        let message = store.fails(&michael.url(), (4, "source_unreadable"), &[]).await;
        let says = "table plan_limits: row security is on, and no policy shows every row to the role atlas_reader";
        assert!(message.contains(says) && message.contains(&remedy), "{message}");
    }
    assert_eq!(empty.bytes(), None);
    michael.admin.batch_execute(&remedy).await.unwrap();
    store.sync(&michael.url()).await.is("unchanged", 1);
    assert_eq!(store.stands().await, (1, payloads(&michael.source()).await.unwrap()));
}

/// Each of the other ways in which rows could be hidden: the exit code, the message, and the store as it was.
#[tokio::test]
async fn whatever_hides_rows_ends_the_command_with_4() {
    let michael = Michael::phase_1().await;
    let store = LocalStore::new();
    store.sync(&michael.url()).await.is("published", 1);
    michael.admin.batch_execute(ENABLE).await.unwrap();
    for (sql, says) in [
        (
            "create policy a on plan_limits for select to public using (plan_id = 'free')",
            "no policy shows every row to",
        ),
        ("create policy b on plan_limits for select to public using (true)", ""),
        (
            "create policy c on plan_limits as restrictive for select to public using (plan_id = 'free')",
            "a restrictive policy limits",
        ),
    ] {
        michael.admin.batch_execute(sql).await.unwrap();
        if says.is_empty() {
            store.sync(&michael.url()).await.is("unchanged", 1);
            continue;
        }
        let message = store.fails(&michael.url(), (4, "source_unreadable"), &[]).await;
        assert!(message.contains(says) && message.contains("alter role atlas_reader bypassrls"), "{message}");
    }
    assert_eq!(store.stands().await.0, 1);
}

#[tokio::test]
async fn a_role_that_bypasses_row_security_reads_all() {
    let michael = after(ENABLE).await;
    let role = "create role atlas_bypass login bypassrls password 'reader-s3cr3t';
                grant select on all tables in schema public to atlas_bypass";
    michael.admin.batch_execute(role).await.unwrap();
    let url = michael.server.url("atlas_bypass", READER_PASSWORD, &michael.database);
    let source = atlas::sync::source::postgres::PostgresSource::new(&url.into(), None).unwrap();
    assert_eq!(source.read().await.unwrap().rows(Table::PlanLimits).len(), michael.limits().await);
}

#[tokio::test]
async fn policies_that_show_every_row_are_enough() {
    for shown in [
        "a on plan_limits for select to public using (true)",
        "a on plan_limits for all to public using (true)",
        &format!("a on plan_limits for select to {READER} using (true)"),
    ] {
        let michael = after(ENABLE).await;
        policy(&michael, shown).await;
        // One more that shows less takes nothing away.
        policy(&michael, "b on plan_limits for select to public using (plan_id = 'free')").await;
        assert_eq!(
            michael.source().read().await.unwrap().rows(Table::PlanLimits).len(),
            michael.limits().await,
            "{shown}"
        );
    }
}

#[tokio::test]
async fn policies_that_show_some_rows_or_others_or_to_others_are_refused() {
    for shown in [
        "a on plan_limits for select to public using (plan_id = 'free')",
        "a on plan_limits for select to admin using (true)",
        "a on plan_limits for update to public using (true)",
        "a on plan_limits for insert to public with check (true)",
    ] {
        let michael = after(ENABLE).await;
        policy(&michael, shown).await;
        assert!(hidden(&michael).await.contains("no policy shows every row"), "{shown}");
    }
}

#[tokio::test]
async fn a_restrictive_policy_is_refused_whatever_the_others_show() {
    let michael = after(ENABLE).await;
    policy(&michael, "a on plan_limits for select to public using (true)").await;
    policy(&michael, "b on plan_limits as restrictive for select to public using (plan_id = 'free')").await;
    let error = hidden(&michael).await;
    assert!(error.contains("a restrictive policy limits the role"), "{error}");
    assert!(error.contains("see all of them: alter role") && !error.contains("create policy"), "{error}");
}

/// A view reads with the rights of its owner, so the table below it is what row security applies to.
#[tokio::test]
async fn row_security_below_a_view_is_refused_too() {
    let michael = after(&format!(
        "do $$ begin create role atlas_owner; exception when duplicate_object or unique_violation then null; end $$;
         alter table plan_limits rename to limits_below;
         alter table limits_below enable row level security;
         create policy p on limits_below for select to public using (plan_id = 'free');
         grant select on limits_below to atlas_owner;
         create view plan_limits as select * from limits_below;
         alter view plan_limits owner to atlas_owner;
         grant select on plan_limits to {READER};"
    ))
    .await;
    let error = hidden(&michael).await;
    assert!(error.contains("row-level security policy for table \"limits_below\" [42501]"), "{error}");
    assert!(error.contains("bypassrls"), "{error}");
}

/// Row security that is switched on between the look at it and the read is met by `row_security = off`; a policy cannot
/// be taken away in between, since the table is locked.
#[tokio::test]
async fn a_policy_cannot_change_while_the_rows_are_read() {
    let michael = after(ENABLE).await;
    policy(&michael, "a on plan_limits for select to public using (true)").await;
    let busy = michael.server.admin(&michael.database).await;
    busy.batch_execute("begin; lock table widget_templates in access exclusive mode").await.unwrap();
    let change = async {
        michael.until_somebody_waits().await;
        let change = "set lock_timeout = '100ms'; drop policy a on plan_limits";
        let error = michael.admin.batch_execute(change).await.unwrap_err();
        busy.batch_execute("commit").await.unwrap();
        error
    };
    let source = michael.source();
    let (reading, error) = tokio::join!(source.read_locked("one"), change);
    assert_eq!(error.code().map(tokio_postgres::error::SqlState::code), Some("55P03"), "{error:?}");
    reading.unwrap().lock.unwrap().release().await;
    michael.admin.batch_execute("drop policy a on plan_limits").await.unwrap();
    hidden(&michael).await;
}

/// The block of SQL in the README, run as it stands.
#[tokio::test]
async fn the_readmes_role_reads_all_rows() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let sql = readme.split("```sql\n").find(|block| block.starts_with("create role atlas_reader")).unwrap();
    let sql = sql.split("```").next().unwrap().replace("atlas_reader", "atlas_readme").replace('…', READER_PASSWORD);
    let michael = after(ENABLE).await;
    let url = michael.server.url("atlas_readme", READER_PASSWORD, &michael.database);
    let source = atlas::sync::source::postgres::PostgresSource::new(&url.into(), None).unwrap();
    michael.admin.batch_execute(&sql).await.unwrap();
    for table in atlas::sync::source::Table::ALL {
        michael.admin.batch_execute(&format!("alter table {table} enable row level security")).await.unwrap();
    }
    let read = source.read().await.unwrap();
    assert_eq!(
        (read.rows(Table::PlanLimits).len(), read.rows(Table::WidgetTemplates).len()),
        (michael.limits().await, 6)
    );
}
