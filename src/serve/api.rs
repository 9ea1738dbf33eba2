//! The endpoints. All but `/livez` and `/readyz` want the admin key, or the token that opens that one alone.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Router, middleware};
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::answer::{ErrorResponse, EscapedJson, error};
use super::auth::{Keys, Permission, admit};
use super::format::Format;
use super::metrics::Notifier;
use super::schedule::Cause;
use super::state::{Busy, Service};
use crate::domain::headers::error::HeaderError;
use crate::domain::headers::hint::{self, RefreshHint};
use crate::domain::report::health::{Health, HealthStatus};
use crate::domain::report::stats::{self, Stats};
use crate::sync::run::Outcome;

/// A webhook sends the row, and the row before it: each is smaller than a store.
const MOST_WEBHOOK_BYTES: usize = 2_000_000;

/// How long a webhook may take to send it. A connection that waits for a body is never closed in favour of another.
const WEBHOOK_PATIENCE: Duration = Duration::from_secs(5);

/// How many webhooks may be sending at a time, so that their token cannot keep everybody else out.
const MOST_SENDING: usize = 16;

pub fn router(service: Arc<Service>, keys: Keys) -> Router {
    let only = move |access| middleware::from_fn_with_state((keys.clone(), access), admit);
    let act = Router::new()
        .route("/edge-config", put(sync))
        .route("/refresh-hint", post(refresh_hint))
        .route("/observe", post(observe))
        .method_not_allowed_fallback(no_such_method)
        .route_layer(only(Permission::Control));
    // A path has one answer to other methods: that of `act`.
    let sending = Arc::new(Semaphore::new(MOST_SENDING));
    let notify = Router::new()
        .route("/edge-config", post(move |service, body| notification(service, sending, body)))
        .route_layer(only(Permission::Notify));
    let look = Router::new()
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics))
        .method_not_allowed_fallback(no_such_method)
        .route_layer(only(Permission::ReadHealth));
    let open = Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .method_not_allowed_fallback(no_such_method);
    act.merge(notify)
        .merge(look)
        .merge(open)
        .fallback(|| async { error(StatusCode::NOT_FOUND, "not_found", "no such endpoint") })
        .with_state(service)
}

async fn no_such_method() -> ErrorResponse {
    error(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this endpoint does not support that method; the header Allow lists those that it supports",
    )
}

async fn sync(State(service): State<Arc<Service>>) -> Result<Response, ErrorResponse> {
    // The sync goes on when the client hangs up: a write that is under way must come to its end.
    let run = tokio::spawn(async move { service.run_sync(Cause::Request).await });
    match run.await {
        Ok(Ok(report)) => {
            let status = match report.outcome {
                Outcome::Refused => StatusCode::UNPROCESSABLE_ENTITY,
                Outcome::Failed => StatusCode::BAD_GATEWAY,
                Outcome::Published | Outcome::Unchanged | Outcome::Heartbeat | Outcome::Held | Outcome::Planned => {
                    StatusCode::OK
                }
            };
            Ok((status, EscapedJson(report)).into_response())
        }
        Ok(Err(busy)) => {
            let code = match busy {
                Busy::Here { .. } => "sync_running",
                Busy::Elsewhere(_) => "locked",
            };
            Err(error(StatusCode::CONFLICT, code, &busy.to_string()))
        }
        Err(_) => Err(error(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "the sync panicked; see the log")),
    }
}

/// A webhook of the database: it can only `POST`, and does not wait for a sync. The rows that it sends are not used, but
/// read, so that a sender that is still writing gets its answer. Where too many are, this one is not waited for.
async fn notification(State(service): State<Arc<Service>>, sending: Arc<Semaphore>, body: Body) -> StatusCode {
    service.notified(Notifier::Webhook);
    if let Ok(_sending) = sending.try_acquire() {
        let _ = timeout(WEBHOOK_PATIENCE, to_bytes(body, MOST_WEBHOOK_BYTES)).await;
    }
    StatusCode::ACCEPTED
}

async fn refresh_hint(State(service): State<Arc<Service>>, headers: HeaderMap) -> Result<StatusCode, ErrorResponse> {
    let (hint, header) = read(&headers, hint::HEADER, RefreshHint::from_header)?;
    service.hint(&hint, &header);
    Ok(StatusCode::ACCEPTED)
}

async fn observe(State(service): State<Arc<Service>>, headers: HeaderMap) -> Result<StatusCode, ErrorResponse> {
    let (stats, _) = read(&headers, stats::HEADER, Stats::from_header)?;
    service.observe(&stats);
    Ok(StatusCode::NO_CONTENT)
}

/// The health block, and which keys signed the snapshot, if any did.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Healthz {
    #[serde(flatten)]
    health: Health,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    signed_by: Vec<String>,
}

async fn healthz(State(service): State<Arc<Service>>) -> Response {
    let health = service.health();
    let status = match health.status {
        HealthStatus::Ok | HealthStatus::Degraded => StatusCode::OK,
        HealthStatus::Error => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, EscapedJson(Healthz { health, signed_by: service.signed_by() })).into_response()
}

async fn metrics(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    let format = Format::accepted(&headers);
    ([(header::CONTENT_TYPE, format.content_type())], service.metrics(format)).into_response()
}

async fn livez() -> &'static str {
    "alive\n"
}

async fn readyz(State(service): State<Arc<Service>>) -> Response {
    if service.is_ready() {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "no verified snapshot, or one that is expired or from the future\n")
            .into_response()
    }
}

/// The header that an endpoint takes, parsed, and its text; or what is wrong with it. Several lines are one list (RFC 9651,
/// section 4.2).
fn read<T>(
    headers: &HeaderMap,
    name: &str,
    parse: fn(&str) -> Result<T, HeaderError>,
) -> Result<(T, String), ErrorResponse> {
    let bad = |message: &str| error(StatusCode::BAD_REQUEST, "bad_header", message);
    let lines: Result<Vec<_>, _> = headers.get_all(name).iter().map(HeaderValue::to_str).collect();
    let value = match lines {
        Ok(lines) if lines.is_empty() => return Err(bad(&format!("expected a header {name}"))),
        Ok(lines) => lines.join(", "),
        Err(_) => return Err(bad(&format!("{name}: expected printable ASCII"))),
    };
    let parsed = parse(&value).map_err(|error| bad(&error.to_string()))?;
    Ok((parsed, value))
}
