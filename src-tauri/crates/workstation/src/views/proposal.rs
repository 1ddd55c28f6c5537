use serde::{Deserialize, Serialize};

use super::TallyView;

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProposalState {
    /// Undecided.
    Open,
    /// Accepted, perhaps with an edit.
    Circled,
    /// Not wanted.
    Rejected,
    /// Two verdicts that did not see each other.
    Conflict,
}

/// Who decided, and what they said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedBy {
    /// The name they gave.
    pub person: String,
    /// The role they claimed.
    pub role: String,
    /// When, milliseconds since 1970.
    pub millis: u64,
    /// A word from them, mostly empty.
    pub note: String,
}

/// One proposal in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposalRow {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The asset it is about.
    pub asset: String,
    /// `shots`, `qc`, `faces`, …
    pub kind: String,
    /// First frame inside; of a circled proposal with an edit, the edited one.
    pub start_frame: u64,
    /// First frame after.
    pub end_frame: u64,
    /// Start of the first frame, for display.
    pub start_secs: f64,
    /// End of the last frame, for display.
    pub end_secs: f64,
    /// Label of the first frame, empty without a rate.
    pub start_timecode: String,
    /// Label of the first frame after.
    pub end_timecode: String,
    /// Where it stands.
    pub state: ProposalState,
    /// 0 to 1, none when the engine gives none.
    pub confidence: Option<f64>,
    /// Engine name.
    pub engine: String,
    /// Model or method id.
    pub model: String,
    /// Version of both.
    pub version: String,
    /// The run that made it.
    pub run: String,
    /// The kind's own fields, with the edit applied.
    pub payload: serde_json::Value,
    /// The edit of a circled proposal, as given.
    pub edit: Option<serde_json::Value>,
    /// A few words for a list: `Shot 4 · dissolve`.
    pub title: String,
    /// The quiet second line: `R128 short-term · limit −18`.
    pub detail: String,
    /// What a decision is worth, 0 to 1; the default order.
    pub worth: f64,
    /// Who decided, none while open.
    pub decided: Option<DecidedBy>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// What a decision is worth, highest first.
    Worth,
    /// By asset and first frame.
    #[default]
    Time,
}

/// Which proposals to list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProposalQuery {
    /// Of this asset (id or an unambiguous prefix).
    pub asset: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// In this state.
    pub state: Option<ProposalState>,
    /// How to sort; time when not given.
    pub order: Option<Order>,
    /// Only what changed since: the `version` of an earlier answer to the same query.
    pub since: Option<String>,
}

/// A list of proposals, with the tally of what the query matched before its `state`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProposalList {
    /// In the order asked for.
    pub proposals: Vec<ProposalRow>,
    /// Of everything of that asset and kind, in any state.
    pub tally: TallyView,
    /// What to ask `since` with next time.
    pub version: String,
    /// Whether `proposals` are all there are; otherwise they are those that changed.
    pub whole: bool,
    /// Proposals that changed and are not in the state asked for any more.
    pub gone: Vec<String>,
}

/// A choice of proposals for a bulk act.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Of these assets; empty means all.
    pub asset: Option<String>,
    /// Of these kinds; empty means all.
    pub kinds: Vec<String>,
    /// In these states; empty means all.
    pub states: Vec<ProposalState>,
    /// At least this sure, 0 to 1.
    pub min_confidence: Option<f64>,
    /// At most this sure, 0 to 1.
    pub max_confidence: Option<f64>,
}

/// What a bulk act would touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Explicit ids, to be handed to `decide` as they are.
    pub ids: Vec<String>,
    /// How many of each kind.
    pub by_kind: std::collections::BTreeMap<String, u64>,
}

/// The verdicts a person can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecideVerdict {
    /// Accept.
    Circle,
    /// Do not want.
    Reject,
    /// Back to undecided.
    Retract,
}

/// A person's verdict on explicit proposals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decide {
    /// Ids or unambiguous prefixes.
    pub ids: Vec<String>,
    /// The verdict.
    pub verdict: DecideVerdict,
    /// With `circle` on one proposal: fields that replace those of its payload, plus `start_frame` and `end_frame`.
    #[serde(default)]
    pub edit: Option<serde_json::Value>,
    /// With `circle` on several: the edit of each that has one of its own, by the id given in `ids`.
    #[serde(default)]
    pub edits: std::collections::BTreeMap<String, serde_json::Value>,
    /// A word from the person.
    #[serde(default)]
    pub note: Option<String>,
}

/// A proposal whose standing changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// The proposal.
    pub id: String,
    /// Where it stands now.
    pub state: ProposalState,
}

/// What undo and redo would do next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoState {
    /// Whether there is an act to take back.
    pub can_undo: bool,
    /// Whether there is an act to do again.
    pub can_redo: bool,
    /// `Circle 3 shots`, empty when there is none.
    pub undo_label: String,
    /// The same for redo.
    pub redo_label: String,
    /// On how much of what undo would take back somebody has decided since.
    pub undo_overtaken: u64,
    /// Who, and what undo then does, in words; empty when nobody has.
    pub undo_words: String,
    /// On how much of what redo would do again somebody has decided since.
    pub redo_overtaken: u64,
    /// Who, and what redo then does, in words; empty when nobody has.
    pub redo_words: String,
}

/// The outcome of `decide`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// Every proposal named, as it stands now.
    pub changed: Vec<Changed>,
    /// What undo would do now.
    pub undo: UndoState,
}

/// The outcome of `undo` and `redo`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// The act taken back or done again.
    pub label: String,
    /// On how much of it somebody had decided since.
    pub overtaken: u64,
    /// Who, and what became of that, in words; empty when nobody had.
    pub words: String,
    /// Every proposal it touched, as it stands now.
    pub changed: Vec<Changed>,
    /// What undo would do now.
    pub undo: UndoState,
}

/// One act in the undo history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryStep {
    /// `Circle 3 shots`.
    pub label: String,
    /// Title of the asset it was about, of several one; empty when it is not known here.
    pub film: String,
    /// When, milliseconds since 1970.
    pub millis: u64,
    /// Who.
    pub person: String,
}

/// The undo history of this workstation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryView {
    /// Oldest first; the last is what undo takes back.
    pub done: Vec<HistoryStep>,
    /// The last is what redo does again.
    pub undone: Vec<HistoryStep>,
}

/// One entry about a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Ledger entry id.
    pub entry: String,
    /// Who.
    pub person: String,
    /// As what.
    pub role: String,
    /// When, milliseconds since 1970.
    pub millis: u64,
    /// `circled`, `rejected`, `retracted`.
    pub verdict: String,
    /// A word from them.
    pub note: String,
    /// Whether it is the one that counts now.
    pub standing: bool,
    /// Whether it was undone.
    pub undone: bool,
}

/// Where a proposal came from and what happened to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProvenanceView {
    /// Engine name.
    pub engine: String,
    /// Model or method id.
    pub model: String,
    /// Version of both.
    pub version: String,
    /// As given to the engine.
    pub parameters: serde_json::Value,
    /// BLAKE3 of what the engine read.
    pub input: String,
    /// When the run began, milliseconds since 1970.
    pub started_millis: u64,
    /// CPU time of the run, 0 when not measured.
    pub cpu_millis: u64,
    /// Millionths of a US dollar.
    pub cost_micros: u64,
    /// The run.
    pub run: String,
    /// Every verdict, oldest first.
    pub history: Vec<HistoryEntry>,
}
