//! The score: slow chords, a plucked melody, a small room around both.

use super::{Bus, LENGTH, SAMPLE_RATE, Slow, hiss, sample_at};
use crate::noise;

/// A quarter note at 72 a minute, seconds.
const BEAT_SECS: f32 = 60.0 / 72.0;

/// One chord: when (beats), how long, which notes (MIDI), how loud.
type Chord = (f32, f32, [u8; 4], f32);

/// D minor through the night, nothing but a low fifth in the storm, D major at dawn.
const CHORDS: [Chord; 17] = [
    (0.0, 4.5, [38, 57, 62, 65], 0.9),
    (4.0, 4.5, [34, 53, 58, 65], 0.8),
    (8.0, 4.5, [41, 57, 60, 65], 0.8),
    (12.0, 4.5, [36, 55, 60, 64], 0.7),
    (16.0, 4.5, [34, 53, 58, 62], 0.7),
    (20.0, 4.5, [38, 53, 57, 64], 0.8),
    (24.0, 4.5, [41, 53, 60, 69], 0.9),
    (28.0, 4.5, [34, 58, 62, 65], 0.9),
    (32.0, 4.5, [43, 55, 58, 62], 0.8),
    (36.0, 3.0, [33, 52, 57, 61], 0.8),
    (39.0, 9.0, [26, 38, 45, 50], 0.9),
    (47.5, 4.5, [34, 53, 58, 62], 0.8),
    (51.5, 3.5, [36, 55, 60, 64], 1.0),
    (54.5, 4.5, [38, 57, 62, 66], 0.95),
    (58.5, 4.5, [43, 59, 62, 66], 0.9),
    (62.5, 4.0, [33, 57, 61, 64], 0.85),
    (66.0, 7.0, [38, 57, 62, 66], 0.9),
];

/// One plucked note: when (beats), which (MIDI), how hard.
type Pluck = (f32, u8, f32);

const MELODY: [Pluck; 66] = [
    (1.0, 74, 0.7),
    (2.0, 77, 0.6),
    (2.5, 76, 0.5),
    (3.0, 74, 0.6),
    (4.5, 72, 0.5),
    (5.0, 70, 0.6),
    (6.0, 65, 0.6),
    (8.0, 72, 0.6),
    (8.5, 69, 0.5),
    (9.0, 72, 0.6),
    (10.0, 77, 0.7),
    (11.0, 76, 0.5),
    (12.0, 72, 0.6),
    (13.0, 67, 0.6),
    (20.5, 69, 0.4),
    (21.0, 74, 0.6),
    (22.0, 76, 0.5),
    (23.0, 77, 0.6),
    (24.0, 81, 0.7),
    (24.5, 79, 0.5),
    (25.0, 77, 0.6),
    (26.0, 72, 0.6),
    (27.0, 74, 0.5),
    (28.0, 77, 0.6),
    (28.5, 74, 0.5),
    (29.0, 70, 0.6),
    (30.0, 74, 0.6),
    (30.5, 77, 0.5),
    (31.0, 82, 0.7),
    (32.0, 79, 0.6),
    (32.5, 74, 0.5),
    (33.0, 70, 0.5),
    (34.0, 74, 0.6),
    (35.0, 67, 0.5),
    (36.0, 73, 0.6),
    (37.0, 69, 0.5),
    (38.0, 64, 0.5),
    (50.0, 74, 0.4),
    (50.5, 77, 0.45),
    (51.5, 79, 0.5),
    (52.5, 76, 0.5),
    (53.5, 84, 0.6),
    (54.5, 86, 0.8),
    (55.0, 81, 0.6),
    (55.5, 78, 0.6),
    (56.0, 81, 0.6),
    (56.5, 86, 0.7),
    (57.0, 88, 0.7),
    (57.5, 90, 0.8),
    (58.5, 86, 0.8),
    (59.0, 83, 0.6),
    (59.5, 79, 0.6),
    (60.5, 83, 0.6),
    (61.0, 86, 0.6),
    (61.5, 83, 0.5),
    (62.5, 85, 0.7),
    (63.0, 81, 0.6),
    (63.5, 76, 0.6),
    (64.5, 81, 0.6),
    (65.0, 79, 0.5),
    (66.0, 78, 0.7),
    (67.0, 74, 0.6),
    (68.0, 69, 0.5),
    (69.0, 74, 0.6),
    (69.5, 78, 0.5),
    (70.0, 86, 0.6),
];

/// Plays the score dry: the chords broken on a harp over a very quiet held sound, because held harmonies as loud as a voice
/// are a voice to whatever listens for one.
pub(super) fn play() -> Bus {
    let mut bus = Bus::silent();
    for &(start, beats, notes, level) in &CHORDS {
        for (voice, note) in notes.into_iter().enumerate() {
            let pan = [-0.1, -0.6, 0.15, 0.6][voice];
            pad(&mut bus, (start, beats), hertz(note), level * 0.07, pan);
        }
        if beats <= 7.0 {
            harp(&mut bus, start, beats, notes, level);
        }
    }
    for (count, &(start, note, level)) in MELODY.iter().enumerate() {
        // Nobody plays quite on the grid.
        let late = (noise::at(31, count as i64) - 0.5) * 0.03;
        let pan = (count % 5) as f32 * 0.2 - 0.4;
        pluck(
            &mut bus,
            start * BEAT_SECS + late.max(0.0),
            hertz(note),
            level,
            pan,
            count as u64,
        );
    }
    bus
}

