//! The sound of the film: a score, weather and murmured speech, all synthesised. Interleaved stereo at 48 kHz.

mod score;
mod voice;
mod weather;

use std::ops::Range;

use crate::{
    noise,
    script::{FRAME_COUNT, LOUD},
};

/// Samples per second and channel.
pub const SAMPLE_RATE: u32 = 48_000;
/// Samples per channel in one frame at 24000/1001, a whole number.
pub const SAMPLES_PER_FRAME: usize = 2002;
/// Samples per channel in the film.
const LENGTH: usize = FRAME_COUNT as usize * SAMPLES_PER_FRAME;

/// Two channels that grow by adding to them.
pub(crate) struct Bus {
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Bus {
    fn silent() -> Self {
        Self {
            left: vec![0.0; LENGTH],
            right: vec![0.0; LENGTH],
        }
    }

    /// Adds a sample; `pan` -1 left .. 1 right. Anything past the end is dropped.
    fn add(&mut self, at: usize, value: f32, pan: f32) {
        if let (Some(left), Some(right)) = (self.left.get_mut(at), self.right.get_mut(at)) {
            *left += value * (1.0 - pan) * 0.5;
            *right += value * (1.0 + pan) * 0.5;
        }
    }
}

/// Seconds to a sample position within the film.
fn sample_at(secs: f32) -> usize {
    ((secs.max(0.0) * SAMPLE_RATE as f32) as usize).min(LENGTH)
}

/// The samples of a span of frames.
pub(crate) fn samples_of(frames: timebase::FrameRange) -> Range<usize> {
    frames.start as usize * SAMPLES_PER_FRAME..frames.end as usize * SAMPLES_PER_FRAME
}

/// White noise, -1..1, by place.
fn hiss(seed: u64, at: usize) -> f32 {
    // One multiply-shift per sample: the careful scramble would cost seconds over the whole film.
    let bits = (at as u64 ^ seed.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let bits = (bits ^ bits >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (bits >> 40) as f32 / 8_388_608.0 - 1.0
}

/// A second-order resonance (Klatt's form): rings at `hertz`, `width` wide, gain one at its peak.
#[derive(Clone, Copy, Default)]
struct Ring {
    one: f32,
    two: f32,
    b: f32,
    c: f32,
    gain: f32,
}

impl Ring {
    /// Gain one at zero hertz, as a vocal tract has it.
    fn tune(&mut self, hertz: f32, width: f32) {
        self.poles(hertz, width);
        self.gain = 1.0 - self.b - self.c;
    }

    /// Gain about one at its own frequency, to cut a band out of noise.
    fn band(hertz: f32, width: f32) -> Self {
        let mut ring = Self::default();
        ring.poles(hertz, width);
        let spread = 1.0 + ring.c;
        ring.gain = spread
            * (std::f32::consts::TAU * hertz / SAMPLE_RATE as f32)
                .sin()
                .max(0.02);
        ring
    }

    fn poles(&mut self, hertz: f32, width: f32) {
        let second = 1.0 / SAMPLE_RATE as f32;
        let radius = (-std::f32::consts::PI * width * second).exp();
        self.c = -radius * radius;
        self.b = 2.0 * radius * (std::f32::consts::TAU * hertz * second).cos();
    }

    fn pass(&mut self, input: f32) -> f32 {
        let out = self.gain * input + self.b * self.one + self.c * self.two;
        self.two = self.one;
        self.one = out;
        out
    }
}

/// A one-pole low pass.
#[derive(Clone, Copy)]
struct Slow {
    held: f32,
    step: f32,
}

impl Slow {
    fn new(hertz: f32) -> Self {
        Self {
            held: 0.0,
            step: 1.0 - (-std::f32::consts::TAU * hertz / SAMPLE_RATE as f32).exp(),
        }
    }

    fn pass(&mut self, input: f32) -> f32 {
        self.held += self.step * (input - self.held);
        self.held
    }
}

/// The whole sound track: left, right, left … [`LENGTH`] samples per channel.
pub(crate) fn compose() -> Vec<f32> {
    let mut music = score::play();
    score::room(&mut music);
    let weather = weather::play();
    let mut voice = Bus::silent();
    let spoken = voice::speak(&mut voice);
    let mut duck = Slow::new(3.0);
    let mut track = Vec::with_capacity(LENGTH * 2);
    let mut phrases = spoken.iter().peekable();
    for at in 0..LENGTH {
        while phrases.next_if(|phrase| phrase.end <= at).is_some() {}
        // The score steps back a moment before somebody speaks.
        let speaking = phrases.peek().is_some_and(|phrase| phrase.start < at + 9_600);
        let under = 1.0 - 0.72 * duck.pass(if speaking { 1.0 } else { 0.0 });
        let ends = edges(at);
        for (notes, air, words) in [
            (&music.left, &weather.left, &voice.left),
            (&music.right, &weather.right, &voice.right),
        ] {
            let sum = notes[at] * under * MUSIC + air[at] * under.max(0.6) * AIR + words[at] * WORDS;
            track.push(soft(sum) * ends);
        }
    }
    track
}

const MUSIC: f32 = 0.42;
const AIR: f32 = 0.42;
const WORDS: f32 = 0.72;

/// In and out at the two ends of the film.
fn edges(at: usize) -> f32 {
    let from_end = LENGTH - at;
    noise::ease(at as f32 / 9_600.0) * noise::ease(from_end as f32 / 72_000.0)
}

/// Leaves quiet sound alone and bends the loudest below full scale.
fn soft(value: f32) -> f32 {
    let level = value.abs();
    if level < 0.5 {
        return value;
    }
    (0.5 + 0.44 * ((level - 0.5) / 0.44).tanh()).copysign(value)
}

/// Where something is heard beside its picture.
fn within(at: usize, frames: timebase::FrameRange, rise: f32, fall: f32) -> f32 {
    let span = samples_of(frames);
    if at < span.start {
        return 0.0;
    }
    let into = (at - span.start) as f32 / SAMPLE_RATE as f32;
    let left = (span.end as f32 - at as f32) / SAMPLE_RATE as f32;
    noise::ease(into / rise) * noise::ease((left + fall) / fall)
}

/// The passage that is far too loud.
fn loud(at: usize) -> f32 {
    within(at, LOUD, 0.05, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Level of a span in dBFS, both channels.
    fn level(track: &[f32], span: Range<usize>) -> f32 {
        let part = &track[span.start * 2..span.end * 2];
        let power: f64 = part.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>() / part.len() as f64;
        10.0 * (power.max(1e-12).log10() as f32)
    }

    #[test]
    fn the_track_has_its_length_its_peaks_and_its_loud_passage() {
        let track = compose();
        assert_eq!(track.len(), LENGTH * 2);
        let peak = track.iter().fold(0.0f32, |peak, v| peak.max(v.abs()));
        assert!(
            track.iter().all(|v| v.is_finite()) && (0.6..0.95).contains(&peak),
            "peak {peak}"
        );
        let storm = level(&track, samples_of(LOUD));
        let calm: Vec<f32> = [
            (0, 108),
            (108, 282),
            (282, 426),
            (426, 600),
            (612, 760),
            (955, 1100),
            (1147, 1243),
            (1243, 1351),
        ]
        .map(|(start, end)| level(&track, samples_of(timebase::FrameRange::new(start, end))))
        .to_vec();
        let loudest = calm.iter().copied().fold(f32::MIN, f32::max);
        assert!(
            storm > loudest + 6.0,
            "storm {storm} dBFS, otherwise at most {loudest}"
        );
        assert!(calm.iter().all(|v| (-36.0..-18.0).contains(v)), "{calm:?}");
        assert!(
            level(&track, samples_of(crate::script::BLACK_HOLE)) > -45.0,
            "the sound goes on while the picture is missing"
        );
        assert_eq!(track[0], 0.0);
    }

    #[test]
    fn a_band_passes_its_own_frequency_and_little_else() {
        let loudness = |hertz: f32| {
            let mut ring = Ring::band(2000.0, 200.0);
            let step = std::f32::consts::TAU * hertz / SAMPLE_RATE as f32;
            (0..9600)
                .map(|k| ring.pass((k as f32 * step).sin()))
                .skip(4800)
                .fold(0.0f32, |a, v| a.max(v.abs()))
        };
        let (own, low, high) = (loudness(2000.0), loudness(300.0), loudness(9000.0));
        assert!(
            (0.5..2.0).contains(&own) && low < own / 5.0 && high < own / 5.0,
            "{own} {low} {high}"
        );
    }
}
