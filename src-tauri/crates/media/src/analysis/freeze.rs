//! Pictures that stand still.

use timebase::{Flicks, FrameRange};

use super::{
    picture::{Plane, Planes},
    runs::Runs,
};

/// Rows of each plane that are compared. They are compared whole and unscaled, because averaging would hide the grain that
/// tells a locked-off camera from a frozen picture.
const ROWS: usize = 64;
/// A picture is still while the mean difference to the first of the run stays under -60 dB of full scale: 255 / 1000,
/// here in 1/1000 of a level.
const MAX_MEAN_MILLI: u64 = 255;
/// Shorter stills are common in animation.
const MIN_MILLIS: i64 = 1000;

/// Finds stills of a second and more. Black counts as still too.
#[derive(Clone, Debug)]
pub struct FreezeDetector {
    runs: Runs,
    reference: Vec<u8>,
    candidate: Vec<u8>,
}

impl Default for FreezeDetector {
    fn default() -> Self {
        Self {
            runs: Runs::lasting(Flicks::from_millis(MIN_MILLIS)),
            reference: Vec::new(),
            candidate: Vec::new(),
        }
    }
}

impl FreezeDetector {
    /// Takes the next picture, shown from `start`.
    pub fn push(&mut self, planes: &Planes<'_>, start: Flicks) {
        self.candidate.clear();
        gather(planes.y, planes.width, planes.height, &mut self.candidate);
        for plane in [planes.u, planes.v].into_iter().flatten() {
            gather(
                plane,
                planes.chroma_width,
                planes.chroma_height,
                &mut self.candidate,
            );
        }
        if !is_still(&self.reference, &self.candidate) {
            // the run began with its reference, so a new one begins with this picture
            self.runs.close(start);
            std::mem::swap(&mut self.reference, &mut self.candidate);
        }
        self.runs.push(start, true);
    }

    /// The stills; `end` is where the last frame ends.
    pub fn finish(self, end: Flicks) -> Vec<FrameRange> {
        // one picture alone is a still image, however long it is shown
        self.runs
            .finish(end)
            .into_iter()
            .filter(|range| range.len() > 1)
            .collect()
    }
}

fn gather(plane: Plane<'_>, width: usize, height: usize, rows: &mut Vec<u8>) {
    let count = ROWS.min(height);
    for at in 0..count {
        let from = ((2 * at + 1) * height / (2 * count)) * plane.stride;
        let row = plane.data.get(from..).unwrap_or_default();
        rows.extend_from_slice(&row[..row.len().min(width)]);
    }
}

fn is_still(reference: &[u8], picture: &[u8]) -> bool {
    if reference.is_empty() || reference.len() != picture.len() {
        return false;
    }
    let limit = MAX_MEAN_MILLI * picture.len() as u64 / 1000;
    let mut sum = 0u64;
    for (a, b) in reference.chunks(4096).zip(picture.chunks(4096)) {
        sum += u64::from(
            a.iter()
                .zip(b)
                .map(|(x, y)| u32::from(x.abs_diff(*y)))
                .sum::<u32>(),
        );
        if sum >= limit.max(1) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pictures: &[Vec<u8>], frame_millis: i64) -> Vec<FrameRange> {
        let (width, height) = (64, 40);
        let mut freeze = FreezeDetector::default();
        for (at, data) in pictures.iter().enumerate() {
            let y = Plane { data, stride: width };
            let planes = Planes {
                width,
                height,
                chroma_width: 0,
                chroma_height: 0,
                full_range: true,
                y,
                u: None,
                v: None,
            };
            freeze.push(&planes, Flicks::from_millis(at as i64 * frame_millis));
        }
        freeze.finish(Flicks::from_millis(pictures.len() as i64 * frame_millis))
    }

    fn picture(seed: u32) -> Vec<u8> {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
        (0..64 * 40)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                (state >> 24) as u8
            })
            .collect()
    }

    #[test]
    fn a_still_second_is_found_and_a_short_hold_is_not() {
        let mut film: Vec<Vec<u8>> = (0..20).map(picture).collect();
        film.extend(std::iter::repeat_n(picture(99), 30)); // 1.2 s
        film.extend((100..110).map(picture));
        film.extend(std::iter::repeat_n(picture(7), 20)); // 0.8 s
        film.extend((200..205).map(picture));
        assert_eq!(run(&film, 40), [FrameRange::new(20, 50)]);
    }

    #[test]
    fn coding_noise_below_the_threshold_is_still_and_slow_drift_is_not() {
        let base = picture(3);
        let noisy: Vec<Vec<u8>> = (0..40usize)
            .map(|at| {
                let mut frame = base.clone();
                for spot in 0..100 {
                    let level = &mut frame[(at * 37 + spot * 13) % 2560];
                    *level = level.saturating_add(3);
                }
                frame
            })
            .collect();
        assert_eq!(run(&noisy, 40), [FrameRange::new(0, 40)]);
        let drifting: Vec<Vec<u8>> = (0..100u8).map(|at| vec![50 + at / 2; 2560]).collect(); // half a level per frame
        assert_eq!(run(&drifting, 40), []);
    }

    #[test]
    fn one_picture_alone_is_not_frozen() {
        assert_eq!(run(&[picture(1)], 5000), []);
    }
}
