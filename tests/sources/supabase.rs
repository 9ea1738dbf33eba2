//! What is read through Supabase's REST API: the same bytes as from files, all pages, and errors that say what to do.

use std::collections::BTreeSet;

use atlas::sync::source::{Source, Table};

use super::michael::{Michael, files, payloads, phase_1};
use super::postgres::odd_rows;
use super::rest::{KEY, RestApi};

#[tokio::test]
async fn the_rows_of_phase_1_give_the_same_bytes_as_files() {
    let (_files, file) = files(&phase_1());
    let michael = Michael::phase_1().await;
    let api = RestApi::start(&michael, 1000);
    assert_eq!(payloads(&api.source(KEY)).await.unwrap(), payloads(&file).await.unwrap());
}

#[tokio::test]
async fn odd_numbers_texts_and_nulls_give_the_same_bytes_as_files() {
    let (_files, file) = files(&odd_rows());
    let michael = Michael::with(&odd_rows()).await;
    let api = RestApi::start(&michael, 1000);
    assert_eq!(payloads(&api.source(KEY)).await.unwrap(), payloads(&file).await.unwrap());
}

#[tokio::test]
async fn all_pages_are_read_however_few_rows_the_server_puts_on_one() {
    let michael = Michael::phase_1().await;
    let sql = "insert into plan_limits select 'plan-' || n, 'x', n, null, null from generate_series(1, 2498) n";
    michael.admin.batch_execute(sql).await.unwrap();
    let direct = michael.source().read().await.unwrap();
    // The last page is full, or has one row, or the limit is one that the client does not expect.
    for max_rows in [1250, 833, 1000] {
        let api = RestApi::start(&michael, max_rows);
        let read = api.source(KEY).read().await.unwrap();
        assert_eq!(read.rows(Table::PlanLimits).len(), 2500, "{max_rows}");
        let rows =
            |rows: &[atlas::sync::source::Row]| rows.iter().map(|row| format!("{row:?}")).collect::<BTreeSet<_>>();
        assert_eq!(rows(read.rows(Table::PlanLimits)), rows(direct.rows(Table::PlanLimits)), "{max_rows}");
    }
}

#[tokio::test]
async fn a_table_without_rows_is_read_as_empty() {
    let michael = Michael::phase_1().await;
    michael.admin.batch_execute("delete from plan_features").await.unwrap();
    let api = RestApi::start(&michael, 1000);
    let read = api.source(KEY).read().await.unwrap();
    assert_eq!((read.rows(Table::PlanFeatures).len(), read.rows(Table::WidgetTemplates).len()), (0, 6));
}

#[tokio::test]
async fn a_wrong_key_says_what_to_check_and_is_not_shown() {
    let michael = Michael::phase_1().await;
    let api = RestApi::start(&michael, 1000);
    let source = api.source("sb_secret_wrong-s3cr3t");
    let error = source.read().await.unwrap_err();
    let place = format!("could not read supabase at {}, table widget_templates: ", api.url);
    let shown = error.to_string();
    assert!(
        shown.starts_with(&place) && shown.contains("401 Unauthorized: Invalid API key; check SUPABASE"),
        "{shown}"
    );
    assert!(!error.is_transient() && !format!("{error:?}{shown}").contains("s3cr3t"), "{error:?}");
    assert_eq!(source.describe(), format!("supabase at {}", api.url));
}

#[tokio::test]
async fn a_missing_table_or_column_is_named() {
    let michael = Michael::phase_1().await;
    michael.admin.batch_execute("alter table plan_limits drop column grace_amount").await.unwrap();
    let api = RestApi::start(&michael, 1000);
    let error = api.source(KEY).read().await.unwrap_err().to_string();
    assert!(error.contains("column plan_limits.grace_amount does not exist [42703]"), "{error}");
    michael.admin.batch_execute(&format!("drop table {}", Table::PlanFeatures)).await.unwrap();
    let api = RestApi::start(&michael, 1000);
    let error = api.source(KEY).read().await.unwrap_err().to_string();
    assert!(error.contains("public.plan_features' in the schema cache [PGRST205]; check that SUPABASE_URL"), "{error}");
}
