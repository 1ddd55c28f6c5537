//! Long work: taking jobs up, saying how far they are, stopping them.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use catalog::{Beat, JobId, Outcome, Progress};
use fault::{Code, Fault};
use serde_json::Value;

use crate::changes::Subject;
use crate::faults::{self, OrFault as _};
use crate::home::now_millis;
use crate::views::{Job, JobState};
use crate::workstation::Workstation;

/// Where the system cannot tell a process from a later one of its number, a worker that gave no sign of life for so long is
/// taken for dead.
const LEASE_MILLIS: u64 = 60_000;
/// A job that ended its process so often is not taken up again.
const MAX_ATTEMPTS: u32 = 3;
/// Ended jobs that are kept for the record.
const KEEP_JOBS: u32 = 500;
/// Signs of life in the database; notices inside the process come more often.
const BEAT_EVERY: Duration = Duration::from_millis(250);
const TELL_EVERY: Duration = Duration::from_millis(100);

/// How a job's work ended, when it did not fail.
pub(crate) enum Ending {
    /// With a closing word.
    Done(String),
    /// With a closing word, and work that follows from it: it is queued in the transaction that ends this job.
    DoneThen(String, Vec<catalog::NewJob>),
    /// The process is closing: the job stays as it is, to be taken up again.
    LeftOff,
}

