use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ts_rs::TS;

use super::{StateWord, UndoState};

/// What a person says about a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
#[ts(rename = "Verdict")]
pub enum VerdictWord {
    /// Accept it.
    Circle,
    /// Not wanted.
    Reject,
    /// Back to undecided.
    Retract,
}

/// Which proposals a bulk verdict would touch.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct PreviewFilter {
    /// Of one asset only.
    #[serde(default)]
    pub asset: Option<String>,
    /// Of these kinds only.
    #[serde(default)]
    pub kinds: Option<Vec<String>>,
    /// In these states only; open ones unless said otherwise.
    #[serde(default)]
    pub states: Option<Vec<StateWord>>,
    /// 0 to 1, inclusive. Proposals without a confidence never match a limit.
    #[serde(default)]
    pub min_confidence: Option<f64>,
    /// 0 to 1, inclusive.
    #[serde(default)]
    pub max_confidence: Option<f64>,
}

/// `preview`: asks before a bulk verdict.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// What it would touch.
    pub filter: PreviewFilter,
}

/// The answer: exactly these, to be given to `decide`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Preview {
    /// Proposal ids, in the order of the asset.
    pub ids: Vec<String>,
    /// How many of each kind.
    #[ts(type = "Record<string, number>")]
    pub by_kind: BTreeMap<String, u64>,
}

/// `decide`: one verdict on one or many proposals. One entry, one undo.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct Decide {
    /// At least one.
    pub ids: Vec<String>,
    /// What is said.
    pub verdict: VerdictWord,
    /// With `circle`: fields that replace those of the payload, `start_frame`, `end_frame`.
    #[serde(default)]
    #[ts(optional, type = "Record<string, unknown>")]
    pub edit: Option<Map<String, Value>>,
    /// With `circle` on several: the edit of each that has one of its own, by id. One entry, one undo all the same.
    #[serde(default)]
    #[ts(optional, type = "Record<string, Record<string, unknown>>")]
    pub edits: Option<BTreeMap<String, Map<String, Value>>>,
    /// A word from the person.
    #[serde(default)]
    pub note: Option<String>,
}

/// One proposal and where it stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Changed {
    /// The proposal.
    pub id: String,
    /// Its state now.
    pub state: StateWord,
}

/// The answer to `decide`, sent only once the decision is on the disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Decided {
    /// What changed.
    pub changed: Vec<Changed>,
    /// What undo and redo would do now.
    pub undo: UndoState,
}

/// The answer to `undo` and `redo`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Undone {
    /// What was taken back or done again, in words.
    pub label: String,
    /// On how much of it somebody had decided since.
    pub overtaken: u64,
    /// Who, and what became of that, in words; empty when nobody had.
    pub words: String,
    /// What changed.
    pub changed: Vec<Changed>,
    /// What undo and redo would do now.
    pub undo: UndoState,
}

/// One act of this workstation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HistoryStep {
    /// In words.
    pub label: String,
    /// Title of the asset it was about, of several one; empty when it is not known here.
    pub film: String,
    /// Milliseconds since 1970.
    pub millis: u64,
    /// Who.
    pub person: String,
}

/// `history`: what undo and redo walk along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Steps {
    /// Acts that hold, oldest first: the last one is what undo takes back.
    pub done: Vec<HistoryStep>,
    /// Acts taken back: the last one is what redo does again.
    pub undone: Vec<HistoryStep>,
}
