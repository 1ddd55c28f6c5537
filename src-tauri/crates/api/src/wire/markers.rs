use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{RoleWord, UndoState};

/// One marker: a person's note on frames of an asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Marker {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The asset it is on.
    pub asset: String,
    /// First frame.
    pub start_frame: u64,
    /// First frame after it; a plain marker has one frame.
    pub end_frame: u64,
    /// For showing and drawing.
    pub start_secs: f64,
    /// For showing and drawing.
    pub end_secs: f64,
    /// Source timecode, empty where there is no rate.
    pub start_timecode: String,
    /// A word from the person, may be empty.
    pub note: String,
    /// Who put it or changed it last.
    pub person: String,
    /// The role claimed.
    pub role: RoleWord,
    /// Milliseconds since 1970.
    pub millis: u64,
    /// Somebody who had not seen this says otherwise; whoever changes it next settles it.
    pub disputed: bool,
}

/// `markers`: those of one asset, in the order of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Markers {
    /// The markers.
    pub markers: Vec<Marker>,
}

/// `put_marker`: a new marker.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct PutMarker {
    /// On which asset.
    pub asset: String,
    /// On which frame.
    pub frame: u64,
    /// The first frame after it; one frame when not given.
    #[serde(default)]
    pub end_frame: Option<u64>,
    /// A word to go with it.
    #[serde(default)]
    pub note: Option<String>,
}

/// `edit_marker`: what is not given stays.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct EditMarker {
    /// The marker.
    pub marker: String,
    /// Another note; an empty one takes it away.
    #[serde(default)]
    pub note: Option<String>,
    /// Another first frame.
    #[serde(default)]
    pub start_frame: Option<u64>,
    /// Another first frame after it.
    #[serde(default)]
    pub end_frame: Option<u64>,
}

/// Names one marker.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MarkerRequest {
    /// Its id.
    pub marker: String,
}

/// The answer to `put_marker` and `edit_marker`, sent only once it is on the disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Marked {
    /// As it stands now.
    pub marker: Marker,
    /// What undo and redo would do now.
    pub undo: UndoState,
}

/// The answer to `remove_marker`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Unmarked {
    /// What undo and redo would do now.
    pub undo: UndoState,
}