impl Workstation {
    /// All jobs that are queued or running, then the ended ones, latest first.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn jobs(&self) -> Result<Vec<Job>, Fault> {
        Ok(self
            .catalog
            .jobs(KEEP_JOBS)
            .or_fault()?
            .into_iter()
            .map(view)
            .collect())
    }

    /// One job.
    ///
    /// # Errors
    /// An id that names none, and trouble with the store.
    pub fn job(&self, id: &str) -> Result<Job, Fault> {
        let found = self.catalog.job(parse_id(id)?).or_fault()?;
        found.map(view).ok_or_else(|| no_such_job(id))
    }

    /// Stops a job: at once in this process, within a second in another.
    ///
    /// # Errors
    /// An id that names none, and trouble with the store.
    pub fn cancel_job(&self, id: &str) -> Result<Job, Fault> {
        let job = parse_id(id)?;
        self.catalog.request_cancel(job, now_millis()).or_fault()?;
        let stands = self.catalog.job(job).or_fault()?;
        // Elsewhere or queued, the queue itself says it; a note of it here would stop the job when it comes back.
        if stands.is_some_and(|job| job.owner.as_ref() == Some(&self.owner)) {
            self.cancels
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(job.0);
        }
        self.hub.tell([Subject::Jobs]);
        self.bell.ring();
        self.job(id)
    }

    /// Puts a failed or cancelled job back in the queue.
    ///
    /// # Errors
    /// When it is still queued or running or was done, an id that names none, and trouble with the store.
    pub fn retry_job(&self, id: &str) -> Result<Job, Fault> {
        let job = parse_id(id)?;
        self.cancels
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&job.0);
        self.catalog.retry(job, now_millis()).or_fault()?;
        self.hub.tell([Subject::Jobs, Subject::Assets]);
        self.bell.ring();
        self.job(id)
    }

    /// Takes a failed or cancelled job out of the list, and with it the row its file has in the library. The file stays where
    /// it is, and can be taken in again.
    ///
    /// # Errors
    /// When it is still queued or running or was done, an id that names none, and trouble with the store.
    pub fn forget_job(&self, id: &str) -> Result<(), Fault> {
        self.catalog.forget(parse_id(id)?).or_fault()?;
        self.hub.tell([Subject::Jobs, Subject::Assets]);
        Ok(())
    }

    /// Waits until these jobs have ended or `patience` is over, calling `on` with each job whenever it went on. `Break` stops
    /// waiting, not the jobs. Answers them as they are then, in the order given.
    ///
    /// # Errors
    /// An id that names none, and trouble with the store.
    pub fn wait(
        &self,
        ids: &[String],
        patience: Duration,
        on: &mut dyn FnMut(&Job) -> ControlFlow<()>,
    ) -> Result<Vec<Job>, Fault> {
        let until = Instant::now() + patience;
        let changes = self.subscribe();
        let mut last: Vec<Option<Job>> = vec![None; ids.len()];
        loop {
            let mut open = false;
            let mut stop = false;
            for (id, before) in ids.iter().zip(&mut last) {
                if before.as_ref().is_some_and(has_ended) {
                    continue;
                }
                let job = self.job(id)?;
                open |= !has_ended(&job);
                stop |= before.as_ref() != Some(&job) && on(&job).is_break();
                *before = Some(job);
            }
            let left = until.saturating_duration_since(Instant::now());
            // The notice only shortens the wait: the store is what counts.
            if !open || stop || left.is_zero() || changes.next(left.min(Duration::from_millis(200))).is_none()
            {
                return Ok(last.into_iter().flatten().collect());
            }
        }
    }

    /// Removes what workers left behind that died, and puts their jobs back in the queue.
    pub(crate) fn clear_the_dead(&self) -> Result<(), Fault> {
        let fault = Fault::new(Code::Internal, "Working on this has ended the program several times.")
            .hint("It is not tried again by itself. `circletake doctor --bundle FILE` collects what a report needs.");
        let fault = serde_json::to_value(&fault).map_err(|error| faults::from_json(&error, "A fault"))?;
        let alive = |owner: &catalog::Owner| crate::owner::is_alive(owner);
        self.catalog
            .release_dead(alive, LEASE_MILLIS, MAX_ATTEMPTS, &fault, now_millis())
            .or_fault()?;
        self.catalog.prune_jobs(KEEP_JOBS).or_fault()?;
        crate::staging::sweep(&self.home.staging(), |job| {
            let job = self.catalog.job(JobId(job)).or_fault()?;
            Ok(job.is_some_and(|job| job.state == catalog::JobState::Running))
        })
    }

    /// Takes up jobs of these kinds until there are none.
    pub(crate) fn work_off(self: &Arc<Self>, kinds: &[&str]) {
        if let Err(fault) = self.clear_the_dead() {
            tracing::warn!("jobs of dead workers: {fault}");
        }
        while !self.stopping.load(Ordering::Acquire) {
            match self.catalog.claim(kinds, &self.owner, now_millis()) {
                Ok(Some(job)) => self.work_on(job),
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!("jobs: {}", fault::chain(&error));
                    return;
                }
            }
        }
    }

    /// A job that this process leaves because it closes goes back in the queue, as if it had not been taken up.
    fn put_back(&self, job: &catalog::Job) {
        tracing::info!(job = job.id.0, "left off: {}", job.new.title);
        let put = self
            .catalog
            .finish(job.id, &self.owner, &Outcome::Cancelled, now_millis());
        if let Err(error) = put.and_then(|()| self.catalog.retry(job.id, now_millis())) {
            // It is another worker's already, or will be found dead with this process: either way it is not lost.
            tracing::debug!(job = job.id.0, "{}", fault::chain(&error));
        }
    }

    fn work_on(self: &Arc<Self>, job: catalog::Job) {
        self.hub.tell([Subject::Jobs, Subject::Assets]);
        let id = job.id;
        // Asked for in an earlier life of this job; one asked for since it was taken up stands in the queue too.
        self.cancels
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id.0);
        tracing::info!(job = id.0, kind = job.new.kind, "started: {}", job.new.title);
        let mut report = Reporter::new(self, job.clone());
        let ended = guarded(|| match job.new.kind.as_str() {
            "ingest" => self.run_ingest(&job, &mut report),
            "look" => self.run_look(&job, &mut report),
            "demo" => self.run_demo(&mut report),
            other => Err(Fault::new(
                Code::Unsupported,
                format!("This version does not know jobs of kind {other}."),
            )),
        });
        let mut next = Vec::new();
        let outcome = match ended {
            Ok(Ending::Done(words)) => Outcome::Done(words),
            Ok(Ending::DoneThen(words, follows)) => {
                next = follows;
                Outcome::Done(words)
            }
            Ok(Ending::LeftOff) => {
                self.put_back(&job);
                return;
            }
            Err(fault) if fault.code == Code::Cancelled => Outcome::Cancelled,
            Err(fault) => {
                tracing::warn!(
                    job = id.0,
                    code = fault.code.as_str(),
                    "{} {}",
                    fault.message,
                    fault.detail
                );
                Outcome::Failed(serde_json::to_value(&fault).unwrap_or(Value::Null))
            }
        };
        let finished = self
            .catalog
            .finish_with(id, &self.owner, &outcome, &next, now_millis());
        if let Err(error) = finished {
            tracing::warn!(job = id.0, "{}", fault::chain(&error));
        }
        self.cancels
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id.0);
        let mut stale = vec![Subject::Jobs, Subject::Assets];
        if let Ok(Some(job)) = self.catalog.job(id) {
            stale.extend(job.new.asset.map(|asset| Subject::Asset(asset.to_string())));
            self.hub.tell_job(&view(job));
        }
        self.hub.tell(stale);
        if !next.is_empty() {
            self.bell.ring();
        }
    }
}

/// Runs a job's work so that a fault of ours in it ends that job and not the thread, which has others to do.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    // What the work shared is behind locks that are taken whether poisoned or not, and in databases.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        tracing::error!("a job ended in a panic: {text}");
        let fault = Fault::new(
            Code::Internal,
            "Working on this met a fault of the program itself.",
        );
        Err(Fault {
            detail: text,
            ..fault.hint("`circletake doctor --bundle FILE` collects what a report needs.")
        })
    })
}

/// Says how far a job is, and learns whether it should stop.
pub(crate) struct Reporter {
    workstation: Arc<Workstation>,
    job: catalog::Job,
    beaten: Option<Instant>,
    told: Option<Instant>,
    /// Why to stop, once that is known.
    stop: Option<Stop>,
}

/// Why a job stops before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A person asked.
    Cancelled,
    /// This process is closing.
    Closing,
    /// Another worker has the job now.
    Lost,
}

