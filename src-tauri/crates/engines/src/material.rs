use ledger::{AssetId, Kind, ProposalDraft, RunIdentity, payload};
use serde::Serialize;
use serde_json::Value;
use timebase::{FlickRange, Flicks, FrameRange};

/// Why an engine could not look.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A program or model it needs is not on this machine; the catalogue says how to get it.
    #[error("{what} is not on this machine")]
    Missing {
        /// What is missing.
        what: &'static str,
    },
    /// A model that came with the program does not read.
    #[error("the model of {engine} does not read")]
    Model {
        /// Whose model.
        engine: &'static str,
        /// What the reader said.
        source: std::io::Error,
    },
    /// A helper program could not be run or did not answer as it should.
    #[error("{program} could not be used")]
    Program {
        /// Which program.
        program: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A helper program took longer than it may and was ended.
    #[error("{program} took longer than {limit_secs} s and was ended")]
    TimedOut {
        /// Which program.
        program: &'static str,
        /// The limit.
        limit_secs: u64,
    },
    /// A still whose bytes do not match its size.
    #[error("frame {frame} is not a picture of {width} × {height}")]
    BadStill {
        /// Its number.
        frame: u64,
        /// The width given.
        width: u32,
        /// The height given.
        height: u32,
    },
}

/// Frames and times of one asset.
#[derive(Clone, Copy)]
pub struct FrameClock<'a> {
    /// Frames of the asset.
    pub frames: u64,
    /// The frame shown at a time; the first before the start, the last after the end.
    pub frame_at: &'a dyn Fn(Flicks) -> u64,
    /// When a frame is first shown; for `frames` the end of the film.
    pub start_of: &'a dyn Fn(u64) -> Flicks,
}

impl FrameClock<'_> {
    /// The frames that are shown at any time of `range`, at least one when the asset has any.
    pub fn frames_of(&self, range: FlickRange) -> FrameRange {
        let last = self.frames.saturating_sub(1);
        let start = (self.frame_at)(range.start).min(last);
        let mut end = (self.frame_at)(range.end).min(last);
        if (self.start_of)(end) < range.end {
            end += 1;
        }
        FrameRange::new(start, end.clamp(start + 1, self.frames.max(start + 1)))
    }

    /// How long `frames` are shown.
    pub fn duration(&self, frames: FrameRange) -> Flicks {
        (self.start_of)(frames.end) - (self.start_of)(frames.start)
    }
}

/// One shot as the first pass found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shot {
    /// Its frames.
    pub range: FrameRange,
    /// How it begins.
    pub transition_in: payload::Transition,
    /// Frames of that transition.
    pub transition_frames: u32,
}

/// One kept frame as a picture.
#[derive(Clone, Copy, Debug)]
pub struct Still<'a> {
    /// Its number.
    pub frame: u64,
    /// The shot it lies in, an index into the shots.
    pub shot: usize,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// Red, green, blue, 8 bits each, rows without padding.
    pub rgb: &'a [u8],
}

impl Still<'_> {
    /// Checks that there are as many bytes as the size says.
    pub(crate) fn check(&self) -> Result<(), EngineError> {
        let wanted = u64::from(self.width) * u64::from(self.height) * 3;
        if wanted == 0 || self.rgb.len() as u64 != wanted {
            return Err(EngineError::BadStill {
                frame: self.frame,
                width: self.width,
                height: self.height,
            });
        }
        Ok(())
    }
}

/// Faces in each still, as the other engines use them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FacesSeen {
    /// Shot, frame and the faces found there, in the order the stills were looked at.
    pub sightings: Vec<(usize, u64, Vec<payload::Area>)>,
}

