//! The background threads of a workstation: named, owned, and stopped before it goes.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use catalog::Revisions;
use fault::{Code, Fault};
use lake::faults::Chance;

use crate::changes::Subject;
use crate::faults;
use crate::watch::Watching;
use crate::workstation::Workstation;

/// How often somebody else's writes are looked for while anybody listens.
const WATCH_MILLIS: u64 = 200;
/// How often jobs of other processes are looked for, and entries are sent to the lake.
const IDLE_MILLIS: u64 = 500;
/// How often entries are sent.
const PUBLISH_PAUSE: Duration = Duration::from_secs(1);
/// How often the lake is asked for what others wrote: one listing of a few small objects.
const FOLLOW_PAUSE: Duration = Duration::from_secs(3);

/// How often it is looked whether a snapshot is to be compared or made, and by how much that varies, so that a team's workstations do
/// not all look at once.
const SNAPSHOT_PAUSE: Duration = Duration::from_secs(600);

/// How often the lake is asked for what lies behind the heads: one listing of the ledger.
const BEYOND_PAUSE: Duration = Duration::from_secs(3600);

/// Wakes threads that wait for something to do.
#[derive(Default)]
pub(crate) struct Bell {
    rung: Mutex<u64>,
    heard: Condvar,
}

impl Bell {
    /// Wakes all.
    pub fn ring(&self) {
        let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        *rung = rung.wrapping_add(1);
        self.heard.notify_all();
    }

