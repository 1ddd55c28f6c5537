use std::{ops::ControlFlow, path::Path};

use timebase::{Flicks, TimeBase};

use crate::{
    ChannelMix, Footage, MIX_CHANNELS_MAX, MediaError,
    av::{AvError, Decoder, Frame, Input, Packet, ReadEnd, Received, Resampler, channel_names},
    ingest::PROXY_MARK,
    peaks::{ChannelPeaks, PeakMemory},
    probe,
};

/// Samples per second and channel of everything [`AudioReader`] gives.
pub const AUDIO_RATE: u32 = 48_000;
/// Channels of everything [`AudioReader`] gives, interleaved left, right.
pub const AUDIO_CHANNELS: u32 = 2;

/// A gap in the timestamps shorter than this is jitter.
const JITTER_MILLIS: i64 = 100;
/// A jump in the timestamps longer than this is a broken clock, not a pause.
const GAP_MAX_SECS: i64 = 3600;

/// Reads the main audio track of an original or a proxy as 48 kHz stereo floats, from any instant of asset time.
pub struct AudioReader {
    core: Core,
    out: Vec<f32>,
    taken: usize,
}

impl AudioReader {
    /// Opens a file at asset time 0.
    ///
    /// # Errors
    /// As [`crate::probe`]; [`MediaError::Empty`] when there is no sound.
    pub fn open(footage: impl Into<Footage>) -> Result<Self, MediaError> {
        Ok(Self {
            core: Core::open(&footage.into(), AUDIO_RATE, AUDIO_CHANNELS)?,
            out: Vec::new(),
            taken: 0,
        })
    }

    /// Goes to an instant: the next sample read is the one heard there.
    ///
    /// # Errors
    /// [`MediaError::Ffmpeg`] when the container cannot seek, [`MediaError::Cancelled`] as [`Self::read`].
    pub fn seek(&mut self, to: Flicks) -> Result<(), MediaError> {
        self.out.clear();
        self.taken = 0;
        self.core.seek(to)
    }

    /// Names of the track's channels, in their order: `FL`, `LFE`, or a number where the file does not say what they are.
    pub fn channels(&self) -> &[String] {
        &self.core.names
    }

    /// Which channels are heard from the next seek on, and where. Channels that are not named are heard as they are laid.
    pub fn set_mix(&mut self, mix: &[ChannelMix]) {
        self.core.mix = mix.iter().take(MIX_CHANNELS_MAX).copied().collect();
    }

    /// Measures how high each channel goes, from what is read next on, or no longer.
    pub fn watch(&mut self, on: bool) {
        self.core.watched = match self.core.watched.take() {
            Some(kept) if on => Some(kept),
            None if on => Some(Watched::default()),
            _off => None,
        };
    }

    /// The highest that each of the track's channels goes between two instants, before they are mixed; nothing of what was not read
    /// lately, while it was watched.
    pub fn peaks(&self, from: Flicks, to: Flicks) -> Option<ChannelPeaks> {
        let memory = self.core.watched.as_ref()?.memory.as_ref()?;
        memory.between(self.core.sample_at(from), self.core.sample_at(to))
    }

    /// Fills `out` with interleaved samples and answers how many floats were written: fewer than asked only at the end, 0
    /// after it.
    ///
    /// # Errors
    /// [`MediaError::Ffmpeg`] when samples cannot be converted, [`MediaError::Cancelled`] when what is on its way was waited for
    /// long enough: it is to be sought anew then.
    pub fn read(&mut self, out: &mut [f32]) -> Result<usize, MediaError> {
        let mut written = 0;
        while written < out.len() {
            if self.taken == self.out.len() {
                self.out.clear();
                self.taken = 0;
                if !self.core.next(&mut self.out)? {
                    break;
                }
                continue;
            }
            let count = (out.len() - written).min(self.out.len() - self.taken);
            out[written..written + count].copy_from_slice(&self.out[self.taken..self.taken + count]);
            written += count;
            self.taken += count;
        }
        Ok(written)
    }

    /// Instant of the next sample.
    pub fn position(&self) -> Flicks {
        let waiting = (self.out.len() - self.taken) / AUDIO_CHANNELS as usize;
        self.core.time_of(self.core.clock - waiting as i64)
    }
}

/// Reads the main audio track as 16 kHz mono floats from asset time 0 to the end, in blocks, for speech detection. The sink
/// stops the reading with `Break`, which is not an error. Answers the number of samples given.
///
/// # Errors
/// As [`AudioReader::open`].
pub fn read_mono_16k(
    path: &Path,
    sink: &mut dyn FnMut(&[f32]) -> ControlFlow<()>,
) -> Result<u64, MediaError> {
    let mut core = Core::open(&path.into(), 16_000, 1)?;
    core.seek(Flicks::ZERO)?;
    let mut block = Vec::new();
    let mut given = 0;
    while core.next(&mut block)? {
        given += block.len() as u64;
        if sink(&block).is_break() {
            break;
        }
        block.clear();
    }
    Ok(given)
}

