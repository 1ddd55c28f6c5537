use ledger::AssetId;
use timebase::{Flicks, FrameRange, Timecode};

use crate::{
    Clip, Cut, CutError, Marker, Placed, Source,
    cut::{nearest_frame, signed},
};

/// Frames of an asset that a person chose: a circled shot, a circled highlight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Of what.
    pub asset: AssetId,
    /// Which frames.
    pub range: FrameRange,
    /// Name shown, may be empty.
    pub name: String,
    /// A word from the person, may be empty.
    pub note: String,
}

/// A person's note on frames of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceMarker {
    /// Of what.
    pub asset: AssetId,
    /// Which frames.
    pub range: FrameRange,
    /// A short name.
    pub name: String,
    /// More, may be empty.
    pub note: String,
}

impl Cut {
    /// Lays selections one after the other, assets in the order of `sources`, each asset's in the order of its frames. Record
    /// frame 0 bears the label `start`, which also gives the rate. Sources that nothing was chosen from are left out.
    /// Selections may overlap: the same frames are then seen twice, as the person circled them twice.
    ///
    /// # Errors
    /// Any [`CutError`].
    pub fn assemble(
        name: impl Into<String>,
        start: Timecode,
        sources: Vec<Source>,
        selections: &[Selection],
    ) -> Result<Self, CutError> {
        let place = |asset: AssetId| sources.iter().position(|source| source.asset == asset);
        let mut ordered: Vec<&Selection> = selections.iter().collect();
        ordered.sort_by_key(|selection| (place(selection.asset), selection.range));
        let clips = ordered
            .into_iter()
            .map(|selection| Clip {
                asset: selection.asset,
                range: selection.range,
                name: selection.name.clone(),
                note: selection.note.clone(),
                dissolve_frames: 0,
            })
            .collect();
        let used = sources
            .into_iter()
            .filter(|source| selections.iter().any(|s| s.asset == source.asset))
            .collect();
        Self::new(name, start, used, clips)
    }

    /// The same cut with the markers that lie on its clips, each wherever its frames are seen. Answers also how many lie on
    /// none, and how many are seen in part only.
    #[must_use]
    pub fn with_source_markers(self, markers: &[SourceMarker]) -> (Self, MarkersLeft) {
        let placed = self.placed();
        let mut left = MarkersLeft::default();
        let mut seen = Vec::new();
        for marker in markers {
            let on = placed
                .iter()
                .filter(|placed| placed.clip.asset == marker.asset)
                .filter_map(|placed| Some((placed, placed.clip.range.intersection(marker.range)?)));
            let on: Vec<_> = on.filter(|(_, shown)| !shown.is_empty()).collect();
            if on.is_empty() {
                left.outside += 1;
            } else if on.iter().all(|(_, shown)| *shown != marker.range) {
                left.in_part += 1;
            }
            seen.extend(on.into_iter().map(|(placed, shown)| {
                let record = recorded(placed, shown, &self);
                Marker {
                    at: record.start,
                    frames: record.len(),
                    name: marker.name.clone(),
                    note: marker.note.clone(),
                }
            }));
        }
        drop(placed);
        (self.with_markers(seen), left)
    }
}

/// Markers of an asset that a cut does not show whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarkersLeft {
    /// On no frame that is seen.
    pub outside: u64,
    /// On frames of which some are seen.
    pub in_part: u64,
}

/// Where frames of a clip lie in the cut; at least one frame, inside the clip.
fn recorded(placed: &Placed<'_>, frames: FrameRange, cut: &Cut) -> FrameRange {
    let at = |frame: u64| {
        let into = frame - placed.clip.range.start;
        if placed.source.rate() == cut.rate() {
            placed.record.start + into
        } else {
            placed.record.start
                + nearest_frame(Flicks::from_frame(signed(into), placed.source.rate()), cut.rate())
        }
    };
    let start = at(frames.start).min(placed.record.end.saturating_sub(1));
    FrameRange::new(start, at(frames.end).min(placed.record.end).max(start + 1))
}
