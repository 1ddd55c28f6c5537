//! From a request to its answer. The commands are the boundary's list; everything else is few enough to read here.

use std::{path::PathBuf, sync::Arc};

use api::{COMMANDS, Content, Desk, Place, wire::Started};
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use fault::{Code, Fault};
use serde_json::Value;
use tokio::sync::Semaphore;
use workstation::Workstation;

use crate::{
    desk_files,
    events::Listeners,
    files::{Sending, send, send_film},
    guard::{Guard, Refusal},
    respond::{answer, fault, page, refusal, set},
    upload::{self, Received},
};

/// A request of a command may have this many bytes; a subtitle file is the largest thing in one.
const REQUEST_BYTES_MAX: usize = 16 << 20;
/// Which opening of a lake a page shows that makes a call, as `hello` told it.
const OPENING: &str = "circletake-opening";
/// Pictures that may be asked for at once.
const PICTURES_MAX: usize = 24;
/// What an asset's files are kept for in the browser: their content does not change.
const KEPT: &str = "private, max-age=3600, immutable";

/// Everything an answer may need.
pub(crate) struct Site {
    pub(crate) desk: Arc<Desk>,
    pub(crate) guard: Guard,
    pub(crate) listeners: Listeners,
    pub(crate) upload_max_bytes: u64,
    pictures: Semaphore,
}

impl Site {
    pub(crate) fn new(desk: Arc<Desk>, guard: Guard, upload_max_bytes: u64) -> Self {
        let pictures = Semaphore::new(PICTURES_MAX);
        Self {
            desk,
            guard,
            listeners: Listeners::default(),
            upload_max_bytes,
            pictures,
        }
    }

    /// Answers any request.
    pub(crate) async fn answer(self: Arc<Self>, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let (method, headers, path) = (&parts.method, &parts.headers, parts.uri.path());
        if path == "/enter" {
            return self.enter(method, headers, parts.uri.query().unwrap_or_default());
        }
        if let Err(refused) = self.guard.check(method, headers) {
            return refusal(refused, headers);
        }
        let known = headers
            .get(header::IF_NONE_MATCH)
            .and_then(|known| known.to_str().ok());
        let query = parts.uri.query().unwrap_or_default();
        if *method == Method::POST {
            return match path.strip_prefix("/api/") {
                Some(name) => self.command(name, headers, body).await,
                None if path == "/upload" => self.upload(query, headers, body).await,
                None => nothing(),
            };
        }
        match path {
            "/events" => self.listeners.listen(&self.desk, headers),
            _ if path.starts_with("/media/") || path.starts_with("/stage/") => {
                self.content(path, query, known, method, headers).await
            }
            _ => match path.strip_prefix("/exports/") {
                Some(id) => self.export(id, method, headers).await,
                None => desk_files::serve(path, headers),
            },
        }
    }

