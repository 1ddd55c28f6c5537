//! What the desk hears, on to the page: one thread, the same notices as a browser gets.

use std::{
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use api::{Desk, Tag, wire::Event};
use fault::{Code, Fault};
use tauri::{AppHandle, Emitter as _};

use crate::{native, shell::DeskWindow};

/// How long to wait for the next; only how soon the thread sees that the workstation closed.
const WAIT: Duration = Duration::from_secs(5);

/// Starts the thread, for the caller to join. It ends when the workstation closes.
///
/// # Errors
/// When the system gives no thread.
pub(crate) fn start(
    app: AppHandle,
    desk: Arc<Desk>,
    window: Arc<DeskWindow>,
) -> Result<JoinHandle<()>, Fault> {
    let work = move || {
        let mut events = desk.events();
        native::dress(&app, &desk);
        while let Some(events) = events.next(WAIT) {
            for event in events {
                // The stage draws verdicts without waiting for the page.
                if let Event::Stale { stale } = &event {
                    window.refresh(stale);
                    if stale.iter().any(|tag| tag == Tag::Settings.as_str()) {
                        native::dress(&app, &desk);
                    }
                }
                if let Err(error) = app.emit("desk", &event) {
                    tracing::debug!(%error, "the page is not there to hear");
                }
            }
        }
    };
    let started = thread::Builder::new().name("desk-notices".to_owned()).spawn(work);
    started.map_err(|error| Fault::new(Code::Internal, "No thread for the notices.").because(&error))
}
