use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::FaultWords;

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum JobKind {
    /// Reads a file into the lake.
    Ingest,
    /// Looks a second time at kept frames or sound.
    Look,
    /// Makes the demo film.
    Demo,
    /// Anything of a later version.
    Other,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// Waits.
    Queued,
    /// Works.
    Running,
    /// Ended well.
    Done,
    /// Ended with a fault.
    Failed,
    /// Stopped by a person.
    Cancelled,
}

/// One piece of long work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// What it does.
    pub kind: JobKind,
    /// In words, with the name of what it works on.
    pub title: String,
    /// The asset, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<String>,
    /// How far.
    pub state: JobState,
    /// 0 to 1; null when it cannot be known.
    #[ts(optional = false)]
    pub progress: Option<f64>,
    /// For example `3.2× real time`; empty when not known.
    pub rate: String,
    /// Estimated seconds left; null when it cannot be known.
    #[ts(optional = false)]
    pub left_secs: Option<f64>,
    /// What it is doing now, may be empty.
    pub message: String,
    /// Why it failed.
    #[ts(optional = false)]
    pub fault: Option<FaultWords>,
    /// When it began, or was queued while it waits; milliseconds since 1970.
    pub started_millis: u64,
    /// Milliseconds since 1970; null until it ends.
    #[ts(optional = false)]
    pub ended_millis: Option<u64>,
}

/// `jobs`: running ones first, then the newest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Jobs {
    /// All that are kept.
    pub jobs: Vec<Job>,
}

/// Names one job.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct JobRequest {
    /// Its id.
    pub id: String,
}

/// `analyze`: asks engines to look again.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct Analyze {
    /// At what.
    pub asset: String,
    /// For what; everything that is available unless said otherwise.
    #[serde(default)]
    pub kinds: Option<Vec<String>>,
}

/// A file that was not taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Refusal {
    /// Its name, as text to show.
    pub name: String,
    /// Why not, and what to do.
    pub fault: FaultWords,
}

/// Jobs that were queued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Started {
    /// Their ids.
    pub jobs: Vec<String>,
}
