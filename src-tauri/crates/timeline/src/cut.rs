use ledger::AssetId;
use serde::{Deserialize, Serialize};
use timebase::{Flicks, FrameRange, Rate, Timecode};

/// A piece of media as a cut needs to know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Which.
    pub asset: AssetId,
    /// File name, shown to people and matched by other programs.
    pub name: String,
    /// Where the original lies, as text of a path; empty when that is not to be told.
    pub place: String,
    /// Timecode of its frame 0. Carries its rate (nominal when it is variable) and its drop-frame flag.
    pub start: Timecode,
    /// Frames of its picture.
    pub frame_count: u64,
    /// Whether its rate is variable, so that its timecode is nominal.
    pub vfr: bool,
    /// Displayed width in pixels.
    pub width: u32,
    /// Displayed height in pixels.
    pub height: u32,
    /// Channels of its first sound track, 0 without one.
    pub audio_channels: u32,
    /// Samples per second of its first sound track, 0 without one.
    pub audio_rate: u32,
}

impl Source {
    /// Its frame rate, nominal when it is variable.
    pub fn rate(&self) -> Rate {
        self.start.rate()
    }
}

/// One stretch of one source in a cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clip {
    /// The source.
    pub asset: AssetId,
    /// Its frames.
    pub range: FrameRange,
    /// Name shown, may be empty.
    pub name: String,
    /// A word from the person, may be empty.
    pub note: String,
    /// Record frames during which the clip before it fades into this one, counted from where this one begins; 0 is a cut.
    /// The clip before it must have that many frames left after its range.
    pub dissolve_frames: u64,
}

/// A note on a record frame or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// Frames from the start of the cut.
    pub at: u64,
    /// Frames it covers, at least 1.
    pub frames: u64,
    /// A short name.
    pub name: String,
    /// More, may be empty.
    pub note: String,
}

/// A clip with its place in record time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed<'a> {
    /// The clip.
    pub clip: &'a Clip,
    /// Its source.
    pub source: &'a Source,
    /// Record frames from the start of the cut.
    pub record: FrameRange,
}

impl Placed<'_> {
    /// Source timecode of its first frame.
    pub fn source_in(&self) -> Timecode {
        self.source.start.offset(signed(self.clip.range.start))
    }

    /// Source timecode just after its last frame.
    pub fn source_out(&self) -> Timecode {
        self.source.start.offset(signed(self.clip.range.end))
    }
}

/// Why a cut cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CutError {
    /// No clip in it.
    #[error("there is nothing in this cut")]
    Empty,
    /// A clip of an asset that the cut has no source for.
    #[error("a clip names asset {0}, which the cut does not know")]
    UnknownSource(AssetId),
    /// A clip without a frame, or with frames its source does not have.
    #[error("frames {start} to {end} are not in {name}, which has {frame_count}")]
    OutsideSource {
        /// First frame asked for.
        start: u64,
        /// First frame after.
        end: u64,
        /// The source.
        name: String,
        /// Frames it has.
        frame_count: u64,
    },
    /// A dissolve longer than what is left of the clip before it, or than the clip itself.
    #[error("clip {number} cannot fade in over {frames} frames: there is not enough picture for it")]
    NoHandle {
        /// From 1.
        number: usize,
        /// Asked for.
        frames: u64,
    },
    /// An operation names a clip, or needs a neighbour, that the cut does not have.
    #[error("there is no clip {number} in this cut")]
    NoClip {
        /// From 1.
        number: usize,
    },
    /// Frames of a clip would begin before its source does.
    #[error("a move by {by} frames leads before the first frame of the source")]
    BeforeSource {
        /// Asked for.
        by: i64,
    },
    /// Two clips give and take frames, and one does not count the cut's own.
    #[error(
        "clip {number} counts at {rate}, not at the rate of the cut, so its neighbour cannot take its frames exactly"
    )]
    OtherRate {
        /// From 1.
        number: usize,
        /// Its source's.
        rate: Rate,
    },
    /// The record timecode counts at another rate than the cut.
    #[error("the record timecode counts at {0}, the cut at {1}")]
    RecordRate(Rate, Rate),
}

/// Clips one after the other, in record time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    name: String,
    start: Timecode,
    sources: Vec<Source>,
    clips: Vec<Clip>,
    markers: Vec<Marker>,
}