    /// Waits for a ring after the one numbered `seen`, or the timeout. Answers the number of the latest ring.
    pub fn wait(&self, seen: u64, timeout: Duration) -> u64 {
        let until = Instant::now() + timeout;
        let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if *rung != seen || left.is_zero() {
                return *rung;
            }
            rung = self
                .heard
                .wait_timeout(rung, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

/// What runs in the background.
#[derive(Default)]
pub(crate) struct Threads {
    running: Mutex<Vec<JoinHandle<()>>>,
    watching: Mutex<Option<Watching>>,
    has_workers: std::sync::atomic::AtomicBool,
}

impl Threads {
    /// Starts the thread that notices other processes' writes.
    pub fn start_watch(&self, workstation: &Arc<Workstation>) -> Result<(), Fault> {
        let mut seen = Seen::default();
        self.start(
            workstation,
            "change-watch",
            Duration::from_millis(WATCH_MILLIS),
            move |workstation| {
                if workstation.hub.is_heard() {
                    seen.look(workstation);
                }
            },
        )
    }

    /// Starts a thread that calls `turn` again and again: after each ring of the bell and after `pause` at the latest. It
    /// keeps the workstation alive only while it works.
    pub fn start(
        &self,
        workstation: &Arc<Workstation>,
        name: &str,
        pause: Duration,
        mut turn: impl FnMut(&Arc<Workstation>) + Send + 'static,
    ) -> Result<(), Fault> {
        let weak: Weak<Workstation> = Arc::downgrade(workstation);
        let bell = Arc::clone(&workstation.bell);
        let stopping = Arc::clone(&workstation.stopping);
        let body = move || {
            let mut rung = 0;
            while !stopping.load(Ordering::Acquire) {
                let Some(workstation) = weak.upgrade() else { return };
                turn(&workstation);
                drop(workstation);
                rung = bell.wait(rung, pause);
            }
        };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(body);
        let thread = thread.map_err(|error| {
            faults::from_io(&error, Code::Internal, format!("Cannot start the thread {name}."))
        })?;
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(thread);
        Ok(())
    }

    /// Begins or ends watching folders, as the settings now say. It waits for the end of a sweep that is under way, which on
    /// a network mount may hang: only the thread that is there for it calls this.
    fn restart_watching(&self, workstation: &Arc<Workstation>) -> Result<(), Fault> {
        let watch = workstation.settings().watch;
        let before = {
            let mut watching = self.watching.lock().unwrap_or_else(PoisonError::into_inner);
            // What it knows of files that settle and of those that were refused is worth keeping.
            if watching
                .as_ref()
                .is_some_and(|running| *running.settings() == watch)
            {
                return Ok(());
            }
            watching.take()
        };
        drop(before);
        if watch.folders.is_empty() {
            return Ok(());
        }
        let watching = Watching::start(Arc::downgrade(workstation), &watch)?;
        *self.watching.lock().unwrap_or_else(PoisonError::into_inner) = Some(watching);
        Ok(())
    }

    /// Whether the workers were started before; says so from now on.
    pub fn claim_workers(&self) -> bool {
        self.has_workers.swap(true, Ordering::AcqRel)
    }

    /// Whether there are workers in this process.
    pub fn has_workers(&self) -> bool {
        self.has_workers.load(Ordering::Acquire)
    }

    /// Waits for all threads but the one that asks.
    pub fn join(&self) {
        let running = std::mem::take(&mut *self.running.lock().unwrap_or_else(PoisonError::into_inner));
        let me = std::thread::current().id();
        for thread in running.into_iter().filter(|thread| thread.thread().id() != me) {
            let name = thread.thread().name().unwrap_or_default().to_owned();
            if thread.join().is_err() {
                tracing::error!("the thread {name} ended badly");
            }
        }
        // Last: nobody is left who would begin another.
        drop(
            self.watching
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
    }
}

/// What the watching thread saw last.
#[derive(Default)]
struct Seen {
    version: Option<i64>,
    revisions: Revisions,
    settings: Option<(Option<SystemTime>, Option<SystemTime>)>,
}

impl Seen {
    fn look(&mut self, workstation: &Arc<Workstation>) {
        self.look_at_catalog(workstation);
        let changed = |path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
        let settings = (
            changed(workstation.home.settings()),
            changed(workstation.home.keymap()),
        );
        if self
            .settings
            .replace(settings)
            .is_some_and(|before| before != settings)
        {
            match workstation.reload_settings() {
                Ok(true) => {
                    workstation.hub.tell([Subject::Settings]);
                    workstation.bell.ring();
                }
                Ok(false) => {}
                Err(fault) => tracing::warn!("settings: {fault}"),
            }
        }
    }

    fn look_at_catalog(&mut self, workstation: &Workstation) {
        let version = match workstation.catalog.data_version() {
            Ok(version) => version,
            Err(error) => {
                tracing::warn!("catalog: {}", fault::chain(&error));
                return;
            }
        };
        if self.version == Some(version) {
            return;
        }
        let Ok(revisions) = workstation.catalog.revisions() else {
            return;
        };
        let first = self.version.replace(version).is_none();
        let before = std::mem::replace(&mut self.revisions, revisions);
        if first {
            return;
        }
        let mut stale = Vec::new();
        if before.assets != revisions.assets {
            stale.push(Subject::Assets);
        }
        if before.proposals != revisions.proposals {
            stale.extend([Subject::Proposals, Subject::Undo, Subject::Assets]);
        }
        if before.markers != revisions.markers {
            stale.extend([Subject::Markers, Subject::Undo]);
        }
        if before.comments != revisions.comments {
            stale.extend([Subject::Comments, Subject::Undo]);
        }
        if before.jobs != revisions.jobs {
            stale.push(Subject::Jobs);
        }
        workstation.hub.tell(stale);
    }
}

impl Workstation {
    /// Starts taking up jobs, sending entries to the lake and watching folders in this process. A second call does
    /// nothing.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start_workers(self: &Arc<Self>) -> Result<(), Fault> {
        self.start_threads(true)
    }

    /// The same without second looks: they stay queued for another process.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start_ingest_workers(self: &Arc<Self>) -> Result<(), Fault> {
        self.start_threads(false)
    }

    fn start_threads(self: &Arc<Self>, looks: bool) -> Result<(), Fault> {
        if self.threads.claim_workers() {
            return Ok(());
        }
        let pause = Duration::from_millis(IDLE_MILLIS);
        self.threads.start(self, "ingest", pause, |workstation| {
            workstation.work_off(&["demo", "ingest"]);
        })?;
        let mut lowered = false;
        if looks {
            self.threads
                .start(self, "second-looks", pause, move |workstation| {
                    if !std::mem::replace(&mut lowered, true) {
                        lower_priority();
                    }
                    workstation.work_off(&["look"]);
                })?;
        }
        let mut due = Instant::now();
        self.threads
            .start(self, "publish", PUBLISH_PAUSE, move |workstation| {
                // What is written in quick succession becomes one segment: everybody else has to ask for each.
                if Instant::now() < due {
                    return;
                }
                if let Err(fault) = workstation.publish() {
                    tracing::warn!("publishing to the lake: {fault}");
                }
                due = Instant::now() + PUBLISH_PAUSE;
            })?;
        self.start_lake_threads()?;
        self.start_foreign()?;
        self.start_following()?;
        self.start_snapshots()?;
        self.threads
            .start(self, "watched-folders", Duration::from_secs(60), |workstation| {
                if let Err(fault) = workstation.threads.restart_watching(workstation) {
                    tracing::warn!("watched folders: {fault}");
                }
            })
    }

    /// What others write.
    fn start_following(self: &Arc<Self>) -> Result<(), Fault> {
        let (mut due, mut beyond_due) = (Instant::now(), Instant::now());
        self.threads
            .start(self, "follow", FOLLOW_PAUSE, move |workstation| {
                // The bell rings for much that is no reason to ask the lake.
                if Instant::now() < due {
                    return;
                }
                let mut followed = workstation.follow();
                if followed.is_ok() && Instant::now() >= beyond_due {
                    beyond_due = Instant::now() + BEYOND_PAUSE;
                    followed = workstation.follow_beyond_heads();
                }
                if let Err(fault) = followed {
                    tracing::warn!("following the lake: {fault}");
                }
                due = Instant::now() + FOLLOW_PAUSE;
            })
    }

    /// What spares others reading the whole ledger: after all else.
    fn start_snapshots(self: &Arc<Self>) -> Result<(), Fault> {
        let mut chance = Chance::new(u64::from(self.owner.pid) ^ crate::home::now_millis());
        let most = u64::try_from(SNAPSHOT_PAUSE.as_millis()).unwrap_or(u64::MAX);
        let mut pause = move || Duration::from_millis(most / 2 + chance.below(most));
        let mut due = Instant::now() + pause();
        let mut lowered = false;
        self.threads
            .start(self, "snapshots", SNAPSHOT_PAUSE, move |workstation| {
                if !std::mem::replace(&mut lowered, true) {
                    lower_priority();
                }
                if Instant::now() < due || !workstation.lake.may_ask() {
                    return;
                }
                if let Err(fault) = workstation.tend_snapshots() {
                    tracing::info!("snapshots: {fault}");
                }
                due = Instant::now() + pause();
            })
    }

    /// What goes to and from a lake elsewhere.
    fn start_lake_threads(self: &Arc<Self>) -> Result<(), Fault> {
        if !self.lake.is_far() {
            return Ok(());
        }
        self.threads
            .start(self, "send-objects", Duration::from_secs(5), |workstation| {
                if let Err(fault) = workstation.send_objects() {
                    tracing::warn!("sending to the lake: {fault}");
                }
            })?;
        self.take_up_arrivals()?;
        for name in ["arrivals-1", "arrivals-2"] {
            self.threads
                .start(self, name, Duration::from_secs(5), |workstation| {
                    workstation.fetch_wishes(false);
                })?;
        }
        // However long the others' files are, what somebody looks at does not wait for them.
        self.threads
            .start(self, "arrivals-read", Duration::from_secs(5), |workstation| {
                workstation.fetch_wishes(true);
            })?;
        self.threads
            .start(self, "reach", Duration::from_millis(IDLE_MILLIS), |workstation| {
                if workstation.lake.reach_changed() {
                    workstation.hub.tell([Subject::Lake]);
                    workstation.bell.ring();
                }
            })
    }

    /// Stops the background threads and waits for them. Jobs that were under way go on where a workstation is opened next.
    pub fn close(&self) {
        self.stopping.store(true, Ordering::Release);
        self.bell.ring();
        self.hub.close();
        self.threads.join();
    }
}

impl Drop for Workstation {
    fn drop(&mut self) {
        self.close();
    }
}

/// The desk and the ingest go first. The niceness of a thread, not of the process, on Linux; its children inherit it.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(10) {
        tracing::debug!("priority of the second looks: {error}");
    }
}
