//! Watched folders: a file that has settled is taken in once. Local folders are told about by the system; on network
//! mounts, where it tells nothing reliable, they are looked through from time to time. A folder at rest costs nothing:
//! looking is a notice too on some systems, so what only looked is not listened to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use fault::{Code, Fault};
use notify::Watcher as _;
use notify::event::{AccessKind, AccessMode, EventKind};

use crate::faults;
use crate::intake::{files_in, fingerprint};
use crate::settings::WatchSettings;
use crate::threads::Bell;
use crate::workstation::Workstation;

/// How often pending files are looked at, and notices at most.
const TICK: Duration = Duration::from_millis(500);
/// How often a folder is looked through that nobody tells about.
const POLL_EVERY: Duration = Duration::from_secs(10);
/// How often even a local folder is looked through, for notices that were lost.
const SWEEP_EVERY: Duration = Duration::from_secs(120);
/// Places of notices that are remembered one by one; of more, everything is looked through.
const MAX_TOLD: usize = 1000;

/// The watch over all watched folders; dropping it ends it.
pub(crate) struct Watching {
    settings: WatchSettings,
    stop: Arc<AtomicBool>,
    told: Arc<Told>,
    /// Rung once, at the end: ends also the pause that notices do not end.
    end: Arc<Bell>,
    /// How often folders were looked through, whole or in part.
    sweeps: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
    /// Ends the system's notices when it goes.
    _notices: Option<notify::RecommendedWatcher>,
}

/// What the system told.
#[derive(Default)]
struct Told {
    places: Mutex<BTreeSet<PathBuf>>,
    /// Notices were lost or too many to remember.
    all: AtomicBool,
    bell: Bell,
}

impl Told {
    fn hear(&self, notice: notify::Result<notify::Event>) {
        let news = match notice {
            Ok(event) if !may_bring_files(&event.kind) => false,
            Ok(event) if event.need_rescan() => !self.all.swap(true, Ordering::AcqRel),
            Ok(event) => {
                let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
                let before = places.len();
                if before < MAX_TOLD {
                    places.extend(event.paths);
                } else {
                    self.all.store(true, Ordering::Release);
                }
                places.len() > before
            }
            Err(error) => {
                tracing::debug!("watched folders: {error}");
                !self.all.swap(true, Ordering::AcqRel)
            }
        };
        // The thousandth write to a file that is being copied is no news.
        if news {
            self.bell.ring();
        }
    }

    fn take(&self) -> (bool, BTreeSet<PathBuf>) {
        let places = std::mem::take(&mut *self.places.lock().unwrap_or_else(PoisonError::into_inner));
        (self.all.swap(false, Ordering::AcqRel), places)
    }
}

/// Whether there may be a file to take in after this. Looking into a folder opens it, which is a notice of its own.
fn may_bring_files(kind: &EventKind) -> bool {
    match kind {
        EventKind::Access(access) => *access == AccessKind::Close(AccessMode::Write),
        EventKind::Remove(_) => false,
        _ => true,
    }
}

impl Watching {
    /// Begins watching. A folder that is not there yet is looked for again.
    pub fn start(workstation: Weak<Workstation>, settings: &WatchSettings) -> Result<Self, Fault> {
        let stop = Arc::new(AtomicBool::new(false));
        let (told, end, sweeps) = (Arc::<Told>::default(), Arc::<Bell>::default(), Arc::default());
        let (notices, relied_on) = notices(&settings.folders, &told);
        let turns = Turns {
            workstation,
            every: if relied_on { SWEEP_EVERY } else { POLL_EVERY },
            stop: Arc::clone(&stop),
            told: Arc::clone(&told),
            end: Arc::clone(&end),
            sweeps: Arc::clone(&sweeps),
            folders: Folders {
                folders: settings.folders.clone(),
                settle: Duration::from_secs(u64::from(settings.settle_secs)),
                pending: BTreeMap::new(),
                tried: BTreeMap::new(),
            },
        };
        let thread = std::thread::Builder::new()
            .name("watched-folders".into())
            .spawn(move || turns.run())
            .map_err(|error| {
                faults::from_io(&error, Code::Internal, "Cannot start the thread watched-folders.")
            })?;
        Ok(Self {
            settings: settings.clone(),
            stop,
            told,
            end,
            sweeps,
            thread: Some(thread),
            _notices: notices,
        })
    }

    /// What is watched, and how.
    pub fn settings(&self) -> &WatchSettings {
        &self.settings
    }
}

/// The watching thread.
struct Turns {
    workstation: Weak<Workstation>,
    /// How often everything is looked through.
    every: Duration,
    stop: Arc<AtomicBool>,
    told: Arc<Told>,
    end: Arc<Bell>,
    sweeps: Arc<AtomicU64>,
    folders: Folders,
}

