//! `GET /`: says what this server is, and how to connect to it.

use super::auth::{READ_TOKEN, WRITE_TOKEN};
use super::inspector::INSPECTOR_PATH;
use super::state::{STORE_ID, Shared};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::HOST;

pub(super) async fn show(State(dev): State<Shared>, headers: HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    format!(
        "This is Atlas's local store. It stands in for one Vercel Edge Config (Global Config), on this machine only.

State file: {state}

To look at it, open http://{host}{INSPECTOR_PATH}

To read it, give the SDK this connection string (@vercel/edge-config or @vercel/global-config):

  http://{host}/{STORE_ID}?token={READ_TOKEN}

  GET    /{STORE_ID}/items            all items; ?key=a&key=b for some
  GET    /{STORE_ID}/item/KEY         one item
  GET    /{STORE_ID}/digest           a hash of all items

To write it, use Vercel's API here, with \"Authorization: Bearer {WRITE_TOKEN}\"
(/v1/global-config works as well):

  GET    /v1/edge-config
  GET    /v1/edge-config/{STORE_ID}
  GET    /v1/edge-config/{STORE_ID}/items
  GET    /v1/edge-config/{STORE_ID}/item/KEY
  PATCH  /v1/edge-config/{STORE_ID}/items
  GET    /v1/edge-config/{STORE_ID}/backups
  GET    /v1/edge-config/{STORE_ID}/backups/VERSION
  POST   /v1/edge-config/{STORE_ID}/backups/VERSION/restore
  GET POST DELETE  /v1/edge-config/{STORE_ID}/schema; with ?dryRun=1 a POST only checks it
  POST   /v1/edge-config/{STORE_ID}/token
  GET    /v1/edge-config/{STORE_ID}/token/TOKEN
  GET DELETE  /v1/edge-config/{STORE_ID}/tokens

What Vercel does not have:

  GET PUT DELETE  /_atlas/faults      make the store fail; needs the write token
  GET             /_atlas/stats       counts of requests

A body for that PUT: {{\"faults\":[{{\"kind\":\"slow\",\"ms\":200,\"on\":\"reads\",\"times\":3}}]}}

  kind    hang; slow (ms); status (status); rateLimited (retryAfterSeconds); drop; dropAfterWrite;
          corrupt (key); oldVersion; conflict
  on      reads (the SDK's), writes, apiReads (reads through Vercel's API), both (all of these)
  times   for this many requests; without it, until the faults are replaced
",
        state = dev.store.path().display()
    )
}
