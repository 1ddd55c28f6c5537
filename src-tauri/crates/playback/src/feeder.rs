//! What fills the ring: reads the sound the way it is played, as fast as it is played, a step at a time.

use std::ops::Range;
use std::sync::Arc;

use media::ChannelMix;
use timebase::Flicks;

use crate::error::PlaybackError;
use crate::listening::Listening;
use crate::ring::Ring;
use crate::sound::SoundSource;
use crate::stretch::{Stretch, fade};
use crate::tape::{FLICKS_PER_FRAME, Tape};
use crate::wish::{SoundState, SoundWish, Sounding};

/// Half a second of sound at most waits to be heard.
pub(crate) const RING_FRAMES: usize = 24_000;
/// Playing starts when this much waits.
const START_FRAMES: u64 = 2_880;
/// Read from the file at a time.
const BLOCK_FRAMES: usize = 1_024;
/// How much of what waits is left as it is when the mix changes: what the device takes while the file is read again.
const REMIX_RESERVE_FRAMES: u64 = 4_800;
/// How long a piece that is heard while scrubbing takes to come and to go: 5 ms.
const PIECE_FADE_FRAMES: usize = 240;

/// How far the sound of an epoch is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    #[default]
    Idle,
    Starting,
    Running,
    Ended,
}

/// What whoever feeds says to the rest.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Report {
    pub epoch: u64,
    pub phase: Phase,
    /// Ring position of the first frame of this epoch, and its media time.
    base: (u64, Flicks),
    /// Media time to the time it takes, negative backwards.
    speed: i8,
}

impl Report {
    /// What is heard at `now_nanos` of an epoch.
    pub fn state(&self, epoch: u64, ring: &Ring, now_nanos: u64) -> SoundState {
        match self.phase {
            Phase::Ended if self.epoch == epoch => SoundState::Absent,
            Phase::Running if self.epoch == epoch => {
                let (base, media) = self.base;
                let heard = i64::try_from(ring.heard(now_nanos).saturating_sub(base)).unwrap_or(i64::MAX);
                let passed = heard.saturating_mul(FLICKS_PER_FRAME * i64::from(self.speed));
                SoundState::At(media + Flicks(passed))
            }
            _not_this_far => SoundState::Starting,
        }
    }
}

impl Report {
    /// Between which instants of the media some frames of the ring lie.
    fn media_of(&self, frames: &Range<u64>) -> (Flicks, Flicks) {
        let (base, media) = self.base;
        // A piece that is heard under a hand goes on as it was recorded.
        let speed = if self.speed == 0 { 1 } else { i64::from(self.speed) };
        let at = |position: u64| {
            let passed = i64::try_from(position.saturating_sub(base)).unwrap_or(i64::MAX);
            media + Flicks(passed.saturating_mul(FLICKS_PER_FRAME * speed))
        };
        let (first, last) = (at(frames.start), at(frames.end));
        (first.min(last), first.max(last))
    }
}

/// Feeds the ring: a step at a time, so that tests need no thread and no clock.
pub(crate) struct Feeder<S> {
    tape: Tape<S>,
    /// Above normal speed: what makes the sound shorter.
    stretch: Option<Stretch>,
    ring: Arc<Ring>,
    report: Report,
    exhausted: bool,
    block: Vec<f32>,
    /// Measures what the device took.
    pub listening: Listening,
}

impl<S: SoundSource> Feeder<S> {
    pub fn new(source: S, ring: Arc<Ring>) -> Self {
        Self {
            tape: Tape::new(source),
            stretch: None,
            ring,
            report: Report::default(),
            exhausted: false,
            block: vec![0.0; BLOCK_FRAMES * 2],
            listening: Listening::default(),
        }
    }

    pub const fn report(&self) -> Report {
        self.report
    }

    /// Brings the ring to what is wished: at most one block is written.
    ///
    /// Answers whether more could be written at once.
    pub fn step(&mut self, wish: SoundWish) -> bool {
        if wish.epoch != self.report.epoch {
            self.begin(wish);
        }
        // Room is asked for first: what is written next goes over frames that were heard.
        let room = self.ring.room();
        self.hear();
        if !matches!(self.report.phase, Phase::Starting | Phase::Running) {
            return false;
        }
        if !self.exhausted && room >= BLOCK_FRAMES as u64 {
            let read = self.read().unwrap_or_else(|error| {
                tracing::warn!(%error, "sound ends early");
                0
            });
            self.ring.push(&self.block[..read]);
            if read < self.block.len() {
                self.end();
            }
        }
        let queued = self.ring.queued();
        if self.report.phase == Phase::Starting && (queued >= START_FRAMES || self.exhausted) {
            self.ring.open();
            self.report.phase = Phase::Running;
        }
        if self.exhausted && queued == 0 {
            self.report.phase = Phase::Ended;
        }
        !self.exhausted && self.ring.room() >= BLOCK_FRAMES as u64
    }

