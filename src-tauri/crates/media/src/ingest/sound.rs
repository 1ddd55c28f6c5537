use std::path::Path;

use timebase::{FLICKS_PER_SEC, Flicks, TimeBase};

use super::lane::Lane;
use crate::{
    MediaError,
    analysis::{SoundAnalyst, SoundFindings},
    av::{AudioEncoder, AvError, Decoder, Frame, Input, Output, Packet, Received},
    probe,
};

/// Rates AAC has.
const AAC_RATES: [u32; 12] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000,
];
const AAC_BITS_PER_SEC: u32 = 128_000;
/// Most floats of silence made at once, 4 MB of them.
const SILENCE_FLOATS: usize = 1 << 20;
/// Blocks kept while the first picture is not out of its decoder yet; after that many the container's word is taken.
const HELD_BLOCKS_MAX: usize = 4096;

/// The main audio track on its way to the proxy, the waveform and the meters.
pub(crate) struct SoundTrack {
    stream: usize,
    time_base: TimeBase,
    decoder: Decoder,
    frame: Frame,
    /// Blocks that wait for the time of frame 0.
    held: Vec<Frame>,
    /// Native time of asset time 0, in flicks.
    origin: Option<Flicks>,
    /// The track's own rate and channels, for the measures.
    own: Lane,
    own_block: Vec<f32>,
    /// Rate and channels of the proxy; `None` when they are the track's own.
    mix: Option<Lane>,
    mix_block: Vec<f32>,
    analyst: Option<SoundAnalyst>,
    /// Why the meters stopped, once.
    unmeasured: Option<String>,
    encoder: AudioEncoder,
    out_stream: usize,
    block: Frame,
    block_samples: usize,
    fifo: Vec<f32>,
    fifo_channels: usize,
    written: i64,
    undecodable: u64,
}

/// Called between the pieces of long work: tells that it goes on, and its error ends it.
pub(crate) type Beat<'a> = &'a mut dyn FnMut() -> Result<(), MediaError>;

/// What the track gave.
pub(crate) struct SoundResult {
    pub findings: Option<SoundFindings>,
    pub duration: Flicks,
    pub undecodable: u64,
    pub note: Option<String>,
}

impl SoundTrack {
    /// Opens decoder and encoder and adds the stream to the proxy. `None` when there is no track with sound in it.
    pub(crate) fn open(input: &Input, output: &mut Output) -> Result<Option<Self>, MediaError> {
        let Some(stream) = probe::main_audio(input) else {
            return Ok(None);
        };
        let (channels, rate) = (stream.codec().ch_layout.nb_channels, stream.codec().sample_rate);
        let (Ok(channels @ 1..), Ok(rate @ 1..)) = (u32::try_from(channels), u32::try_from(rate)) else {
            return Ok(None);
        };
        let Some(time_base) = stream.time_base() else {
            return Ok(None);
        };
        let decoder = Decoder::open(&stream, 1)?;
        let mix_rate = if AAC_RATES.contains(&rate) { rate } else { 48_000 };
        let mix_channels = channels.min(2);
        let same = mix_rate == rate && mix_channels == channels;
        let encoder = AudioEncoder::open(mix_rate, AAC_BITS_PER_SEC)?;
        let out_stream = encoder.add_to(output)?;
        let failed = |e: AvError| e.during("opening a decoder");
        let block_samples = encoder.frame_samples();
        Ok(Some(Self {
            stream: stream.index(),
            time_base,
            decoder,
            frame: Frame::empty().map_err(failed)?,
            held: Vec::new(),
            origin: None,
            own: Lane::new(rate, channels),
            own_block: Vec::new(),
            mix: (!same).then(|| Lane::new(mix_rate, mix_channels)),
            mix_block: Vec::new(),
            analyst: None,
            unmeasured: None,
            block: Frame::stereo(block_samples, mix_rate).map_err(failed)?,
            block_samples,
            encoder,
            out_stream,
            fifo: Vec::new(),
            fifo_channels: mix_channels as usize,
            written: 0,
            undecodable: 0,
        }))
    }

    pub(crate) fn stream(&self) -> usize {
        self.stream
    }

    /// Tells when asset time 0 is on the file's clock, in flicks.
    pub(crate) fn set_origin(
        &mut self,
        origin: Flicks,
        output: &mut Output,
        beat: Beat<'_>,
    ) -> Result<(), MediaError> {
        if self.origin.is_some() {
            return Ok(());
        }
        self.origin = Some(origin);
        for frame in std::mem::take(&mut self.held) {
            self.take(&frame, output, beat)?;
        }
        Ok(())
    }

