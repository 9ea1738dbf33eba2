//! A REST API that changes, refuses or misbehaves: answers written for each test.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atlas::sync::net::error::Again;
use atlas::sync::source::supabase::SupabaseSource;
use atlas::sync::source::{Michael, Source, SourceError, Table};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

use super::michael::fault;

const KEY: &str = "sb_secret_long-s3cr3t-key";

/// How many requests one read of all tables takes, if each is one page.
const TABLES: usize = 4;

/// A server that answers its requests, counted from 0, with this; and the source that reads from it.
async fn serve(
    answer: impl Fn(usize, &Request) -> Response + Send + Sync + 'static,
) -> (SupabaseSource, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let (count, answer) = (Arc::clone(&asked), Arc::new(answer));
    let router = Router::new().fallback(move |request: Request| {
        let response = answer(count.fetch_add(1, Ordering::SeqCst), &request);
        async { response }
    });
    tokio::spawn(async { axum::serve(listener, router).await });
    (SupabaseSource::new(&url, &KEY.into(), None).unwrap(), asked)
}

fn page(range: &str, body: &str) -> Response {
    (StatusCode::PARTIAL_CONTENT, [("content-range", range)], body.to_owned()).into_response()
}

/// One row whose only column is this number.
fn row(number: usize) -> Response {
    page("0-0/1", &format!(r#"[{{"n":{number}}}]"#))
}

async fn read_error(source: &SupabaseSource) -> SourceError {
    let error = source.read().await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error:?}");
    error
}

fn number(read: &Michael) -> Option<u64> {
    read.rows(Table::PlanLimits).first()?.get("n")?.as_u64()
}

#[tokio::test]
async fn it_reads_until_two_reads_in_a_row_agree() {
    // The last table is another in each of the first three reads.
    let (source, asked) =
        serve(|request, _| row(if request % TABLES == 3 { (request / TABLES).min(3) } else { 7 })).await;
    assert_eq!(number(&source.read().await.unwrap()), Some(3));
    assert_eq!(asked.load(Ordering::SeqCst), 5 * TABLES);
}

/// As the real `PostgREST` sends it; the stand-in of the other tests rounds before it answers.
#[tokio::test]
async fn an_integer_beyond_2_to_the_53_is_a_fault_of_its_row() {
    let (source, _) = serve(|_, _| page("0-0/1", r#"[{"n":9007199254740993}]"#)).await;
    let read = source.read().await.unwrap();
    let error = fault(&read);
    assert!(error.contains("table widget_templates, row 1"), "{error}");
    assert!(error.contains("column n: the number 9007199254740993 is beyond 2^53 - 1"), "{error}");
}

#[tokio::test]
async fn tables_at_rest_are_read_twice() {
    let (source, asked) = serve(|_, _| row(7)).await;
    source.read().await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2 * TABLES);
}

#[tokio::test]
async fn tables_that_keep_changing_are_given_up_after_five_reads() {
    let (source, asked) = serve(|request, _| row(request)).await;
    let error = read_error(&source).await;
    assert!(error.is_transient(), "{error}");
    assert!(error.to_string().contains("found a difference in each of 5; the tables keep changing"), "{error}");
    assert_eq!(asked.load(Ordering::SeqCst), 5 * TABLES);
}

#[tokio::test]
async fn a_table_whose_number_of_rows_changes_between_two_pages_is_read_again() {
    for second in ["1-1/3", "1-1/1"] {
        let (source, asked) = serve(move |request, _| match request {
            0 => page("0-0/2", r#"[{"n":0}]"#),
            1 => page(second, r#"[{"n":1}]"#),
            _ => row(7),
        })
        .await;
        assert_eq!(number(&source.read().await.unwrap()), Some(7));
        assert_eq!(asked.load(Ordering::SeqCst), 2 + 2 * TABLES, "{second}");
    }
}

#[tokio::test]
async fn a_table_that_ends_before_its_number_of_rows_is_never_taken_as_whole() {
    // The same twice in a row, so that agreement alone would let it through.
    let (source, _) = serve(|_, request| match request.headers()["range"].to_str().unwrap() {
        range if range.starts_with("0-") => page("0-0/2", r#"[{"n":0}]"#),
        _ => page("*/2", "[]"),
    })
    .await;
    assert!(read_error(&source).await.to_string().contains("the tables keep changing"));
    let (source, _) = serve(|_, request| match request.headers()["range"].to_str().unwrap() {
        range if range.starts_with("0-") => page("0-0/2", r#"[{"n":0}]"#),
        _ => StatusCode::RANGE_NOT_SATISFIABLE.into_response(),
    })
    .await;
    assert!(read_error(&source).await.to_string().contains("the tables keep changing"));
}

#[tokio::test]
async fn each_request_carries_the_key_and_asks_for_the_whole_count() {
    let (source, _) = serve(|_, request| {
        let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("apikey"), KEY);
        assert!(!request.headers().contains_key("authorization"), "a new key is no bearer");
        assert_eq!((header("range-unit"), header("range")), ("items".to_owned(), "0-999".to_owned()));
        assert_eq!(header("prefer"), "count=exact");
        row(7)
    })
    .await;
    source.read().await.unwrap();
}

#[tokio::test]
async fn a_refusal_says_what_to_do_and_whether_to_try_again() {
    for (status, words, transient) in [
        (StatusCode::UNAUTHORIZED, "401 Unauthorized: no [X1]; check SUPABASE_SERVICE_ROLE_KEY", false),
        (StatusCode::FORBIDDEN, "403 Forbidden: no [X1]; check SUPABASE_SERVICE_ROLE_KEY", false),
        (StatusCode::NOT_FOUND, "404 Not Found: no [X1]; check that SUPABASE_URL names", false),
        (StatusCode::BAD_REQUEST, "400 Bad Request: no [X1]", false),
        (StatusCode::TOO_MANY_REQUESTS, "429 Too Many Requests: no [X1]", true),
        (StatusCode::INTERNAL_SERVER_ERROR, "500 Internal Server Error: no [X1]", true),
        (StatusCode::SERVICE_UNAVAILABLE, "503 Service Unavailable: no [X1]", true),
        (StatusCode::FOUND, "302 Found: no [X1]; redirects are not followed", false),
    ] {
        let (source, asked) = serve(move |_, _| {
            (status, [("location", "/elsewhere")], r#"{"code":"X1","message":"no"}"#).into_response()
        })
        .await;
        let error = read_error(&source).await;
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!((error.is_transient(), asked.load(Ordering::SeqCst)), (transient, 1), "{status}");
    }
}

#[tokio::test]
async fn a_server_that_is_busy_says_when_to_ask_again() {
    for (status, retry_after, again) in [
        (429, "7", Again::After(Duration::from_secs(7))),
        (503, "7", Again::After(Duration::from_secs(7))),
        (429, "soon", Again::Soon),
        (401, "7", Again::Never),
    ] {
        let (source, _) =
            serve(move |_, _| (StatusCode::from_u16(status).unwrap(), [("retry-after", retry_after)]).into_response())
                .await;
        assert_eq!(read_error(&source).await.again(), again, "{status} {retry_after}");
    }
}

/// A gateway may repeat what it was sent, in its own words or those of `PostgREST`, or in the place of a row.
#[tokio::test]
async fn what_a_gateway_repeats_of_the_key_is_not_shown() {
    let cut = &KEY[..KEY.len() - 3];
    for (status, range, body, words) in [
        (401, "", format!(r#"{{"code":"{KEY}","message":"no key {KEY}"}}"#), "no key [redacted] [[redacted]]"),
        (403, "", format!("<h1>denied: {KEY}</h1>"), "<h1>denied: [redacted]</h1>"),
        (400, "", format!(r#"{{"message":"key {cut}… is bad"}}"#), "key [redacted]… is bad"),
        (500, "", format!("{}{KEY}", "x".repeat(290)), "x[redacted"),
        (200, "0-0/1", format!(r#"[{{"template_id":"{KEY}","n":1e400}}]"#), r#"(template_id "[redacted]"), column n"#),
        (200, "0-0/1", format!(r#"[{{"{KEY}":1,"{KEY}":2}}]"#), "the member [redacted] appears twice"),
        (200, "0-0/1", format!(r#""{KEY}""#), r#"invalid type: string "[redacted]", expected a sequence"#),
    ] {
        let (source, _) = serve(move |_, _| {
            let status = StatusCode::from_u16(status).unwrap();
            (status, [("content-range", range)], body.clone()).into_response()
        })
        .await;
        let error = source.read().await.map_or_else(|error| error.to_string(), |read| fault(&read).to_owned());
        assert!(error.contains(words) && !error.contains(cut), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_page_is_refused() {
    for (answer, words) in [
        ((StatusCode::OK, "", "[]"), "expected a Content-Range with the number of all rows, found none"),
        ((StatusCode::OK, "0-0/*", r#"[{"n":1}]"#), "expected a Content-Range with the number of all rows"),
        ((StatusCode::OK, "0-0/1", "<html>"), "table widget_templates: expected value at line 1 column 1"),
        ((StatusCode::OK, "0-0/1", r#"{"n":1}"#), "table widget_templates: invalid type: map, expected a sequence"),
    ] {
        let (source, _) = serve(move |_, _| {
            let (status, range, body) = answer;
            (status, [("content-range", range)], body).into_response()
        })
        .await;
        let error = read_error(&source).await;
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_page_without_end_is_not_read_to_its_end() {
    let (source, _) = serve(|_, _| page("0-0/1", &" ".repeat(16 * 1024 * 1024 + 1))).await;
    let error = read_error(&source).await.to_string();
    assert!(error.contains("expected a page of at most 16777216 bytes, found a larger one"), "{error}");
}

#[tokio::test]
async fn no_server_says_so_and_may_be_tried_again() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let source = SupabaseSource::new(&format!("http://{address}"), &KEY.into(), None).unwrap();
    let error = read_error(&source).await;
    assert!(error.to_string().contains("Connection refused") && error.is_transient(), "{error}");
}

/// Time stands still but for waiting, so the limit of 30 s is reached as soon as nothing else can happen.
#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let source = SupabaseSource::new(&url, &KEY.into(), None).unwrap();
    let error = read_error(&source).await;
    assert!(error.to_string().contains("timed out") && error.is_transient(), "{error}");
}

/// The time of an answer, so many seconds from now, as `Date` says it.
fn dated(seconds: i64, more: &[(&'static str, &'static str)]) -> impl Fn(usize, &Request) -> Response + use<> {
    let more = more.to_vec();
    move |request, _| {
        // Each answer is a second later than the one before: the rows agree all the same.
        let offset = seconds + i64::try_from(request % 2).unwrap();
        let now = std::time::SystemTime::now();
        let far = std::time::Duration::from_secs(offset.unsigned_abs());
        let date = httpdate::fmt_http_date(if offset < 0 { now - far } else { now + far });
        let mut response = row(7);
        response.headers_mut().insert("date", date.parse().unwrap());
        for (name, value) in &more {
            response.headers_mut().insert(*name, value.parse().unwrap());
        }
        response
    }
}

#[tokio::test]
async fn the_servers_clock_comes_with_the_rows() {
    for seconds in [-600, -40, 0, 40, 600] {
        let (source, _) = serve(dated(seconds, &[])).await;
        let clock = source.read().await.unwrap().clock.unwrap();
        let behind = atlas::sync::clock::now().since(clock) / 1_000;
        assert!((-seconds - 3..=-seconds + 3).contains(&behind), "{seconds}: {behind}");
    }
}

#[tokio::test]
async fn an_answer_out_of_a_cache_tells_no_time() {
    let (source, _) = serve(dated(-600, &[("age", "600")])).await;
    assert_eq!(source.read().await.unwrap().clock, None);
}

#[tokio::test]
async fn pages_without_end_are_not_read_to_their_end() {
    let rows = format!("[{}]", vec![format!(r#"{{"n":"{}"}}"#, "x".repeat(9_900)); 100].join(","));
    let (source, asked) = serve(move |_, _| page("0-0/1000000", &rows)).await;
    let error = read_error(&source).await.to_string();
    assert!(error.contains("table widget_templates: expected at most 16 MB of rows"), "{error}");
    assert_eq!(asked.load(Ordering::SeqCst), 17);
}