    /// The one-time address. It answers with a page of ours that goes on to the desk, so that the browser counts the next
    /// request as coming from here and sends the cookie along.
    fn enter(&self, method: &Method, headers: &HeaderMap, query: &str) -> Response {
        if let Err(refused) = self.guard.check_host(headers) {
            return refusal(refused, headers);
        }
        if *method != Method::GET {
            let words = "Nothing here answers to this method.";
            return refusal(
                Refusal {
                    status: StatusCode::METHOD_NOT_ALLOWED,
                    words,
                },
                headers,
            );
        }
        let token = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("token="))
            .unwrap_or_default();
        let session = match self.guard.door.enter(token) {
            Ok(Some(session)) => session,
            Ok(None) => {
                let more = "It opens the desk once, in one browser. Run <code>circletake serve</code> again for a new address.";
                return page(
                    StatusCode::FORBIDDEN,
                    "This address has been used, or is not right.",
                    more,
                );
            }
            Err(error) => return fault(&error),
        };
        let mut response = page(StatusCode::OK, "Opening the desk…", "<a href=\"/\">Go on</a>");
        let cookie = format!(
            "{}={session}; Path=/; HttpOnly; SameSite=Strict",
            self.guard.cookie
        );
        set(&mut response, header::SET_COOKIE, &cookie);
        response
            .headers_mut()
            .insert(header::REFRESH, HeaderValue::from_static("0; url=/"));
        response
    }

    async fn command(&self, name: &str, headers: &HeaderMap, body: Body) -> Response {
        let listed = COMMANDS
            .iter()
            .find(|command| command.name == name && command.place == Place::Anywhere);
        let Some(command) = listed else {
            return fault(&Fault::new(Code::NotFound, "There is no such command here."));
        };
        if !is_json(headers) {
            return fault(&Fault::new(
                Code::BadRequest,
                "A command is sent as application/json.",
            ));
        }
        let Ok(bytes) = to_bytes(body, REQUEST_BYTES_MAX).await else {
            let words = format!("A request may have {} MiB.", REQUEST_BYTES_MAX >> 20);
            return fault(&Fault::new(Code::BeyondLimits, words));
        };
        let request: Value = if bytes.is_empty() {
            Value::Null
        } else {
            match serde_json::from_slice(&bytes) {
                Ok(request) => request,
                Err(error) => {
                    return fault(&Fault::new(Code::BadRequest, "This is not JSON.").because(&error));
                }
            }
        };
        let desk = Arc::clone(&self.desk);
        let shown = headers
            .get(OPENING)
            .and_then(|shown| shown.to_str().ok()?.parse().ok());
        let call = move || {
            api::check_opening(&desk, command.name, shown)?;
            api::call_text(&desk, command.name, request)
        };
        match blocking(call).await {
            Ok(body) => answer(StatusCode::OK, "application/json", body.into_bytes()),
            Err(error) => fault(&error),
        }
    }

    async fn content(
        &self,
        path: &str,
        query: &str,
        known: Option<&str>,
        method: &Method,
        headers: &HeaderMap,
    ) -> Response {
        let (desk, path, query) = (Arc::clone(&self.desk), path.to_owned(), query.to_owned());
        let known = known.map(str::to_owned);
        let made = {
            let Ok(_seat) = self.pictures.acquire().await else {
                return nothing();
            };
            blocking(move || desk.content(&path, &query, known.as_deref())).await
        };
        match made {
            Ok(Content::File { path, content_type }) => {
                send(
                    &path,
                    method,
                    headers,
                    Sending {
                        content_type,
                        cache: KEPT,
                        save_as: None,
                    },
                )
                .await
            }
            Ok(Content::Film {
                film,
                content_type,
                etag,
            }) => {
                let sending = Sending {
                    content_type,
                    cache: KEPT,
                    save_as: None,
                };
                send_film(&film, etag, method, headers, sending).await
            }
            Ok(Content::Bytes {
                bytes,
                content_type,
                etag,
                immutable,
            }) => {
                let mut response = answer(StatusCode::OK, content_type, bytes);
                set(&mut response, header::ETAG, &etag);
                set(
                    &mut response,
                    header::CACHE_CONTROL,
                    if immutable { KEPT } else { "private, no-cache" },
                );
                response
            }
            Ok(Content::Unchanged { etag }) => {
                let mut response = answer(
                    StatusCode::NOT_MODIFIED,
                    "application/octet-stream",
                    Body::empty(),
                );
                response.headers_mut().remove(header::CONTENT_TYPE);
                set(&mut response, header::ETAG, &etag);
                set(&mut response, header::CACHE_CONTROL, "private, no-cache");
                response
            }
            Err(error) => fault(&error),
        }
    }

    async fn export(&self, id: &str, method: &Method, headers: &HeaderMap) -> Response {
        let (desk, id) = (Arc::clone(&self.desk), id.to_owned());
        // What could not be carried lies beside the export, and is saved beside it.
        let asked = move || match id.strip_suffix("/losses") {
            Some(id) => desk.workstation().export_losses(id),
            None => {
                let path = desk.workstation().export_path(&id)?;
                let name = path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                Ok((path, name))
            }
        };
        let file: Result<(PathBuf, String), Fault> = blocking(asked).await;
        match file {
            Ok((path, name)) => {
                let sending = Sending {
                    content_type: "application/octet-stream",
                    cache: "no-store",
                    save_as: Some(name),
                };
                send(&path, method, headers, sending).await
            }
            Err(error) => fault(&error),
        }
    }

    async fn upload(&self, query: &str, headers: &HeaderMap, body: Body) -> Response {
        let said: Option<u64> = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok())
            .and_then(|length| length.parse().ok());
        if said.is_some_and(|said| said > self.upload_max_bytes) {
            return fault(&upload::too_large(self.upload_max_bytes));
        }
        let name = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("name="))
            .map(api::decoded)
            .unwrap_or_default();
        // The file belongs to the lake that is open now, whichever is when it has come.
        let workstation = self.desk.workstation();
        let incoming = workstation.incoming_dir();
        let received = match upload::receive(incoming, &name, body, self.upload_max_bytes).await {
            Ok(received) => received,
            Err(error) => return fault(&error),
        };
        match blocking(move || take_in(&workstation, received)).await {
            Ok(started) => answer(
                StatusCode::OK,
                "application/json",
                serde_json::to_vec(&started).unwrap_or_default(),
            ),
            Err(error) => fault(&error),
        }
    }
}

/// Queues what was uploaded; what is not queued does not stay.
fn take_in(workstation: &Arc<Workstation>, received: Received) -> Result<Started, Fault> {
    if let Err(fault) = workstation.clear_incoming() {
        tracing::warn!("what earlier uploads left: {fault}");
    }
    let intake = workstation.ingest(std::slice::from_ref(&received.path))?;
    if !intake.jobs.is_empty() {
        received.keep();
    }
    if let (true, Some(refused)) = (intake.jobs.is_empty(), intake.refused.first()) {
        return Err(Fault::new(refused.code, refused.message.clone()).hint(refused.hint.clone()));
    }
    Ok(Started {
        jobs: intake.jobs.into_iter().map(|queued| queued.job).collect(),
    })
}

/// Does what may wait for a disk or a decoder on a thread that may wait.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(
            Fault::new(Code::Internal, "This request ended in a defect of ours.")
                .hint("Nothing that was confirmed is lost. Please report it.")
                .because(&error),
        ),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    content_type
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn nothing() -> Response {
    fault(&Fault::new(Code::NotFound, "There is nothing at this address."))
}
