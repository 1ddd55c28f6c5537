//! Peaks for drawing sound at any zoom: minimum, maximum and RMS per channel and bucket, at several bucket sizes.
//!
//! The file is little-endian: `CTWF`, version (u32 = 1), sample rate (u32), channels (u16), levels (u16), time of the first
//! sample in flicks (i64), samples per channel (u64); then per level samples per bucket (u32), buckets (u64) and per bucket
//! and channel minimum (i16), maximum (i16) and RMS (u16), full scale 32767.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    path::Path,
};

use timebase::Flicks;

const MAGIC: [u8; 4] = *b"CTWF";
const VERSION: u32 = 1;
/// Samples in a bucket of the finest level.
pub const FINEST_BUCKET: u32 = 256;
/// Each level joins this many buckets of the one below.
pub const LEVEL_FACTOR: u32 = 4;
/// 256, 1024, 4096, 16384 and 65536 samples per bucket.
const LEVELS: usize = 5;
const FULL_SCALE: f32 = 32_767.0;
/// More channels than any format carries: a damaged file must not make us reserve memory.
const MAX_CHANNELS: usize = 256;
const PEAK_BYTES: usize = 6;

/// Why a waveform file was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum WaveformError {
    /// The file could not be read or written.
    #[error("the waveform file could not be read or written")]
    Io(#[from] io::Error),
    /// The bytes are not a waveform of a version this build knows.
    #[error("not a waveform file of a known version")]
    Format,
}

/// What one bucket of one channel holds; 32767 is full scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peak {
    /// Lowest sample.
    pub min: i16,
    /// Highest sample.
    pub max: i16,
    /// Root of the mean square.
    pub rms: u16,
}

/// One zoom level: buckets in time order, channels interleaved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaveformLevel {
    /// Samples per channel in a bucket; the last one may hold fewer.
    pub samples_per_bucket: u32,
    /// `bucket * channels + channel`.
    pub peaks: Vec<Peak>,
}

/// The peaks of one sound track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waveform {
    /// Samples per second.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u16,
    /// When the first sample is heard.
    pub origin: Flicks,
    /// Samples per channel.
    pub samples: u64,
    /// Finest first.
    pub levels: Vec<WaveformLevel>,
}

impl Waveform {
    /// The coarsest level with buckets no longer than `samples`, or the finest there is.
    pub fn level_for(&self, samples: u32) -> Option<&WaveformLevel> {
        self.levels
            .iter()
            .rev()
            .find(|level| level.samples_per_bucket <= samples)
            .or(self.levels.first())
    }

    /// Writes the file at `path`, replacing it.
    ///
    /// # Errors
    /// [`WaveformError::Io`].
    pub fn save(&self, path: &Path) -> Result<(), WaveformError> {
        let mut out = BufWriter::new(File::create(path)?);
        self.write(&mut out)?;
        out.into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_all()?;
        Ok(())
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// [`WaveformError`].
    pub fn load(path: &Path) -> Result<Self, WaveformError> {
        Self::read(&mut BufReader::new(File::open(path)?))
    }

    /// Writes the file's bytes.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&MAGIC)?;
        out.write_all(&VERSION.to_le_bytes())?;
        out.write_all(&self.sample_rate.to_le_bytes())?;
        out.write_all(&self.channels.to_le_bytes())?;
        out.write_all(&(self.levels.len() as u16).to_le_bytes())?;
        out.write_all(&self.origin.0.to_le_bytes())?;
        out.write_all(&self.samples.to_le_bytes())?;
        for level in &self.levels {
            out.write_all(&level.samples_per_bucket.to_le_bytes())?;
            out.write_all(&((level.peaks.len() / usize::from(self.channels.max(1))) as u64).to_le_bytes())?;
            for peak in &level.peaks {
                let [a, b] = peak.min.to_le_bytes();
                let [c, d] = peak.max.to_le_bytes();
                let [e, f] = peak.rms.to_le_bytes();
                out.write_all(&[a, b, c, d, e, f])?;
            }
        }
        Ok(())
    }