impl Cut {
    /// A cut whose record frame 0 bears the label `start`, which also gives its rate.
    ///
    /// # Errors
    /// Any [`CutError`]: a cut that exists can be exported.
    pub fn new(
        name: impl Into<String>,
        start: Timecode,
        sources: Vec<Source>,
        clips: Vec<Clip>,
    ) -> Result<Self, CutError> {
        let cut = Self {
            name: name.into(),
            start,
            sources,
            clips,
            markers: Vec::new(),
        };
        cut.check()?;
        Ok(cut)
    }

    /// The same cut with these markers, in the order of time.
    #[must_use]
    pub fn with_markers(mut self, mut markers: Vec<Marker>) -> Self {
        markers.sort_by_key(|marker| marker.at);
        self.markers = markers;
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Label of record frame 0.
    pub fn start(&self) -> Timecode {
        self.start
    }

    /// Record frames per second.
    pub fn rate(&self) -> Rate {
        self.start.rate()
    }

    /// What its clips come from, each once.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Its clips in order.
    pub fn clips(&self) -> &[Clip] {
        &self.clips
    }

    /// Its markers in the order of time.
    pub fn markers(&self) -> &[Marker] {
        &self.markers
    }

    /// Record frames of all of it.
    pub fn duration(&self) -> u64 {
        self.placed().last().map_or(0, |placed| placed.record.end)
    }

    /// Every clip with its source and its place.
    pub fn placed(&self) -> Vec<Placed<'_>> {
        let mut out: Vec<Placed<'_>> = Vec::with_capacity(self.clips.len());
        // Where the next clip begins if record time had no frames. Positions are rounded from this sum, not lengths.
        let mut exact = Flicks::ZERO;
        let mut at = 0;
        for clip in &self.clips {
            let Some(source) = self.source(clip.asset) else {
                continue;
            };
            let record = if source.rate() == self.rate() {
                let record = FrameRange::new(at, at + clip.range.len());
                exact = Flicks::from_frame(signed(record.end), self.rate());
                record
            } else {
                exact = exact + Flicks::from_frame(signed(clip.range.len()), source.rate());
                FrameRange::new(at, nearest_frame(exact, self.rate()).max(at + 1))
            };
            at = record.end;
            out.push(Placed { clip, source, record });
        }
        out
    }

    /// The source of an asset in this cut.
    pub fn source(&self, asset: AssetId) -> Option<&Source> {
        self.sources.iter().find(|source| source.asset == asset)
    }

    fn check(&self) -> Result<(), CutError> {
        if self.clips.is_empty() {
            return Err(CutError::Empty);
        }
        for clip in &self.clips {
            let source = self
                .source(clip.asset)
                .ok_or(CutError::UnknownSource(clip.asset))?;
            if clip.range.is_empty() || clip.range.end > source.frame_count {
                return Err(CutError::OutsideSource {
                    start: clip.range.start,
                    end: clip.range.end,
                    name: source.name.clone(),
                    frame_count: source.frame_count,
                });
            }
        }
        self.check_dissolves()
    }

    fn check_dissolves(&self) -> Result<(), CutError> {
        let placed = self.placed();
        for (at, clip) in placed
            .iter()
            .enumerate()
            .filter(|(_, placed)| placed.clip.dissolve_frames > 0)
        {
            let frames = clip.clip.dissolve_frames;
            let refused = CutError::NoHandle {
                number: at + 1,
                frames,
            };
            let Some(before) = at.checked_sub(1).and_then(|at| placed.get(at)) else {
                return Err(refused);
            };
            // Of another rate the handle is as long in time, rounded up.
            let needed = if before.source.rate() == self.rate() {
                frames
            } else {
                let time = Flicks::from_frame(signed(frames), self.rate());
                unsigned(time.to_frame_floor(before.source.rate())) + 1
            };
            let left = before.source.frame_count.saturating_sub(before.clip.range.end);
            if frames > clip.record.len() || needed > left {
                return Err(refused);
            }
        }
        Ok(())
    }
}

/// The record frame that starts nearest to `at`, later when two are as near.
pub(crate) fn nearest_frame(at: Flicks, rate: Rate) -> u64 {
    unsigned(at.to_ticks(rate.frame_duration()))
}

pub(crate) fn signed(frames: u64) -> i64 {
    i64::try_from(frames).unwrap_or(i64::MAX)
}

fn unsigned(frames: i64) -> u64 {
    u64::try_from(frames).unwrap_or(0)
}