    /// Takes another mix of the channels. What waits to be heard is written anew behind a reserve that covers the time this takes,
    /// so that nothing is missing and nothing is heard late. At twice the speed the next start has it.
    pub fn remix(&mut self, mix: &[ChannelMix]) {
        self.tape.set_mix(mix);
        let runs = matches!(self.report.phase, Phase::Starting | Phase::Running);
        if !runs || self.exhausted || self.stretch.is_some() {
            return;
        }
        if let Err(error) = self.rewrite_what_waits() {
            // Where the file stands now nobody knows: what came next would be heard at another time than its picture.
            tracing::warn!(%error, "sound ends early after a change of its mix");
            self.end();
        }
    }

    fn rewrite_what_waits(&mut self) -> Result<(), PlaybackError> {
        let waiting = self.ring.waiting();
        // Before the device takes anything no reserve is needed.
        let reserve = if self.report.phase == Phase::Running {
            REMIX_RESERVE_FRAMES
        } else {
            0
        };
        let from = (waiting.start + reserve).min(waiting.end);
        let (base, media) = self.report.base;
        let passed = i64::try_from(from - base).unwrap_or(0) * FLICKS_PER_FRAME;
        let speed = self.report.speed;
        // A piece under a hand has no speed; it is exhausted as soon as it is laid.
        self.tape
            .seek(media + Flicks(passed * i64::from(speed)), speed < 0)?;
        let mut fresh = vec![0.0; usize::try_from(waiting.end - from).unwrap_or(0) * 2];
        let read = self.tape.read(&mut fresh)?;
        self.ring.rewrite(from, &fresh[..read - read % 2]);
        Ok(())
    }

    /// Measures what is heard from now on, or no longer. The file's channels are measured from what is read next on.
    pub fn measure(&mut self, on: bool) {
        if self.listening.is_measuring() != on {
            self.listening.measure(on, self.tape.channels());
            self.tape.watch(on);
        }
    }

    /// Measures loudness anew from what is heard next on.
    pub fn measure_anew(&mut self) {
        self.hear();
        self.listening.begin();
    }

    /// Measures what the device took since.
    fn hear(&mut self) {
        let (report, tape) = (self.report, &self.tape);
        self.listening.hear(&self.ring, report.speed, |frames| {
            let (from, to) = report.media_of(&frames);
            tape.peaks(from, to)
        });
    }

    fn begin(&mut self, wish: SoundWish) {
        self.hear();
        let position = self.ring.flush();
        let speed = wish.speed();
        self.report = Report {
            epoch: wish.epoch,
            phase: Phase::Idle,
            base: (position, wish.from),
            speed,
        };
        self.exhausted = false;
        self.stretch = (speed.unsigned_abs() > 1).then(|| Stretch::new(u64::from(speed.unsigned_abs())));
        if wish.sounding == Sounding::Silent {
            return;
        }
        self.report.phase = Phase::Starting;
        if let Err(error) = self.tape.seek(wish.from, speed < 0) {
            tracing::warn!(%error, "no sound from here");
            self.report.phase = Phase::Ended;
        } else if let Sounding::Piece { length } = wish.sounding {
            self.lay_piece(length);
        }
    }

    /// A block of what is heard next; fewer floats than the block holds only at the end.
    fn read(&mut self) -> Result<usize, PlaybackError> {
        let Some(stretch) = &mut self.stretch else {
            let read = self.tape.read(&mut self.block)?;
            return Ok(read - read % 2);
        };
        let mut written = 0;
        while written < self.block.len() && !stretch.is_spent() {
            let got = stretch.pull(&mut self.block[written..]);
            written += got;
            if got == 0 {
                let mut fresh = [0.0; BLOCK_FRAMES * 2];
                let read = self.tape.read(&mut fresh)?;
                stretch.push(&fresh[..read]);
                if read < fresh.len() {
                    stretch.close();
                }
            }
        }
        Ok(written)
    }

    /// Writes a whole piece, which comes and goes softly.
    fn lay_piece(&mut self, length: Flicks) {
        let frames = usize::try_from(length.0 / FLICKS_PER_FRAME).unwrap_or(0);
        let mut piece = vec![0.0; frames.min(RING_FRAMES) * 2];
        let read = self.tape.read(&mut piece).unwrap_or_else(|error| {
            tracing::warn!(%error, "no sound here");
            0
        });
        piece.truncate(read - read % 2);
        let frames = piece.len() / 2;
        let soft = PIECE_FADE_FRAMES.min(frames / 2);
        for (n, frame) in piece.chunks_exact_mut(2).enumerate() {
            let from_end = frames - 1 - n;
            let gain = if n.min(from_end) < soft {
                fade(n.min(from_end), soft)
            } else {
                1.0
            };
            frame.iter_mut().for_each(|sample| *sample *= gain);
        }
        self.ring.push(&piece);
        self.end();
    }

    fn end(&mut self) {
        self.exhausted = true;
        self.ring.finish();
    }
}

#[cfg(test)]
#[path = "feeder_tests.rs"]
mod tests;
