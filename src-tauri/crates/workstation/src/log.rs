//! The log file in the home, the same for every program of ours. Standard error stays free for what a person must read.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::{BoxMakeWriter, MakeWriterExt as _};

use crate::settings::LogLevel;

/// A log beyond this is put aside; the one before it goes.
const MAX_BYTES: u64 = 5 * 1024 * 1024;
/// A filter for one run, in the form of `RUST_LOG`; it stands above the setting.
const VARIABLE: &str = "CIRCLETAKE_LOG";
/// Libraries that say at `info` what only their authors need.
const QUIET: &str = "wgpu_core=warn,wgpu_hal=warn,naga=warn";

/// Sets another level in the running log.
type SetLevel = Box<dyn Fn(LogLevel) + Send + Sync>;

/// The log of this process, once it was started without [`VARIABLE`].
static LEVEL: OnceLock<SetLevel> = OnceLock::new();

/// Writes the log to `logs/circletake.log` in the home from now on, at `info` until a workstation is opened, then at the
/// level of its settings. With `echo`, warnings also go to standard error. Without a place to write there is no file and
/// no complaint.
pub fn start_log(home: &Path, echo: bool) {
    let file = LogFile::open(&home.join("logs"), MAX_BYTES);
    let stderr = std::io::stderr.with_max_level(tracing::Level::WARN);
    let writer = match (file, echo) {
        (Some(file), true) => BoxMakeWriter::new(Mutex::new(file).and(stderr)),
        (Some(file), false) => BoxMakeWriter::new(Mutex::new(file)),
        (None, true) => BoxMakeWriter::new(stderr),
        (None, false) => return,
    };
    let asked = EnvFilter::try_from_env(VARIABLE);
    let is_asked = asked.is_ok();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(asked.unwrap_or_else(|_unset| filter(LogLevel::Info)))
        .with_ansi(false)
        .with_thread_names(true)
        .with_writer(writer)
        .with_filter_reloading();
    let handle = builder.reload_handle();
    if let Err(error) = builder.try_init() {
        tracing::debug!("a log was started before: {error}");
        return;
    }
    if is_asked {
        return;
    }
    let set: SetLevel = Box::new(move |level| {
        if let Err(error) = handle.reload(filter(level)) {
            tracing::debug!("the log keeps its level: {error}");
        }
    });
    if LEVEL.set(set).is_err() {
        tracing::debug!("a log was started before");
    }
}

/// What the settings ask for, from now on; nothing where no log was started.
pub(crate) fn set_level(level: LogLevel) {
    if let Some(set) = LEVEL.get() {
        set(level);
    }
}

fn filter(level: LogLevel) -> EnvFilter {
    match level {
        LogLevel::Info => EnvFilter::new(format!("info,{QUIET}")),
        other => EnvFilter::new(other.as_str()),
    }
}

/// A file that is put aside when it has grown long, also by the hand of another process.
struct LogFile {
    path: PathBuf,
    file: File,
    max_bytes: u64,
    /// Written by this process since it looked at the file last.
    written_bytes: u64,
}

impl LogFile {
    fn open(logs: &Path, max_bytes: u64) -> Option<Self> {
        std::fs::create_dir_all(logs).ok()?;
        let path = logs.join("circletake.log");
        let file = turned(&path, max_bytes).ok()?;
        Some(Self {
            path,
            file,
            max_bytes,
            written_bytes: 0,
        })
    }
}

/// Opens the log for writing at its end, after putting a long one aside.
fn turned(path: &Path, max_bytes: u64) -> std::io::Result<File> {
    let is_long = || std::fs::metadata(path).is_ok_and(|meta| meta.len() > max_bytes);
    if is_long() {
        // One process at a time, and it looks again: who came second would put the short new log over the one just put aside.
        // Where that cannot be had (a folder that takes no file, a share without locks) the log grows on, which loses nothing.
        let turn =
            File::create(path.with_file_name("turning.lock")).and_then(|turn| turn.lock().map(|()| turn));
        if turn.is_ok() && is_long() {
            // So does a failure.
            drop(std::fs::rename(path, path.with_file_name("circletake.1.log")));
        }
    }
    OpenOptions::new().create(true).append(true).open(path)
}

