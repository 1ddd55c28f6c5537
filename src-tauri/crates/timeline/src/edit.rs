use timebase::FrameRange;

use crate::cut::{Clip, Cut, CutError};

/// Which end of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Its first frame.
    Start,
    /// Its last frame.
    End,
}

/// Operations on the clips of a cut. Clips are counted from 0; `by` is frames, later when positive. Each gives another cut or
/// says why there is none; the one it began with stays as it was.
impl Cut {
    /// Moves one end of a clip: it is longer or shorter by that, and everything after it, markers too, begins later or earlier.
    /// Markers on frames that are gone stand on the clip's last frame.
    ///
    /// # Errors
    /// Any [`CutError`].
    pub fn ripple(&self, clip: usize, edge: Edge, by: i64) -> Result<Self, CutError> {
        let mut clips = self.clips().to_vec();
        let range = &mut at(&mut clips, clip)?.range;
        *range = match edge {
            Edge::Start => FrameRange::new(moved(range.start, by)?, range.end),
            Edge::End => FrameRange::new(range.start, moved(range.end, by)?),
        };
        let was: Vec<FrameRange> = self.placed().iter().map(|placed| placed.record).collect();
        let edited = self.with_clips(clips)?;
        let now: Vec<FrameRange> = edited.placed().iter().map(|placed| placed.record).collect();
        let (Some(was), Some(now)) = (was.get(clip).copied(), now.get(clip).copied()) else {
            return Err(CutError::NoClip { number: clip + 1 });
        };
        let mut markers = self.markers().to_vec();
        for marker in markers.iter_mut().filter(|marker| marker.at >= was.start) {
            if marker.at >= was.end {
                marker.at = marker.at - was.end + now.end;
                continue;
            }
            // A frame keeps its marker: with frames gone from the start it lies that much nearer to it.
            let inside = match edge {
                Edge::Start => (marker.at + now.len()).saturating_sub(was.len()).max(now.start),
                Edge::End => marker.at,
            };
            marker.at = inside.min(now.end - 1);
        }
        Ok(edited.with_markers(markers))
    }

    /// Moves the point where a clip ends and the next begins. What both last together stays, and so does everything else.
    ///
    /// # Errors
    /// Any [`CutError`].
    pub fn roll(&self, clip: usize, by: i64) -> Result<Self, CutError> {
        self.same_rates(clip, clip + 1)?;
        let mut clips = self.clips().to_vec();
        let before = &mut at(&mut clips, clip)?.range;
        *before = FrameRange::new(before.start, moved(before.end, by)?);
        let behind = &mut at(&mut clips, clip + 1)?.range;
        *behind = FrameRange::new(moved(behind.start, by)?, behind.end);
        Ok(self.with_clips(clips)?.with_markers(self.markers().to_vec()))
    }

    /// Shows other frames of the source in the same place for the same time.
    ///
    /// # Errors
    /// Any [`CutError`].
    pub fn slip(&self, clip: usize, by: i64) -> Result<Self, CutError> {
        let mut clips = self.clips().to_vec();
        let range = &mut at(&mut clips, clip)?.range;
        *range = FrameRange::new(moved(range.start, by)?, moved(range.end, by)?);
        Ok(self.with_clips(clips)?.with_markers(self.markers().to_vec()))
    }

    /// Moves a clip between its neighbours, which give on one side and take on the other; it shows what it showed, and the cut
    /// lasts as long.
    ///
    /// # Errors
    /// Any [`CutError`].
    pub fn slide(&self, clip: usize, by: i64) -> Result<Self, CutError> {
        let Some(before) = clip.checked_sub(1) else {
            return Err(CutError::NoClip { number: 0 });
        };
        self.same_rates(before, clip + 1)?;
        let mut clips = self.clips().to_vec();
        let range = &mut at(&mut clips, before)?.range;
        *range = FrameRange::new(range.start, moved(range.end, by)?);
        let range = &mut at(&mut clips, clip + 1)?.range;
        *range = FrameRange::new(moved(range.start, by)?, range.end);
        Ok(self.with_clips(clips)?.with_markers(self.markers().to_vec()))
    }

    /// Puts a clip into another place in the order.
    ///
    /// # Errors
    /// Any [`CutError`].
    pub fn reorder(&self, clip: usize, to: usize) -> Result<Self, CutError> {
        let mut clips = self.clips().to_vec();
        at(&mut clips, clip)?;
        let taken = clips.remove(clip);
        clips.insert(to.min(clips.len()), taken);
        Ok(self.with_clips(clips)?.with_markers(self.markers().to_vec()))
    }

    fn with_clips(&self, clips: Vec<Clip>) -> Result<Self, CutError> {
        Self::new(self.name(), self.start(), self.sources().to_vec(), clips)
    }

    /// Frames given by one clip are taken by another only where both count the cut's own: otherwise rounding would make the cut
    /// a frame longer or shorter.
    fn same_rates(&self, one: usize, other: usize) -> Result<(), CutError> {
        let placed = self.placed();
        for clip in [one, other] {
            let of = placed.get(clip).ok_or(CutError::NoClip { number: clip + 1 })?;
            if of.source.rate() != self.rate() {
                return Err(CutError::OtherRate {
                    number: clip + 1,
                    rate: of.source.rate(),
                });
            }
        }
        Ok(())
    }
}

fn at(clips: &mut [Clip], clip: usize) -> Result<&mut Clip, CutError> {
    clips.get_mut(clip).ok_or(CutError::NoClip { number: clip + 1 })
}

fn moved(frame: u64, by: i64) -> Result<u64, CutError> {
    frame.checked_add_signed(by).ok_or(CutError::BeforeSource { by })
}