/// The channels of a track as they are, beside their mix.
#[derive(Default)]
struct Watched {
    resampler: Option<Resampler>,
    memory: Option<PeakMemory>,
    block: Vec<f32>,
}

impl Watched {
    /// Begins anew with frames like this one.
    fn begin(&mut self, frame: &Frame) -> Result<(), AvError> {
        let channels = frame.channels();
        self.resampler = Some(Resampler::new(frame, AUDIO_RATE, channels, &[])?);
        if self
            .memory
            .as_ref()
            .is_none_or(|memory| memory.channels() != channels as usize)
        {
            self.memory = PeakMemory::new(channels);
        }
        Ok(())
    }

    /// Measures a decoded block whose first sample is number `at`.
    fn hear(&mut self, frame: &Frame, at: i64) -> Result<(), AvError> {
        if self.resampler.is_none() {
            self.begin(frame)?;
        }
        self.block.clear();
        if let (Some(resampler), Some(memory)) = (&mut self.resampler, &mut self.memory) {
            resampler.push(frame, &mut self.block)?;
            memory.hear(at, &self.block);
        }
        Ok(())
    }
}

struct Core {
    input: Input,
    stream: usize,
    time_base: TimeBase,
    decoder: Decoder,
    packet: Packet,
    frame: Frame,
    resampler: Option<(Resampler, (i32, u32, u32))>,
    rate: u32,
    channels: u32,
    /// Names of the track's channels, and how they are mixed.
    names: Vec<String>,
    mix: Vec<ChannelMix>,
    /// There while somebody looks at the channels.
    watched: Option<Watched>,
    /// Native time of asset time 0, in flicks.
    origin: Flicks,
    /// Number of the next sample to give, counted from asset time 0.
    clock: i64,
    /// Whether the clock was set from a timestamp since the last seek.
    placed: bool,
    draining: bool,
    finished: bool,
    /// Samples of silence still to give before the decoded block.
    hole: i64,
    /// Whether the decoded block waits behind the silence.
    waiting: bool,
}

impl Core {
    fn open(footage: &Footage, rate: u32, channels: u32) -> Result<Self, MediaError> {
        let mut input = Input::open(footage)?;
        let stream = probe::main_audio(&input).ok_or(MediaError::Empty {
            what: "it has no sound",
        })?;
        let time_base = stream
            .time_base()
            .ok_or_else(|| input.damaged("the sound has no time base"))?;
        let proxy = input.metadata("comment").is_some_and(|c| c == PROXY_MARK);
        let clock = probe::main_video(&input).unwrap_or(stream);
        let origin = match (proxy, clock.start(), clock.time_base()) {
            (false, Some(start), Some(base)) => Flicks::from_ticks(start, base),
            _ => Flicks::ZERO,
        };
        let (number, decoder) = (stream.index(), Decoder::open(&stream, 1)?);
        let names = channel_names(stream.codec());
        input.keep_only(&[number]);
        let during = "opening a decoder";
        Ok(Self {
            input,
            stream: number,
            time_base,
            decoder,
            packet: Packet::empty().map_err(|e| e.during(during))?,
            frame: Frame::empty().map_err(|e| e.during(during))?,
            resampler: None,
            rate,
            channels,
            names,
            mix: Vec::new(),
            watched: None,
            origin,
            clock: 0,
            placed: false,
            draining: false,
            finished: false,
            hole: 0,
            waiting: false,
        })
    }

    fn time_of(&self, sample: i64) -> Flicks {
        // 48 kHz and 16 kHz are whole flicks.
        Flicks(sample.saturating_mul(timebase::FLICKS_PER_SEC / i64::from(self.rate)))
    }

    fn sample_at(&self, at: Flicks) -> i64 {
        at.0.div_euclid(timebase::FLICKS_PER_SEC / i64::from(self.rate))
    }

    fn seek(&mut self, to: Flicks) -> Result<(), MediaError> {
        // A little early: decoders of overlapping transforms need a frame or two to be exact.
        let early = Flicks(to.0 - timebase::FLICKS_PER_SEC / 5) + self.origin;
        let ticks = early.to_ticks(self.time_base);
        let sought = self.input.seek(self.stream, ticks);
        if let Err(error) = sought {
            if self.input.gave_up() {
                return Err(MediaError::Cancelled);
            }
            // Before the first sample there is nothing to seek to: the beginning is right.
            self.input
                .seek(self.stream, i64::MIN / 2)
                .map_err(|_second| error.during("seeking in the sound"))?;
        }
        self.decoder.flush();
        self.resampler = None;
        if let Some(watched) = &mut self.watched {
            watched.resampler = None;
        }
        self.clock = self.sample_at(to);
        self.placed = false;
        self.draining = false;
        self.finished = false;
        self.hole = 0;
        self.waiting = false;
        Ok(())
    }

