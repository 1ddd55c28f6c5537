//! What the desk takes in when it starts.

use std::{
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
};

use api::{
    Desk, Tag,
    wire::{Event, Picked, Refusal},
};
use fault::{Code, Fault};
use tauri::{AppHandle, Emitter as _};
use workstation::LibraryQuery;

/// Takes the files in; a home without anything gets the demo film, a lake that others work in never does.
pub(crate) fn take_in(app: AppHandle, desk: Arc<Desk>, paths: Vec<PathBuf>) -> Result<JoinHandle<()>, Fault> {
    let work = move || {
        let workstation = desk.workstation();
        let nothing = LibraryQuery {
            limit: Some(0),
            ..LibraryQuery::default()
        };
        let begun = if paths.is_empty() {
            workstation.library(&nothing).and_then(|library| {
                if library.total == 0 && workstation.is_embedded() {
                    workstation.demo().map(|_ticket| ())
                } else {
                    Ok(())
                }
            })
        } else {
            workstation
                .ingest(&paths)
                .map(|intake| say_refused(&app, &desk, Picked::from(intake).refused))
        };
        if let Err(fault) = begun {
            tracing::error!(
                message = fault.message,
                detail = fault.detail,
                "nothing was taken in"
            );
        }
    };
    let started = thread::Builder::new().name("desk-intake".to_owned()).spawn(work);
    started.map_err(|error| Fault::new(Code::Internal, "No thread to take files in.").because(&error))
}

/// Files that were named and not taken in: the page asks for them with what it needs first, and again when it is told.
fn say_refused(app: &AppHandle, desk: &Desk, refused: Vec<Refusal>) {
    if refused.is_empty() {
        return;
    }
    for refusal in &refused {
        tracing::warn!(
            name = refusal.name,
            message = refusal.fault.message,
            "not taken in"
        );
    }
    desk.set_refused(refused);
    let stale = Event::Stale {
        stale: vec![Tag::Settings.as_str().to_owned()],
    };
    if let Err(error) = app.emit("desk", &stale) {
        tracing::debug!(%error, "the page is not there yet: it will ask");
    }
}
