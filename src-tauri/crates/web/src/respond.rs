//! Answers and their shapes.

use api::wire::FaultWords;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use fault::{Code, Fault};

use crate::guard::{ALWAYS, Refusal};

/// An answer with what every answer carries.
pub(crate) fn answer(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A value that is ours to name: anything else than a header's characters is left out.
pub(crate) fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// A coded error as the desk reads it.
pub(crate) fn fault(fault: &Fault) -> Response {
    let body = serde_json::to_vec(&FaultWords::from(fault)).unwrap_or_default();
    answer(status_of(fault.code), "application/json", body)
}

/// A request that is turned away: words for a person who opened an address, a coded error for the desk.
pub(crate) fn refusal(refusal: Refusal, headers: &HeaderMap) -> Response {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or_default();
    if accept.contains("text/html") {
        return page(
            refusal.status,
            refusal.words,
            "Run <code>circletake serve</code> again for a new address.",
        );
    }
    let fault = Fault::new(Code::NotAllowed, refusal.words);
    let body = serde_json::to_vec(&FaultWords::from(&fault)).unwrap_or_default();
    answer(refusal.status, "application/json", body)
}

/// A page of words. `more` is HTML of ours.
pub(crate) fn page(status: StatusCode, words: &str, more: &str) -> Response {
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Circle Take</title>\
         <style>body{{background:#141414;color:#e6e6e6;font:15px/1.6 system-ui,sans-serif;margin:18vh auto;max-width:36em;padding:0 2em}}\
         code{{background:#252525;padding:.1em .4em;border-radius:4px}}</style>\
         <h1 style=\"font-size:1.2em\">{words}</h1><p>{more}</p></html>"
    );
    answer(status, "text/html; charset=utf-8", body)
}

/// The status that fits a code. The desk reads the code, other programs the status.
pub(crate) fn status_of(code: Code) -> StatusCode {
    match code {
        Code::BadRequest | Code::HostileName => StatusCode::BAD_REQUEST,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::NotAllowed => StatusCode::FORBIDDEN,
        Code::Conflict | Code::Cancelled => StatusCode::CONFLICT,
        Code::BeyondLimits => StatusCode::PAYLOAD_TOO_LARGE,
        Code::Unreadable
        | Code::NotMedia
        | Code::EmptyMedia
        | Code::DamagedMedia
        | Code::Unsupported
        | Code::Settings => StatusCode::UNPROCESSABLE_ENTITY,
        Code::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
        Code::Missing | Code::Away => StatusCode::SERVICE_UNAVAILABLE,
        Code::Lake | Code::Store | Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
