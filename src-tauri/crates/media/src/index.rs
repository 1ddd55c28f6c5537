use std::{
    fs::File,
    io::{BufWriter, Read, Write},
    path::Path,
};

use timebase::{Flicks, Rate, TimeBase};

use crate::MediaError;

const MAGIC: &[u8; 8] = b"CTFRAMES";
const VERSION: u32 = 1;
const WHAT: &str = "frame index";

/// Exact presentation times of every frame of an asset, in the stream's own time base.
///
/// Frame `n` is the `n`-th picture the decoder gives in presentation order. Its time is kept as the file has it; asset time
/// (what [`Self::start_of`] answers) counts from frame 0, so frame 0 is at zero whatever the file's clock says.
///
/// File format, little endian: magic `CTFRAMES`, u32 version, u32 time base numerator, u32 denominator, u64 frame count,
/// i64 end, u64 number of keyframes, u64 number of corrected times; then i64 times, u64 keyframe numbers, pairs of
/// (u64 frame, i64 time as the decoder gave it), and the first 16 bytes of the BLAKE3 of everything before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameIndex {
    time_base: TimeBase,
    /// Strictly increasing.
    pts: Vec<i64>,
    /// First tick after the last frame.
    end: i64,
    /// Frames decoding can start at, ascending.
    keyframes: Vec<u64>,
    /// Frames whose time had to be moved, with the time the decoder gave, ascending by frame.
    corrected: Vec<(u64, i64)>,
}

impl FrameIndex {
    /// Builds an index from times in presentation order. Times that do not increase are moved to one tick after their
    /// predecessor and remembered. `last_duration` is that of the last frame, in ticks, at least 1 is used.
    pub fn new(time_base: TimeBase, times: Vec<i64>, keyframes: Vec<u64>, last_duration: i64) -> Self {
        let mut pts = times;
        let mut corrected = Vec::new();
        for n in 1..pts.len() {
            let floor = pts[n - 1].saturating_add(1);
            if pts[n] < floor {
                corrected.push((n as u64, pts[n]));
                pts[n] = floor;
            }
        }
        let end = pts.last().map_or(0, |t| t.saturating_add(last_duration.max(1)));
        Self {
            time_base,
            pts,
            end,
            keyframes,
            corrected,
        }
    }

    /// An index of so many frames that all last the same: the clock of something without pictures, such as sound alone.
    pub fn steady(rate: Rate, frames: u64) -> Self {
        let times = (0..i64::try_from(frames).unwrap_or(i64::MAX)).collect();
        Self::new(rate.frame_duration(), times, vec![0], 1)
    }

    /// Native time base, seconds per tick.
    pub fn time_base(&self) -> TimeBase {
        self.time_base
    }

    /// Presentation times in ticks of the time base, strictly increasing.
    pub fn pts(&self) -> &[i64] {
        &self.pts
    }

    /// First tick after the last frame.
    pub fn end_pts(&self) -> i64 {
        self.end
    }

    /// Frames decoding can start at, ascending. May be empty when the file marks none.
    pub fn keyframes(&self) -> &[u64] {
        &self.keyframes
    }

