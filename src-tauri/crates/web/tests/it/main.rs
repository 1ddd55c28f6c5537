//! The desk's server as a browser and as somebody else's page meet it.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on, or is not run, says so"
)]

mod browser;
mod events;
mod film;
mod lakes;
mod security;
mod upload;

use std::sync::Arc;

use web::{ServeOptions, Served};
use workstation::{OpenOptions, Workstation};

/// A workstation in a folder of its own, and its server.
pub(crate) struct Place {
    // Before the folder, so that everything is closed when it goes.
    pub(crate) served: Served,
    pub(crate) workstation: Arc<Workstation>,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) fn place(workers: bool, change: impl FnOnce(&mut ServeOptions)) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let workstation = Workstation::open(OpenOptions {
        workers,
        ..OpenOptions::new(home)
    })
    .unwrap();
    let mut options = ServeOptions::new(Arc::clone(&workstation));
    change(&mut options);
    let served = web::serve(options).unwrap();
    Place {
        served,
        workstation,
        folder,
    }
}
