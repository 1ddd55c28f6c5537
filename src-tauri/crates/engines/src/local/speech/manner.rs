//! Whether sound comes in the manner of speech. The network alone takes held chords, surf and gunfire for voices; but who speaks
//! opens and shuts the mouth some four times a second, and most of it is voiced.

/// Samples of one block, at 16 kHz.
pub(super) const BLOCK: usize = 256;
/// Blocks over which levels are smoothed, against which slower change is left out, and over which the manner is judged: about
/// 50 ms, half a second, and one and a quarter.
const SMOOTH: usize = 3;
const SLOW: usize = 31;
const JUDGED: usize = 79;
/// Standard deviation of the level between those speeds, dB: what begins speech and what may continue it. Music and steady
/// noise reach about two.
const BEGIN_DEPTH: f32 = 2.5;
const HOLD_DEPTH: f32 = 1.8;
/// From this depth on no voice is asked for: breathy and badly recorded speech.
const DEEP: f32 = 4.0;
/// Share of voiced blocks below which shallow modulation is noise.
const MIN_VOICED: f32 = 0.15;
/// Under louder sound syllables drown; voiced blocks that the network is this sure of (thousandths) are speech all the same.
const SURE: f32 = 850.0;
const SURE_VOICED: f32 = 0.35;
/// Correlation with itself one pitch period later that makes a block voiced.
const VOICED: f32 = 0.6;
/// Pitch periods looked for, samples at 8 kHz: 75 to 400 Hz.
const PERIODS: std::ops::Range<usize> = 20..107;
/// Samples at 8 kHz in which a period is looked for: this block and the one before.
const WINDOW: usize = BLOCK;
/// Levels below this mean square are silence: -100 dBFS.
const SILENCE: f32 = 1e-10;

/// How a block sounds among its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// As speech does.
    Speech,
    /// As speech might go on.
    Maybe,
    /// Otherwise.
    Other,
}

/// Follows the level of the voice band, and whether there is a pitch.
#[derive(Clone, Debug, Default)]
pub(super) struct Ear {
    low_cut: Section,
    high_cut: Section,
    /// The last two blocks at 8 kHz.
    halved: Vec<f32>,
    levels_db: Vec<f32>,
    voiced: Vec<bool>,
}

impl Ear {
    /// Takes the next block.
    pub(super) fn push(&mut self, block: &[f32]) {
        let mut power = 0.0;
        for &sample in block {
            let band = self.low_cut.pass(&HIGH_PASS, sample);
            power += self.high_cut.pass(&LOW_PASS, band).powi(2);
        }
        self.levels_db
            .push(10.0 * (power / block.len().max(1) as f32 + SILENCE).log10());
        let keep = self.halved.len().saturating_sub(WINDOW - block.len() / 2);
        self.halved.drain(..keep);
        self.halved
            .extend(block.chunks_exact(2).map(|pair| (pair[0] + pair[1]) / 2.0));
        self.voiced.push(periodicity(&self.halved) > VOICED);
    }

    /// The manner of every block; `scores` are the network's, thousandths.
    pub(super) fn judge(&self, scores: &[u16]) -> Vec<Manner> {
        let smooth = means(&self.levels_db, SMOOTH);
        let slow = means(&self.levels_db, SLOW);
        let quick: Vec<f32> = smooth.iter().zip(&slow).map(|(a, b)| a - b).collect();
        let squares: Vec<f32> = quick.iter().map(|level| level * level).collect();
        let voiced: Vec<f32> = self.voiced.iter().map(|&is| f32::from(u8::from(is))).collect();
        let scores: Vec<f32> = scores.iter().map(|&score| f32::from(score)).collect();
        let [quick, squares, voiced, scores] =
            [&quick, &squares, &voiced, &scores].map(|series| means(series, JUDGED));
        let each = quick.iter().zip(&squares).zip(voiced.iter().zip(&scores));
        each.map(|((mean, square), (&voiced, &score))| {
            let depth = (square - mean * mean).max(0.0).sqrt();
            if depth >= DEEP
                || depth >= BEGIN_DEPTH && voiced >= MIN_VOICED
                || score >= SURE && voiced >= SURE_VOICED
            {
                Manner::Speech
            } else if depth >= HOLD_DEPTH && voiced >= MIN_VOICED {
                Manner::Maybe
            } else {
                Manner::Other
            }
        })
        .collect()
    }
}

/// The best normalised correlation of a stretch with itself one period later.
fn periodicity(samples: &[f32]) -> f32 {
    if samples.len() < WINDOW {
        return 0.0;
    }
    let mean = samples.iter().sum::<f32>() / samples.len() as f32;
    let centred: Vec<f32> = samples.iter().map(|sample| sample - mean).collect();
    let power = |part: &[f32]| part.iter().map(|s| s * s).sum::<f32>();
    let mut best = 0.0f32;
    for period in PERIODS {
        let (now, later) = (&centred[..WINDOW - period], &centred[period..WINDOW]);
        let both = power(now) * power(later);
        if both > (SILENCE * WINDOW as f32).powi(2) {
            let product: f32 = now.iter().zip(later).map(|(a, b)| a * b).sum();
            best = best.max(product / both.sqrt());
        }
    }
    best
}

