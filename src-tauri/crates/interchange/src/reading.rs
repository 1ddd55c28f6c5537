use timebase::{FrameRange, Rate, Timecode};

/// Why a file was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// A line that does not fit.
    #[error("line {line}: {words}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong with it.
        words: String,
    },
    /// Not the structure of such a file.
    #[error("this is not {expected}: {words}")]
    Structure {
        /// The format's name.
        expected: &'static str,
        /// What is wrong.
        words: String,
    },
    /// Well formed, and without a cut (or a cue) in it.
    #[error("there is nothing to read in this file: {0}")]
    Nothing(String),
}

/// A cut as another program (or we) wrote it down. It knows media by name, not by asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadCut {
    /// Its name, may be empty.
    pub name: String,
    /// Record frames per second.
    pub rate: Rate,
    /// Label of record frame 0, where the file says.
    pub start: Option<Timecode>,
    /// Edits in the order of the file.
    pub edits: Vec<ReadEdit>,
    /// Markers in the order of the file.
    pub markers: Vec<ReadMarker>,
    /// What was not understood or mended, in words.
    pub notes: Vec<String>,
}

/// One edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadEdit {
    /// Name of the clip, may be empty.
    pub name: String,
    /// File name, URL or reel of its media, may be empty.
    pub media: String,
    /// Timecode of its first source frame; carries the source's rate and drop-frame flag.
    pub source_in: Timecode,
    /// Source frames.
    pub source_frames: u64,
    /// Record frames from the start of the cut.
    pub record: FrameRange,
    /// Record frames during which the edit before it fades into it.
    pub dissolve_frames: u64,
    /// A word with it, may be empty.
    pub note: String,
    /// Whether it is on a picture track (sound only otherwise).
    pub picture: bool,
}

/// A note on a record frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadMarker {
    /// Frames from the start of the cut.
    pub at: u64,
    /// Frames it covers, 1 where the file does not say.
    pub frames: u64,
    /// Its words.
    pub name: String,
}

/// Counts what is passed over, so that a file full of it makes one note of each kind.
#[derive(Default)]
pub(crate) struct Passed(std::collections::BTreeMap<String, usize>);

impl Passed {
    pub(crate) fn over(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    pub(crate) fn into_notes(self) -> Vec<String> {
        self.0
            .into_iter()
            .map(|(what, times)| {
                if times == 1 {
                    what
                } else {
                    format!("{what} ({times} times)")
                }
            })
            .collect()
    }
}

pub(crate) fn signed(frames: u64) -> i64 {
    i64::try_from(frames).unwrap_or(i64::MAX)
}

pub(crate) fn unsigned(frames: i64) -> u64 {
    u64::try_from(frames).unwrap_or(0)
}
