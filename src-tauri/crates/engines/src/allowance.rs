//! How much second looks at a film may take, so that they add about a fifth to the CPU time that taking it in took. Both are
//! estimated from the film's size and length rather than measured, so that the same film gets the same proposals on every
//! machine. Every shot is looked at once and some places are read whatever that takes: it is more than a fifth where shots last
//! a second or two, and for a film of a few seconds.

use std::cmp::Reverse;

use timebase::{Flicks, FrameRange};

use crate::Shot;

/// By the estimate, looks take one part in so many of what the ingest takes: a sixth, because estimates are what they are.
const SHARE: u64 = 6;
/// What the ingest takes for a frame, microseconds of one core: this much each, and this much more for every thousand pixels
/// of the proxy. Measured over clips from 320×240 to 1280×720, which lie between two thirds and one and a half of it.
const FRAME_MICROS: u64 = 3_500;
const KILOPIXEL_MICROS: u64 = 10;
/// What listening takes for a second of sound.
const SOUND_MICROS_PER_SEC: u64 = 7_500;
/// What looking for faces in a still and weighing it as a poster takes; and decoding up to it, for every thousand pixels.
const STILL_MICROS: u64 = 30_000;
const STILL_KILOPIXEL_MICROS: u64 = 35;
/// What starting the reader takes; and reading one place, and more for every thousand pixels of it.
const READER_MICROS: u64 = 200_000;
const PLACE_MICROS: u64 = 2_000;
const PLACE_KILOPIXEL_MICROS: u64 = 800;
/// Share of the pictures' time that goes into stills, tenths; the rest is for reading.
const STILLS_TENTHS: u64 = 6;
/// What every film may have for reading, and more for each of its stills: some two usual places.
const LEAST_READING_MICROS: u64 = 150_000;
const LEAST_READING_PER_STILL_MICROS: u64 = 12_000;
/// Shots shorter than this many frames get one still.
const LONG_SHOT: u64 = 36;

/// A film, as far as its size goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Its frames.
    pub frames: u64,
    /// Width and height of its proxy, pixels.
    pub proxy: (u32, u32),
    /// How long its sound is; zero without.
    pub sound: Flicks,
}

/// What second looks at one film may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The frames to look at in order, each with the shot it lies in.
    pub stills: Vec<(u64, usize)>,
    /// What reading in all of them may take, microseconds by the estimate of [`place_micros`].
    pub reading_micros: u64,
}

/// What reading a place of so many pixels takes, estimated, microseconds.
pub(crate) fn place_micros(pixels: u64) -> u64 {
    PLACE_MICROS + pixels * PLACE_KILOPIXEL_MICROS / 1000
}

impl Allowance {
    /// The middle of every shot; then, as far as there is time, a sixth from both ends of shots long enough for those to differ,
    /// the longest first, in which most may come and go; and the time to read in them.
    pub fn of(extent: Extent, shots: &[Shot]) -> Self {
        let kilopixels = u64::from(extent.proxy.0) * u64::from(extent.proxy.1) / 1000;
        let ingest = extent
            .frames
            .saturating_mul(FRAME_MICROS + KILOPIXEL_MICROS * kilopixels);
        let millis = u64::try_from(extent.sound.to_millis_round()).unwrap_or(0);
        let pictures = (ingest / SHARE).saturating_sub(millis * SOUND_MICROS_PER_SEC / 1000);

        let whole: Vec<usize> = (0..shots.len())
            .filter(|&at| !shots[at].range.is_empty())
            .collect();
        let still_micros = STILL_MICROS + STILL_KILOPIXEL_MICROS * kilopixels;
        let for_stills = pictures / 10 * STILLS_TENTHS / still_micros;
        let room = for_stills.saturating_sub(whole.len() as u64) / 2;
        let mut stills: Vec<(u64, usize)> = whole.iter().map(|&at| (middle(shots[at].range), at)).collect();
        let mut long = whole;
        long.retain(|&at| shots[at].range.len() >= LONG_SHOT);
        long.sort_by_key(|&at| Reverse(shots[at].range.len()));
        long.truncate(usize::try_from(room).unwrap_or(usize::MAX));
        for at in long {
            let (start, length) = (shots[at].range.start, shots[at].range.len());
            stills.extend([(start + length / 6, at), (start + length / 6 * 5, at)]);
        }
        stills.sort_unstable();

        let count = stills.len() as u64;
        let left = pictures.saturating_sub(count * still_micros + READER_MICROS);
        let least = LEAST_READING_MICROS + count * LEAST_READING_PER_STILL_MICROS;
        Self {
            stills,
            reading_micros: left.max(least),
        }
    }
}

fn middle(range: FrameRange) -> u64 {
    range.start + range.len() / 2
}

#[cfg(test)]
mod tests {
    use ledger::payload;

    use super::*;

    fn shot(start: u64, end: u64) -> Shot {
        Shot {
            range: FrameRange::new(start, end),
            transition_in: payload::Transition::Cut,
            transition_frames: 0,
        }
    }

    fn extent(frames: u64) -> Extent {
        Extent {
            frames,
            proxy: (1280, 720),
            sound: Flicks::ZERO,
        }
    }

    #[test]
    fn stills_lie_inside_their_shot_in_order() {
        let shots = [
            shot(0, 1),
            shot(1, 20),
            shot(20, 20),
            shot(20, 56),
            shot(56, 1000),
        ];
        let Allowance { stills, .. } = Allowance::of(extent(1000), &shots);
        assert_eq!(stills[..2], [(0, 0), (10, 1)]);
        assert_eq!(stills.len(), 8);
        assert!(stills.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(
            stills
                .iter()
                .all(|&(frame, number)| shots[number].range.contains(frame))
        );
    }

    #[test]
    fn every_shot_is_looked_at_and_more_of_it_where_taking_in_took_longer() {
        let shots: Vec<Shot> = (0..40).map(|at| shot(at * 100, at * 100 + 40 + at)).collect();
        let of = |proxy| {
            let sound = Flicks::from_millis(60_000);
            let extent = Extent {
                frames: 4000,
                proxy,
                sound,
            };
            Allowance::of(extent, &shots)
        };
        let (small, large) = (of((320, 180)), of((1920, 1080)));
        let shots_seen = |of: &Allowance| {
            let mut seen: Vec<usize> = of.stills.iter().map(|still| still.1).collect();
            seen.dedup();
            seen.len()
        };
        assert_eq!((shots_seen(&small), shots_seen(&large)), (40, 40));
        assert!((40..large.stills.len()).contains(&small.stills.len()));
        assert!(large.stills.len() < 120, "{large:?}");
        let of_shot = |at| large.stills.iter().filter(|still| still.1 == at).count();
        assert_eq!((of_shot(0), of_shot(39)), (1, 3), "the longest first: {large:?}");
        let least =
            |of: &Allowance| LEAST_READING_MICROS + of.stills.len() as u64 * LEAST_READING_PER_STILL_MICROS;
        assert!(large.reading_micros > 2 * least(&large), "{large:?}");
        assert!(small.reading_micros >= least(&small), "{small:?}");
    }

    #[test]
    fn a_film_of_nothing_and_one_beyond_all_measure_have_an_allowance() {
        assert!(Allowance::of(extent(0), &[]).stills.is_empty());
        let shots = [shot(0, u64::MAX / 8)];
        assert_eq!(Allowance::of(extent(u64::MAX), &shots).stills.len(), 3);
    }
}
