//! What the decoding thread is asked to do, and what became of it.

use timebase::Flicks;

/// A frame to decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// The playhead's jumps when it was given out.
    pub generation: u64,
    /// Which frame.
    pub frame: u64,
    /// The first of the frames on the way to it that are wanted too.
    pub whole_from: u64,
    /// Whether it was the frame under the playhead, not one ahead or around it.
    pub due: bool,
}

/// Counters of one playback, never reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames that were due at normal speed and never shown.
    pub dropped: u64,
    /// Times a picture had to stand longer because the next was not decoded yet.
    pub repeated: u64,
    /// Requests given up because their time had passed.
    pub late: u64,
}

/// A job being done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InFlight {
    pub job: Job,
    /// When it was given out.
    pub since: Flicks,
    /// The last frame it brought on its way.
    pub reached: Option<u64>,
}

impl InFlight {
    /// Whether it will bring this frame.
    pub fn brings(&self, frame: u64) -> bool {
        let on_way = self.job.whole_from..=self.job.frame;
        on_way.contains(&frame) && self.reached.is_none_or(|reached| reached < frame)
    }
}
