//! Server-sent events. One named thread for each listener waits on the workstation's mailbox, which coalesces while a slow
//! browser holds the thread up; so nothing piles up, and nothing is missed.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{Builder, JoinHandle},
    time::Duration,
};

use api::Desk;
use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use fault::{Code, Fault};
use tokio::sync::mpsc::{Sender, channel};

use crate::{
    body,
    respond::{answer, fault},
};

/// Browsers that may listen at once.
const LISTENERS_MAX: usize = 16;
/// Batches a browser may be behind before its thread waits for it.
const BEHIND_MAX: usize = 4;
/// How often a thread looks whether its browser is still there, and the server too.
const LOOK: Duration = Duration::from_millis(500);
/// Looks between two signs of life.
const LOOKS_PER_SIGN: u32 = 30;

/// Who listens.
#[derive(Default)]
pub(crate) struct Listeners {
    count: Arc<AtomicUsize>,
    stopping: Arc<AtomicBool>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// Counts a listener for as long as it lives.
struct Seat(Arc<AtomicUsize>);

impl Seat {
    fn take(count: &Arc<AtomicUsize>) -> Option<Self> {
        let taken = count.fetch_update(Ordering::AcqRel, Ordering::Acquire, |taken| {
            (taken < LISTENERS_MAX).then_some(taken + 1)
        });
        taken.ok().map(|_before| Self(Arc::clone(count)))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Listeners {
    /// An answer that goes on until the browser or the server goes.
    pub(crate) fn listen(&self, desk: &Arc<Desk>, headers: &HeaderMap) -> Response {
        let Some(seat) = Seat::take(&self.count) else {
            return fault(
                &Fault::new(Code::Conflict, "Too many pages are open on this desk.")
                    .hint("Close one of them."),
            );
        };
        let (lines, taken) = channel(BEHIND_MAX);
        // A browser that comes back has missed something.
        let returning = headers.contains_key("last-event-id");
        let mut events = desk.events();
        let stopping = Arc::clone(&self.stopping);
        let thread = Builder::new().name("desk events".to_owned()).spawn(move || {
            let _seat = seat;
            let mut told = 0u64;
            let hello = if returning {
                line(&mut told, &api::all_stale())
            } else {
                Bytes::from_static(b": here\n\n")
            };
            if lines.blocking_send(hello).is_err() {
                return;
            }
            let mut quiet = 0;
            while !stopping.load(Ordering::Acquire) && !lines.is_closed() {
                let Some(batch) = events.next(LOOK) else { return };
                quiet = if batch.is_empty() { quiet + 1 } else { 0 };
                if !tell(&lines, &mut told, &mut quiet, &batch) {
                    return;
                }
            }
        });
        match thread {
            Ok(thread) => {
                self.own(thread);
                answer(StatusCode::OK, "text/event-stream", body::from_lines(taken))
            }
            Err(error) => {
                fault(&Fault::new(Code::Internal, "This page cannot be told of changes.").because(&error))
            }
        }
    }
}

impl Listeners {
    /// Keeps a thread until it is joined, and joins those that have ended since: there are never more than there are seats.
    fn own(&self, thread: JoinHandle<()>) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let (ended, mut alive): (Vec<_>, Vec<_>) = threads.drain(..).partition(JoinHandle::is_finished);
        alive.push(thread);
        *threads = alive;
        drop(threads);
        join(ended);
    }

    /// Asks all threads to end.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// Waits for all threads; to be called when nothing reads their lines any more.
    pub(crate) fn join(&self) {
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        join(threads);
    }
}

fn join(threads: Vec<JoinHandle<()>>) {
    for thread in threads {
        if thread.join().is_err() {
            tracing::error!("a thread that tells a browser of changes panicked");
        }
    }
}

/// False when the browser has gone.
fn tell(lines: &Sender<Bytes>, told: &mut u64, quiet: &mut u32, batch: &[api::wire::Event]) -> bool {
    if batch.is_empty() {
        if *quiet < LOOKS_PER_SIGN {
            return true;
        }
        *quiet = 0;
        return lines
            .blocking_send(Bytes::from_static(b": still here\n\n"))
            .is_ok();
    }
    let text: Vec<u8> = batch.iter().flat_map(|event| line(told, event)).collect();
    lines.blocking_send(Bytes::from(text)).is_ok()
}

fn line(told: &mut u64, event: &api::wire::Event) -> Bytes {
    *told += 1;
    // JSON has no line ends of its own.
    let data = serde_json::to_string(event).unwrap_or_default();
    Bytes::from(format!("id: {told}\ndata: {data}\n\n"))
}