/// The mean around every value of up to `count` values.
fn means(values: &[f32], count: usize) -> Vec<f32> {
    let mut sums = vec![0.0f64];
    let mut sum = 0.0;
    for &value in values {
        sum += f64::from(value);
        sums.push(sum);
    }
    (0..values.len())
        .map(|at| {
            let (from, to) = (
                at.saturating_sub(count / 2),
                (at + count / 2 + 1).min(values.len()),
            );
            ((sums[to] - sums[from]) / (to - from) as f64) as f32
        })
        .collect()
}

/// Coefficients of a second-order filter at 16 kHz: three of the input, two of the output.
type Coefficients = [f32; 5];
/// Butterworth, 300 Hz and up.
const HIGH_PASS: Coefficients = [0.920_066, -1.840_132, 0.920_066, -1.833_733, 0.846_532];
/// Butterworth, up to 3400 Hz.
const LOW_PASS: Coefficients = [0.227_118, 0.454_236, 0.227_118, -0.276_665, 0.185_136];

#[derive(Clone, Copy, Debug, Default)]
struct Section {
    first: f32,
    second: f32,
}

impl Section {
    /// Transposed direct form II.
    fn pass(&mut self, [b0, b1, b2, a1, a2]: &Coefficients, sample: f32) -> f32 {
        let out = b0 * sample + self.first;
        self.first = b1 * sample - a1 * out + self.second;
        self.second = b2 * sample - a2 * out;
        out
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    const SECS: usize = 4;

    /// Judges what `sample` says at every second, as one score everywhere.
    fn manners(score: u16, sample: impl Fn(f32, usize) -> f32) -> Vec<Manner> {
        let mut ear = Ear::default();
        let samples: Vec<f32> = (0..16_000 * SECS)
            .map(|at| sample(at as f32 / 16_000.0, at))
            .collect();
        for block in samples.chunks_exact(BLOCK) {
            ear.push(block);
        }
        ear.judge(&vec![score; samples.len() / BLOCK])
    }

    fn noise(at: usize) -> f32 {
        let hash = (at as u32).wrapping_mul(0x9E37_79B9);
        let hash = (hash ^ (hash >> 15)).wrapping_mul(0x2C1B_3C6D);
        ((hash ^ (hash >> 13)) & 0xffff) as f32 / 32_768.0 - 1.0
    }

    fn buzz(pitch: f32, time: f32) -> f32 {
        (1..20)
            .map(|n| (TAU * pitch * n as f32 * time).sin() / n as f32)
            .sum::<f32>()
            * 0.2
    }

    /// 0.1 to 1, four times a second.
    fn syllables(time: f32) -> f32 {
        0.55 + 0.45 * (TAU * 4.0 * time).sin()
    }

    #[test]
    fn a_voice_in_syllables_is_speech() {
        let heard = manners(700, |time, _| buzz(120.0, time) * syllables(time));
        assert!(heard.iter().all(|&manner| manner == Manner::Speech), "{heard:?}");
        let whispered = manners(700, |time, at| noise(at) * 0.1 * syllables(time).powi(2));
        assert!(whispered.contains(&Manner::Speech));
    }

    #[test]
    fn chords_surf_and_silence_are_not_however_sure_the_network_is() {
        let chord = manners(700, |time, _| {
            (buzz(220.0, time) + buzz(277.2, time) + buzz(329.6, time)) * 0.3
        });
        assert!(!chord.contains(&Manner::Speech), "{chord:?}");
        let surf = manners(950, |time, at| noise(at) * (0.5 + 0.2 * (TAU * 0.2 * time).sin()));
        assert!(!surf.contains(&Manner::Speech), "{surf:?}");
        let silence = manners(950, |_, _| 0.0);
        assert!(silence.iter().all(|&manner| manner == Manner::Other));
    }

    #[test]
    fn a_voice_under_noise_counts_when_the_network_is_sure() {
        let under = |time: f32, at: usize| buzz(140.0, time) + noise(at) * 0.02;
        assert!(manners(900, under).contains(&Manner::Speech));
        assert!(!manners(700, under).contains(&Manner::Speech));
    }

    #[test]
    fn the_filters_pass_the_voice_band_only() {
        let level = |hertz: f32| {
            let mut ear = Ear::default();
            let tone: Vec<f32> = (0..16_000)
                .map(|at| (TAU * hertz * at as f32 / 16_000.0).sin())
                .collect();
            tone.chunks_exact(BLOCK).for_each(|block| ear.push(block));
            ear.levels_db[40]
        };
        let full = 10.0 * 0.5f32.log10();
        assert!((level(1000.0) - full).abs() < 0.6, "{}", level(1000.0));
        assert!(level(60.0) < full - 24.0 && level(7000.0) < full - 18.0);
        assert!((level(300.0) - full + 3.0).abs() < 0.6 && (level(3400.0) - full + 3.0).abs() < 0.6);
    }
}
