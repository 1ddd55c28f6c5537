use ledger::AssetId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Catalog, CatalogError};

/// One job. Never used again, also after the job is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub i64);

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// Waits for a worker.
    Queued,
    /// A worker holds its lease.
    Running,
    /// Finished well.
    Done,
    /// Stopped with a fault.
    Failed,
    /// Stopped by a person.
    Cancelled,
}

/// A worker: one process of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Process id.
    pub pid: u32,
    /// Something that tells it from an earlier process of the same id (its start time, the boot id).
    pub token: String,
}

/// What to put in the queue.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// `ingest`, `look`, `export`, …
    pub kind: String,
    /// Shown to people.
    pub title: String,
    /// What it is about, when known.
    pub asset: Option<AssetId>,
    /// Larger goes first; of equals the older.
    pub priority: i32,
    /// What its worker needs to know.
    pub request: Value,
    /// When set and a job of the same kind and key is queued or running, that one is answered instead of a new one.
    pub key: Option<String>,
}

/// How far a job is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// 0 to 1000, when it can be said.
    pub permille: Option<u16>,
    /// What it does now.
    pub message: String,
    /// How fast, in words with unit.
    pub rate: String,
    /// Seconds left, when it can be said.
    pub left_secs: Option<u64>,
}

/// One job as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What was asked.
    pub new: NewJob,
    /// Where it is.
    pub state: JobState,
    /// How far it is.
    pub progress: Progress,
    /// Why it failed, as the process that ran it wrote it.
    pub fault: Option<Value>,
    /// Whether a person has asked for it to stop.
    pub cancel_requested: bool,
    /// Who runs it.
    pub owner: Option<Owner>,
    /// The last sign of life of its worker, milliseconds since 1970.
    pub beat_millis: u64,
    /// How often it was taken up.
    pub attempts: u32,
    /// When it was put in the queue, milliseconds since 1970.
    pub queued_millis: u64,
    /// When it was last taken up.
    pub started_millis: Option<u64>,
    /// When it ended.
    pub ended_millis: Option<u64>,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Well; with a closing word.
    Done(String),
    /// With a fault, as JSON.
    Failed(Value),
    /// A person stopped it.
    Cancelled,
}

/// What a worker learns when it gives a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// Go on.
    Go,
    /// A person wants it to stop: finish with [`Outcome::Cancelled`].
    Cancel,
    /// The job is no longer this worker's: stop and leave no trace.
    Lost,
}

impl Catalog {
    /// Puts a job in the queue.
    pub fn enqueue(&self, job: &NewJob, now_millis: u64) -> Result<JobId, CatalogError> {
        todo!("{job:?} {now_millis}")
    }

    /// Takes up the next queued job of these kinds (all kinds when empty).
    pub fn claim(&self, kinds: &[&str], owner: &Owner, now_millis: u64) -> Result<Option<Job>, CatalogError> {
        todo!("{kinds:?} {owner:?} {now_millis}")
    }

    /// A sign of life, with progress.
    pub fn heartbeat(
        &self,
        id: JobId,
        owner: &Owner,
        progress: &Progress,
        now_millis: u64,
    ) -> Result<Beat, CatalogError> {
        todo!("{id:?} {owner:?} {progress:?} {now_millis}")
    }

    /// Ends a job that `owner` holds.
    pub fn finish(&self, id: JobId, owner: &Owner, outcome: &Outcome, now_millis: u64) -> Result<(), CatalogError> {
        todo!("{id:?} {owner:?} {outcome:?} {now_millis}")
    }

    /// Asks a job to stop: a queued one is cancelled at once, a running one learns it at its next sign of life.
    pub fn request_cancel(&self, id: JobId, now_millis: u64) -> Result<JobState, CatalogError> {
        todo!("{id:?} {now_millis}")
    }

    /// Whether somebody has asked for this job to stop.
    pub fn cancel_requested(&self, id: JobId) -> Result<bool, CatalogError> {
        todo!("{id:?}")
    }

    /// Puts a failed or cancelled job back in the queue.
    pub fn retry(&self, id: JobId, now_millis: u64) -> Result<(), CatalogError> {
        todo!("{id:?} {now_millis}")
    }

    /// One job.
    pub fn job(&self, id: JobId) -> Result<Option<Job>, CatalogError> {
        todo!("{id:?}")
    }

    /// The latest jobs: running and queued first, then by end, the latest first.
    pub fn jobs(&self, limit: u32) -> Result<Vec<Job>, CatalogError> {
        todo!("{limit}")
    }

    /// Puts jobs back in the queue whose worker is dead: `is_alive` says no, or it gave no sign of life for
    /// `lease_millis`. One that was taken up `max_attempts` times already fails with `fault` instead, so that a file that
    /// kills its worker does not kill all that follow. Answers the jobs that changed.
    pub fn release_dead(
        &self,
        is_alive: impl Fn(&Owner) -> bool,
        lease_millis: u64,
        max_attempts: u32,
        fault: &Value,
        now_millis: u64,
    ) -> Result<Vec<JobId>, CatalogError> {
        let _ = (is_alive(&Owner { pid: 0, token: String::new() }), lease_millis, max_attempts, fault, now_millis);
        todo!()
    }

    /// Forgets ended jobs beyond the latest `keep`.
    pub fn prune_jobs(&self, keep: u32) -> Result<u64, CatalogError> {
        todo!("{keep}")
    }
}
