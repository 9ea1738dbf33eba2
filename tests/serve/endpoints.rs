//! What each endpoint answers.

use std::sync::Arc;
use std::time::Duration;

use atlas::domain::format::checksum::Checksum;
use atlas::domain::report::health::KnownSnapshot;
use atlas::sync::run::Outcome;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::json;
use tower::ServiceExt;

use crate::support::{KEY, METRICS_TOKEN, Served, WEBHOOK_TOKEN, json};

const GUARDED: [(Method, &str); 6] = [
    (Method::PUT, "/edge-config"),
    (Method::POST, "/edge-config"),
    (Method::POST, "/refresh-hint"),
    (Method::POST, "/observe"),
    (Method::GET, "/healthz"),
    (Method::GET, "/metrics"),
];

#[tokio::test]
async fn without_the_admin_key_there_is_no_way_in() {
    let served = Served::new(Outcome::Published);
    let prefix = format!("Bearer {}", &KEY[..KEY.len() - 1]);
    for (method, path) in GUARDED {
        for headers in [vec![], vec![("authorization", "Bearer wrong")], vec![("authorization", prefix.as_str())]] {
            let (status, body) = served.ask_as(method.clone(), path, &headers).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(json(&body)["error"]["code"], "unauthorized");
            assert!(!body.contains(KEY));
        }
    }
    assert!(served.script.ran_at.lock().unwrap().is_empty(), "a sync ran");
}

