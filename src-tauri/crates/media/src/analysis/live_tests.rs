//! Signals made like those of EBU Tech 3341 (meters) and Tech 3342 (range), with the tolerances given there.

use super::*;

const RATE: u32 = 48_000;

/// Stereo sines one after another: frequency, level in dBFS and seconds of each. Blocks come as a device takes them.
fn meter(parts: &[(f64, f64, f64)]) -> LiveMeter {
    let mut meter = LiveMeter::new(RATE, 2).unwrap();
    let mut n = 0_u64;
    for (hertz, level_dbfs, secs) in parts {
        let gain = 10f64.powf(level_dbfs / 20.0);
        let frames = (secs * f64::from(RATE)).round() as u64;
        let sound: Vec<f32> = (n..n + frames)
            .flat_map(|at| {
                let phase = at as f64 / f64::from(RATE) * hertz * std::f64::consts::TAU;
                [(gain * phase.sin()) as f32; 2]
            })
            .collect();
        n += frames;
        for block in sound.chunks(2 * 481) {
            meter.push(block).unwrap();
        }
    }
    meter
}

#[track_caller]
fn reads(what: Option<f32>, wanted: f32, within: f32) {
    let what = what.expect("a reading");
    assert!((what - wanted).abs() <= within, "{what} instead of {wanted}");
}

#[test]
fn a_steady_tone_reads_its_level_on_all_three_meters() {
    for level in [-23.0, -33.0] {
        let meter = meter(&[(1000.0, level, 20.0)]);
        let shown = meter.reading();
        reads(shown.momentary_lufs, level as f32, 0.1);
        reads(shown.short_term_lufs, level as f32, 0.1);
        reads(shown.integrated_lufs, level as f32, 0.1);
    }
}

#[test]
fn what_is_far_below_the_rest_is_gated_out() {
    // Tests 3, 4 and 5 of Tech 3341: each reads -23.0.
    let tone = |level, secs| (1000.0, level, secs);
    for parts in [
        vec![tone(-36.0, 10.0), tone(-23.0, 60.0), tone(-36.0, 10.0)],
        vec![
            tone(-72.0, 10.0),
            tone(-36.0, 10.0),
            tone(-23.0, 60.0),
            tone(-36.0, 10.0),
            tone(-72.0, 10.0),
        ],
        vec![tone(-26.0, 20.0), tone(-20.0, 20.1), tone(-26.0, 20.0)],
    ] {
        reads(meter(&parts).reading().integrated_lufs, -23.0, 0.1);
    }
}

#[test]
fn momentary_and_short_term_follow_within_their_windows() {
    // After three seconds of loud tone short-term is there; the quiet one that follows shows in momentary at once.
    let meter = meter(&[(1000.0, -20.0, 5.0), (1000.0, -40.0, 0.5)]);
    reads(meter.reading().momentary_lufs, -40.0, 0.2);
    reads(meter.reading().short_term_lufs, -20.8, 0.2);
}

#[test]
fn range_is_the_step_between_two_levels() {
    // Test 1 of Tech 3342: 10 LU.
    let meter = meter(&[(1000.0, -20.0, 20.0), (1000.0, -30.0, 20.0)]);
    reads(meter.reading().range_lu, 10.0, 1.0);
}

#[test]
fn true_peaks_lie_between_samples() {
    // Test 16 of Tech 3341: a quarter of the rate at 45 degrees, whose samples stay 3 dB below its peak of -6 dBTP.
    let mut meter = LiveMeter::new(RATE, 2).unwrap();
    let sound: Vec<f32> = (0..RATE)
        .flat_map(|n| {
            let phase = (f64::from(n) / 4.0 + 0.125) * std::f64::consts::TAU;
            [(0.5 * phase.sin()) as f32, 0.0]
        })
        .collect();
    let sampled = sound.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    assert!(sampled < 0.36, "{sampled}");
    meter.push(&sound).unwrap();
    let shown = meter.reading();
    // Tolerance of Tech 3341: +0.2 and -0.4 dB.
    reads(shown.true_peak_dbtp, -6.1, 0.3);
    reads(Some(shown.channels[0].level_dbtp), -6.1, 0.4);
    assert!(
        shown.channels[1].level_dbtp < -100.0,
        "the other channel is silent"
    );
}

#[test]
fn bars_fall_slowly_and_marks_stand_for_a_while() {
    let mut meter = meter(&[(1000.0, -6.0, 0.5)]);
    meter.push(&vec![0.0; 2 * RATE as usize]).unwrap();
    let bar = meter.reading().channels[0];
    assert!((-18.5..-17.0).contains(&bar.level_dbtp), "{bar:?}");
    assert!((-6.2..-5.8).contains(&bar.held_dbtp), "{bar:?}");
    meter.push(&vec![0.0; 2 * RATE as usize]).unwrap();
    let bar = meter.reading().channels[0];
    assert!(bar.held_dbtp < -20.0, "the mark came down: {bar:?}");
    reads(meter.reading().true_peak_dbtp, -6.0, 0.2);
}

#[test]
fn what_only_passes_moves_bars_and_no_loudness() {
    let mut meter = LiveMeter::new(RATE, 2).unwrap();
    meter.pass(&[0.5; 2 * 48_000]);
    assert_eq!(meter.reading().integrated_lufs, None);
    assert_eq!(meter.reading().momentary_lufs, None);
    reads(Some(meter.reading().channels[1].level_dbtp), -6.0, 0.1);
}

#[test]
fn a_new_beginning_forgets() {
    let mut meter = meter(&[(1000.0, -10.0, 5.0)]);
    meter.begin();
    assert_eq!(*meter.reading(), *LiveMeter::new(RATE, 2).unwrap().reading());
    let quiet: Vec<f32> = vec![0.0; 2 * RATE as usize];
    meter.push(&quiet).unwrap();
    assert_eq!(meter.reading().integrated_lufs, None, "nothing above the gate");
    assert_eq!(meter.reading().true_peak_dbtp, None);
}