impl Reporter {
    fn new(workstation: &Arc<Workstation>, job: catalog::Job) -> Self {
        Self {
            workstation: Arc::clone(workstation),
            job,
            beaten: None,
            told: None,
            stop: None,
        }
    }

    /// The job's number.
    pub fn id(&self) -> i64 {
        self.job.id.0
    }

    /// Takes note of what the job is about, as soon as that is known.
    pub fn about(&mut self, asset: ledger::AssetId) -> Result<(), Fault> {
        self.job.new.asset = Some(asset);
        let workstation = &self.workstation;
        workstation
            .catalog
            .name_asset(self.job.id, &workstation.owner, asset)
            .or_fault()?;
        workstation.hub.tell_job(&view(self.job.clone()));
        Ok(())
    }

    /// Takes note of progress; throttled, so call it as often as there is something to say. `Break` means stop now.
    pub fn say(&mut self, progress: Progress) -> ControlFlow<()> {
        self.job.progress = progress;
        if self.stop.is_none() {
            self.stop = self.reason_to_stop();
        }
        let due = |last: Option<Instant>, every| last.is_none_or(|last| last.elapsed() >= every);
        if self.stop.is_none() && due(self.beaten, BEAT_EVERY) {
            self.beaten = Some(Instant::now());
            self.stop = self.beat();
        }
        if due(self.told, TELL_EVERY) {
            self.told = Some(Instant::now());
            self.workstation.hub.tell_job(&view(self.job.clone()));
        }
        if self.stop.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// A sign of life from work that has nothing to count; its message stays until there is. `Break` means stop now.
    pub fn still(&mut self, doing: &str) -> ControlFlow<()> {
        let progress = Progress {
            message: doing.to_owned(),
            rate: String::new(),
            left_secs: None,
            ..self.job.progress.clone()
        };
        self.say(progress)
    }

    /// What to do with work that was broken off: nothing when the job goes on elsewhere, a cancelled fault when a person
    /// asked.
    pub fn broken_off(&self) -> Result<Ending, Fault> {
        match self.stop {
            Some(Stop::Closing | Stop::Lost) => Ok(Ending::LeftOff),
            _ => Err(Fault::new(Code::Cancelled, "Stopped.")
                .hint("Nothing half-written was kept; try again at any time.")),
        }
    }

    fn reason_to_stop(&self) -> Option<Stop> {
        if self.workstation.stopping.load(Ordering::Acquire) {
            return Some(Stop::Closing);
        }
        let cancels = self
            .workstation
            .cancels
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        cancels.contains(&self.job.id.0).then_some(Stop::Cancelled)
    }

    fn beat(&self) -> Option<Stop> {
        let workstation = &self.workstation;
        let beat =
            workstation
                .catalog
                .heartbeat(self.job.id, &workstation.owner, &self.job.progress, now_millis());
        match beat {
            Ok(Beat::Go) => None,
            Ok(Beat::Cancel) => Some(Stop::Cancelled),
            Ok(Beat::Lost) => Some(Stop::Lost),
            Err(error) => {
                // A busy database is no reason to throw the work away; the next sign of life tries again.
                tracing::debug!("sign of life: {}", fault::chain(&error));
                None
            }
        }
    }
}

/// Whether nothing more will happen to it by itself.
pub(crate) fn has_ended(job: &Job) -> bool {
    matches!(job.state, JobState::Done | JobState::Failed | JobState::Cancelled)
}

pub(crate) fn parse_id(id: &str) -> Result<JobId, Fault> {
    id.parse()
        .map(JobId)
        .map_err(|_number: std::num::ParseIntError| no_such_job(id))
}

fn no_such_job(id: &str) -> Fault {
    Fault::new(Code::NotFound, format!("There is no job {id}."))
}

/// A job as it is shown.
pub(crate) fn view(job: catalog::Job) -> Job {
    let state = match job.state {
        catalog::JobState::Queued => JobState::Queued,
        catalog::JobState::Running => JobState::Running,
        catalog::JobState::Done => JobState::Done,
        catalog::JobState::Failed => JobState::Failed,
        catalog::JobState::Cancelled => JobState::Cancelled,
    };
    Job {
        id: job.id.0.to_string(),
        kind: job.new.kind,
        title: job.new.title,
        asset: job.new.asset.map(|asset| asset.to_string()),
        state,
        progress: job.progress.permille.map(|permille| f64::from(permille) / 1000.0),
        rate: job.progress.rate,
        left_secs: job.progress.left_secs.map(|secs| secs as f64),
        message: job.progress.message,
        fault: job.fault.and_then(|fault| serde_json::from_value(fault).ok()),
        started_millis: job.started_millis.unwrap_or(job.queued_millis),
        ended_millis: job.ended_millis,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_in_the_work_is_a_fault_of_that_job() {
        let fault = guarded(|| -> Result<Ending, Fault> { panic!("index {} out of bounds", 7) })
            .err()
            .unwrap();
        assert_eq!(fault.code, Code::Internal);
        assert!(fault.detail.contains("index 7 out of bounds"), "{fault:?}");
        assert!(matches!(guarded(|| Ok(Ending::LeftOff)), Ok(Ending::LeftOff)));
    }
}
