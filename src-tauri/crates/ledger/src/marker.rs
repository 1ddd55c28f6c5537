//! Markers: a person's notes on frames. They stand as verdicts do: who saw an entry replaces it, an undo voids it.

use serde::{Deserialize, Serialize};
use timebase::FrameRange;

use crate::{AssetId, EntryId, MarkerId};

/// A marker put, changed or removed: one entry says the whole of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkerEntry {
    /// On what.
    pub asset: AssetId,
    /// Its frames, by ordinal; one frame for a plain marker.
    pub range: FrameRange,
    /// A word from the person, may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The marker that is changed; none puts a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<MarkerId>,
    /// Whether it is gone from here on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
    /// The standing entries of this marker its author saw and replaces, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supersedes: Vec<EntryId>,
}

impl MarkerEntry {
    /// A new marker.
    pub const fn put(asset: AssetId, range: FrameRange, note: String) -> Self {
        Self {
            asset,
            range,
            note,
            marker: None,
            removed: false,
            supersedes: Vec::new(),
        }
    }

    /// The marker it is about, when it is the entry `id`.
    pub fn id(&self, id: EntryId) -> MarkerId {
        self.marker.unwrap_or_else(|| id.into())
    }
}

/// A marker as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Which.
    pub id: MarkerId,
    /// On what.
    pub asset: AssetId,
    /// Its frames.
    pub range: FrameRange,
    /// A word from the person, may be empty.
    pub note: String,
    /// The entry that says so: of several that did not see each other the one with the latest clock.
    pub entry: EntryId,
    /// Whether others stand beside it that say otherwise: nothing of them is lost, and who changes the marker next settles
    /// it.
    pub disputed: bool,
}