/// A chord in eighths, up and down again.
fn harp(bus: &mut Bus, start: f32, beats: f32, notes: [u8; 4], level: f32) {
    const WAY: [usize; 6] = [0, 1, 2, 3, 2, 1];
    for step in 0..((beats - 0.5) * 2.0) as usize {
        let voice = WAY[step % WAY.len()];
        let hard = level
            * (if step == 0 {
                0.62
            } else {
                0.4 + 0.08 * noise::at(32, step as i64)
            });
        let secs = (start + step as f32 * 0.5) * BEAT_SECS;
        pluck(
            bus,
            secs,
            hertz(notes[voice]),
            hard,
            [-0.1, -0.5, 0.2, 0.5][voice],
            200 + step as u64,
        );
    }
}

fn hertz(note: u8) -> f32 {
    440.0 * ((f32::from(note) - 69.0) / 12.0).exp2()
}

/// A held note like a soft string section: few harmonics, two players slightly apart.
fn pad(bus: &mut Bus, beats: (f32, f32), hertz: f32, level: f32, pan: f32) {
    let (start, length) = (sample_at(beats.0 * BEAT_SECS), beats.1 * BEAT_SECS);
    let (rise, fall) = (1.1, 1.3);
    let second = 1.0 / SAMPLE_RATE as f32;
    let count = ((length + fall) * SAMPLE_RATE as f32) as usize;
    for player in [-1.0f32, 1.0] {
        let tuned = hertz * (1.0 + player * 0.0017);
        for harmonic in 1..=2u8 {
            let number = f32::from(harmonic);
            let step = std::f32::consts::TAU * tuned * number * second;
            if tuned * number > 6000.0 {
                break;
            }
            let weight = 0.5 * level * number.powf(-2.2);
            // A rotating pair instead of a sine per sample.
            let (turn_sin, turn_cos) = step.sin_cos();
            let (mut sin, mut cos) = (noise::at(3, i64::from(harmonic)) * 6.3).sin_cos();
            for at in 0..count.min(LENGTH.saturating_sub(start)) {
                let t = at as f32 * second;
                let shape = noise::ease(t / rise) * noise::ease((length + fall - t) / fall);
                (sin, cos) = (sin * turn_cos + cos * turn_sin, cos * turn_cos - sin * turn_sin);
                bus.add(
                    start + at,
                    sin * weight * shape,
                    (pan + player * 0.25).clamp(-1.0, 1.0),
                );
            }
        }
    }
}

/// A plucked string (Karplus and Strong): a burst of noise goes round a delay that loses its edge.
fn pluck(bus: &mut Bus, start_secs: f32, hertz: f32, level: f32, pan: f32, seed: u64) {
    let start = sample_at(start_secs);
    let around = SAMPLE_RATE as f32 / hertz - 0.5;
    let whole = (around as usize).max(2);
    let part = around - whole as f32;
    let mut soften = Slow::new(2200.0 + 1800.0 * level);
    let mut string: Vec<f32> = (0..=whole)
        .map(|k| soften.pass(hiss(900 + seed, k)) * level)
        .collect();
    let mean = string.iter().sum::<f32>() / string.len() as f32;
    string.iter_mut().for_each(|v| *v -= mean);
    let length = string.len();
    let (mut place, mut before) = (0usize, 0.0f32);
    for at in 0..(SAMPLE_RATE as usize * 3).min(LENGTH.saturating_sub(start)) {
        let next = string[(place + 1) % length];
        let out = string[place] * part + next * (1.0 - part);
        string[place] = (0.5 * (out + before)) * 0.9962;
        before = out;
        place = (place + 1) % length;
        bus.add(start + at, out * 1.5, pan);
    }
}

/// A small hall: four combs and two all-passes per side, mixed under the dry sound.
pub(super) fn room(bus: &mut Bus) {
    for (side, spread) in [(&mut bus.left, 0usize), (&mut bus.right, 37)] {
        let mut combs = [1687usize, 1931, 2053, 2251]
            .map(|length| (vec![0.0f32; length + spread], 0usize, Slow::new(3400.0)));
        let mut passes = [347usize, 113].map(|length| (vec![0.0f32; length + spread / 3], 0usize));
        for sample in side.iter_mut() {
            let mut wet = 0.0;
            for (line, at, damp) in &mut combs {
                let echo = line[*at];
                line[*at] = *sample + damp.pass(echo) * 0.83;
                *at = (*at + 1) % line.len();
                wet += echo;
            }
            for (line, at) in &mut passes {
                let held = line[*at];
                let into = wet + held * 0.6;
                line[*at] = into;
                wet = held - into * 0.6;
                *at = (*at + 1) % line.len();
            }
            *sample = *sample * 0.8 + wet * 0.11;
        }
    }
}
