/// A seeded source of chances: the same seed, the same run. For jitter and for faults, never for secrets.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// A source that begins here.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number (SplitMix64: one addition and a scramble, no state to get wrong).
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Less than `end`; zero when that is zero.
    pub fn below(&mut self, end: u64) -> u64 {
        // The upper half of the product: no division, and no bias that matters here.
        let product = u128::from(self.next()) * u128::from(end);
        u64::try_from(product >> 64).unwrap_or_default()
    }

    /// True so many times in a thousand.
    pub fn per_mille(&mut self, odds: u16) -> bool {
        self.below(1000) < u64::from(odds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_come_as_often_as_they_should() {
        let mut chance = Chance::new(7);
        let hits = (0..100_000).filter(|_| chance.per_mille(250)).count();
        assert!((24_000..26_000).contains(&hits), "{hits}");
        assert!((0..1000).all(|_| chance.below(3) < 3));
        assert!(!chance.per_mille(0) && chance.per_mille(1000) && chance.below(0) == 0);
    }
}