    /// Frames whose time did not increase in the file and was moved by at least one tick.
    pub fn corrected_frames(&self) -> impl Iterator<Item = u64> + '_ {
        self.corrected.iter().map(|(frame, _)| *frame)
    }

    /// Number of frames.
    pub fn len(&self) -> u64 {
        self.pts.len() as u64
    }

    /// Whether there is no frame.
    pub fn is_empty(&self) -> bool {
        self.pts.is_empty()
    }

    /// Start of a frame in asset time, rounded once to the nearest flick. Frames past the end answer the end.
    pub fn start_of(&self, frame: u64) -> Flicks {
        let ticks = usize::try_from(frame)
            .ok()
            .and_then(|n| self.pts.get(n))
            .copied()
            .unwrap_or(self.end);
        self.asset_time(ticks)
    }

    /// End of a frame, which is the start of the next.
    pub fn end_of(&self, frame: u64) -> Flicks {
        self.start_of(frame.saturating_add(1))
    }

    /// Length of all frames.
    pub fn duration(&self) -> Flicks {
        self.asset_time(self.end)
    }

    /// A native time as asset time.
    pub fn asset_time(&self, ticks: i64) -> Flicks {
        Flicks::from_ticks(ticks.saturating_sub(self.origin()), self.time_base)
    }

    /// Native time of frame 0.
    pub fn origin(&self) -> i64 {
        self.pts.first().copied().unwrap_or(0)
    }

    /// The frame shown at an instant of asset time: the last one that started. Clamped to the first and the last frame;
    /// 0 when there is none.
    pub fn frame_at(&self, at: Flicks) -> u64 {
        // Compared in flicks, so that it is the inverse of start_of whatever start_of rounded.
        let after = self.pts.partition_point(|t| self.asset_time(*t) <= at);
        (after as u64).saturating_sub(1)
    }

    /// Whether every frame lasts the same, within one tick (time bases that do not divide the rate alternate).
    pub fn is_constant_rate(&self) -> bool {
        let Some((first, last)) = self.pts.first().zip(self.pts.last()) else {
            return true;
        };
        let frames = self.pts.len() as i64 - 1;
        if frames < 2 {
            return true;
        }
        // Every time lies within one tick of the straight line from first to last.
        let span = i128::from(*last) - i128::from(*first);
        self.pts.iter().enumerate().all(|(n, t)| {
            let ideal = span * n as i128;
            let real = (i128::from(*t) - i128::from(*first)) * i128::from(frames);
            (ideal - real).abs() <= i128::from(frames)
        })
    }

    /// Average rate over all frames in lowest terms, snapped to the trade's rates when within 0.02 %; `None` for fewer than
    /// two frames.
    pub fn average_rate(&self) -> Option<Rate> {
        let frames = u64::try_from(self.pts.len()).ok().filter(|n| *n >= 2)? - 1;
        let ticks = u64::try_from(self.pts.last()?.checked_sub(*self.pts.first()?)?).ok()?;
        let num = u128::from(frames) * u128::from(self.time_base.den());
        let den = u128::from(ticks) * u128::from(self.time_base.num());
        if den == 0 {
            return None;
        }
        let trade: [(u32, u32); 16] = [
            (24_000, 1001),
            (24, 1),
            (25, 1),
            (30_000, 1001),
            (30, 1),
            (48_000, 1001),
            (48, 1),
            (50, 1),
            (60_000, 1001),
            (60, 1),
            (10, 1),
            (12, 1),
            (15, 1),
            (100, 1),
            (120_000, 1001),
            (120, 1),
        ];
        for (n, d) in trade {
            // |num/den - n/d| <= n/d / 5000
            let (left, right) = (num * u128::from(d), den * u128::from(n));
            if left.abs_diff(right) * 5000 <= right {
                return Rate::new(n, d).ok();
            }
        }
        reduced_rate(num, den)
    }

    /// The keyframe decoding of `frame` starts at: the last one at or before it, 0 when none is known.
    pub fn keyframe_before(&self, frame: u64) -> u64 {
        let after = self.keyframes.partition_point(|k| *k <= frame);
        after
            .checked_sub(1)
            .and_then(|n| self.keyframes.get(n))
            .copied()
            .unwrap_or(0)
    }

    /// The frame whose time, as the decoder gives it, is `ticks`. `None` when no frame has exactly this time.
    pub(crate) fn frame_with_time(&self, ticks: i64) -> Option<u64> {
        if let Ok(n) = self.pts.binary_search(&ticks) {
            return Some(n as u64);
        }
        None
    }

    /// Whether the time of a frame identifies it. From the first moved time on it does not: decoders then guess times from
    /// what they saw before, so that after a seek the same picture may come with another time.
    pub(crate) fn time_identifies(&self, frame: u64) -> bool {
        self.corrected.first().is_none_or(|(moved, _)| frame < *moved)
    }

    /// The index of the proxy made from this asset: the same frames, counted from zero in whole fractions of a second.
    pub fn of_proxy(&self) -> Self {
        let scale = i64::from(self.time_base.num());
        let origin = self.origin();
        let moved = |t: &i64| t.saturating_sub(origin).saturating_mul(scale);
        // 1/den is in lowest terms as it stands.
        let time_base = TimeBase::new(1, self.time_base.den()).unwrap_or(self.time_base);
        Self {
            time_base,
            pts: self.pts.iter().map(moved).collect(),
            end: moved(&self.end),
            keyframes: (0..self.len())
                .step_by(crate::ingest::PROXY_GOP_FRAMES as usize)
                .collect(),
            corrected: Vec::new(),
        }
    }

    /// Writes the index.
    ///
    /// # Errors
    /// [`MediaError::Write`] or [`MediaError::DiskFull`].
    pub fn save(&self, path: &Path) -> Result<(), MediaError> {
        let bytes = self.encode();
        let digest = blake3::hash(&bytes);
        let write = || -> std::io::Result<()> {
            let mut file = BufWriter::new(File::create(path)?);
            file.write_all(&bytes)?;
            file.write_all(&digest.as_bytes()[..16])?;
            file.into_inner()
                .map_err(std::io::IntoInnerError::into_error)?
                .sync_data()
        };
        write().map_err(|e| MediaError::writing(path, e))
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + self.pts.len() * 8 + self.keyframes.len() * 8);
        out.extend_from_slice(MAGIC);
        for word in [VERSION, self.time_base.num(), self.time_base.den()] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        out.extend_from_slice(&self.len().to_le_bytes());
        out.extend_from_slice(&self.end.to_le_bytes());
        out.extend_from_slice(&(self.keyframes.len() as u64).to_le_bytes());
        out.extend_from_slice(&(self.corrected.len() as u64).to_le_bytes());
        self.pts
            .iter()
            .for_each(|t| out.extend_from_slice(&t.to_le_bytes()));
        self.keyframes
            .iter()
            .for_each(|k| out.extend_from_slice(&k.to_le_bytes()));
        for (frame, time) in &self.corrected {
            out.extend_from_slice(&frame.to_le_bytes());
            out.extend_from_slice(&time.to_le_bytes());
        }
        out
    }

    /// Reads an index.
    ///
    /// # Errors
    /// [`MediaError::Unreadable`], or [`MediaError::BadFile`] when it is not an index of a known version or is damaged.
    pub fn load(path: &Path) -> Result<Self, MediaError> {
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|mut f| f.read_to_end(&mut bytes))
            .map_err(|e| MediaError::reading(path, e))?;
        Self::decode(&bytes).ok_or_else(|| MediaError::BadFile {
            path: path.to_owned(),
            what: WHAT,
        })
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (body, digest) = bytes.split_at_checked(bytes.len().checked_sub(16)?)?;
        if blake3::hash(body).as_bytes()[..16] != *digest {
            return None;
        }
        let mut rest = body.strip_prefix(MAGIC.as_slice())?;
        if take_u32(&mut rest)? != VERSION {
            return None;
        }
        let time_base = TimeBase::new(take_u32(&mut rest)?, take_u32(&mut rest)?).ok()?;
        let frames = take_u64(&mut rest)?;
        let end = take_u64(&mut rest)?.cast_signed();
        let keys = take_u64(&mut rest)?;
        let moved = take_u64(&mut rest)?;
        let wanted = frames
            .checked_add(keys)?
            .checked_add(moved.checked_mul(2)?)?
            .checked_mul(8)?;
        if rest.len() as u64 != wanted {
            return None;
        }
        let pts = (0..frames)
            .map(|_| take_u64(&mut rest).map(u64::cast_signed))
            .collect::<Option<Vec<_>>>()?;
        let keyframes = (0..keys)
            .map(|_| take_u64(&mut rest))
            .collect::<Option<Vec<_>>>()?;
        let corrected = (0..moved)
            .map(|_| Some((take_u64(&mut rest)?, take_u64(&mut rest)?.cast_signed())))
            .collect::<Option<Vec<_>>>()?;
        pts.is_sorted_by(|a, b| a < b).then_some(Self {
            time_base,
            pts,
            end,
            keyframes,
            corrected,
        })
    }
}

fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*head))
}

fn take_u64(bytes: &mut &[u8]) -> Option<u64> {
    let (head, rest) = bytes.split_first_chunk::<8>()?;
    *bytes = rest;
    Some(u64::from_le_bytes(*head))
}

/// `num / den` as a rate: exact in lowest terms when it fits 32 bits, otherwise with the denominator 1001.
fn reduced_rate(num: u128, den: u128) -> Option<Rate> {
    let (mut a, mut b) = (num, den);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    match (u32::try_from(num / a), u32::try_from(den / a)) {
        (Ok(n), Ok(d)) if n > 0 && d > 0 => Rate::new(n, d).ok(),
        _ => Rate::new(u32::try_from((num * 1001 + den / 2) / den).ok()?.max(1), 1001).ok(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn base(num: u32, den: u32) -> TimeBase {
        TimeBase::new(num, den).unwrap()
    }

    #[test]
    fn asset_time_starts_at_frame_zero_whatever_the_files_clock_says() {
        let index = FrameIndex::new(base(1, 90_000), vec![137_250, 141_000, 144_750], vec![0], 3750);
        assert_eq!(index.start_of(0), Flicks::ZERO);
        assert_eq!(index.start_of(1), Flicks::from_ticks(3750, base(1, 90_000)));
        assert_eq!(index.end_of(2), index.duration());
        assert!(index.is_constant_rate());
        assert_eq!(index.average_rate(), Some(Rate::FILM));
    }

    #[test]
    fn times_that_do_not_increase_are_moved_and_remembered() {
        let index = FrameIndex::new(base(1, 1000), vec![0, 40, 40, 30, 160], vec![0], 40);
        assert_eq!(index.pts(), [0, 40, 41, 42, 160]);
        assert_eq!(index.corrected_frames().collect::<Vec<_>>(), [2, 3]);
        assert!(index.time_identifies(1) && !index.time_identifies(2) && !index.time_identifies(4));
        assert!(!index.is_constant_rate());
    }

    #[test]
    fn a_time_base_that_does_not_divide_the_rate_is_still_constant() {
        // 24000/1001 in milliseconds, as Matroska has it.
        let times = (0..500).map(|n| (n * 1001 * 1000 + 12_000) / 24_000).collect();
        let index = FrameIndex::new(base(1, 1000), times, vec![0], 42);
        assert!(index.is_constant_rate());
        assert_eq!(index.average_rate(), Some(Rate::FILM_NTSC));
    }

    #[test]
    fn a_steady_clock_has_no_first_or_last_word_of_its_own() {
        let index = FrameIndex::steady(Rate::PAL, 250);
        assert_eq!(
            (index.len(), index.duration()),
            (250, Flicks::from_millis(10_000))
        );
        assert_eq!(index.frame_at(Flicks::from_millis(1234)), 30);
        assert!(FrameIndex::steady(Rate::PAL, 0).is_empty());
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("frames.idx");
        FrameIndex::new(base(1, 25), vec![0, 1, 2], vec![0], 1)
            .save(&path)
            .unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[60] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(FrameIndex::load(&path), Err(MediaError::BadFile { .. })));
        std::fs::write(&path, b"short").unwrap();
        assert!(matches!(FrameIndex::load(&path), Err(MediaError::BadFile { .. })));
    }

    proptest! {
        #[test]
        fn frame_at_is_the_inverse_of_start_of(
            first in -1_000_000_i64..1_000_000,
            steps in prop::collection::vec(1_i64..5000, 1..200),
            den in prop::sample::select(vec![600_u32, 1000, 11_968, 15_360, 24_000, 30_000, 48_000, 90_000]),
        ) {
            let mut at = first;
            let times: Vec<i64> = steps.iter().map(|s| { at += s; at }).collect();
            let index = FrameIndex::new(base(1, den), times, vec![0], 1);
            for n in 0..index.len() {
                prop_assert_eq!(index.frame_at(index.start_of(n)), n);
                let just_before = index.end_of(n) - Flicks(1);
                prop_assert_eq!(index.frame_at(just_before), n);
            }
            prop_assert_eq!(index.frame_at(Flicks(-1)), 0);
            let proxy = index.of_proxy();
            for n in 0..index.len() {
                prop_assert_eq!(proxy.start_of(n), index.start_of(n));
            }
        }

        #[test]
        fn what_is_saved_is_what_is_loaded(times in prop::collection::vec(any::<i32>(), 0..100)) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("frames.idx");
            let times = times.into_iter().map(i64::from).collect();
            let index = FrameIndex::new(base(1001, 30_000), times, vec![0, 12, 24], 2);
            index.save(&path).unwrap();
            prop_assert_eq!(FrameIndex::load(&path).unwrap(), index);
        }
    }
}
