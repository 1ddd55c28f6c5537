//! A film beside the one in the viewer: it goes where that one goes.

use std::sync::Arc;

use api::Over;
use playback::{Cue, Player};
use timebase::Flicks;

/// Another film, compared with the one in the viewer.
#[derive(Clone)]
pub(crate) struct Beside {
    pub(crate) asset: String,
    pub(crate) player: Arc<Player>,
    /// Its name and timecode, and what of it is shielded.
    pub(crate) over: Arc<Over>,
    /// Whether the original was asked for.
    pub(crate) original: bool,
    /// Why it is not there; empty when it is, or was not asked for.
    pub(crate) notice: &'static str,
    pub(crate) tie: Tie,
}

/// Which frames of the two are seen together; all others follow by time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tie {
    /// The asset in the viewer.
    pub(crate) viewed: String,
    /// A frame of that one.
    pub(crate) viewed_frame: u64,
    /// The frame that begins with it.
    pub(crate) frame: u64,
}

/// Whether a film that follows has a picture where it is led.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Before,
    Within,
    After,
}

impl Reach {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Before => " · begins later",
            Self::Within => "",
            Self::After => " · has ended",
        }
    }
}

/// Where a film is led: `begins` and `starts` are where the tied frames of the viewer's film and of this one are. A little into the
/// viewer's frame, so that two films of one rate whose files round times differently show the same frames, and one of twice the
/// rate the first of its two.
pub(crate) const fn led_to(cue: Cue, begins: Flicks, starts: Flicks) -> Flicks {
    Flicks(cue.start.0 - begins.0 + starts.0 + cue.length.0 / 8)
}

impl Beside {
    /// Follows a player of the viewer's film; a new picture, its number, and whether the film reaches as far as it is led.
    pub(super) fn follow(&self, viewed: &Player) -> (Option<(u64, Arc<media::VideoFrame>)>, Reach) {
        let cue = viewed.cue();
        let starts = self.player.start_of(self.tie.frame);
        let at = led_to(cue, viewed.start_of(self.tie.viewed_frame), starts);
        let reach = if at < Flicks::ZERO {
            Reach::Before
        } else if at >= self.player.start_of(u64::MAX) {
            Reach::After
        } else {
            Reach::Within
        };
        (self.player.follow(at, cue.speed), reach)
    }

    /// Stands where it is: what it followed is not in the viewer.
    pub(super) fn hold(&self) -> Option<(u64, Arc<media::VideoFrame>)> {
        let cue = self.player.cue();
        self.player.follow(cue.start, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cue(frame: u64, rate: i64) -> Cue {
        let length = Flicks(timebase::FLICKS_PER_SEC / rate);
        Cue {
            frame,
            start: Flicks(length.0 * frame as i64),
            length,
            speed: 1,
        }
    }

    fn frame_at(at: Flicks, rate: i64) -> i64 {
        at.0.div_euclid(timebase::FLICKS_PER_SEC / rate)
    }

    #[test]
    fn films_are_tied_by_a_frame_of_each_and_go_by_time() {
        let second = |n: i64| Flicks(n * timebase::FLICKS_PER_SEC);
        // Frame 250 of the viewer's film at 25 a second goes with frame 48 of one at 24: 100 frames on are four seconds.
        let at = led_to(cue(350, 25), second(10), second(2));
        assert_eq!(frame_at(at, 24), 6 * 24);
        // The same rate: the same number of frames on, also where times were rounded to a ninety-thousandth either way.
        for off in [-7_840, 0, 7_840] {
            for frame in 0..100 {
                let at = led_to(cue(frame, 25), Flicks(off), Flicks::ZERO);
                assert_eq!(frame_at(at, 25), frame as i64);
            }
        }
        // Twice the rate: the first of two.
        assert_eq!(frame_at(led_to(cue(7, 25), Flicks::ZERO, Flicks::ZERO), 50), 14);
        // Before its beginning.
        assert!(led_to(cue(0, 25), second(1), Flicks::ZERO) < Flicks::ZERO);
    }
}
