use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::{RoleWord, TallyCounts};

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
#[ts(rename = "ProposalState")]
pub enum StateWord {
    /// Undecided.
    Open,
    /// Accepted.
    Circled,
    /// Not wanted.
    Rejected,
    /// Two verdicts that did not see each other.
    Conflict,
}

/// How proposals are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Most valuable first.
    #[default]
    Worth,
    /// In the order of the asset.
    Time,
}

/// Which proposals.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ProposalsRequest {
    /// Of one asset only.
    #[serde(default)]
    pub asset: Option<String>,
    /// Of one kind only.
    #[serde(default)]
    pub kind: Option<String>,
    /// In one state only.
    #[serde(default)]
    pub state: Option<StateWord>,
    /// `worth` unless said otherwise.
    #[serde(default)]
    pub order: Option<Order>,
    /// Only what changed since: the `version` of an earlier answer to the same request.
    #[serde(default)]
    pub since: Option<String>,
}

/// `proposals`: the rows asked for, and how many stand where over all that the asset and kind name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Proposals {
    /// The rows.
    pub proposals: Vec<ProposalRow>,
    /// The count, whatever state was asked for.
    pub tally: TallyCounts,
    /// What to give as `since` next time.
    pub version: String,
    /// Whether these are all rows; otherwise they are those that changed, to be put in place of the ones of their ids.
    pub whole: bool,
    /// Proposals that changed and are not in the state asked for any more.
    pub gone: Vec<String>,
}

/// One proposal in a list, with everything a verdict needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ProposalRow {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The asset it is about.
    pub asset: String,
    /// `highlights`, `shots`, `faces`, `text`, `cues`, `qc`, `posters`, or a kind of a later version.
    pub kind: String,
    /// First frame, with the person's edit applied.
    pub start_frame: u64,
    /// First frame after it.
    pub end_frame: u64,
    /// For showing and drawing.
    pub start_secs: f64,
    /// For showing and drawing.
    pub end_secs: f64,
    /// Source timecode, empty where there is no rate.
    pub start_timecode: String,
    /// Source timecode just after it, empty where there is no rate.
    pub end_timecode: String,
    /// Where it stands.
    pub state: StateWord,
    /// 0 to 1, when the engine gives one.
    pub confidence: Option<f64>,
    /// Engine name.
    pub engine: String,
    /// Model or method.
    pub model: String,
    /// Version of both.
    pub version: String,
    /// The run that made it.
    pub run: String,
    /// `ShotPayload`, `QcPayload`, … by kind.
    #[ts(type = "Record<string, unknown>")]
    pub payload: Value,
    /// What the person changed: fields of the payload, `start_frame`, `end_frame`.
    #[ts(type = "Record<string, unknown> | null")]
    pub edit: Option<Value>,
    /// One line to show.
    pub title: String,
    /// A second, quieter line.
    pub detail: String,
    /// What deciding it is worth: the order of the list, larger first.
    pub worth: f64,
    /// Who decided; null while open or in conflict.
    pub decided: Option<DecidedBy>,
}

/// Who decided and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DecidedBy {
    /// The name shown.
    pub person: String,
    /// The role claimed.
    pub role: RoleWord,
    /// Milliseconds since 1970.
    pub millis: u64,
    /// A word from the person, may be empty.
    pub note: String,
}

/// Names one proposal.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ProvenanceRequest {
    /// Its id.
    pub proposal: String,
}

/// `provenance`: why a proposal is there and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Provenance {
    /// Engine name.
    pub engine: String,
    /// Model or method.
    pub model: String,
    /// Version of both.
    pub version: String,
    /// Parameters as given.
    #[ts(type = "unknown")]
    pub parameters: Value,
    /// BLAKE3 of what the engine read, hexadecimal.
    pub input: String,
    /// Milliseconds since 1970.
    pub started_millis: u64,
    /// CPU time of the run; 0 when not measured.
    pub cpu_millis: u64,
    /// Millionths of a US dollar; 0 on this machine.
    pub cost_micros: u64,
    /// The run.
    pub run: String,
    /// Every decision about it, oldest first.
    pub history: Vec<HistoryEntry>,
}

/// What was said about a proposal, as the ledger has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum VerdictGiven {
    /// Accepted.
    Circled,
    /// Not wanted.
    Rejected,
    /// Back to undecided.
    Retracted,
}

/// One decision about a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HistoryEntry {
    /// The ledger entry.
    pub entry: String,
    /// Who.
    pub person: String,
    /// As what.
    pub role: RoleWord,
    /// Milliseconds since 1970.
    pub millis: u64,
    /// What they said.
    pub verdict: VerdictGiven,
    /// A word from them, may be empty.
    pub note: String,
    /// Whether it holds now.
    pub standing: bool,
    /// Whether it was taken back.
    pub undone: bool,
}