    /// Reads the file's bytes.
    ///
    /// # Errors
    /// [`WaveformError::Format`] when they are not such a file, [`WaveformError::Io`] when they end early.
    pub fn read(from: &mut impl Read) -> Result<Self, WaveformError> {
        if bytes::<4>(from)? != MAGIC || u32::from_le_bytes(bytes(from)?) != VERSION {
            return Err(WaveformError::Format);
        }
        let sample_rate = u32::from_le_bytes(bytes(from)?);
        let channels = u16::from_le_bytes(bytes(from)?);
        let level_count = u16::from_le_bytes(bytes(from)?);
        let origin = Flicks(i64::from_le_bytes(bytes(from)?));
        let samples = u64::from_le_bytes(bytes(from)?);
        if usize::from(channels) > MAX_CHANNELS || usize::from(level_count) > 2 * LEVELS {
            return Err(WaveformError::Format);
        }
        let mut levels = Vec::with_capacity(usize::from(level_count));
        for _ in 0..level_count {
            let samples_per_bucket = u32::from_le_bytes(bytes(from)?);
            let buckets = u64::from_le_bytes(bytes(from)?);
            // the count must follow from the length, or a damaged head would make us reserve any amount of memory
            if samples_per_bucket == 0 || buckets != samples.div_ceil(u64::from(samples_per_bucket)) {
                return Err(WaveformError::Format);
            }
            levels.push(WaveformLevel {
                samples_per_bucket,
                peaks: read_peaks(from, buckets, channels)?,
            });
        }
        Ok(Self {
            sample_rate,
            channels,
            origin,
            samples,
            levels,
        })
    }
}

fn read_peaks(from: &mut impl Read, buckets: u64, channels: u16) -> Result<Vec<Peak>, WaveformError> {
    let wanted = buckets
        .checked_mul(u64::from(channels) * PEAK_BYTES as u64)
        .ok_or(WaveformError::Format)?;
    let mut raw = Vec::new();
    from.take(wanted).read_to_end(&mut raw)?;
    if raw.len() as u64 != wanted {
        return Err(WaveformError::Io(io::ErrorKind::UnexpectedEof.into()));
    }
    let peak = |b: &[u8]| Peak {
        min: i16::from_le_bytes([b[0], b[1]]),
        max: i16::from_le_bytes([b[2], b[3]]),
        rms: u16::from_le_bytes([b[4], b[5]]),
    };
    Ok(raw.chunks_exact(PEAK_BYTES).map(peak).collect())
}

fn bytes<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut buffer = [0; N];
    from.read_exact(&mut buffer)?;
    Ok(buffer)
}

/// Sums of one bucket of one channel while it fills.
#[derive(Clone, Copy, Debug)]
struct Open {
    min: f32,
    max: f32,
    squares: f64,
    samples: u32,
}

impl Open {
    const EMPTY: Self = Self {
        min: f32::MAX,
        max: f32::MIN,
        squares: 0.0,
        samples: 0,
    };

    fn join(&mut self, other: Self) {
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.squares += other.squares;
        self.samples += other.samples;
    }

    fn peak(self) -> Peak {
        if self.samples == 0 {
            return Peak::default();
        }
        let level = |value: f32| (value.clamp(-1.0, 1.0) * FULL_SCALE).round();
        let rms = (self.squares / f64::from(self.samples)).sqrt() as f32;
        Peak {
            min: level(self.min) as i16,
            max: level(self.max) as i16,
            rms: level(rms) as u16,
        }
    }
}

/// Builds a [`Waveform`] from blocks of samples.
#[derive(Clone, Debug)]
pub struct WaveformBuilder {
    rate: u32,
    channels: usize,
    origin: Flicks,
    samples: u64,
    open: Vec<Vec<Open>>,
    levels: Vec<WaveformLevel>,
}

impl WaveformBuilder {
    /// For interleaved sound of `channels` (at least one) at `rate` whose first sample is heard at `origin`.
    pub fn new(rate: u32, channels: u16, origin: Flicks) -> Self {
        let channels = usize::from(channels.max(1));
        let level = |at: usize| WaveformLevel {
            samples_per_bucket: FINEST_BUCKET * LEVEL_FACTOR.pow(at as u32),
            peaks: Vec::new(),
        };
        Self {
            rate,
            channels,
            origin,
            samples: 0,
            open: vec![vec![Open::EMPTY; channels]; LEVELS],
            levels: (0..LEVELS).map(level).collect(),
        }
    }

