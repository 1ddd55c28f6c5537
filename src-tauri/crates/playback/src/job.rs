//! What the decoding thread is asked to do.

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
