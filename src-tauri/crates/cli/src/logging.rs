//! The log file in the home. Standard error stays free for what a person must read.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

/// A log beyond this is put aside at the next start.
const MAX_BYTES: u64 = 5 * 1024 * 1024;
/// A filter for one run, in the form of `RUST_LOG`.
const VARIABLE: &str = "CIRCLETAKE_LOG";

/// Writes the log to `logs/circletake.log` from now on. Without a place to write, there is no log and no complaint.
pub fn start(home: &Path, level: &str) {
    let Some(file) = open(&home.join("logs")) else {
        return;
    };
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_unset| EnvFilter::new(level));
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_thread_names(true)
        .with_writer(Mutex::new(file))
        .try_init();
    if let Err(error) = started {
        tracing::debug!("a log was started before: {error}");
    }
}

fn open(logs: &Path) -> Option<File> {
    std::fs::create_dir_all(logs).ok()?;
    let path = logs.join("circletake.log");
    if std::fs::metadata(&path).is_ok_and(|meta| meta.len() > MAX_BYTES) {
        // The one before the last is enough; a failure keeps the long log, which loses nothing.
        drop(std::fs::rename(&path, logs.join("circletake.1.log")));
    }
    OpenOptions::new().create(true).append(true).open(path).ok()
}