    /// Whether blocks wait in vain: more than fit are held.
    pub(crate) fn waits_too_long(&self) -> bool {
        self.origin.is_none() && self.held.len() >= HELD_BLOCKS_MAX
    }

    /// Native time of the first block, in flicks: asset time 0 when there is no picture.
    pub(crate) fn first_time(&self) -> Option<Flicks> {
        let ticks = self.held.first()?.timestamp()?;
        Some(Flicks::from_ticks(ticks, self.time_base))
    }

    /// Instant of asset time reached.
    pub(crate) fn position(&self) -> Flicks {
        samples_to_flicks(self.own.clock().unwrap_or(0), self.own.rate())
    }

    /// Decodes a packet (`None` at the end).
    pub(crate) fn push(
        &mut self,
        packet: Option<&Packet>,
        output: &mut Output,
        beat: Beat<'_>,
    ) -> Result<(), MediaError> {
        if self.decoder.send(packet).is_err() {
            self.undecodable += 1;
        }
        loop {
            match self.decoder.receive(&mut self.frame) {
                Received::Frame if self.origin.is_none() => {
                    self.held
                        .push(self.frame.share().map_err(|e| e.during("holding sound"))?);
                }
                Received::Frame => {
                    let frame = self.frame.share().map_err(|e| e.during("holding sound"))?;
                    self.frame.clear();
                    self.take(&frame, output, beat)?;
                }
                Received::Undecodable => self.undecodable += 1,
                Received::Hungry | Received::End => return Ok(()),
            }
        }
    }

    fn take(&mut self, frame: &Frame, output: &mut Output, beat: Beat<'_>) -> Result<(), MediaError> {
        let origin = self.origin.unwrap_or(Flicks::ZERO);
        let at = frame
            .timestamp()
            .map(|t| Flicks::from_ticks(t, self.time_base) - origin);
        let sample = |rate: u32| at.map(|at| flicks_to_samples(at, rate));
        let first = self.own.clock().is_none();
        let hole = self.own.place(sample(self.own.rate()))?;
        self.measure_silence(hole.silent, beat)?;
        let proxy_hole = match &mut self.mix {
            Some(mix) => mix.place(sample(mix.rate()))?,
            None => hole,
        };
        let proxy_clock = self.mix.as_ref().unwrap_or(&self.own).clock().unwrap_or(0);
        // The proxy's sound begins at zero, so what lies before the first block is silence there too.
        let silent = if first {
            u64::try_from(proxy_clock).unwrap_or(0)
        } else {
            proxy_hole.silent
        };
        self.encode_silence(silent, output, beat)?;
        let start = self.own.clock().unwrap_or(0);
        self.own_block.clear();
        self.mix_block.clear();
        // Damage may give a block channels that nothing can be made of. It is as lost as one that does not decode, and the next one
        // finds a hole before it.
        if self.own.push(frame, hole.late, &mut self.own_block).is_err() {
            self.own_block.clear();
            self.undecodable += 1;
            return Ok(());
        }
        self.measure(start);
        if let Some(mix) = &mut self.mix
            && mix.push(frame, proxy_hole.late, &mut self.mix_block).is_err()
        {
            self.mix_block.clear();
            self.undecodable += 1;
        }
        self.fifo.extend_from_slice(if self.mix.is_some() {
            &self.mix_block
        } else {
            &self.own_block
        });
        self.encode_whole_blocks(output)
    }

    /// Shows the meters the silence that ends at the clock, a piece at a time.
    fn measure_silence(&mut self, silent: u64, beat: Beat<'_>) -> Result<(), MediaError> {
        let channels = self.own.channels().max(1) as usize;
        let mut left = silent;
        while left > 0 {
            let piece = piece_of(left, channels);
            self.own_block.clear();
            self.own_block.resize(piece * channels, 0.0);
            let start = self.own.clock().unwrap_or(0).saturating_sub_unsigned(left);
            self.measure(start);
            left -= piece as u64;
            beat()?;
        }
        Ok(())
    }

    /// Writes silence to the proxy, a piece at a time.
    fn encode_silence(&mut self, silent: u64, output: &mut Output, beat: Beat<'_>) -> Result<(), MediaError> {
        let mut left = silent;
        while left > 0 {
            let piece = piece_of(left, self.fifo_channels);
            self.fifo
                .resize(self.fifo.len() + piece * self.fifo_channels, 0.0);
            self.encode_whole_blocks(output)?;
            left -= piece as u64;
            beat()?;
        }
        Ok(())
    }

