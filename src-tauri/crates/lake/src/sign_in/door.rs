//! The door through which the browser comes back: a listener on this machine, open for one answer.

use std::{sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinSet,
};

use super::{SignInError, form::field};

/// Where the browser is sent.
const PATH: &str = "/circletake";
/// A browser sends far less before the empty line.
const REQUEST_LIMIT_BYTES: usize = 16 * 1024;
/// A connection that says nothing is let go; browsers open some ahead.
const CALLER_PATIENCE: Duration = Duration::from_secs(10);
/// Callers at a time; there is one browser, with a few connections.
const CALLERS_MOST: usize = 16;

/// Opened before the browser is sent off, so that the answer finds it.
pub struct Door {
    listener: TcpListener,
    port: u16,
}

impl Door {
    /// On loopback alone; port 0 takes one that is free.
    pub async fn open(port: u16) -> Result<Self, SignInError> {
        let bad = |source| SignInError::Door { port, source };
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(bad)?;
        let port = listener.local_addr().map_err(bad)?.port();
        Ok(Self { listener, port })
    }

    /// What the service is told, and what the app client has to list.
    pub fn address(&self) -> String {
        format!("http://localhost:{}{PATH}", self.port)
    }

    /// Waits for the answer that bears `state`, shows the browser a page, and closes the door. Callers with anything else are
    /// turned away and change nothing.
    pub async fn code(self, state: &str) -> Result<String, SignInError> {
        let state: Arc<str> = state.into();
        let (answers, mut answer) = mpsc::channel(1);
        let mut callers = JoinSet::new();
        loop {
            tokio::select! {
                Some(answer) = answer.recv() => {
                    // The page is on its way to the browser already.
                    while callers.try_join_next().is_some() {}
                    return answer;
                }
                Some(_gone) = callers.join_next(), if !callers.is_empty() => {}
                accepted = self.listener.accept(), if callers.len() < CALLERS_MOST => {
                    let (stream, _) = accepted.map_err(|source| SignInError::Door { port: self.port, source })?;
                    let (state, answers) = (Arc::clone(&state), answers.clone());
                    callers.spawn(async move {
                        let serving = serve(stream, &state, answers);
                        if tokio::time::timeout(CALLER_PATIENCE, serving).await.is_err() {
                            tracing::debug!("a caller at the sign-in's door said nothing");
                        }
                    });
                }
            }
        }
    }
}

async fn serve(mut stream: TcpStream, state: &str, answers: mpsc::Sender<Result<String, SignInError>>) {
    let mut request = Vec::new();
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        let mut some = [0; 2048];
        match stream.read(&mut some).await {
            Ok(read @ 1..) if request.len() + read <= REQUEST_LIMIT_BYTES => {
                request.extend_from_slice(some.get(..read).unwrap_or_default());
            }
            _ => return,
        }
    }
    let (status, words, answer) = answer_to(&String::from_utf8_lossy(&request), state);
    let page = page(words);
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nreferrer-policy: no-referrer\r\n\
         content-security-policy: default-src 'none'; style-src 'unsafe-inline'\r\nconnection: close\r\n\r\n",
        page.len()
    );
    let shown = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(page.as_bytes()).await?;
        stream.shutdown().await
    };
    if let Err(error) = shown.await {
        tracing::debug!(%error, "the browser did not wait for its page");
    }
    if let Some(answer) = answer {
        // Full when another answer was first: one is all there is.
        drop(answers.try_send(answer));
    }
}

/// Status, words for the person, and what the sign-in learns.
fn answer_to(
    request: &str,
    state: &str,
) -> (&'static str, &'static str, Option<Result<String, SignInError>>) {
    let target = request
        .strip_prefix("GET ")
        .and_then(|rest| rest.split_once(' '))
        .map(|(target, _)| target);
    let query = target.and_then(|target| target.strip_prefix(PATH)?.strip_prefix('?'));
    let Some(query) = query else {
        return ("404 Not Found", "There is nothing here.", None);
    };
    // Anybody on this machine can call; only the browser that was sent off knows the state.
    if field(query, "state").as_deref() != Some(state) {
        return (
            "400 Bad Request",
            "This is not the sign-in that was begun at the desk.",
            None,
        );
    }
    match (field(query, "code"), field(query, "error")) {
        (Some(code), None) => (
            "200 OK",
            "You are signed in. Close this page and go back to the desk.",
            Some(Ok(code)),
        ),
        _ => (
            "200 OK",
            "You are not signed in. Close this page and go back to the desk.",
            Some(Err(SignInError::Declined)),
        ),
    }
}

fn page(words: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Circle Take</title>\
         <body style=\"font:16px system-ui;margin:4em\"><h1>Circle Take</h1><p>{words}</p></body></html>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn call(port: u16, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).await.unwrap();
        said
    }

    #[tokio::test]
    async fn only_the_browser_that_was_sent_off_comes_in_and_only_once() {
        let door = Door::open(0).await.unwrap();
        let port = door.port;
        assert_eq!(door.address(), format!("http://localhost:{port}/circletake"));
        // One that says nothing is in nobody's way.
        let _silent = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let waiting = tokio::spawn(door.code("the state"));
        for (request, status) in [
            ("GET /favicon.ico HTTP/1.1\r\n\r\n", "404"),
            ("GET /circletake?code=theirs&state=guess HTTP/1.1\r\n\r\n", "400"),
            ("GET /circletake?code=theirs HTTP/1.1\r\n\r\n", "400"),
            (
                "POST /circletake?code=theirs&state=the%20state HTTP/1.1\r\n\r\n",
                "404",
            ),
        ] {
            let said = call(port, request).await;
            assert!(
                said.starts_with(&format!("HTTP/1.1 {status}")),
                "{request} {said}"
            );
        }
        let said = call(
            port,
            "GET /circletake?code=ours%2B1&state=the+state HTTP/1.1\r\nhost: localhost\r\n\r\n",
        )
        .await;
        assert!(
            said.starts_with("HTTP/1.1 200") && said.contains("You are signed in"),
            "{said}"
        );
        assert_eq!(waiting.await.unwrap().unwrap(), "ours+1");
        assert!(
            TcpStream::connect(("127.0.0.1", port)).await.is_err(),
            "the door is closed"
        );
    }

    #[tokio::test]
    async fn a_no_is_learnt() {
        let door = Door::open(0).await.unwrap();
        let port = door.port;
        let waiting = tokio::spawn(door.code("s"));
        call(
            port,
            "GET /circletake?error=access_denied&state=s HTTP/1.1\r\n\r\n",
        )
        .await;
        assert!(matches!(waiting.await.unwrap(), Err(SignInError::Declined)));
    }

    #[tokio::test]
    async fn a_port_in_use_is_said() {
        let first = Door::open(0).await.unwrap();
        let second = Door::open(first.port).await.err().unwrap();
        assert!(matches!(second, SignInError::Door { .. }), "{second:?}");
    }
}
