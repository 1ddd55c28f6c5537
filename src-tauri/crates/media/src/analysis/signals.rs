//! Series over the whole programme that highlights and posters are chosen by.

use serde::{Deserialize, Serialize};
use timebase::Flicks;

use super::{
    picture::{THUMB_WIDTH, Thumb},
    pictures::PictureFindings,
    sound::SoundFindings,
};

/// Length of one step of every series, milliseconds.
pub const SIGNAL_STEP_MILLIS: u32 = 500;

/// What the pictures say, one value per step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureSignals {
    /// Mean change from picture to picture after motion is allowed for, summed over the step, 1/10 luma level; cuts left out.
    pub motion: Vec<u16>,
    /// Mean luma, 0 to 255.
    pub luma: Vec<u8>,
    /// Mean luma step between neighbouring pixels, 1/10 level.
    pub sharpness: Vec<u16>,
    /// Mean distance of chroma from grey, levels.
    pub colour: Vec<u8>,
    /// Shot boundaries inside the step.
    pub cuts: Vec<u8>,
}

/// Series on a grid of [`SIGNAL_STEP_MILLIS`], all starting at the first picture (or the first sample without picture).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signals {
    /// Milliseconds per step.
    pub step_millis: u32,
    /// Where the grid begins.
    pub origin: Flicks,
    /// What the pictures say; empty series without picture.
    #[serde(flatten)]
    pub pictures: PictureSignals,
    /// Short-term loudness at the end of the step, 1/1000 LUFS; `None` where there is nothing above the gate.
    pub loudness_lufs_milli: Vec<Option<i32>>,
}

impl Signals {
    /// Joins what was seen and what was heard on the grid of the pictures, or of the sound when there is no picture.
    pub fn join(pictures: Option<&PictureFindings>, sound: Option<&SoundFindings>) -> Self {
        let origin = pictures
            .map(|p| p.origin)
            .or(sound.map(|s| s.origin))
            .unwrap_or_default();
        let series = pictures.map(|p| p.signals.clone()).unwrap_or_default();
        let mut loudness = sound.map(|s| s.short_term_lufs_milli.clone()).unwrap_or_default();
        if let (Some(_), Some(sound)) = (pictures, sound) {
            // sound that begins later or earlier than the picture is moved by whole steps
            let step = i64::from(SIGNAL_STEP_MILLIS);
            let late = (sound.origin - origin)
                .to_millis_round()
                .div_euclid(step)
                .clamp(-MAX_GAP_STEPS, MAX_GAP_STEPS);
            let early = usize::try_from(-late).unwrap_or(0).min(loudness.len());
            loudness.drain(..early);
            loudness.splice(
                0..0,
                std::iter::repeat_n(None, usize::try_from(late).unwrap_or(0)),
            );
            loudness.resize(series.luma.len(), None);
        }
        Self {
            step_millis: SIGNAL_STEP_MILLIS,
            origin,
            pictures: series,
            loudness_lufs_milli: loudness,
        }
    }
}

/// Gathers [`PictureSignals`].
#[derive(Clone, Debug, Default)]
pub(super) struct SignalGatherer {
    origin: Option<Flicks>,
    frame_steps: u64,
    open: Sums,
    series: PictureSignals,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    step: usize,
    frames: u32,
    motion: u32,
    luma: u32,
    sharpness: u32,
    colour: u32,
}

impl SignalGatherer {
    /// Takes the next picture; `change` is its motion-allowed difference to the one before in 1/10 levels.
    pub(super) fn push(&mut self, thumb: &Thumb, start: Flicks, change: u32) {
        let step = self.step_of(start);
        if step != self.open.step {
            self.close(step);
        }
        self.frame_steps += 1;
        self.open.frames += 1;
        self.open.motion += change;
        self.open.luma += mean_of(&thumb.y);
        self.open.sharpness += sharpness_of(thumb);
        self.open.colour += mean_distance(&thumb.u) + mean_distance(&thumb.v);
    }

