//! Watched folders: a file that has settled is taken in once. Local folders are told about by the system; on network
//! mounts, where it tells nothing reliable, they are looked through from time to time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use fault::{Code, Fault};
use notify::Watcher as _;

use crate::faults;
use crate::intake::{files_in, fingerprint};
use crate::settings::WatchSettings;
use crate::threads::Bell;
use crate::workstation::Workstation;

/// How often pending files are looked at.
const TICK: Duration = Duration::from_millis(500);
/// How often a folder is looked through that nobody tells about.
const POLL_EVERY: Duration = Duration::from_secs(10);
/// How often even a local folder is looked through, for notices that were lost.
const SWEEP_EVERY: Duration = Duration::from_secs(120);

/// The watch over all watched folders; dropping it ends it.
pub(crate) struct Watching {
    stop: Arc<AtomicBool>,
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
    /// Ends the system's notices when it goes.
    _notices: Option<notify::RecommendedWatcher>,
}

impl Watching {
    /// Begins watching. A folder that is not there yet is looked for again.
    pub fn start(workstation: Weak<Workstation>, settings: &WatchSettings) -> Result<Self, Fault> {
        let stop = Arc::new(AtomicBool::new(false));
        let bell = Arc::new(Bell::default());
        let dirty = Arc::new(AtomicBool::new(true));
        let (notices, told) = notices(&settings.folders, &dirty, &bell);
        let sweep = if told { SWEEP_EVERY } else { POLL_EVERY };
        let settle = Duration::from_secs(u64::from(settings.settle_secs));
        let mut folders = Folders {
            folders: settings.folders.clone(),
            settle,
            pending: BTreeMap::new(),
            tried: BTreeMap::new(),
        };
        let (stopping, ring) = (Arc::clone(&stop), Arc::clone(&bell));
        let body = move || {
            let mut swept: Option<Instant> = None;
            let mut rung = 0;
            while !stopping.load(Ordering::Acquire) {
                let Some(workstation) = workstation.upgrade() else {
                    return;
                };
                if dirty.swap(false, Ordering::AcqRel) || swept.is_none_or(|swept| swept.elapsed() >= sweep) {
                    swept = Some(Instant::now());
                    folders.sweep(&workstation);
                }
                folders.take_in(&workstation, Instant::now());
                let idle = folders.pending.is_empty();
                drop(workstation);
                rung = ring.wait(
                    rung,
                    if idle {
                        sweep.min(Duration::from_secs(5))
                    } else {
                        TICK
                    },
                );
            }
        };
        let thread = std::thread::Builder::new()
            .name("watched-folders".into())
            .spawn(body)
            .map_err(|error| {
                faults::from_io(&error, Code::Internal, "Cannot start the thread watched-folders.")
            })?;
        Ok(Self {
            stop,
            bell,
            thread: Some(thread),
            _notices: notices,
        })
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.bell.ring();
        let Some(thread) = self.thread.take() else { return };
        if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
            tracing::error!("the thread watched-folders ended badly");
        }
    }
}

/// The system's notices for these folders, and whether they can be relied on for all of them.
fn notices(
    folders: &[PathBuf],
    dirty: &Arc<AtomicBool>,
    bell: &Arc<Bell>,
) -> (Option<notify::RecommendedWatcher>, bool) {
    let (dirty, bell) = (Arc::clone(dirty), Arc::clone(bell));
    let on_notice = move |_notice: notify::Result<notify::Event>| {
        dirty.store(true, Ordering::Release);
        bell.ring();
    };
    let mut watcher = match notify::recommended_watcher(on_notice) {
        Ok(watcher) => watcher,
        Err(error) => {
            tracing::warn!(
                "the system tells nothing about folders, they are looked through instead: {error}"
            );
            return (None, false);
        }
    };
    let mut all = true;
    for folder in folders {
        if is_network(folder) {
            all = false;
        } else if let Err(error) = watcher.watch(folder, notify::RecursiveMode::Recursive) {
            tracing::warn!(
                "{} is looked through from time to time instead: {error}",
                folder.display()
            );
            all = false;
        }
    }
    (Some(watcher), all)
}

struct Folders {
    folders: Vec<PathBuf>,
    settle: Duration,
    /// Files that were seen, how they looked, and since when they look so.
    pending: BTreeMap<PathBuf, ((u64, i64), Instant)>,
    /// Files that were handed over as they look now; a refused one is not tried again until it changes.
    tried: BTreeMap<PathBuf, (u64, i64)>,
}