    /// Shows the block to the meters. They are made when the first sample's time is known.
    fn measure(&mut self, first_sample: i64) {
        if self.unmeasured.is_some() || self.own_block.is_empty() {
            return;
        }
        let (rate, channels) = (self.own.rate(), self.own.channels());
        if self.analyst.is_none() {
            match SoundAnalyst::new(rate, channels, samples_to_flicks(first_sample, rate)) {
                Ok(analyst) => self.analyst = Some(analyst),
                Err(error) => {
                    self.unmeasured = Some(format!("the sound was not measured: {error}"));
                    return;
                }
            }
        }
        if let Some(analyst) = &mut self.analyst
            && let Err(error) = analyst.push(&self.own_block)
        {
            self.unmeasured = Some(format!("the sound was not measured to the end: {error}"));
        }
    }

    fn encode_whole_blocks(&mut self, output: &mut Output) -> Result<(), MediaError> {
        let length = self.block_samples * self.fifo_channels;
        let mut taken = 0;
        while self.fifo.len() - taken >= length {
            self.encode_block(taken, self.block_samples, output)?;
            taken += length;
        }
        self.fifo.drain(..taken);
        Ok(())
    }

    fn encode_block(&mut self, start: usize, samples: usize, output: &mut Output) -> Result<(), MediaError> {
        let failed = |e: AvError| e.during("encoding the sound");
        self.block.make_writable().map_err(failed)?;
        for channel in 0..2 {
            let from = channel.min(self.fifo_channels - 1);
            let source = self.fifo[start..]
                .chunks_exact(self.fifo_channels)
                .map(|s| s[from]);
            let target = self.block.channel_mut(channel);
            target.fill(0.0);
            for (out, value) in target.iter_mut().zip(source.take(samples)) {
                // Not-a-number from a broken float track would poison the encoder.
                *out = if value.is_finite() { value } else { 0.0 };
            }
        }
        self.block.set_timestamp(self.written);
        self.written += self.block_samples as i64;
        self.encoder.encode(Some(&self.block), output, self.out_stream)
    }

    /// Drains everything and answers what was heard.
    pub(crate) fn finish(mut self, output: &mut Output) -> Result<SoundResult, MediaError> {
        let failed = |e: AvError| e.during("converting sound");
        self.own_block.clear();
        self.own.finish(&mut self.own_block).map_err(failed)?;
        let tail = self.own_block.len() / self.own.channels().max(1) as usize;
        self.measure(self.own.clock().unwrap_or(0) - tail as i64);
        if let Some(mix) = &mut self.mix {
            self.mix_block.clear();
            mix.finish(&mut self.mix_block).map_err(failed)?;
        }
        self.fifo.extend_from_slice(if self.mix.is_some() {
            &self.mix_block
        } else {
            &self.own_block
        });
        self.encode_whole_blocks(output)?;
        let rest = self.fifo.len() / self.fifo_channels;
        if rest > 0 {
            self.encode_block(0, rest, output)?;
        }
        self.encoder.encode(None, output, self.out_stream)?;
        let duration = self.position();
        let mut note = self.unmeasured.take();
        let findings = match self.analyst.take().map(SoundAnalyst::finish).transpose() {
            Ok(findings) => findings,
            Err(error) => {
                note = Some(format!("the sound was not measured: {error}"));
                None
            }
        };
        Ok(SoundResult {
            findings,
            duration,
            undecodable: self.undecodable,
            note,
        })
    }
}

/// Writes the peaks.
pub(crate) fn save_waveform(findings: &SoundFindings, path: &Path) -> Result<(), MediaError> {
    findings.waveform.save(path).map_err(|error| match error {
        crate::analysis::WaveformError::Io(e) => MediaError::writing(path, e),
        other => MediaError::writing(path, std::io::Error::other(other)),
    })
}

/// Samples of so much silence to be made at once.
fn piece_of(left: u64, channels: usize) -> usize {
    let most = SILENCE_FLOATS / channels.max(1);
    usize::try_from(left).map_or(most, |left| left.min(most))
}

fn flicks_to_samples(at: Flicks, rate: u32) -> i64 {
    let wide = i128::from(at.0) * i128::from(rate);
    let half = i128::from(FLICKS_PER_SEC / 2);
    i64::try_from((wide + half).div_euclid(i128::from(FLICKS_PER_SEC))).unwrap_or(0)
}

fn samples_to_flicks(samples: i64, rate: u32) -> Flicks {
    TimeBase::new(1, rate.max(1)).map_or(Flicks::ZERO, |base| Flicks::from_ticks(samples, base))
}
