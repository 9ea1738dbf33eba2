//! Carries out the faults that are switched on, in front of the handlers and behind them.

use super::answer::Failure;
use super::faults::{Disturbance, Instead};
use super::group::Group;
pub(super) use super::group::Side;
use super::state::Shared;
use crate::sync::net::connections::Dropped;
use axum::extract::{Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::time::Duration;

pub(super) async fn inject(State((dev, side)): State<(Shared, Side)>, mut request: Request, next: Next) -> Response {
    let Disturbance { delay_ms, instead, tampering, drop_after } = dev.faults.take(Group::of(side, request.method()));
    if delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
    }
    match instead {
        Some(Instead::Hang) => {
            dev.faults.until_switched().await;
            return dropped();
        }
        Some(Instead::Drop) => return dropped(),
        Some(Instead::Status(status)) => return failed(status),
        Some(Instead::RateLimited { retry_after_seconds }) => return rate_limited(retry_after_seconds),
        None => {}
    }
    request.extensions_mut().insert(tampering);
    let response = next.run(request).await;
    if drop_after { dropped() } else { response }
}

fn dropped() -> Response {
    let mut response = StatusCode::BAD_GATEWAY.into_response();
    response.extensions_mut().insert(Dropped);
    response
}

fn failed(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Failure::new(status, "internal_server_error", "a fault is switched on at `/_atlas/faults`").into_response()
}

fn rate_limited(retry_after_seconds: u64) -> Response {
    let message = "a fault is switched on at `/_atlas/faults`: too many requests";
    let mut response = Failure::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message).into_response();
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after_seconds));
    response
}
