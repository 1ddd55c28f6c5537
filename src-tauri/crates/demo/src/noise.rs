//! Seeded chance: everything irregular in the film comes from here, so that every make is the same film.

/// One scrambled 64-bit value per input (the finaliser of SplitMix64).
pub(crate) const fn scramble(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A value in 0..1 that depends on the seed and the place only.
pub(crate) fn at(seed: u64, place: i64) -> f32 {
    let bits = scramble(seed ^ scramble(place.cast_unsigned()));
    // 24 bits fit a float exactly.
    (bits >> 40) as f32 / 16_777_216.0
}

/// A run of values in 0..1.
pub(crate) struct Dice {
    seed: u64,
    throws: i64,
}

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed, throws: 0 }
    }

    /// The next value in 0..1.
    pub(crate) fn unit(&mut self) -> f32 {
        self.throws += 1;
        at(self.seed, self.throws)
    }

    /// The next value in `from..to`.
    pub(crate) fn between(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * self.unit()
    }

    /// The next value in -1..1.
    pub(crate) fn signed(&mut self) -> f32 {
        self.unit().mul_add(2.0, -1.0)
    }
}

/// Smooth noise along a line, in 0..1, one knot per unit.
pub(crate) fn line(seed: u64, x: f32) -> f32 {
    let knot = x.floor();
    let part = ease(x - knot);
    let (a, b) = (at(seed, knot as i64), at(seed, knot as i64 + 1));
    a + (b - a) * part
}

/// Several octaves of [`line`], in 0..1.
pub(crate) fn line_octaves(seed: u64, x: f32, octaves: u32) -> f32 {
    let (mut sum, mut weight, mut total, mut scale) = (0.0, 1.0, 0.0, 1.0);
    for octave in 0..octaves {
        sum += weight * line(seed.wrapping_add(u64::from(octave) * 977), x * scale);
        total += weight;
        weight *= 0.5;
        scale *= 2.03;
    }
    sum / total
}

/// Smooth noise over a plane, in 0..1, one knot per unit, several octaves.
pub(crate) fn plane(seed: u64, x: f32, y: f32, octaves: u32) -> f32 {
    let (mut sum, mut weight, mut total, mut scale) = (0.0, 1.0, 0.0, 1.0);
    for octave in 0..octaves {
        let row_seed = seed.wrapping_add(u64::from(octave) * 7919);
        let (sx, sy) = (x * scale, y * scale);
        let row = sy.floor();
        let (above, below) = (
            knot_row(row_seed, row as i64, sx),
            knot_row(row_seed, row as i64 + 1, sx),
        );
        sum += weight * (above + (below - above) * ease(sy - row));
        total += weight;
        weight *= 0.5;
        scale *= 2.01;
    }
    sum / total
}

fn knot_row(seed: u64, row: i64, x: f32) -> f32 {
    line(scramble(seed ^ row.cast_unsigned()), x)
}

/// The smoothstep curve: 0..1 to 0..1 with level ends.
pub(crate) fn ease(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_repeats_and_stays_in_range() {
        let mut dice = Dice::new(7);
        let first: Vec<f32> = (0..1000).map(|_| dice.unit()).collect();
        let mut again = Dice::new(7);
        assert!(first.iter().all(|v| (0.0..1.0).contains(v) && *v == again.unit()));
        let mean = first.iter().sum::<f32>() / 1000.0;
        assert!((mean - 0.5).abs() < 0.03, "biased: {mean}");
    }

    #[test]
    fn noise_is_continuous() {
        for step in 0..400 {
            let x = step as f32 * 0.05;
            assert!((line_octaves(3, x, 4) - line_octaves(3, x + 0.001, 4)).abs() < 0.02);
            assert!((plane(3, x, 1.3, 3) - plane(3, x + 0.001, 1.3, 3)).abs() < 0.02);
        }
    }
}