/// Faults that the first pass measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QcFindings {
    /// Black pictures.
    pub black: Vec<FrameRange>,
    /// Still pictures; black may be among them.
    pub freeze: Vec<FrameRange>,
    /// Frames that did not decode whole.
    pub corrupt: Vec<FrameRange>,
    /// Silent stretches.
    pub silence: Vec<FlickRange>,
    /// Passages above the short-term limit.
    pub loud: Vec<FlickRange>,
    /// Stretches with too many flashes.
    pub flashes: Vec<Flash>,
    /// The programme's loudness, when it has sound.
    pub loudness: Option<Loudness>,
    /// Short-term loudness over time: where it begins, milliseconds per value, 1/1000 LUFS.
    pub short_term: Option<(Flicks, u32, Vec<Option<i32>>)>,
}

/// A stretch with more than three flashes in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flash {
    /// Its frames.
    pub range: FrameRange,
    /// Saturated red, rather than brightness.
    pub red: bool,
    /// Flashes in its worst second.
    pub flashes_per_sec: u32,
    /// Largest share of the screen that flashed, per cent.
    pub area_percent: u32,
}

/// A programme's loudness figures in thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loudness {
    /// Integrated, 1/1000 LUFS.
    pub integrated_lufs_milli: Option<i32>,
    /// True peak, 1/1000 dBTP.
    pub true_peak_dbtp_milli: Option<i32>,
    /// Highest short-term value, 1/1000 LUFS.
    pub max_short_term_lufs_milli: Option<i32>,
}

/// Series over the whole programme, one value per step.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignalSeries<'a> {
    /// Where they begin.
    pub origin: Flicks,
    /// Length of a step, milliseconds.
    pub step_millis: u32,
    /// Change within the step, boundaries left out; any unit.
    pub motion: &'a [u16],
    /// Shot boundaries in the step.
    pub cuts: &'a [u8],
    /// Short-term loudness, 1/1000 LUFS.
    pub loudness_lufs_milli: &'a [Option<i32>],
}

/// What an engine says: who it is, and its suggestions.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposed {
    /// Engine name, for example `local.shots`.
    pub engine: String,
    /// Model or method.
    pub model: String,
    /// Version of engine and model together.
    pub version: String,
    /// What it was told, part of the run's identity.
    pub parameters: Value,
    /// The suggestions, in order of time (posters: best first).
    pub drafts: Vec<ProposalDraft>,
}

impl Proposed {
    pub(crate) fn new(engine: &str, model: &str, version: &str, parameters: Value) -> Self {
        Self {
            engine: engine.to_owned(),
            model: model.to_owned(),
            version: version.to_owned(),
            parameters,
            drafts: Vec::new(),
        }
    }

    pub(crate) fn add(
        &mut self,
        kind: Kind,
        range: FrameRange,
        confidence_permille: Option<u16>,
        payload: &impl Serialize,
    ) {
        // payloads are plain structs of ours: they always have a JSON form
        let payload = serde_json::to_value(payload).unwrap_or(Value::Null);
        self.drafts.push(ProposalDraft {
            kind,
            range,
            confidence_permille,
            payload,
        });
    }

    /// The identity of this run over `asset`.
    pub fn identity(&self, asset: AssetId) -> RunIdentity {
        RunIdentity {
            asset,
            engine: self.engine.clone(),
            model: self.model.clone(),
            version: self.version.clone(),
            parameters: self.parameters.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_become_the_frames_that_are_seen_then() {
        let frame = 100;
        let clock = FrameClock {
            frames: 10,
            frame_at: &|t| (t.0.max(0) / frame) as u64,
            start_of: &|f| Flicks(f as i64 * frame),
        };
        let of = |start, end| clock.frames_of(FlickRange::new(Flicks(start), Flicks(end)));
        assert_eq!(of(0, 100), FrameRange::new(0, 1));
        assert_eq!(of(150, 301), FrameRange::new(1, 4));
        assert_eq!(of(150, 150), FrameRange::new(1, 2), "never empty");
        assert_eq!(of(950, 5000), FrameRange::new(9, 10));
        assert_eq!(clock.duration(FrameRange::new(2, 5)), Flicks(300));
    }
}