    /// Takes interleaved samples; a trailing part of a frame is left out.
    pub fn push(&mut self, mut samples: &[f32]) {
        while samples.len() >= self.channels {
            let filled = u64::from(self.open[0][0].samples);
            let room = (u64::from(FINEST_BUCKET) - filled) as usize * self.channels;
            let whole = samples.len() / self.channels * self.channels;
            let (now, later) = samples.split_at(whole.min(room));
            for (channel, open) in self.open[0].iter_mut().enumerate() {
                let mut sums = Open::EMPTY;
                for frame in now.chunks_exact(self.channels) {
                    let sample = if frame[channel].is_finite() {
                        frame[channel]
                    } else {
                        0.0
                    };
                    sums.min = sums.min.min(sample);
                    sums.max = sums.max.max(sample);
                    sums.squares += f64::from(sample * sample);
                }
                sums.samples = (now.len() / self.channels) as u32;
                open.join(sums);
            }
            self.samples += (now.len() / self.channels) as u64;
            self.close_full(0);
            samples = later;
        }
    }

    /// The waveform, unfinished buckets included.
    pub fn finish(mut self) -> Waveform {
        for level in 0..LEVELS {
            if self.open[level][0].samples > 0 {
                self.close(level);
            }
        }
        Waveform {
            sample_rate: self.rate,
            channels: self.channels as u16,
            origin: self.origin,
            samples: self.samples,
            levels: self.levels,
        }
    }

    fn close_full(&mut self, level: usize) {
        if self.open[level][0].samples >= self.levels[level].samples_per_bucket {
            self.close(level);
            if level + 1 < LEVELS {
                self.close_full(level + 1);
            }
        }
    }

    fn close(&mut self, level: usize) {
        for channel in 0..self.channels {
            let full = std::mem::replace(&mut self.open[level][channel], Open::EMPTY);
            self.levels[level].peaks.push(full.peak());
            if let Some(above) = self.open.get_mut(level + 1) {
                above[channel].join(full);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn build(samples: &[f32], channels: u16, block: usize) -> Waveform {
        let mut builder = WaveformBuilder::new(48_000, channels, Flicks(12));
        for part in samples.chunks(block * usize::from(channels)) {
            builder.push(part);
        }
        builder.finish()
    }

    #[test]
    fn every_level_holds_the_extremes_of_its_samples() {
        let samples: Vec<f32> = (0..5000)
            .flat_map(|i| [(i as f32 / 5000.0), -(i as f32 / 5000.0)])
            .collect();
        let wave = build(&samples, 2, 777);
        assert_eq!(wave.samples, 5000);
        for level in &wave.levels {
            assert_eq!(
                level.peaks.len(),
                2 * 5000usize.div_ceil(level.samples_per_bucket as usize)
            );
            let highest = level.peaks.iter().map(|p| p.max).max();
            let lowest = level.peaks.iter().map(|p| p.min).min();
            assert_eq!((highest, lowest), (Some(32_760), Some(-32_760)));
        }
        assert_eq!(wave.level_for(1500).unwrap().samples_per_bucket, 1024);
        assert_eq!(wave.level_for(3).unwrap().samples_per_bucket, 256);
    }

    #[test]
    fn rms_of_a_square_wave_is_its_level_at_every_zoom() {
        let samples: Vec<f32> = (0..70_000).map(|i| if i % 2 == 0 { 0.5 } else { -0.5 }).collect();
        for level in build(&samples, 1, 4096).levels {
            assert!(
                level
                    .peaks
                    .iter()
                    .all(|p| p.rms == 16_384 && p.max == 16_384 && p.min == -16_384)
            );
        }
    }

    #[test]
    fn damaged_files_are_refused() {
        let mut file = Vec::new();
        build(&[0.25; 3000], 1, 100).write(&mut file).unwrap();
        assert!(matches!(
            Waveform::read(&mut &file[..file.len() - 1]),
            Err(WaveformError::Io(_))
        ));
        let mut wrong = file.clone();
        wrong[0] = b'X';
        assert!(matches!(
            Waveform::read(&mut &wrong[..]),
            Err(WaveformError::Format)
        ));
        let mut huge = file.clone();
        huge[24..32].copy_from_slice(&u64::MAX.to_le_bytes());
        assert!(matches!(
            Waveform::read(&mut &huge[..]),
            Err(WaveformError::Format)
        ));
    }

    proptest! {
        #[test]
        fn block_size_does_not_matter_and_files_read_back(
            samples in proptest::collection::vec(-1.5f32..1.5, 0..3000), channels in 1u16..4, block in 1usize..900,
        ) {
            let whole = &samples[..samples.len() / usize::from(channels) * usize::from(channels)];
            let wave = build(whole, channels, block);
            prop_assert_eq!(&wave, &build(whole, channels, 10_000));
            let mut file = Vec::new();
            wave.write(&mut file).unwrap();
            prop_assert_eq!(Waveform::read(&mut &file[..]).unwrap(), wave);
        }
    }
}
