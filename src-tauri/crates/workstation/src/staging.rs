//! Folders for what is being made. Each belongs to one worker, which holds a lock on it as long as it lives, so that
//! nobody takes another's away.

use std::fs::{File, TryLockError};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use fault::{Code, Fault};

use crate::faults;

/// A folder that goes away with what it holds.
pub(crate) struct Stage {
    dir: PathBuf,
    /// Held for the sweeps of this and other processes to see; gone with this value, or with its process.
    _lock: File,
}

impl Stage {
    /// Makes a folder below `staging` for the work on a job. Two workers never get the same one, also for one job.
    pub fn make(staging: &Path, job: i64) -> Result<Self, Fault> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        loop {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let dir = staging.join(format!("{job}-{}-{count}", std::process::id()));
            match make_locked(&dir) {
                Ok(Some(lock)) => return Ok(Self { dir, _lock: lock }),
                // Left by an earlier process of this number, or taken for a leftover between its making and its lock.
                Ok(None) => {}
                Err(error) => {
                    return Err(faults::from_io(
                        &error,
                        Code::Store,
                        format!("Cannot make the folder {}", dir.display()),
                    ));
                }
            }
        }
    }

    /// Where to put things.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Rendition names and files: `proxy.mp4` is `proxy`, sheets keep their whole names.
    pub fn files(&self) -> Result<Vec<(String, String)>, Fault> {
        let entries = std::fs::read_dir(&self.dir).map_err(|error| {
            faults::from_io(&error, Code::Store, format!("Cannot read {}", self.dir.display()))
        })?;
        let mut files: Vec<String> = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        files.sort_by_key(|file| (file == "report.json", file.clone()));
        let name = |file: &String| match file.split_once('.') {
            Some((stem, "jpg")) => format!("{stem}.jpg"),
            Some((stem, _)) => stem.to_owned(),
            None => file.clone(),
        };
        Ok(files.into_iter().map(|file| (name(&file), file)).collect())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.dir) {
            tracing::warn!("cannot remove {}: {error}", self.dir.display());
        }
    }
}

/// Makes and locks a folder; nothing when it is there already or a sweep was faster.
fn make_locked(dir: &Path) -> Result<Option<File>, Error> {
    match std::fs::create_dir(dir) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(None),
        Err(error) => return Err(error),
    }
    let lock = match File::open(dir) {
        Ok(lock) => lock,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(None),
        // A file system without locks sweeps by the state of the job.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(dir.is_dir().then_some(lock)),
    }
}

/// Removes the folders whose worker is gone. Where locks cannot be asked for, those whose job `is_running` denies.
pub(crate) fn sweep(
    staging: &Path,
    mut is_running: impl FnMut(i64) -> Result<bool, Fault>,
) -> Result<(), Fault> {
    let entries = std::fs::read_dir(staging).map_err(|error| {
        faults::from_io(&error, Code::Store, format!("Cannot read {}", staging.display()))
    })?;
    for entry in entries.flatten() {
        let Ok(lock) = File::open(entry.path()) else {
            continue;
        };
        let abandoned = match lock.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(_)) => match job_of(&entry.file_name()) {
                Some(job) => !is_running(job)?,
                None => true,
            },
        };
        // Removed while the lock is held: who makes one of this name sees that it was taken.
        if abandoned && let Err(error) = remove(&entry.path()) {
            tracing::warn!("cannot remove {}: {error}", entry.path().display());
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), Error> {
    let removed = if path.is_dir() {
        std::fs::remove_dir_all(path)
    } else {
        std::fs::remove_file(path)
    };
    match removed {
        // Its worker ended just now and took it along.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn job_of(name: &std::ffi::OsStr) -> Option<i64> {
    name.to_str()?.split('-').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(staging: &Path) -> usize {
        std::fs::read_dir(staging).unwrap().count()
    }

    #[test]
    fn a_sweep_takes_what_the_dead_left_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        // As a killed worker and an earlier version leave it: nobody holds a lock.
        for left in ["7-1-0", "7", "odd name"] {
            std::fs::create_dir(dir.path().join(left)).unwrap();
        }
        std::fs::write(dir.path().join("8.part"), b"x").unwrap();
        let mine = Stage::make(dir.path(), 7).unwrap();
        std::fs::write(mine.dir().join("proxy.mp4"), b"x").unwrap();
        // Whatever the queue says of the job meanwhile.
        sweep(dir.path(), |_job| Ok(false)).unwrap();
        assert_eq!(names(dir.path()), 1);
        assert!(mine.dir().join("proxy.mp4").is_file());
        drop(mine);
        assert_eq!(names(dir.path()), 0);
    }

    #[test]
    fn two_workers_of_one_job_do_not_share_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let first = Stage::make(dir.path(), 7).unwrap();
        let second = Stage::make(dir.path(), 7).unwrap();
        std::fs::write(second.dir().join("proxy.mp4"), b"x").unwrap();
        drop(first);
        assert!(second.dir().join("proxy.mp4").is_file());
    }

    #[test]
    fn workers_that_begin_while_others_sweep_keep_their_folders() {
        let dir = tempfile::tempdir().unwrap();
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let sweeper = scope.spawn(|| {
                while !done.load(Ordering::Acquire) {
                    sweep(dir.path(), |_job| Ok(false)).unwrap();
                }
            });
            for job in 0..200 {
                let stage = Stage::make(dir.path(), job).unwrap();
                std::fs::write(stage.dir().join("proxy.mp4"), b"x").unwrap();
                assert!(stage.dir().join("proxy.mp4").is_file());
            }
            done.store(true, Ordering::Release);
            sweeper.join().unwrap();
        });
        assert_eq!(names(dir.path()), 0);
    }

    #[test]
    fn staged_files_have_their_names_and_the_report_comes_last() {
        let dir = tempfile::tempdir().unwrap();
        let stage = Stage::make(dir.path(), 7).unwrap();
        for file in [
            "report.json",
            "proxy.mp4",
            "sprites-000.jpg",
            "sprites.json",
            "frames.idx",
            "waveform.bin",
        ] {
            std::fs::write(stage.dir().join(file), b"x").unwrap();
        }
        let names: Vec<String> = stage.files().unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            [
                "frames",
                "proxy",
                "sprites-000.jpg",
                "sprites",
                "waveform",
                "report"
            ]
        );
        let gone = stage.dir().to_owned();
        drop(stage);
        assert!(!gone.exists());
    }
}