/// Whether the log that is written to still lies there: another process may have put it aside. After the next one it would be gone,
/// and what is written to it with it.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (Ok(here), Ok(there)) = (file.metadata(), std::fs::metadata(path)) else {
        return false;
    };
    (here.dev(), here.ino()) == (there.dev(), there.ino())
}

/// A file that is open elsewhere keeps its name here.
#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> bool {
    path.exists()
}

impl Write for LogFile {
    /// One call is one line of the log.
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        if self.written_bytes > self.max_bytes / 8 || !is_at(&self.file, &self.path) {
            self.written_bytes = 0;
            self.file = turned(&self.path, self.max_bytes)?;
        }
        self.file.write_all(line)?;
        self.written_bytes += line.len() as u64;
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_process_says_is_kept_however_often_another_puts_the_log_aside() {
        let dir = tempfile::tempdir().unwrap();
        let (mut quiet, mut loud) = (
            LogFile::open(dir.path(), 8_000).unwrap(),
            LogFile::open(dir.path(), 8_000).unwrap(),
        );
        let texts = || {
            ["circletake.1.log", "circletake.log"].map(|name| {
                let text = std::fs::read_to_string(dir.path().join(name));
                text.unwrap_or_default()
            })
        };
        for round in 0..50 {
            writeln!(quiet, "quiet {round}").unwrap();
            for _ in 0..40 {
                writeln!(loud, "{}", "x".repeat(99)).unwrap();
            }
            let said = format!("quiet {round}\n");
            assert!(texts().concat().contains(&said), "round {round}");
        }
    }

    #[test]
    fn a_log_that_cannot_be_put_aside_is_written_on() {
        let dir = tempfile::tempdir().unwrap();
        // A folder in its place cannot be opened as the lock, whoever runs this.
        std::fs::create_dir(dir.path().join("turning.lock")).unwrap();
        std::fs::write(dir.path().join("circletake.log"), vec![b'x'; 101]).unwrap();
        let mut log = LogFile::open(dir.path(), 100).expect("it is opened all the same");
        for line in 0..20 {
            writeln!(log, "line {line}").unwrap();
        }
        let text = std::fs::read_to_string(dir.path().join("circletake.log")).unwrap();
        assert!(text.starts_with("xxx"));
        assert_eq!(text.matches("line ").count(), 20, "no line is lost");
    }

    #[test]
    fn a_log_that_many_turn_at_once_loses_no_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("circletake.log");
        for round in 0..200 {
            std::fs::write(&path, vec![b'x'; 101]).unwrap();
            let start = std::sync::Barrier::new(4);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        start.wait();
                        turned(&path, 100).unwrap().write_all(b"short\n").unwrap();
                    });
                }
            });
            let aside = std::fs::read(dir.path().join("circletake.1.log")).unwrap();
            assert!(aside.starts_with(b"xxx"), "round {round}: {aside:?}");
            let both = aside.len() as u64 + std::fs::metadata(&path).unwrap().len();
            assert_eq!(both, 101 + 4 * 6, "round {round}");
        }
    }

    #[test]
    fn a_log_that_runs_for_weeks_is_put_aside_and_both_parts_are_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = LogFile::open(dir.path(), 8_000).unwrap();
        let line = [b'x'; 99];
        for number in 0..1000 {
            writeln!(log, "{number:04} {}", String::from_utf8_lossy(&line)).unwrap();
        }
        let length = |name: &str| std::fs::metadata(dir.path().join(name)).unwrap().len();
        for name in ["circletake.log", "circletake.1.log"] {
            assert!((1..12_000).contains(&length(name)), "{name}: {}", length(name));
        }
        let text = std::fs::read_to_string(dir.path().join("circletake.log")).unwrap();
        assert!(text.lines().last().unwrap().starts_with("0999 "), "{text}");
    }
}
