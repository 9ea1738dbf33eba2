//! The body of a request: a JSON object, whatever its `Content-Type` says.

use super::answer::ApiError;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use std::fmt;
use std::marker::PhantomData;

/// The longest body, in bytes: a full store, written loosely.
pub(super) const MAX_BODY_BYTES: usize = 4_000_000;

pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let body = Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
            status @ StatusCode::PAYLOAD_TOO_LARGE => {
                let message = format!("expected a body of at most {MAX_BODY_BYTES} bytes, found more");
                ApiError::new(status, "request_entity_too_large", message)
            }
            _ => ApiError::bad_request(rejection.body_text()),
        })?;
        serde_json::from_slice(&body).map(|Object(body)| Self(body)).map_err(|error| match error.classify() {
            Category::Eof => {
                ApiError::bad_request("expected a body of JSON, found one that ends before its value does")
            }
            _ => ApiError::bad_request(format!("the body cannot be used: {error}")),
        })
    }
}

/// A JSON object, and nothing else: serde would take an array of a struct's values, in their order, for the struct.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData)).map(Self)
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members))
    }
}