impl Turns {
    fn run(mut self) {
        let mut swept: Option<Instant> = None;
        let mut rung = 0;
        while !self.stop.load(Ordering::Acquire) {
            let Some(workstation) = self.workstation.upgrade() else {
                return;
            };
            let (all, places) = self.told.take();
            if swept.is_none() {
                self.folders.recall(&workstation);
            }
            if all || swept.is_none_or(|swept| swept.elapsed() >= self.every) {
                swept = Some(Instant::now());
                self.sweeps.fetch_add(1, Ordering::Relaxed);
                self.folders.sweep(&workstation);
            } else if !places.is_empty() {
                self.sweeps.fetch_add(1, Ordering::Relaxed);
                self.folders.look_at(&workstation, &places);
            }
            self.folders.take_in(&workstation, Instant::now());
            drop(workstation);
            let idle = if self.folders.pending.is_empty() {
                self.every.min(Duration::from_secs(5))
            } else {
                TICK
            };
            rung = self.told.bell.wait(rung, idle);
            // A copy under way is told about thousands of times.
            if !self.stop.load(Ordering::Acquire) {
                self.end.wait(0, TICK);
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.end.ring();
        self.told.bell.ring();
        let Some(thread) = self.thread.take() else { return };
        if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
            tracing::error!("the thread watched-folders ended badly");
        }
        let sweeps = self.sweeps.load(Ordering::Relaxed);
        tracing::debug!(sweeps, "watched folders are left");
    }
}

/// The system's notices for these folders, and whether they can be relied on for all of them.
fn notices(folders: &[PathBuf], told: &Arc<Told>) -> (Option<notify::RecommendedWatcher>, bool) {
    let told = Arc::clone(told);
    let on_notice = move |notice: notify::Result<notify::Event>| told.hear(notice);
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
    /// Takes up what was refused before this watch began, so that a start does not try it all again.
    fn recall(&mut self, workstation: &Workstation) {
        match workstation.refused_before() {
            Ok(refused) => self.tried.extend(refused),
            Err(fault) => tracing::warn!("watched folders: {fault}"),
        }
    }

    /// Looks the folders through for files that were not taken in yet.
    fn sweep(&mut self, workstation: &Arc<Workstation>) {
        let folders = self.folders.clone();
        self.look_at(workstation, &folders);
    }

    /// The same for some places in them only.
    fn look_at<'a>(&mut self, workstation: &Arc<Workstation>, places: impl IntoIterator<Item = &'a PathBuf>) {
        let own = [workstation.home().to_owned(), workstation.lake_dir().to_owned()];
        for path in files_in(places, &own) {
            if self.pending.contains_key(&path) {
                continue;
            }
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

    /// Waits until the workstation has so many jobs; what it waits for is told, not guessed.
    fn wait_for_jobs(workstation: &Workstation, jobs: usize) -> bool {
        let changes = workstation.subscribe();
        let until = Instant::now() + Duration::from_secs(60);
        while workstation.jobs().unwrap().len() < jobs {
            if Instant::now() > until {
                return false;
            }
            changes.next(Duration::from_millis(100));
        }
        true
    }

    #[test]
    fn a_folder_at_rest_is_left_at_rest_and_a_new_file_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let watched = dir.path().join("card");
        std::fs::create_dir_all(watched.join("deep")).unwrap();
        let workstation = Workstation::open(OpenOptions::new(dir.path().join("home"))).unwrap();
        let settings = WatchSettings {
            folders: vec![watched.clone()],
            settle_secs: 1,
        };
        std::fs::write(watched.join("first.mov"), b"first").unwrap();
        let watching = Watching::start(Arc::downgrade(&workstation), &settings).unwrap();
        assert!(wait_for_jobs(&workstation, 1));
        let before = watching.sweeps.load(Ordering::Relaxed);
        // Time at rest is what is measured here.
        std::thread::sleep(Duration::from_millis(1500));
        let after = watching.sweeps.load(Ordering::Relaxed);
        assert!(after <= before + 1, "{before} sweeps, then {after}");
        std::fs::write(watched.join("deep/second.mov"), b"second").unwrap();
        assert!(wait_for_jobs(&workstation, 2));
        drop(watching);
    }

    #[test]
    fn only_what_may_bring_files_is_listened_to() {
        use notify::event::{CreateKind, ModifyKind, RemoveKind};
        for (kind, heard) in [
            (EventKind::Access(AccessKind::Open(AccessMode::Any)), false),
            (EventKind::Access(AccessKind::Read), false),
            (EventKind::Access(AccessKind::Close(AccessMode::Read)), false),
            (EventKind::Access(AccessKind::Close(AccessMode::Write)), true),
            (EventKind::Create(CreateKind::File), true),
            (EventKind::Modify(ModifyKind::Any), true),
            (EventKind::Remove(RemoveKind::File), false),
            (EventKind::Any, true),
        ] {
            assert_eq!(may_bring_files(&kind), heard, "{kind:?}");
        }
    }

    #[test]
    fn a_file_that_changed_while_its_job_ran_is_another_job_and_a_refused_one_stays_refused() {
        let dir = tempfile::tempdir().unwrap();
        let clip = dir.path().join("clip.mov");
        std::fs::write(&clip, b"not a film").unwrap();
        let workstation = Workstation::open(OpenOptions::new(dir.path().join("home"))).unwrap();
        let ingest = || {
            workstation.ingest(std::slice::from_ref(&clip)).unwrap().jobs[0]
                .job
                .clone()
        };
        let first = ingest();
        assert_eq!(ingest(), first, "unchanged, it waits once");
        let running = workstation
            .catalog
            .claim(&["ingest"], &workstation.owner, 1)
            .unwrap()
            .unwrap();
        std::fs::write(&clip, b"not a film either").unwrap();
        assert_ne!(ingest(), first, "what runs reads the earlier bytes");
        assert!(workstation.refused_before().unwrap().is_empty());
        let refusal = Fault::new(Code::NotMedia, "This is no film.");
        let refusal = catalog::Outcome::Failed(serde_json::to_value(&refusal).unwrap());
        workstation
            .catalog
            .finish(running.id, &workstation.owner, &refusal, 2)
            .unwrap();
        let refused = workstation.refused_before().unwrap();
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0].1.0, 10, "as it looked then");
    }

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
