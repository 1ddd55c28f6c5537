//! Everything that is seen in one pass.

use serde::{Deserialize, Serialize};
use timebase::{Flicks, FrameRange};

use super::{
    black::BlackDetector,
    flash::{FlashDetector, FlashSpan},
    freeze::FreezeDetector,
    picture::{Planes, Sampler, Thumb},
    shots::{Boundary, ShotDetector, ShotSpan, shots_between},
    signals::{PictureSignals, SignalGatherer},
};

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureFindings {
    /// Frames pushed.
    pub frame_count: u64,
    /// The shots, without gap from the first frame to the last.
    pub shots: Vec<ShotSpan>,
    /// Where they meet, and fades at the ends of the film.
    pub transitions: Vec<Boundary>,
    /// Black of half a second and more.
    pub black: Vec<FrameRange>,
    /// Stills of a second and more; black counts as still too.
    pub freeze: Vec<FrameRange>,
    /// More than three flashes a second.
    pub flashes: Vec<FlashSpan>,
    /// Series on the grid of the signals.
    pub signals: PictureSignals,
    /// When the first picture is shown.
    pub origin: Flicks,
}

/// Looks at every picture of a film once.
#[derive(Default)]
pub struct PictureAnalyst {
    sampler: Sampler,
    thumb: Thumb,
    frame_count: u64,
    shots: ShotDetector,
    black: BlackDetector,
    freeze: FreezeDetector,
    flashes: FlashDetector,
    signals: SignalGatherer,
    /// Start and change of every picture a boundary may still fall on.
    recent: Vec<(Flicks, u32)>,
}

impl PictureAnalyst {
    /// An analyst before the first picture.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next picture in presentation order, shown from `start`.
    pub fn push(&mut self, planes: &Planes<'_>, start: Flicks) {
        self.sampler.sample(planes, &mut self.thumb);
        let change = self.shots.push(&self.thumb);
        self.black.push(&self.thumb, start);
        self.freeze.push(planes, start);
        self.flashes.push(&self.thumb, start);
        self.signals.push(&self.thumb, start, change);
        self.recent.push((start, change));
        self.frame_count += 1;
    }

    /// What was seen; `end` is where the last picture ends.
    pub fn finish(mut self, end: Flicks) -> PictureFindings {
        let transitions = self.shots.finish();
        for boundary in &transitions {
            if let Some(&(start, change)) = usize::try_from(boundary.at)
                .ok()
                .and_then(|at| self.recent.get(at))
            {
                self.signals.boundary(start, change);
            }
        }
        let (origin, signals) = self.signals.finish();
        PictureFindings {
            frame_count: self.frame_count,
            shots: shots_between(&transitions, self.frame_count),
            transitions,
            black: self.black.finish(end),
            freeze: self.freeze.finish(end),
            flashes: self.flashes.finish(),
            signals,
            origin,
        }
    }
}
