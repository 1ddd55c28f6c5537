//! The built desk, embedded.

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use rust_embed::RustEmbed;

use crate::respond::{answer, page, set};

#[derive(RustEmbed)]
#[folder = "../../../ui/dist"]
#[allow_missing = true]
struct DeskFiles;

/// A file of the desk; `/` is its page.
pub(crate) fn serve(path: &str, headers: &HeaderMap) -> Response {
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        // What a browser asks for by itself when it has not read yet which picture the page names.
        "favicon.ico" => "logo.svg",
        name => name,
    };
    let Some(file) = DeskFiles::get(name) else {
        if name == "index.html" {
            return page(
                StatusCode::SERVICE_UNAVAILABLE,
                "This program was built without its desk.",
                "Build it with <code>npm ci &amp;&amp; npm run build</code> in <code>ui</code>, then build the program again; \
                 <code>installer/run</code> does both. Commands and the API work meanwhile.",
            );
        }
        return page(StatusCode::NOT_FOUND, "There is nothing at this address.", "");
    };
    let hash = file.metadata.sha256_hash();
    let etag: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let etag = format!("\"{etag}\"");
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|known| known.to_str().ok());
    let mut response = if known == Some(etag.as_str()) {
        answer(
            StatusCode::NOT_MODIFIED,
            content_type(name),
            axum::body::Body::empty(),
        )
    } else {
        answer(StatusCode::OK, content_type(name), file.data.into_owned())
    };
    set(&mut response, header::ETAG, &etag);
    // Names of built files change with their content; the page that names them is asked for anew.
    let cache = if name.starts_with("assets/") {
        "private, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    set(&mut response, header::CACHE_CONTROL, cache);
    response
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}
