//! When the picture on screen is measured again: once for every picture that stands, and now and then while a film runs.

use std::time::{Duration, Instant};

use stage::{ScopeSet, Signal, Trace, ViewerScene, YuvPicture, scopes_room};

/// Between two measurements of a film that runs: as often as an eye can follow a trace.
const GAP: Duration = Duration::from_millis(80);

/// The picture that can be measured, and what was measured last.
#[derive(Default)]
pub(super) struct Measure {
    picture: Option<YuvPicture>,
    /// Set and room that the last trace was made for; nothing when it shows another picture.
    shown: Option<(ScopeSet, (u32, u32))>,
    at: Option<Instant>,
}

impl Measure {
    /// Another picture is on screen now, or none.
    pub(super) fn set_picture(&mut self, picture: Option<YuvPicture>) {
        (self.picture, self.shown) = (picture, None);
    }

    /// Says in the scene what the picture's levels mean.
    pub(super) fn tell(&self, scene: &mut ViewerScene) {
        if let Some(picture) = &self.picture {
            scene.signal = Signal::of(picture);
        }
    }

    /// The measurements of the picture for a viewer of this size, when they are shown and not those shown already.
    pub(super) fn due(&mut self, set: ScopeSet, size: (u32, u32), runs: bool) -> Option<Trace> {
        let picture = self.picture.as_ref()?;
        let now = (set, scopes_room(size, set)?);
        let is_early = runs && self.at.is_some_and(|at| at.elapsed() < GAP);
        if self.shown == Some(now) || is_early {
            return None;
        }
        (self.shown, self.at) = (Some(now), Some(Instant::now()));
        Some(Trace::of(picture, set, now.1))
    }
}
