//! The endpoints. All but `/livez` and `/readyz` want the admin key; to look, the metrics token will do.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router, middleware};

use super::answer::error;
use super::auth::{Keys, require_admin, require_reader};
use super::format::Format;
use super::schedule::Cause;
use super::state::{Busy, Service};
use crate::domain::headers::error::HeaderError;
use crate::domain::headers::hint::{self, RefreshHint};
use crate::domain::report::health::HealthStatus;
use crate::domain::report::stats::{self, Stats};
use crate::sync::run::Outcome;

/// No endpoint reads a body; what comes all the same is bounded, in bytes.
const MOST_BODY_BYTES: usize = 64 * 1024;

pub fn router(service: Arc<Service>, keys: Keys) -> Router {
    let acting = Router::new()
        .route("/edge-config", put(sync))
        .route("/refresh-hint", post(refresh_hint))
        .route("/observe", post(observe))
        .route_layer(middleware::from_fn_with_state(keys.clone(), require_admin));
    let telling = Router::new()
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics))
        .route_layer(middleware::from_fn_with_state(keys, require_reader));
    let open = Router::new().route("/livez", get(livez)).route("/readyz", get(readyz));
    acting
        .merge(telling)
        .merge(open)
        .fallback(|| async { error(StatusCode::NOT_FOUND, "not_found", "no such endpoint") })
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
        .with_state(service)
}

async fn sync(State(service): State<Arc<Service>>) -> Response {
    // The sync goes on when whoever asked for it hangs up: a write that is under way must come to its end.
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
            (status, Json(report)).into_response()
        }
        Ok(Err(busy)) => {
            let code = match busy {
                Busy::Here { .. } => "sync_running",
                Busy::Elsewhere(_) => "locked",
            };
            error(StatusCode::CONFLICT, code, &busy.to_string())
        }
        Err(_) => error(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "the sync broke off; see the log"),
    }
}

async fn refresh_hint(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    match read(&headers, hint::HEADER, RefreshHint::from_header) {
        Ok((hint, header)) => {
            service.hint(&hint, header);
            StatusCode::ACCEPTED.into_response()
        }
        Err(message) => bad_header(&message),
    }
}

async fn observe(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    match read(&headers, stats::HEADER, Stats::from_header) {
        Ok((stats, _)) => {
            service.observe(&stats);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(message) => bad_header(&message),
    }
}

fn bad_header(message: &str) -> Response {
    error(StatusCode::BAD_REQUEST, "bad_header", message)
}

async fn healthz(State(service): State<Arc<Service>>) -> Response {
    let health = service.health();
    let status = match health.status {
        HealthStatus::Ok | HealthStatus::Degraded => StatusCode::OK,
        HealthStatus::Error => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(health)).into_response()
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
        (StatusCode::SERVICE_UNAVAILABLE, "no verified snapshot, or an expired one\n").into_response()
    }
}

/// Reads the one header that an endpoint takes, beside its text, or says what is wrong with it.
fn read<'a, T>(
    headers: &'a HeaderMap,
    name: &str,
    parse: fn(&str) -> Result<T, HeaderError>,
) -> Result<(T, &'a str), String> {
    let value = headers.get(name).ok_or_else(|| format!("expected a header {name}"))?;
    let value = value.to_str().map_err(|_| format!("{name}: expected printable ASCII"))?;
    parse(value).map(|parsed| (parsed, value)).map_err(|error| error.to_string())
}
