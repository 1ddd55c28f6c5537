//! Pictures that stand still.

use timebase::{Flicks, FrameRange};

use super::picture::{Plane, Planes};

/// Rows of each plane that are compared. They are compared whole and unscaled, because averaging would hide the grain that
/// tells a locked-off camera from a frozen picture.
const ROWS: usize = 64;
/// A picture is still while the mean difference to the first of the run stays under -60 dB of full scale: 255 / 1000,
/// here in 1/1000 of a level.
const MAX_MEAN_MILLI: u64 = 255;
/// A key frame prints a picture that stands still anew, with other coding noise. Up to so much of a mean difference, in
/// 1/1000 of a level, it is the same picture, when it stood still before and does so again.
const MAX_ANEW_MILLI: u64 = 1500;
/// So many frames in a row have to be alike for a picture to count as standing still around a key frame.
const SETTLED_FRAMES: u64 = 5;
/// Shorter stills are common in animation.
const MIN_MILLIS: i64 = 1000;

/// A picture that stands, from its first frame.
#[derive(Clone, Copy, Debug)]
struct Standing {
    first_frame: u64,
    began: Flicks,
    /// It is nearly the one before, which had settled.
    is_anew: bool,
}

/// A picture that stood.
#[derive(Clone, Copy, Debug)]
struct Stood {
    frames: FrameRange,
    began: Flicks,
    ended: Flicks,
}

/// Finds stills of a second and more. Black counts as still too.
#[derive(Clone, Debug, Default)]
pub struct FreezeDetector {
    reference: Vec<u8>,
    candidate: Vec<u8>,
    next_frame: u64,
    standing: Option<Standing>,
    found: Vec<Stood>,
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
        if !is_alike(&self.reference, &self.candidate, MAX_MEAN_MILLI) {
            // the run began with its reference, so a new one begins with this picture
            let is_anew = self.is_settled() && is_alike(&self.reference, &self.candidate, MAX_ANEW_MILLI);
            self.close(start);
            self.standing = Some(Standing {
                first_frame: self.next_frame,
                began: start,
                is_anew,
            });
            std::mem::swap(&mut self.reference, &mut self.candidate);
        }
        self.next_frame += 1;
    }

    /// The stills; `end` is where the last frame ends.
    pub fn finish(mut self, end: Flicks) -> Vec<FrameRange> {
        self.close(end);
        let min = Flicks::from_millis(MIN_MILLIS);
        // one picture alone is a still image, however long it is shown
        self.found
            .into_iter()
            .filter(|stood| stood.ended - stood.began >= min && stood.frames.len() > 1)
            .map(|stood| stood.frames)
            .collect()
    }

    fn is_settled(&self) -> bool {
        self.standing
            .is_some_and(|standing| self.next_frame - standing.first_frame >= SETTLED_FRAMES)
    }

    /// Ends what stands at the next frame, and joins it to the one it is a new print of.
    fn close(&mut self, end: Flicks) {
        let is_settled = self.is_settled();
        let Some(standing) = self.standing.take() else {
            return;
        };
        if !is_settled && end - standing.began < Flicks::from_millis(MIN_MILLIS) {
            return;
        }
        match self.found.last_mut() {
            Some(last) if standing.is_anew && last.frames.end == standing.first_frame => {
                last.frames = FrameRange::new(last.frames.start, self.next_frame);
                last.ended = end;
            }
            _ => self.found.push(Stood {
                frames: FrameRange::new(standing.first_frame, self.next_frame),
                began: standing.began,
                ended: end,
            }),
        }
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

/// Whether the mean difference of two pictures stays under a limit in 1/1000 of a level.
fn is_alike(reference: &[u8], picture: &[u8], max_mean_milli: u64) -> bool {
    if reference.is_empty() || reference.len() != picture.len() {
        return false;
    }
    let limit = max_mean_milli * picture.len() as u64 / 1000;
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

    /// A picture with every level a little off, as another quantiser leaves it.
    fn reprinted(base: &[u8], by: u8) -> Vec<u8> {
        base.iter().map(|level| level.saturating_add(by)).collect()
    }

    #[test]
    fn a_key_frame_in_the_middle_does_not_end_a_still() {
        let mut film: Vec<Vec<u8>> = (0..10).map(picture).collect();
        film.extend(std::iter::repeat_n(picture(99), 14)); // 0.56 s
        film.extend(std::iter::repeat_n(reprinted(&picture(99), 1), 22)); // 0.88 s
        film.extend((100..110).map(picture));
        assert_eq!(run(&film, 40), [FrameRange::new(10, 46)]);
    }

    #[test]
    fn pictures_that_differ_a_little_each_time_are_not_one_still() {
        let creeping: Vec<Vec<u8>> = (0..60u8).map(|at| vec![50 + at; 2560]).collect(); // a level per frame
        assert_eq!(run(&creeping, 40), []);
        let mut held: Vec<Vec<u8>> = std::iter::repeat_n(picture(5), 20).collect(); // 0.8 s
        held.extend(std::iter::repeat_n(reprinted(&picture(5), 4), 20)); // and another light
        assert_eq!(run(&held, 40), []);
    }

    #[test]
    fn one_picture_alone_is_not_frozen() {
        assert_eq!(run(&[picture(1)], 5000), []);
    }
}
