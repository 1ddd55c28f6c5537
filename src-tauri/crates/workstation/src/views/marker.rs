use serde::{Deserialize, Serialize};

use super::UndoState;

/// One marker in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarkerView {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The asset it is on.
    pub asset: String,
    /// First frame inside.
    pub start_frame: u64,
    /// First frame after; one more than the first for a plain marker.
    pub end_frame: u64,
    /// Start of the first frame, for display.
    pub start_secs: f64,
    /// End of the last frame, for display.
    pub end_secs: f64,
    /// Label of the first frame, empty without a rate.
    pub start_timecode: String,
    /// A word from the person, may be empty.
    pub note: String,
    /// Who put it or changed it last.
    pub person: String,
    /// The role they claimed.
    pub role: String,
    /// When, milliseconds since 1970.
    pub millis: u64,
    /// Whether somebody else says otherwise, who had not seen this.
    pub disputed: bool,
}

/// A marker to put.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutMarker {
    /// The asset (id or an unambiguous prefix).
    pub asset: String,
    /// Its first frame.
    pub frame: u64,
    /// The first frame after it; one frame when not given.
    #[serde(default)]
    pub end_frame: Option<u64>,
    /// A word to go with it.
    #[serde(default)]
    pub note: Option<String>,
}

/// What to change of a marker; what is not given stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditMarker {
    /// The marker (id or an unambiguous prefix).
    pub marker: String,
    /// Another note.
    #[serde(default)]
    pub note: Option<String>,
    /// Another first frame.
    #[serde(default)]
    pub start_frame: Option<u64>,
    /// Another first frame after it.
    #[serde(default)]
    pub end_frame: Option<u64>,
}

/// A marker that was put or changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Marked {
    /// As it stands now.
    pub marker: MarkerView,
    /// What undo would do now.
    pub undo: UndoState,
}
