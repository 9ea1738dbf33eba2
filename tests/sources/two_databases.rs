//! Two jobs on two databases, staging and production, that somebody gave one store.

use super::command::{Ended, LocalStore};
use super::michael::Michael;

const RENAMED: &str = "update widget_templates set name = 'Staging' where template_id = 'faq-classic-light'";

fn another_database(ended: &Ended) -> Option<&str> {
    let mut warnings = ended.report["warnings"].as_array().unwrap().iter().filter_map(|warning| warning.as_str());
    warnings.find(|warning| warning.contains("another database"))
}

#[tokio::test]
async fn a_job_that_writes_over_the_snapshot_of_another_database_says_so() {
    let [production, staging] = [Michael::phase_1().await, Michael::phase_1().await];
    let (store, [ours, theirs]) = (LocalStore::new(), [production.url(), staging.url()]);
    store.sync(&ours).await.is("published", 1);
    // With the same rows nothing is written over.
    let same = store.sync(&theirs).await;
    same.is("unchanged", 1);
    assert_eq!(another_database(&same), None);
    staging.admin.batch_execute(RENAMED).await.unwrap();
    for (version, source, database, outcome, command) in [
        (2, &theirs, &staging.database, "planned", "plan"),
        (2, &theirs, &staging.database, "published", "sync"),
        (3, &ours, &production.database, "published", "sync"),
    ] {
        let over = store.run(command, source, &[]).await;
        over.is(outcome, version);
        let said = another_database(&over).unwrap_or_else(|| panic!("{}", over.report));
        assert!(said.starts_with(&format!("version {} was last written by", version - 1)), "{said}");
        assert!(said.contains(&format!("/{database}, and")), "{said}");
    }
    // One's own snapshot, through another address of the same database.
    production.admin.batch_execute(RENAMED).await.unwrap();
    let alone = store.sync(&ours.replace("127.0.0.1", "localhost")).await;
    alone.is("published", 4);
    assert_eq!(another_database(&alone), None);
}

#[tokio::test]
async fn a_server_that_does_not_say_which_it_is_is_read_all_the_same() {
    let michael = Michael::phase_1().await;
    let sql = "revoke execute on function pg_catalog.pg_control_system() from public";
    michael.admin.batch_execute(sql).await.unwrap();
    let store = LocalStore::new();
    store.sync(&michael.url()).await.is("published", 1);
    michael.admin.batch_execute(RENAMED).await.unwrap();
    let again = store.sync(&michael.url()).await;
    again.is("published", 2);
    assert_eq!(another_database(&again), None);
    assert!(!String::from_utf8(store.bytes().unwrap()).unwrap().contains("\"source\""));
}
