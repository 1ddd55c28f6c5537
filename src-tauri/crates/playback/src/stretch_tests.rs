//! What a stretch must keep: length, pitch, smoothness, place, silence.

use std::f64::consts::TAU;

use proptest::prelude::*;

use super::*;

const RATE: f64 = 48_000.0;

/// Pushes in uneven blocks, pulls in others, to the end.
fn stretched(input: &[f32], speed: u64, blocks: &[usize]) -> Vec<f32> {
    let mut stretch = Stretch::new(speed);
    let mut out = Vec::new();
    let mut rest = input;
    let mut block = [0.0; 700];
    for &frames in blocks.iter().cycle() {
        let now = rest.len().min(frames * 2);
        stretch.push(&rest[..now]);
        rest = &rest[now..];
        if rest.is_empty() {
            stretch.close();
        }
        loop {
            let got = stretch.pull(&mut block);
            out.extend_from_slice(&block[..got]);
            if got == 0 {
                break;
            }
        }
        if stretch.is_spent() {
            return out;
        }
    }
    out
}

fn tone(frames: usize, partials: &[(f64, f64, f64)]) -> Vec<f32> {
    let sample = |n: usize, side: f64| -> f32 {
        let sum: f64 = partials
            .iter()
            .map(|&(hertz, level, phase)| level * (TAU * hertz * n as f64 / RATE + phase + side).sin())
            .sum();
        sum as f32
    };
    // The two sides out of phase: what is done to one must be done to the other, whatever their sum is.
    (0..frames)
        .flat_map(|n| [sample(n, 0.0), sample(n, 2.0)])
        .collect()
}

fn left(stereo: &[f32]) -> Vec<f64> {
    stereo
        .iter()
        .step_by(2)
        .map(|&sample| f64::from(sample))
        .collect()
}

/// Frequency by the time between the first and the last upward zero crossing.
fn hertz(samples: &[f64]) -> f64 {
    let crossings: Vec<f64> = samples
        .windows(2)
        .enumerate()
        .filter(|(_, w)| w[0] < 0.0 && w[1] >= 0.0)
        .map(|(n, w)| n as f64 + w[0] / (w[0] - w[1]))
        .collect();
    let (first, last) = (crossings[0], crossings[crossings.len() - 1]);
    (crossings.len() - 1) as f64 * RATE / (last - first)
}

fn steepest(samples: &[f64]) -> f64 {
    samples
        .windows(2)
        .map(|w| (w[1] - w[0]).abs())
        .fold(0.0, f64::max)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_length_is_the_inputs_divided_by_the_speed(
        frames in 0usize..60_000, speed in 1u64..=2, block in 1usize..5_000,
    ) {
        let input = tone(frames, &[(300.0, 0.5, 0.0)]);
        let out = stretched(&input, speed, &[block, 77]);
        prop_assert_eq!(out.len() / 2, frames.div_ceil(speed as usize));
    }

    #[test]
    fn a_tone_keeps_its_pitch_and_its_slope(pitch in 50.0f64..6_000.0, phase in 0.0..TAU) {
        let input = tone(96_000, &[(pitch, 0.5, phase)]);
        let out = left(&stretched(&input, 2, &[1_024]));
        let heard = hertz(&out);
        prop_assert!((heard / pitch - 1.0).abs() < 0.01, "{pitch} Hz came out as {heard}");
        let (before, after) = (steepest(&left(&input)), steepest(&out));
        prop_assert!(after <= before * 1.02 + 1e-4, "{pitch} Hz: steps of {after}, not {before}");
        // Loudness too: pieces that met out of phase would cancel each other.
        let level = |s: &[f64]| (s.iter().map(|v| v * v).sum::<f64>() / s.len() as f64).sqrt();
        prop_assert!((level(&out) / level(&left(&input)) - 1.0).abs() < 0.05);
    }

    #[test]
    fn no_mixture_of_tones_gets_a_step_that_a_cross_fade_does_not_explain(
        partials in prop::collection::vec((40.0f64..9_000.0, 0.02f64..0.2, 0.0..TAU), 1..6),
    ) {
        let input = tone(48_000, &partials);
        let out = left(&stretched(&input, 2, &[1_024]));
        let source = left(&input);
        let peak = source.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
        // Between two arbitrary places the gain moves at most so fast.
        let by_fading = 2.0 * peak * std::f64::consts::PI / (2.0 * FADE_FRAMES as f64);
        prop_assert!(steepest(&out) <= steepest(&source) + by_fading + 1e-6);
        prop_assert!(out.iter().all(|v| v.abs() <= peak + 1e-6));
    }

    #[test]
    fn in_what_blocks_it_comes_is_no_matter(blocks in prop::collection::vec(1usize..3_000, 1..6)) {
        let input = tone(20_000, &[(220.0, 0.4, 0.3), (1_300.0, 0.2, 1.0)]);
        prop_assert_eq!(stretched(&input, 2, &blocks), stretched(&input, 2, &[20_000]));
    }
}

#[test]
fn however_long_it_runs_the_place_stays_what_the_speed_says() {
    // What goes in says where it is: steps of a second, the second's number as their level.
    let mut stretch = Stretch::new(2);
    let (seconds, mut made, mut worst) = (240_usize, 0_usize, 0_usize);
    let mut block = vec![0.0; 4_096];
    for second in 0..seconds {
        stretch.push(&vec![(second + 1) as f32; 48_000 * 2]);
        if second + 1 == seconds {
            stretch.close();
        }
        loop {
            let got = stretch.pull(&mut block);
            if got == 0 {
                break;
            }
            for pair in block[..got].chunks_exact(2) {
                // Between two steps a cross fade says something between them, for as long as it lasts.
                let said = pair[0].round() as usize - 1;
                let nominal = made * 2;
                let away = if nominal / 48_000 < said {
                    said * 48_000 - nominal
                } else {
                    nominal.saturating_sub((said + 1) * 48_000)
                };
                worst = worst.max(away);
                made += 1;
            }
        }
    }
    assert_eq!(made, seconds * 24_000);
    // Half a piece is what the sound runs ahead and falls behind within one; a cross fade may blur the step once more.
    assert!(
        worst <= REACH_FRAMES + HOP_FRAMES / 2 + FADE_FRAMES,
        "{worst} frames away"
    );
}

#[test]
fn the_last_piece_is_sound_to_its_end() {
    for frames in (1..6_000).step_by(97) {
        let input = vec![0.5; frames * 2];
        let out = stretched(&input, 2, &[1_024]);
        assert_eq!(out.len() / 2, frames.div_ceil(2));
        let silent = out.iter().filter(|sample| (**sample - 0.5).abs() > 1e-4).count();
        assert_eq!(silent, 0, "of {frames} frames");
    }
}

#[test]
fn silence_stays_silence_and_speed_one_changes_nothing() {
    let silent = vec![0.0; 2 * 30_000];
    assert!(stretched(&silent, 2, &[1_000]).iter().all(|v| *v == 0.0));
    let input = tone(30_000, &[(441.0, 0.5, 0.1)]);
    let out = stretched(&input, 1, &[1_000]);
    assert_eq!(out.len(), input.len());
    assert!(out.iter().zip(&input).all(|(a, b)| (a - b).abs() < 1e-6));
}
