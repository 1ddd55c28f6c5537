//! Runs of frames that share a property and last long enough to matter.

use timebase::{Flicks, FrameRange};

/// Collects runs of consecutive frames that last at least a given time, however long each frame is shown.
#[derive(Clone, Debug)]
pub(super) struct Runs {
    min: Flicks,
    open: Option<(u64, Flicks)>,
    next_frame: u64,
    found: Vec<FrameRange>,
}

impl Runs {
    pub(super) fn lasting(min: Flicks) -> Self {
        Self {
            min,
            open: None,
            next_frame: 0,
            found: Vec::new(),
        }
    }

    /// Tells whether the next frame, which starts at `start`, is inside a run.
    pub(super) fn push(&mut self, start: Flicks, inside: bool) {
        match (self.open, inside) {
            (None, true) => self.open = Some((self.next_frame, start)),
            (Some(_), false) => self.close(start),
            _ => {}
        }
        self.next_frame += 1;
    }

    /// Ends a run at the next frame, which starts a new one or none.
    pub(super) fn close(&mut self, end: Flicks) {
        if let Some((frame, began)) = self.open.take()
            && end - began >= self.min
        {
            self.found.push(FrameRange::new(frame, self.next_frame));
        }
    }

    /// The runs, the last one ending with the film at `end`.
    pub(super) fn finish(mut self, end: Flicks) -> Vec<FrameRange> {
        self.close(end);
        self.found
    }
}
