use ledger::AssetId;
use timebase::{FrameRange, Timecode};

use crate::{Clip, Cut, CutError, Source};

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
}
