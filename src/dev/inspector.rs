//! The inspector's files, as `www/` builds them, at `/inspector`: on the store's own origin, so that the page reads the
//! store as Venice does. A release build embeds the files; a debug build reads `www/dist` at run time, so that the page can
//! be built after the binary. The page may load nothing from another origin.

use axum::Router;
use axum::extract::Path;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{Embed, EmbeddedFile};

pub const INSPECTOR_PATH: &str = "/inspector";

/// The page may load its own files, compile its Wasm and send requests to its own origin. `www/index.html` has the same
/// policy, for other servers.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const NOT_BUILT: &str = "The inspector is not built. To build it, with Node 20 or later and npm, run

  npm run build:inspector

and reload this page. A release build embeds the page at compile time, so run
`cargo build --release` before you reload.
";

#[derive(Embed)]
#[folder = "www/dist"]
struct Files;

pub(super) fn pages() -> Router {
    Router::new()
        .route(INSPECTOR_PATH, get(page))
        .route("/inspector/", get(page))
        .route("/inspector/{*path}", get(|Path(path): Path<String>| async move { file(&path) }))
}

async fn page() -> Response {
    Files::get("index.html").map_or_else(not_built, |page| answer("index.html", page))
}

fn not_built() -> Response {
    (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "text/plain; charset=utf-8")], NOT_BUILT).into_response()
}

fn file(path: &str) -> Response {
    let no_such_file = || (StatusCode::NOT_FOUND, format!("the inspector has no file {path:?}\n")).into_response();
    // By its own name only: where files are read from a directory, `..` and `//` lead to it by others.
    let kind = content_type(path).filter(|_| Files::iter().any(|name| name == path));
    kind.and_then(|_| Files::get(path)).map_or_else(no_such_file, |file| answer(path, file))
}

fn answer(path: &str, file: EmbeddedFile) -> Response {
    let headers: [(HeaderName, &str); 5] = [
        (CONTENT_TYPE, content_type(path).unwrap_or("application/octet-stream")),
        (CACHE_CONTROL, caching(path)),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, file.data.into_owned()).into_response()
}

/// The kinds of file that Vite writes. Nothing else is served.
fn content_type(path: &str) -> Option<&'static str> {
    match path.rsplit_once('.')?.1 {
        "html" => Some("text/html; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "wasm" => Some("application/wasm"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

/// The name of an asset contains a hash of its content; the page's name does not.
fn caching(path: &str) -> &'static str {
    if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_a_page_it_says_how_to_build_one() {
        let answer = not_built();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
        assert!(String::from_utf8_lossy(&body).contains("npm run build:inspector"));
    }

    #[test]
    fn only_what_vite_writes_is_served() {
        assert_eq!(content_type("assets/atlas_bg-1.wasm"), Some("application/wasm"));
        assert_eq!(content_type("assets/app-1.js"), Some("text/javascript; charset=utf-8"));
        for other in ["", "assets", ".gitignore", "app.js.map", "store.json"] {
            assert_eq!(content_type(other), None, "{other}");
        }
        for none in ["assets/none.js", "assets/../index.html", "./index.html", "/index.html"] {
            assert_eq!(file(none).status(), StatusCode::NOT_FOUND, "{none}");
        }
        for name in Files::iter() {
            let twice = name.replace('/', "//");
            assert!(!name.contains('/') || file(&twice).status() == StatusCode::NOT_FOUND, "{twice}");
        }
    }

    #[test]
    fn what_has_a_hash_in_its_name_is_kept_by_the_browser() {
        assert_eq!(caching("index.html"), "no-cache");
        assert!(caching("assets/app-1.js").contains("immutable"));
    }
}
