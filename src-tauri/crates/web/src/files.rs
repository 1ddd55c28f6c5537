//! Files in parts: what a video element asks for when somebody jumps.

use std::{io::SeekFrom, ops::Range, path::Path, sync::Arc, time::UNIX_EPOCH};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Method, StatusCode, header},
    response::Response,
};
use fault::{Code, Fault};
use media::{Came, Coming, Footage, Patience, read_as_it_comes};
use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncSeekExt as _},
    sync::mpsc,
};

use crate::{
    body,
    respond::{answer, fault, set},
};

/// Bytes read at once.
const PART_BYTES: usize = 64 * 1024;

/// What a Range header means for a file of some length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it: no range, one that is not understood, or several.
    Whole,
    /// These bytes.
    Bytes(Range<u64>),
    /// A range outside of the file.
    Outside,
}

/// RFC 9110: `bytes=0-99`, `bytes=100-`, `bytes=-100`. Several ranges may be answered whole, and are.
pub(crate) fn part(header: Option<&str>, length: u64) -> Part {
    let Some(spec) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else {
        return Part::Whole;
    };
    let Some((first, last)) = spec.split_once('-') else {
        return Part::Whole;
    };
    let number = |text: &str| -> Option<Option<u64>> {
        let text = text.trim();
        if text.is_empty() {
            return Some(None);
        }
        text.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| text.parse().unwrap_or(u64::MAX))
            .map(Some)
    };
    let (Some(first), Some(last)) = (number(first), number(last)) else {
        return Part::Whole;
    };
    match (first, last) {
        (None, None) => Part::Whole,
        (None, Some(0)) => Part::Outside,
        (None, Some(_)) if length == 0 => Part::Outside,
        (None, Some(count)) => Part::Bytes(length.saturating_sub(count)..length),
        (Some(first), Some(last)) if last < first => Part::Whole,
        (Some(first), _) if first >= length => Part::Outside,
        (Some(first), last) => {
            Part::Bytes(first..last.map_or(length, |last| last.saturating_add(1).min(length)))
        }
    }
}

/// How a file is to be sent.
pub(crate) struct Sending {
    pub(crate) content_type: &'static str,
    pub(crate) cache: &'static str,
    /// Offered under this name instead of shown.
    pub(crate) save_as: Option<String>,
}

/// Sends a file, or the part of it that is asked for.
pub(crate) async fn send(path: &Path, method: &Method, headers: &HeaderMap, sending: Sending) -> Response {
    send_tagged(path, None, method, headers, sending).await
}

/// The same for a film, which may still be on its way to this machine; its bytes are named by `etag`.
pub(crate) async fn send_film(
    film: &Footage,
    etag: String,
    method: &Method,
    headers: &HeaderMap,
    sending: Sending,
) -> Response {
    match film.on_its_way() {
        None => send_tagged(film.path(), Some(etag), method, headers, sending).await,
        Some(coming) => {
            let (length, coming) = (coming.size_bytes(), Arc::clone(coming));
            let body = |bytes| stream_as_it_comes(coming, bytes);
            respond((length, &etag), method, headers, &sending, body)
        }
    }
}

async fn send_tagged(
    path: &Path,
    etag: Option<String>,
    method: &Method,
    headers: &HeaderMap,
    sending: Sending,
) -> Response {
    let gone = |error: std::io::Error| {
        fault(&Fault::new(Code::NotFound, "A file of this asset is not there any more.").because(&error))
    };
    let file = match File::open(path).await {
        Ok(file) => file,
        Err(error) => return gone(error),
    };
    let meta = match file.metadata().await {
        Ok(meta) => meta,
        Err(error) => return gone(error),
    };
    let length = meta.len();
    let etag = etag.unwrap_or_else(|| {
        let modified = meta
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .unwrap_or_default();
        format!("\"{length:x}-{:x}\"", modified.as_nanos())
    });
    respond((length, &etag), method, headers, &sending, |bytes| {
        stream(file, bytes)
    })
}