impl Folders {
    /// Looks the folders through for files that were not taken in yet.
    fn sweep(&mut self, workstation: &Arc<Workstation>) {
        let own = [workstation.home().to_owned(), workstation.lake_dir().to_owned()];
        for path in files_in(&self.folders, &own) {
            let Ok(looks) = fingerprint(&path) else { continue };
            if self.tried.get(&path) == Some(&looks) {
                continue;
            }
            match workstation.finished_before(&path) {
                Ok(Some(_)) => {
                    self.tried.insert(path, looks);
                }
                Ok(None) => {
                    self.pending.entry(path).or_insert((looks, Instant::now()));
                }
                Err(fault) => tracing::warn!("watched folders: {fault}"),
            }
        }
    }

    /// Hands over what has settled.
    fn take_in(&mut self, workstation: &Arc<Workstation>, now: Instant) {
        let mut settled = Vec::new();
        self.pending.retain(|path, (looks, since)| {
            let Ok(looks_now) = fingerprint(path) else {
                return false;
            };
            if looks_now != *looks {
                (*looks, *since) = (looks_now, now);
            }
            if looks.0 == 0 || now.saturating_duration_since(*since) < self.settle {
                return true;
            }
            self.tried.insert(path.clone(), *looks);
            settled.push(path.clone());
            false
        });
        if settled.is_empty() {
            return;
        }
        if let Err(fault) = workstation.ingest(&settled) {
            tracing::warn!("watched folders: {fault}");
            for path in settled {
                self.tried.remove(&path);
            }
        }
    }
}

/// Whether files there lie on another machine (or behind a process), where the system's notices do not cover what others
/// write.
pub(crate) fn is_network(folder: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        // NFS, SMB, CIFS, SMB2, FUSE, 9P, AFS, Ceph.
        const MAGICS: [u32; 8] = [
            0x6969,
            0x517b,
            0xff53_4d42,
            0xfe53_4d42,
            0x6573_5546,
            0x0102_1997,
            0x5346_414f,
            0x00c3_6400,
        ];
        rustix::fs::statfs(folder).is_ok_and(|stat| MAGICS.contains(&(stat.f_type as u32)))
    }
    #[cfg(not(target_os = "linux"))]
    {
        // Elsewhere the notices cover network volumes that this machine itself mounted.
        let _ = folder;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OpenOptions;

    #[test]
    fn a_file_is_handed_over_once_after_it_settled_and_again_only_when_it_changed() {
        let dir = tempfile::tempdir().unwrap();
        let watched = dir.path().join("card");
        std::fs::create_dir(&watched).unwrap();
        let watched = std::fs::canonicalize(watched).unwrap();
        let workstation = Workstation::open(OpenOptions::new(dir.path().join("home"))).unwrap();
        let settle = Duration::from_secs(5);
        let mut folders = Folders {
            folders: vec![watched.clone()],
            settle,
            pending: BTreeMap::new(),
            tried: BTreeMap::new(),
        };
        let clip = watched.join("clip.mov");
        std::fs::write(&clip, b"first").unwrap();
        std::fs::write(watched.join("empty.mov"), b"").unwrap();
        folders.sweep(&workstation);
        let seen = Instant::now();
        folders.take_in(&workstation, seen);
        assert!(workstation.jobs().unwrap().is_empty(), "it has not settled");
        std::fs::write(&clip, b"it grows").unwrap();
        folders.take_in(&workstation, seen + settle);
        assert!(workstation.jobs().unwrap().is_empty(), "it grew");
        folders.take_in(&workstation, seen + settle * 3);
        let jobs = workstation.jobs().unwrap();
        assert_eq!(jobs.len(), 1, "the empty file waits");
        assert_eq!(jobs[0].title, "clip");
        workstation.cancel_job(&jobs[0].id).unwrap();
        folders.sweep(&workstation);
        folders.take_in(&workstation, seen + settle * 9);
        assert_eq!(
            workstation.jobs().unwrap().len(),
            1,
            "a file that was tried is left alone"
        );
        std::fs::write(&clip, b"another take").unwrap();
        folders.sweep(&workstation);
        folders.take_in(&workstation, seen + settle * 19);
        assert_eq!(workstation.jobs().unwrap().len(), 2);
    }
}
