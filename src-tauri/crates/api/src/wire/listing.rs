use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::{DecidedBy, TallyCounts};

/// `listing`: all that `proposals` answers for the same request, in columns. A hundred thousand rows are a fifth of the bytes
/// that way, and a page keeps them as a few long texts and arrays. Every column has an item for each row, in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Listing {
    /// 32 hexadecimal digits of each, one after the other.
    pub ids: String,
    /// Which of `sources` each comes from.
    pub source: Vec<u32>,
    /// What rows come from, each once.
    pub sources: Vec<ListedSource>,
    /// First frames, with a person's edit applied.
    pub start_frame: Vec<u64>,
    /// First frames after.
    pub end_frame: Vec<u64>,
    /// For showing and drawing, to the microsecond.
    pub start_secs: Vec<f64>,
    /// For showing and drawing, to the microsecond.
    pub end_secs: Vec<f64>,
    /// A letter for where each stands: `o`pen, `c`ircled, `r`ejected, `x` in conflict.
    pub states: String,
    /// 0 to 1000, and -1 where the engine gives none.
    pub confidence_permille: Vec<i16>,
    /// What deciding each is worth.
    pub worth: Vec<f64>,
    /// A line for each: first timecode, timecode after, title and detail with tabs between them.
    pub words: String,
    /// A line for each: its payload as JSON.
    pub payloads: String,
    /// What persons changed, by the row's place.
    #[ts(type = "Record<number, Record<string, unknown>>")]
    pub edits: BTreeMap<u32, Value>,
    /// Which of `verdicts` each was decided by; -1 for none.
    pub decided: Vec<i32>,
    /// Who decided and when, each once.
    pub verdicts: Vec<DecidedBy>,
    /// As in `proposals`.
    pub tally: TallyCounts,
    /// What to give as `since` to `proposals`.
    pub version: String,
}

/// What many rows have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct ListedSource {
    /// The asset.
    pub asset: String,
    /// The kind.
    pub kind: String,
    /// Engine name.
    pub engine: String,
    /// Model or method.
    pub model: String,
    /// Version of both.
    pub version: String,
    /// The run that made them.
    pub run: String,
}