/// Answers with what is asked for of so many bytes that have this tag.
fn respond(
    (length, etag): (u64, &str),
    method: &Method,
    headers: &HeaderMap,
    sending: &Sending,
    body: impl FnOnce(Range<u64>) -> Body,
) -> Response {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &axum::http::HeaderValue| value.to_str().ok())
    };
    if text(header::IF_NONE_MATCH) == Some(etag) {
        return finish(
            answer(StatusCode::NOT_MODIFIED, sending.content_type, Body::empty()),
            etag,
            sending,
        );
    }
    // A part of another version is of no use: then all of it.
    let range = match text(header::IF_RANGE) {
        Some(known) if known != etag => None,
        _ => text(header::RANGE),
    };
    let (status, bytes) = match part(range, length) {
        Part::Whole => (StatusCode::OK, 0..length),
        Part::Bytes(bytes) => (StatusCode::PARTIAL_CONTENT, bytes),
        Part::Outside => {
            let mut response = answer(
                StatusCode::RANGE_NOT_SATISFIABLE,
                sending.content_type,
                Body::empty(),
            );
            set(&mut response, header::CONTENT_RANGE, &format!("bytes */{length}"));
            return response;
        }
    };
    let (first, count) = (bytes.start, bytes.end - bytes.start);
    let body = if *method == Method::HEAD {
        Body::empty()
    } else {
        body(bytes)
    };
    let mut response = answer(status, sending.content_type, body);
    set(&mut response, header::CONTENT_LENGTH, &count.to_string());
    if status == StatusCode::PARTIAL_CONTENT {
        let shown = format!("bytes {first}-{}/{length}", first + count - 1);
        set(&mut response, header::CONTENT_RANGE, &shown);
    }
    finish(response, etag, sending)
}

fn finish(mut response: Response, etag: &str, sending: &Sending) -> Response {
    set(&mut response, header::ETAG, etag);
    set(&mut response, header::ACCEPT_RANGES, "bytes");
    set(&mut response, header::CACHE_CONTROL, sending.cache);
    if let Some(name) = &sending.save_as {
        set(&mut response, header::CONTENT_DISPOSITION, &disposition(name));
    }
    response
}

/// RFC 6266, with the name in UTF-8 and a plain one for old programs.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_. ".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let exact: String = name
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

/// Reads ahead by two parts and no further than the browser takes them. The task ends with the body.
fn stream(mut file: File, bytes: Range<u64>) -> Body {
    let (parts, taken) = mpsc::channel(2);
    tokio::spawn(async move {
        let mut left = bytes.end - bytes.start;
        if let Err(error) = file.seek(SeekFrom::Start(bytes.start)).await {
            // Nobody may be left to hear of it.
            return drop(parts.send(Err(error)).await);
        }
        while left > 0 {
            let want = usize::try_from(left).unwrap_or(PART_BYTES).min(PART_BYTES);
            let mut buffer = vec![0; want];
            let read = file.read(&mut buffer).await;
            let part = match read {
                Ok(0) => Err(std::io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    buffer.truncate(read);
                    left -= read as u64;
                    Ok(Bytes::from(buffer))
                }
                Err(error) => Err(error),
            };
            let broken = part.is_err();
            if parts.send(part).await.is_err() || broken {
                break;
            }
        }
    });
    body::from_parts(taken)
}

