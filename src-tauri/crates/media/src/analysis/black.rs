//! Black pictures.

use timebase::{Flicks, FrameRange};

use super::{picture::Thumb, runs::Runs};

/// A pixel is black below a tenth of the way from black to white.
const BLACK_LEVEL: u8 = 26;
/// A picture is black when 98 of 100 pixels are.
const BLACK_SHARE_PERCENT: usize = 98;
/// Shorter black is a cut's business, not a fault.
const MIN_MILLIS: i64 = 500;

/// Finds black of half a second and more.
#[derive(Clone, Debug)]
pub struct BlackDetector {
    runs: Runs,
}

impl Default for BlackDetector {
    fn default() -> Self {
        Self {
            runs: Runs::lasting(Flicks::from_millis(MIN_MILLIS)),
        }
    }
}

impl BlackDetector {
    /// Takes the next picture, shown from `start`.
    pub fn push(&mut self, thumb: &Thumb, start: Flicks) {
        self.runs.push(start, is_black(thumb));
    }

    /// The black stretches; `end` is where the last frame ends.
    pub fn finish(self, end: Flicks) -> Vec<FrameRange> {
        self.runs.finish(end)
    }
}

fn is_black(thumb: &Thumb) -> bool {
    let dark: usize = thumb
        .y
        .chunks(128)
        .map(|row| row.iter().filter(|&&y| y < BLACK_LEVEL).count())
        .sum();
    dark * 100 >= thumb.y.len() * BLACK_SHARE_PERCENT
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thumb(level: u8) -> Thumb {
        let mut thumb = Thumb::default();
        thumb.y.fill(level);
        thumb
    }

    #[test]
    fn only_black_that_lasts_is_found() {
        let mut black = BlackDetector::default();
        let frame_millis = 40;
        // ten bright, five black (200 ms), ten bright, thirteen black (520 ms), three bright, twenty black to the end
        let levels = [(10, 120), (5, 2), (10, 120), (13, 20), (3, 60), (20, 0)];
        let mut at = 0;
        for (count, level) in levels {
            for _ in 0..count {
                black.push(&thumb(level), Flicks::from_millis(at * frame_millis));
                at += 1;
            }
        }
        let found = black.finish(Flicks::from_millis(at * frame_millis));
        assert_eq!(found, [FrameRange::new(25, 38), FrameRange::new(41, 61)]);
    }

    #[test]
    fn a_title_on_black_is_not_black() {
        let mut card = thumb(0);
        card.y[4000..4300].fill(230);
        assert!(!is_black(&card));
        card.y[4100..4300].fill(0);
        assert!(is_black(&card), "a speck of one per cent does not count");
    }

    #[test]
    fn variable_frame_lengths_count_by_time() {
        let mut black = BlackDetector::default();
        for (millis, level) in [(0, 90), (40, 0), (700, 90), (740, 0)] {
            black.push(&thumb(level), Flicks::from_millis(millis));
        }
        assert_eq!(black.finish(Flicks::from_millis(780)), [FrameRange::new(1, 2)]);
    }
}
