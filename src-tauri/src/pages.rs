//! The `media:` addresses of the page: pictures and frame times, the same as a browser gets over HTTP.

use std::sync::Arc;

use api::Content;
use fault::{Code, Fault};
use tauri::{
    UriSchemeResponder,
    http::{Request, Response, StatusCode, header},
};

use crate::shell::Shell;

/// Answers off the event loop.
pub(crate) fn answer(shell: &Arc<Shell>, request: Request<Vec<u8>>, responder: UriSchemeResponder) {
    let shell = Arc::clone(shell);
    tauri::async_runtime::spawn_blocking(move || {
        let known = request
            .headers()
            .get(header::IF_NONE_MATCH)
            .and_then(|value| value.to_str().ok());
        let uri = request.uri();
        let content = shell
            .desk
            .content(uri.path(), uri.query().unwrap_or_default(), known);
        responder.respond(response(content.and_then(read)));
    });
}

/// Bytes, their type, their tag, whether they never change.
struct Page {
    bytes: Vec<u8>,
    content_type: &'static str,
    etag: Option<String>,
    immutable: bool,
}

/// The largest file that is handed to the page whole, in bytes: a sheet of small pictures or a waveform is far below. A film is
/// not for the page at all: the stage plays it.
const WHOLE_FILE_MAX_BYTES: u64 = 32 << 20;

fn read(content: Content) -> Result<Option<Page>, Fault> {
    Ok(match content {
        Content::Film { .. } => return Err(not_for_the_page()),
        Content::File { path, content_type } => {
            let unreadable = |error: std::io::Error| {
                Fault::new(Code::Lake, "A file of this asset cannot be read.").because(&error)
            };
            let size_bytes = std::fs::metadata(&path).map_err(unreadable)?.len();
            if content_type.starts_with("video/") || size_bytes > WHOLE_FILE_MAX_BYTES {
                return Err(not_for_the_page());
            }
            let bytes = std::fs::read(&path).map_err(unreadable)?;
            Some(Page {
                bytes,
                content_type,
                etag: None,
                immutable: true,
            })
        }
        Content::Bytes {
            bytes,
            content_type,
            etag,
            immutable,
        } => Some(Page {
            bytes,
            content_type,
            etag: Some(etag),
            immutable,
        }),
        Content::Unchanged { .. } => None,
    })
}

fn not_for_the_page() -> Fault {
    Fault::new(Code::Unsupported, "The window plays films on its own stage.")
}

fn response(page: Result<Option<Page>, Fault>) -> Response<Vec<u8>> {
    // The page has another origin than its pictures.
    let mut builder = Response::builder().header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    let body = match page {
        Ok(Some(page)) => {
            let keep = if page.immutable {
                "private, max-age=3600, immutable"
            } else {
                "no-cache"
            };
            builder = builder
                .header(header::CONTENT_TYPE, page.content_type)
                .header(header::CACHE_CONTROL, keep);
            if let Some(etag) = page.etag {
                builder = builder.header(header::ETAG, etag);
            }
            page.bytes
        }
        Ok(None) => {
            builder = builder.status(StatusCode::NOT_MODIFIED);
            Vec::new()
        }
        Err(fault) => {
            let status = match fault.code {
                Code::NotFound => StatusCode::NOT_FOUND,
                Code::BadRequest => StatusCode::BAD_REQUEST,
                Code::Cancelled => StatusCode::CONFLICT,
                Code::Unsupported => StatusCode::FORBIDDEN,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            };
            builder = builder
                .status(status)
                .header(header::CONTENT_TYPE, "text/plain; charset=utf-8");
            fault.message.into_bytes()
        }
    };
    builder.body(body).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer to the page was malformed");
        Response::new(Vec::new())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn films_and_other_large_files_are_not_read_into_memory() {
        let path = std::env::temp_dir().join(format!("circletake-large-{}", std::process::id()));
        let file = std::fs::File::create(&path).unwrap();
        file.set_len(WHOLE_FILE_MAX_BYTES + 1).unwrap();
        let answer = |content_type| {
            read(Content::File {
                path: path.clone(),
                content_type,
            })
        };
        let large = answer("application/octet-stream").map(|_page| ());
        file.set_len(10).unwrap();
        let (film, small) = (answer("video/mp4").map(|_page| ()), answer("image/jpeg"));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(large.map_err(|fault| fault.code), Err(Code::Unsupported));
        assert_eq!(film.map_err(|fault| fault.code), Err(Code::Unsupported));
        assert_eq!(small.unwrap().unwrap().bytes.len(), 10);
    }

    #[test]
    fn faults_become_statuses_and_nothing_of_the_disk() {
        let answer = response(Err(Fault::new(
            Code::NotFound,
            "There is nothing at this address.",
        )));
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert_eq!(answer.body(), b"There is nothing at this address.");
        assert_eq!(response(Ok(None)).status(), StatusCode::NOT_MODIFIED);
        let page = Page {
            bytes: vec![1],
            content_type: "image/png",
            etag: Some("\"x\"".to_owned()),
            immutable: false,
        };
        let answer = response(Ok(Some(page)));
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-cache");
        assert_eq!(answer.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    }
}