/// The same of a film that is on its way here: it waits for what is not here yet, as long as the browser does.
fn stream_as_it_comes(coming: Arc<dyn Coming>, mut bytes: Range<u64>) -> Body {
    let (parts, taken) = mpsc::channel(2);
    let waits = parts.downgrade();
    let patience = Patience::while_it(move || {
        waits
            .upgrade()
            .is_some_and(|parts: mpsc::Sender<_>| !parts.is_closed())
    });
    tokio::task::spawn_blocking(move || {
        while bytes.start < bytes.end {
            let left = bytes.end - bytes.start;
            let mut buffer = vec![0; usize::try_from(left).unwrap_or(PART_BYTES).min(PART_BYTES)];
            let part = match read_as_it_comes(coming.as_ref(), &patience, &mut buffer, bytes.start) {
                Ok(Came::GivenUp) => break,
                Ok(Came::Bytes(0)) => Err(std::io::ErrorKind::UnexpectedEof.into()),
                Ok(Came::Bytes(read)) => {
                    buffer.truncate(read);
                    bytes.start += read as u64;
                    Ok(Bytes::from(buffer))
                }
                Err(error) => Err(error),
            };
            let broken = part.is_err();
            if parts.blocking_send(part).is_err() || broken {
                break;
            }
        }
    });
    body::from_parts(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let cases: &[(Option<&str>, u64, Part)] = &[
            (None, 100, Part::Whole),
            (Some("bytes=0-9"), 100, Part::Bytes(0..10)),
            (Some("bytes=90-"), 100, Part::Bytes(90..100)),
            (Some("bytes=90-1000"), 100, Part::Bytes(90..100)),
            (Some("bytes=-10"), 100, Part::Bytes(90..100)),
            (Some("bytes=-1000"), 100, Part::Bytes(0..100)),
            (Some("bytes=100-"), 100, Part::Outside),
            (Some("bytes=-0"), 100, Part::Outside),
            (Some("bytes=0-"), 0, Part::Outside),
            (Some("bytes=-5"), 0, Part::Outside),
            (Some("bytes=9-3"), 100, Part::Whole),
            (Some("bytes=0-1,5-6"), 100, Part::Whole),
            (Some("bytes=a-b"), 100, Part::Whole),
            (Some("frames=0-1"), 100, Part::Whole),
            (Some("bytes=0-99999999999999999999999"), 100, Part::Bytes(0..100)),
            (Some("bytes=99999999999999999999999-"), 100, Part::Outside),
        ];
        for (header, length, expected) in cases {
            assert_eq!(part(*header, *length), *expected, "{header:?} of {length}");
        }
    }

    #[test]
    fn names_to_save_under_cannot_break_the_header() {
        assert_eq!(
            disposition("a\"\r\nX: y/é.edl"),
            "attachment; filename=\"a___X_ y__.edl\"; filename*=UTF-8''a%22%0D%0AX%3A%20y%2F%C3%A9.edl"
        );
    }

    /// A film of which a byte is here once somebody waited for it, unless nothing comes any more.
    #[derive(Debug)]
    struct Dripping {
        here: std::sync::atomic::AtomicU64,
        dry: bool,
        waits: std::sync::atomic::AtomicU64,
    }

    impl Dripping {
        fn film(dry: bool) -> (Arc<Self>, Footage) {
            let dripping = Arc::new(Self {
                here: 0.into(),
                dry,
                waits: 0.into(),
            });
            let film = Footage::coming("proxy.mp4".into(), dripping.clone());
            (dripping, film)
        }
    }

    impl Coming for Dripping {
        fn size_bytes(&self) -> u64 {
            200_000
        }

        fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<Option<usize>> {
            let here = self.here.load(std::sync::atomic::Ordering::Acquire);
            if offset >= here {
                return Ok(None);
            }
            let count = usize::try_from(here - offset).unwrap().min(buffer.len());
            for (n, byte) in buffer[..count].iter_mut().enumerate() {
                *byte = ((offset + n as u64) % 251) as u8;
            }
            Ok(Some(count))
        }

        fn wait(&self, offset: u64, at_most: std::time::Duration) {
            self.waits.fetch_add(1, std::sync::atomic::Ordering::AcqRel);
            if self.dry {
                std::thread::park_timeout(at_most);
            } else {
                let until = (offset + 30_000).min(self.size_bytes());
                self.here.fetch_max(until, std::sync::atomic::Ordering::AcqRel);
            }
        }
    }

    async fn ask(film: &Footage, range: &str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        let sending = Sending {
            content_type: "video/mp4",
            cache: "no-cache",
            save_as: None,
        };
        send_film(film, "\"tag\"".to_owned(), &Method::GET, &headers, sending).await
    }

    #[tokio::test]
    async fn a_film_on_its_way_is_sent_as_it_comes() {
        let (_, film) = Dripping::film(false);
        let response = ask(&film, "bytes=100000-").await;
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(
            response.headers()[header::CONTENT_RANGE],
            "bytes 100000-199999/200000"
        );
        assert_eq!(response.headers()[header::ETAG], "\"tag\"");
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap();
        let expected: Vec<u8> = (100_000..200_000_u64).map(|n| (n % 251) as u8).collect();
        assert!(bytes == expected, "{} bytes", bytes.len());
    }

    #[tokio::test]
    async fn nobody_waits_for_a_film_whose_browser_has_gone() {
        let (dry, film) = Dripping::film(true);
        let response = ask(&film, "bytes=0-").await;
        while dry.waits.load(std::sync::atomic::Ordering::Acquire) == 0 {
            tokio::task::yield_now().await;
        }
        drop((response, film));
        // The reader holds it until it has given up.
        while Arc::strong_count(&dry) > 1 {
            tokio::task::yield_now().await;
        }
    }
}
