use fault::{Code, Fault};
use serde::{Deserialize, Serialize};

/// How far a job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// Waiting.
    Queued,
    /// At work.
    Running,
    /// Finished.
    Done,
    /// Gave up; `fault` says why.
    Failed,
    /// Stopped by a person.
    Cancelled,
}

/// A piece of long work that survives a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Opaque.
    pub id: String,
    /// `ingest`, `look`, `demo`.
    pub kind: String,
    /// What it is about, for a person.
    pub title: String,
    /// The asset, as soon as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<String>,
    /// How far it has come.
    pub state: JobState,
    /// 0 to 1, none while unknown.
    pub progress: Option<f64>,
    /// Speed in words, for example `3.1× real time`; empty when unknown.
    pub rate: String,
    /// Time left, none while unknown.
    pub left_secs: Option<f64>,
    /// What it is doing or what came of it.
    pub message: String,
    /// Why it failed.
    pub fault: Option<Fault>,
    /// When it began (or was queued), milliseconds since 1970.
    pub started_millis: u64,
    /// When it ended.
    pub ended_millis: Option<u64>,
}

/// A file that was not taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Its path, with bytes that are not text shown as `\xNN`.
    pub path: String,
    /// What kind of thing is wrong with it; kebab-case.
    pub code: Code,
    /// What is wrong, one sentence.
    pub message: String,
    /// What to do, may be empty.
    pub hint: String,
}
