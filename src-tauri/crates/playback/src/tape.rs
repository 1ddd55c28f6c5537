//! Sound read in the direction it is played: backwards in pieces, each turned round.

use media::{ChannelMix, ChannelPeaks};
use timebase::{FLICKS_PER_SEC, Flicks};

use crate::error::PlaybackError;
use crate::ring::RATE;
use crate::sound::SoundSource;

/// Read at a time when going backwards: half a second, because every seek in a file reads a little before it gives anything.
const PIECE_FRAMES: u64 = 24_000;
/// A sample lasts this long.
pub(crate) const FLICKS_PER_FRAME: i64 = FLICKS_PER_SEC / RATE as i64;

/// A source of sound and which way it is read.
#[derive(Debug)]
pub(crate) struct Tape<S> {
    source: S,
    /// Backwards: the frame up to which the next piece reaches.
    backwards_from: Option<u64>,
    /// Backwards: what was read and not yet given, last float first to go.
    piece: Vec<f32>,
}

impl<S: SoundSource> Tape<S> {
    pub const fn new(source: S) -> Self {
        Self {
            source,
            backwards_from: None,
            piece: Vec::new(),
        }
    }

    /// Which channels are heard from the next seek on.
    pub fn set_mix(&mut self, mix: &[ChannelMix]) {
        self.source.set_mix(mix);
    }

    /// Measures how high each channel goes, or no longer.
    pub fn watch(&mut self, on: bool) {
        self.source.watch(on);
    }

    /// The highest that each channel goes between two instants.
    pub fn peaks(&self, from: Flicks, to: Flicks) -> Option<ChannelPeaks> {
        self.source.peaks(from, to)
    }

    /// How many channels the source has.
    pub fn channels(&self) -> usize {
        self.source.channels().len()
    }

    /// The next sample read is the one heard at `to`, or the one just before it when going backwards.
    pub fn seek(&mut self, to: Flicks, backwards: bool) -> Result<(), PlaybackError> {
        self.piece.clear();
        if backwards {
            let frame = u64::try_from(to.0 / FLICKS_PER_FRAME).unwrap_or(0);
            self.backwards_from = Some(frame);
            return Ok(());
        }
        self.backwards_from = None;
        self.source.seek(to)
    }

    /// Fills `out` with interleaved floats; fewer only at the end (or the beginning, backwards).
    pub fn read(&mut self, out: &mut [f32]) -> Result<usize, PlaybackError> {
        let Some(mut end) = self.backwards_from else {
            return self.source.read(out);
        };
        let mut written = 0;
        for pair in out.chunks_exact_mut(2) {
            if self.piece.is_empty() {
                if end == 0 {
                    break;
                }
                end = self.load(end)?;
            }
            // Frames go back to front, the sides of each stay in order.
            let rest = self.piece.len() - 2;
            pair.copy_from_slice(&self.piece[rest..]);
            self.piece.truncate(rest);
            written += 2;
        }
        Ok(written)
    }

    /// Reads the piece before `end` and answers where it begins.
    fn load(&mut self, end: u64) -> Result<u64, PlaybackError> {
        let start = end.saturating_sub(PIECE_FRAMES);
        self.source.seek(Flicks(start as i64 * FLICKS_PER_FRAME))?;
        // Where the sound ends before the picture there is silence.
        self.piece.clear();
        self.piece.resize((end - start) as usize * 2, 0.0);
        let mut filled = 0;
        while filled < self.piece.len() {
            let got = self.source.read(&mut self.piece[filled..])?;
            if got == 0 {
                break;
            }
            filled += got;
        }
        self.backwards_from = Some(start);
        Ok(start)
    }
}

#[cfg(test)]
mod tests {
    use media::{AudioReader, FilmSpec, FilmWriter};
    use timebase::Rate;

    use super::*;

    #[test]
    fn backwards_is_forwards_turned_round_across_the_pieces_of_a_coded_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let film = folder.path().join("film.mp4");
        let mut spec = FilmSpec::new(64, 64, Rate::PAL);
        spec.audio_rate = Some(48_000);
        let mut writer = FilmWriter::create(&film, spec).expect("a film");
        for n in 0..50_usize {
            writer.push_rgba(&[90; 64 * 64 * 4]).expect("a frame");
            let sample = |i: usize| ((n * 1_920 + i) as f32 * (0.03 + n as f32 * 0.001)).sin() * 0.4;
            let sound: Vec<f32> = (0..1_920).flat_map(|i| [sample(i), -sample(i)]).collect();
            writer.push_audio(&sound).expect("sound");
        }
        writer.finish().expect("a whole film");
        let mut forwards = vec![0.0; 80_000 * 2];
        let mut tape = Tape::new(AudioReader::open(&film).expect("sound"));
        tape.seek(Flicks::ZERO, false).expect("the beginning");
        assert_eq!(tape.read(&mut forwards).expect("sound"), forwards.len());
        let mut backwards = vec![0.0; 80_000 * 2];
        tape.seek(Flicks(80_000 * FLICKS_PER_FRAME), true)
            .expect("further on");
        assert_eq!(tape.read(&mut backwards).expect("sound"), backwards.len());
        let turned: Vec<f32> = backwards.chunks_exact(2).rev().flatten().copied().collect();
        // A decoder fills in noise of its own each time; a sample out of place would be five times as far off.
        let squares: f32 = turned.iter().zip(&forwards).map(|(a, b)| (a - b) * (a - b)).sum();
        let apart = (squares / turned.len() as f32).sqrt();
        assert!(apart < 0.003, "{apart} apart");
        assert_eq!(tape.read(&mut backwards).expect("nothing more"), 0);
    }
}