#[tokio::test]
async fn another_method_is_refused_with_a_code_like_everything_else() {
    let served = Served::new(Outcome::Published);
    for path in ["/edge-config", "/refresh-hint", "/observe", "/healthz", "/metrics", "/livez", "/readyz"] {
        let (status, body) = served.ask(Method::DELETE, path, &[]).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(json(&body)["error"]["code"], "method_not_allowed", "{path}");
    }
    for (_, path) in GUARDED {
        assert_eq!(served.ask_as(Method::DELETE, path, &[]).await.0, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn a_put_runs_a_sync_and_answers_with_its_report() {
    let served = Served::new(Outcome::Published);
    let (status, body) = served.ask(Method::PUT, "/edge-config", &[]).await;
    let report = json(&body);
    assert_eq!((status, &report["outcome"], &report["version"]), (StatusCode::OK, &json!("published"), &json!(7)));
    for (outcome, expected) in [
        (Outcome::Unchanged, StatusCode::OK),
        (Outcome::Refused, StatusCode::UNPROCESSABLE_ENTITY),
        (Outcome::Failed, StatusCode::BAD_GATEWAY),
    ] {
        *served.script.outcome.lock().unwrap() = outcome;
        assert_eq!(served.ask(Method::PUT, "/edge-config", &[]).await.0, expected);
    }
}

#[tokio::test]
async fn while_a_sync_runs_another_is_a_conflict() {
    let served = Arc::new(Served::new(Outcome::Published));
    served.script.hold();
    let first = tokio::spawn({
        let served = Arc::clone(&served);
        async move { served.ask(Method::PUT, "/edge-config", &[]).await.0 }
    });
    served.script.begun.acquire().await.unwrap().forget();
    let (status, body) = served.ask(Method::PUT, "/edge-config", &[]).await;
    assert_eq!((status, &json(&body)["error"]["code"]), (StatusCode::CONFLICT, &json!("sync_running")));
    assert!(body.contains("cause: request"), "{body}");
    served.script.permits.add_permits(1);
    assert_eq!(first.await.unwrap(), StatusCode::OK);
}

/// `curl` shows an answer as it is.
#[tokio::test]
async fn no_answer_steers_a_terminal() {
    let served = Served::new(Outcome::Failed);
    let hostile = "\u{1b}[2J\u{9b}31m\u{202e}";
    *served.script.holder.lock().unwrap() = Some(hostile);
    let (_, body) = served.ask(Method::PUT, "/edge-config", &[]).await;
    assert!(json(&body)["error"]["message"].as_str().unwrap().ends_with(hostile), "{body}");
    assert!(!body.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{body:?}");
}

#[tokio::test]
async fn health_is_an_error_until_a_verified_snapshot_stands() {
    let served = Served::new(Outcome::Published);
    let (status, body) = served.ask(Method::GET, "/healthz", &[]).await;
    assert_eq!((status, &json(&body)["status"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("error")));
    assert_eq!(served.ask_as(Method::GET, "/readyz", &[]).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(served.ask_as(Method::GET, "/livez", &[]).await.0, StatusCode::OK);

    served.ask(Method::PUT, "/edge-config", &[]).await;
    let (status, body) = served.ask(Method::GET, "/healthz", &[]).await;
    let health = json(&body);
    assert_eq!((status, &health["status"], &health["version"]), (StatusCode::OK, &json!("ok"), &json!(7)));
    assert_eq!(health["hitRate"], json!(null), "what is not known is null");
    assert_eq!(served.ask_as(Method::GET, "/readyz", &[]).await.0, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_good_sync_takes_over_a_clock_that_was_set() {
    for set_ms in [-86_400_000, 86_400_000] {
        let served = Served::new(Outcome::Published);
        *served.script.clock_set_ms.lock().unwrap() = set_ms;
        served.ask(Method::PUT, "/edge-config", &[]).await;
        let health = json(&served.ask(Method::GET, "/healthz", &[]).await.1);
        assert_eq!((&health["status"], &health["lastSyncAgeSeconds"]), (&json!("ok"), &json!(0)), "{set_ms}");
        assert_eq!(served.ask_as(Method::GET, "/readyz", &[]).await.0, StatusCode::OK, "{set_ms}");
    }
}

#[tokio::test]
async fn what_venice_counted_is_added_up() {
    let served = Served::new(Outcome::Published);
    served.ask(Method::PUT, "/edge-config", &[]).await;
    for stats in ["hits=90, timeout=5, embedded=3", "hits=80, timeout=20, corrupt=5, embedded=4, last_resort=2"] {
        let (status, _) = served.ask(Method::POST, "/observe", &[("atlas-stats", stats)]).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    }
    let health = json(&served.ask(Method::GET, "/healthz", &[]).await.1);
    assert_eq!((&health["lookups"], &health["hitRate"]), (&json!(200), &json!(0.85)));
    assert_eq!(health["fallbacks"], json!({ "timeout": 25, "corrupt": 5 }));
    assert_eq!(health["status"], "degraded");
    let (_, metrics) = served.ask(Method::GET, "/metrics", &[]).await;
    assert!(metrics.contains("atlas_lookups_total{result=\"hit\"} 170"), "{metrics}");
    assert!(metrics.contains("atlas_lookups_total{result=\"timeout\"} 25"), "{metrics}");
    assert!(metrics.contains("atlas_offline_lookups_total{source=\"embedded\"} 7"), "{metrics}");
    assert_eq!((&health["embedded"], &health["lastResort"]), (&json!(7), &json!(2)));
}

/// A proxy may split a list into lines or join them (RFC 9110, section 5.3).
#[tokio::test]
async fn a_header_in_several_lines_is_read_as_one() {
    let served = Served::new(Outcome::Published);
    let stats = [("atlas-stats", "hits=9"), ("atlas-stats", "timeout=1")];
    assert_eq!(served.ask(Method::POST, "/observe", &stats).await.0, StatusCode::NO_CONTENT);
    let health = json(&served.ask(Method::GET, "/healthz", &[]).await.1);
    assert_eq!((&health["lookups"], &health["fallbacks"]), (&json!(10), &json!({ "timeout": 1 })));
    let hint = [("atlas-refresh-hint", "version=6"), ("atlas-refresh-hint", "reason=corrupt")];
    assert_eq!(served.ask(Method::POST, "/refresh-hint", &hint).await.0, StatusCode::ACCEPTED);
    let damaged = [("atlas-stats", "hits=1"), ("atlas-stats", "hits=-1")];
    assert_eq!(served.ask(Method::POST, "/observe", &damaged).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn headers_that_are_missing_or_hostile_are_refused() {
    let served = Served::new(Outcome::Published);
    let long = format!("hits={}", "1".repeat(2000));
    for (path, header, value) in [
        ("/observe", "atlas-stats", "hits=-1"),
        ("/observe", "atlas-stats", long.as_str()),
        ("/observe", "atlas-refresh-hint", "reason=corrupt"),
        ("/refresh-hint", "atlas-refresh-hint", "reason=\"corrupt\""),
        ("/refresh-hint", "atlas-stats", "hits=1"),
    ] {
        let (status, body) = served.ask(Method::POST, path, &[(header, value)]).await;
        assert_eq!(
            (status, &json(&body)["error"]["code"]),
            (StatusCode::BAD_REQUEST, &json!("bad_header")),
            "{path} {value}"
        );
    }
}

#[tokio::test]
async fn metrics_name_their_units() {
    let served = Served::new(Outcome::Published);
    served.ask(Method::PUT, "/edge-config", &[]).await;
    served.ask(Method::POST, "/refresh-hint", &[("atlas-refresh-hint", "reason=corrupt, version=6")]).await;
    let (status, text) = served.ask(Method::GET, "/metrics", &[]).await;
    assert_eq!(status, StatusCode::OK);
    for line in [
        "atlas_sync_runs_total{outcome=\"published\"} 1",
        "atlas_sync_duration_seconds_count 1",
        "atlas_snapshot_version 7.0",
        "atlas_snapshot_size_bytes 6000.0",
        "atlas_snapshot_size_limit_bytes 1000000.0",
        "atlas_snapshot_checked_timestamp_seconds 1795348800.",
        "atlas_snapshot_age_seconds 0.",
        "atlas_clock_timestamp_seconds 1795348800.",
        "atlas_refresh_hints_total{reason=\"corrupt\"} 1",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("# EOF") && !text.contains("# UNIT"), "the text format has neither");
    let open = [("accept", "application/openmetrics-text;version=1.0.0")];
    assert!(served.ask(Method::GET, "/metrics", &open).await.1.ends_with("# EOF\n"));
}

#[tokio::test]
async fn what_is_not_known_has_no_sample_and_what_is_counted_is_there_from_the_start() {
    let served = Served::new(Outcome::Published);
    let text = served.ask(Method::GET, "/metrics", &[]).await.1;
    let samples: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    for outcome in ["published", "unchanged", "heartbeat", "held", "planned", "refused", "failed", "standby"] {
        let sample = format!("atlas_sync_runs_total{{outcome=\"{outcome}\"}} 0");
        assert!(samples.contains(&sample.as_str()), "{sample} is not in\n{text}");
    }
    assert!(samples.contains(&"atlas_lookups_total{result=\"hit\"} 0"), "{text}");
    for unknown in ["atlas_snapshot_", "atlas_sync_last_success", "atlas_quarantined"] {
        assert!(!text.contains(unknown), "{unknown} is not known yet, and is in\n{text}");
    }
    let build = format!("atlas_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"));
    assert!(samples.contains(&build.as_str()), "{text}");
    served.ask(Method::PUT, "/edge-config", &[]).await;
    let text = served.ask(Method::GET, "/metrics", &[]).await.1;
    assert!(text.contains("atlas_sync_last_success_timestamp_seconds 1795348800."), "{text}");
}

#[tokio::test]
async fn the_metrics_token_looks_and_does_nothing_else() {
    let served = Served::new(Outcome::Published);
    let token = format!("Bearer {METRICS_TOKEN}");
    let token = [("authorization", token.as_str())];
    for (method, path) in GUARDED {
        let looks = method == Method::GET;
        let (status, _) = served.ask_as(method.clone(), path, &token).await;
        assert_eq!(status != StatusCode::UNAUTHORIZED, looks, "{method} {path}");
        // Neither does another method on a path that it may see.
        let status = served.ask_as(Method::PUT, path, &token).await.0;
        assert!([StatusCode::UNAUTHORIZED, StatusCode::METHOD_NOT_ALLOWED].contains(&status), "PUT {path}");
    }
    assert!(served.script.ran_at.lock().unwrap().is_empty(), "a sync ran");
}

#[tokio::test]
async fn the_webhook_token_notifies_and_does_nothing_else() {
    let served = Served::new(Outcome::Published);
    let token = format!("Bearer {WEBHOOK_TOKEN}");
    let token = [("authorization", token.as_str())];
    for (method, path) in GUARDED {
        let notifies = method == Method::POST && path == "/edge-config";
        let (status, _) = served.ask_as(method.clone(), path, &token).await;
        assert_eq!(status == StatusCode::ACCEPTED, notifies, "{method} {path}");
        assert_eq!(status == StatusCode::UNAUTHORIZED, !notifies, "{method} {path}");
    }
    assert!(served.script.ran_at.lock().unwrap().is_empty(), "it waits for the schedule");
    let metrics = served.ask(Method::GET, "/metrics", &[]).await.1;
    assert!(metrics.contains("atlas_notifications_total{source=\"webhook\"} 1"), "{metrics}");
    assert!(metrics.contains("atlas_notifications_total{source=\"channel\"} 0"), "{metrics}");
    assert!(!metrics.contains("atlas_listener_connected"), "nobody listens");
}

/// It would keep its connection from being closed in favour of others.
#[tokio::test(start_paused = true)]
async fn a_webhook_that_never_ends_is_answered_all_the_same() {
    let served = Served::new(Outcome::Published);
    let endless = Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let request = Request::post("/edge-config").header("authorization", format!("Bearer {WEBHOOK_TOKEN}"));
    let began = tokio::time::Instant::now();
    let response = served.router.clone().oneshot(request.body(endless).unwrap()).await.unwrap();
    assert_eq!((response.status(), began.elapsed().as_secs()), (StatusCode::ACCEPTED, 5));
    let (_, metrics) = served.ask(Method::GET, "/metrics", &[]).await;
    assert!(metrics.contains("atlas_notifications_total{source=\"webhook\"} 1"), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn webhooks_that_never_end_keep_few_connections() {
    let served = Served::new(Outcome::Published);
    let began = tokio::time::Instant::now();
    let ask = |_| async {
        let endless = Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
        let request = Request::post("/edge-config").header("authorization", format!("Bearer {WEBHOOK_TOKEN}"));
        let response = served.router.clone().oneshot(request.body(endless).unwrap()).await.unwrap();
        (response.status(), began.elapsed().as_secs())
    };
    let answered = futures_util::future::join_all((0..20).map(ask)).await;
    let after = |seconds| answered.iter().filter(|answer| **answer == (StatusCode::ACCEPTED, seconds)).count();
    assert_eq!((after(0), after(5)), (4, 16), "{answered:?}");
}

#[tokio::test]
async fn metrics_say_what_was_written_and_whether_somebody_listens() {
    let served = Served::new(Outcome::Published);
    for listening in [true, false] {
        served.service.listening(listening);
        served.ask(Method::PUT, "/edge-config", &[]).await;
        let metrics = served.ask(Method::GET, "/metrics", &[]).await.1;
        let connected = format!("atlas_listener_connected {}.0", u8::from(listening));
        assert!(metrics.contains(&connected), "{connected} is not in\n{metrics}");
    }
    let metrics = served.ask(Method::GET, "/metrics", &[]).await.1;
    assert!(metrics.contains("atlas_store_writes_total 2"), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_asked_leaves_what_is_known_until_it_expires() {
    let served = Served::new(Outcome::Published);
    served.ask(Method::PUT, "/edge-config", &[]).await;
    *served.script.outcome.lock().unwrap() = Outcome::Failed;
    *served.script.store.lock().unwrap() = Err("503".to_owned());
    assert_eq!(served.ask(Method::PUT, "/edge-config", &[]).await.0, StatusCode::BAD_GATEWAY);
    let (status, body) = served.ask(Method::GET, "/healthz", &[]).await;
    let health = json(&body);
    assert_eq!((status, &health["status"], &health["version"]), (StatusCode::OK, &json!("degraded"), &json!(7)));
    assert_eq!(served.ask_as(Method::GET, "/readyz", &[]).await.0, StatusCode::OK);
    tokio::time::sleep(Duration::from_hours(13) + Duration::from_secs(1)).await;
    let (status, body) = served.ask(Method::GET, "/healthz", &[]).await;
    assert_eq!((status, &json(&body)["status"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("error")));
    assert_eq!(served.ask_as(Method::GET, "/readyz", &[]).await.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_replica_without_the_lock_is_healthy_and_says_who_holds_it() {
    let served = Served::new(Outcome::Published);
    *served.script.holder.lock().unwrap() = Some("process 12, application atlas-sync");
    let checked_at = served.script.true_time();
    let standing = KnownSnapshot { version: 9, checksum: Checksum::of(b"x"), checked_at };
    *served.script.store.lock().unwrap() = Ok(Some(standing));
    let (status, body) = served.ask(Method::PUT, "/edge-config", &[]).await;
    assert_eq!((status, &json(&body)["error"]["code"]), (StatusCode::CONFLICT, &json!("locked")));
    assert!(body.contains("process 12"), "{body}");
    let (status, body) = served.ask(Method::GET, "/healthz", &[]).await;
    let health = json(&body);
    assert_eq!((status, &health["status"], &health["version"]), (StatusCode::OK, &json!("ok"), &json!(9)));
    assert_eq!(health["lastSyncAt"], json!(checked_at.to_string()), "the other replica's, as far as is known");
    assert_eq!(served.ask_as(Method::GET, "/readyz", &[]).await.0, StatusCode::OK);
    let metrics = served.ask(Method::GET, "/metrics", &[]).await.1;
    assert!(metrics.contains("atlas_sync_runs_total{outcome=\"standby\"} 1"), "{metrics}");
    assert!(metrics.contains("atlas_sync_runs_total{outcome=\"failed\"} 0"), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_leaves_a_good_snapshot_good() {
    for set_ms in [-86_400_000, 86_400_000] {
        let served = Served::new(Outcome::Published);
        served.ask(Method::PUT, "/edge-config", &[]).await;
        *served.script.clock_set_ms.lock().unwrap() = set_ms;
        *served.script.outcome.lock().unwrap() = Outcome::Refused;
        *served.script.store.lock().unwrap() = Err("not asked".to_owned());
        tokio::time::sleep(Duration::from_mins(5)).await;
        served.ask(Method::PUT, "/edge-config", &[]).await;
        let health = json(&served.ask(Method::GET, "/healthz", &[]).await.1);
        assert_eq!((&health["status"], &health["lastSyncAgeSeconds"]), (&json!("degraded"), &json!(300)), "{set_ms}");
        assert_eq!(served.ask_as(Method::GET, "/readyz", &[]).await.0, StatusCode::OK, "{set_ms}");
    }
}