    /// Appends the next block to `out`; `Ok(false)` at the end.
    fn next(&mut self, out: &mut Vec<f32>) -> Result<bool, MediaError> {
        let start = out.len();
        while !self.finished {
            if self.hole > 0 {
                // A second at a time: a hole may be an hour long.
                let piece = self.hole.min(i64::from(self.rate));
                let floats = usize::try_from(piece).unwrap_or(0) * self.channels as usize;
                out.resize(start + floats, 0.0);
                self.hole -= piece;
                self.clock += piece;
                return Ok(true);
            }
            if std::mem::take(&mut self.waiting) {
                self.give(out)?;
                if out.len() > start {
                    return Ok(true);
                }
                continue;
            }
            match self.decoder.receive(&mut self.frame) {
                Received::Frame => {
                    self.convert(out)?;
                    if out.len() > start {
                        return Ok(true);
                    }
                }
                Received::End => self.finish(out)?,
                Received::Undecodable => {}
                Received::Hungry if self.draining => self.finish(out)?,
                Received::Hungry => self.feed()?,
            }
        }
        Ok(out.len() > start)
    }

    fn finish(&mut self, out: &mut Vec<f32>) -> Result<(), MediaError> {
        self.finished = true;
        let start = out.len();
        if let Some((resampler, _)) = &mut self.resampler {
            resampler.finish(out).map_err(|e| e.during("converting sound"))?;
        }
        self.clock += ((out.len() - start) / self.channels as usize) as i64;
        Ok(())
    }

    fn feed(&mut self) -> Result<(), MediaError> {
        loop {
            match self.input.read(&mut self.packet) {
                ReadEnd::Packet if self.packet.stream() == self.stream => {
                    if let Err(error) = self.decoder.send(Some(&self.packet)) {
                        tracing::debug!("a packet of sound cannot be decoded: {}", error.words());
                    }
                    return Ok(());
                }
                ReadEnd::Packet => {}
                ReadEnd::GivenUp => return Err(MediaError::Cancelled),
                ReadEnd::End | ReadEnd::Broken => {
                    self.draining = true;
                    if let Err(error) = self.decoder.send(None) {
                        tracing::debug!("the decoder does not drain: {}", error.words());
                    }
                    return Ok(());
                }
            }
        }
    }

    /// Converts the decoded block and places it on the clock: before a gap it is left waiting for [`Self::next`] to fill that
    /// with silence, what lies before the clock is dropped.
    fn convert(&mut self, out: &mut Vec<f32>) -> Result<(), MediaError> {
        let failed = |e: crate::av::AvError| e.during("converting sound");
        let key = (
            self.frame.format(),
            self.frame.sample_rate(),
            self.frame.channels(),
        );
        if self.resampler.as_ref().is_none_or(|(_, k)| *k != key) {
            self.resampler = Some((
                Resampler::new(&self.frame, self.rate, self.channels, &self.mix).map_err(failed)?,
                key,
            ));
            if let Some(watched) = &mut self.watched {
                watched.resampler = None;
            }
        }
        if let Some(ticks) = self.frame.timestamp() {
            let at = Flicks::from_ticks(ticks, self.time_base) - self.origin;
            let ahead = self.sample_at(at).saturating_sub(self.clock);
            let rate = i64::from(self.rate);
            let far = ahead.abs() > rate * JITTER_MILLIS / 1000 || !self.placed;
            if far && ahead > 0 && ahead < GAP_MAX_SECS * rate {
                self.hole = ahead;
                self.waiting = true;
                self.placed = true;
                return Ok(());
            } else if far && ahead < 0 {
                return self.convert_late(out, ahead.unsigned_abs());
            }
            self.placed = true;
        }
        self.give(out)
    }

    /// Converts the decoded block as it is.
    fn give(&mut self, out: &mut Vec<f32>) -> Result<(), MediaError> {
        let start = out.len();
        self.meter(self.clock);
        if let Some((resampler, _)) = &mut self.resampler {
            resampler
                .push(&self.frame, out)
                .map_err(|e| e.during("converting sound"))?;
        }
        self.clock += ((out.len() - start) / self.channels as usize) as i64;
        Ok(())
    }

    /// Measures the channels of the decoded block, which begins at sample `at`.
    fn meter(&mut self, at: i64) {
        if let Some(watched) = &mut self.watched
            && let Err(error) = watched.hear(&self.frame, at)
        {
            tracing::warn!("channels are no longer metered: {}", error.words());
            self.watched = None;
        }
    }

    /// A block that begins `late` samples before the clock: only what reaches past the clock is given.
    fn convert_late(&mut self, out: &mut Vec<f32>, late: u64) -> Result<(), MediaError> {
        let start = out.len();
        self.meter(self.clock.saturating_sub_unsigned(late));
        if let Some((resampler, _)) = &mut self.resampler {
            resampler
                .push(&self.frame, out)
                .map_err(|e| e.during("converting sound"))?;
        }
        let got = out.len() - start;
        let drop = usize::try_from(late)
            .unwrap_or(usize::MAX)
            .saturating_mul(self.channels as usize)
            .min(got);
        out.drain(start..start + drop);
        let kept = got - drop;
        self.clock += (kept / self.channels as usize) as i64;
        self.placed |= kept > 0;
        Ok(())
    }
}