    /// Tells that a boundary lies at `start` and that `change` of the motion there was the boundary's.
    pub(super) fn boundary(&mut self, start: Flicks, change: u32) {
        let step = self.step_of(start);
        if step == self.open.step {
            self.open.motion = self.open.motion.saturating_sub(change);
        } else if let Some(motion) = self.series.motion.get_mut(step) {
            *motion = motion.saturating_sub(change.min(u32::from(u16::MAX)) as u16);
        }
        if self.series.cuts.len() <= step {
            self.series.cuts.resize(step + 1, 0);
        }
        self.series.cuts[step] = self.series.cuts[step].saturating_add(1);
    }

    /// The series and where their grid begins.
    pub(super) fn finish(mut self) -> (Flicks, PictureSignals) {
        if self.frame_steps > 0 {
            self.close(self.open.step + 1);
        }
        self.series.cuts.resize(self.series.motion.len(), 0);
        (self.origin.unwrap_or_default(), self.series)
    }

    fn step_of(&mut self, start: Flicks) -> usize {
        let origin = *self.origin.get_or_insert(start);
        let steps = (start - origin).to_millis_round().max(0) / i64::from(SIGNAL_STEP_MILLIS);
        // timestamps only rise; a wild one must not make us reserve a year of steps
        let limit = self.open.step as i64 + MAX_GAP_STEPS;
        steps.clamp(0, limit) as usize
    }

    /// Closes the open step and repeats it up to `next`, for pictures shown longer than a step.
    fn close(&mut self, next: usize) {
        let Sums {
            frames,
            motion,
            luma,
            sharpness,
            colour,
            ..
        } = self.open;
        let frames = frames.max(1);
        let series = &mut self.series;
        for at in self.open.step..next.max(self.open.step + 1) {
            let moved = if at == self.open.step {
                motion.min(u32::from(u16::MAX)) as u16
            } else {
                0
            };
            series.motion.push(moved);
            series.luma.push((luma / frames).min(255) as u8);
            series
                .sharpness
                .push((sharpness / frames).min(u32::from(u16::MAX)) as u16);
            series.colour.push((colour / frames).min(255) as u8);
        }
        self.open = Sums {
            step: next,
            ..Sums::default()
        };
    }
}

/// An hour: no picture is shown longer than that, or its timestamp is not to be believed.
const MAX_GAP_STEPS: i64 = 7200;

fn mean_of(plane: &[u8]) -> u32 {
    plane.iter().map(|&level| u32::from(level)).sum::<u32>() / plane.len().max(1) as u32
}

fn mean_distance(plane: &[u8]) -> u32 {
    plane
        .iter()
        .map(|&level| u32::from(level.abs_diff(128)))
        .sum::<u32>()
        / plane.len().max(1) as u32
}

/// Mean step between horizontal neighbours, 1/10 level.
fn sharpness_of(thumb: &Thumb) -> u32 {
    let sum: u32 = thumb
        .y
        .chunks_exact(THUMB_WIDTH)
        .map(|row| {
            row.iter()
                .zip(&row[1..])
                .map(|(a, b)| u32::from(a.abs_diff(*b)))
                .sum::<u32>()
        })
        .sum();
    sum * 10 / thumb.y.len() as u32
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
    fn values_are_per_step_and_a_boundary_takes_its_change_away() {
        let mut signals = SignalGatherer::default();
        for at in 0..50i64 {
            let change = if at == 30 { 900 } else { 10 };
            signals.push(
                &thumb(if at < 30 { 50 } else { 90 }),
                Flicks::from_millis(1000 + at * 40),
                change,
            );
        }
        signals.boundary(Flicks::from_millis(1000 + 30 * 40), 900);
        let (origin, series) = signals.finish();
        assert_eq!(origin, Flicks::from_millis(1000));
        assert_eq!(series.motion, [130, 120, 120, 120]);
        assert_eq!(series.luma, [50, 50, 74, 90]);
        assert_eq!(series.cuts, [0, 0, 1, 0]);
    }

    #[test]
    fn a_long_picture_fills_its_steps() {
        let mut signals = SignalGatherer::default();
        signals.push(&thumb(10), Flicks::ZERO, 5);
        signals.push(&thumb(20), Flicks::from_millis(2100), 7);
        let (_, series) = signals.finish();
        assert_eq!(series.luma, [10, 10, 10, 10, 20]);
        assert_eq!(series.motion, [5, 0, 0, 0, 7]);
        assert_eq!(SignalGatherer::default().finish().1, PictureSignals::default());
    }
}
