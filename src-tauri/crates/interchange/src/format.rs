use timebase::Rate;
use timeline::Cut;

use crate::{ReadCut, ReadError, compare, edl, fcpxml, otio};

/// A form in which a cut leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CutFormat {
    /// CMX3600 edit decision list.
    Edl,
    /// OpenTimelineIO JSON.
    Otio,
    /// Final Cut Pro XML 1.10.
    Fcpxml,
}

/// A file that was written and has been read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its content.
    pub text: String,
    /// What could not be carried, in words; empty when everything was.
    pub losses: Vec<String>,
    /// Clips or cues in it.
    pub items: usize,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Our own reader refuses what our own writer made.
    #[error("the {format} file that was made does not read back")]
    Unreadable {
        /// Which.
        format: &'static str,
        /// Why not.
        source: ReadError,
    },
    /// The values cannot be put into the format at all.
    #[error("the {format} file could not be made")]
    Encode {
        /// Which.
        format: &'static str,
        /// Why not.
        source: serde_json::Error,
    },
}

impl CutFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Edl, Self::Otio, Self::Fcpxml];

    /// The ending of its files, also its name on the command line.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Edl => "edl",
            Self::Otio => "otio",
            Self::Fcpxml => "fcpxml",
        }
    }

    /// The name people know it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Edl => "CMX3600 EDL",
            Self::Otio => "OpenTimelineIO",
            Self::Fcpxml => "Final Cut Pro XML",
        }
    }

    /// Writes `cut`, reads the result back and compares.
    ///
    /// # Errors
    /// [`WriteError`] when what was made does not read back at all. Differences are losses, not errors.
    pub fn write(self, cut: &Cut) -> Result<Written, WriteError> {
        let (text, mut losses) = match self {
            Self::Edl => edl::write(cut),
            Self::Otio => otio::write(cut).map_err(|source| WriteError::Encode {
                format: self.name(),
                source,
            })?,
            Self::Fcpxml => fcpxml::write(cut),
        };
        let read = self
            .read(&text, cut.rate())
            .map_err(|source| WriteError::Unreadable {
                format: self.name(),
                source,
            })?;
        losses.extend(compare::differences(
            cut,
            &read,
            self != Self::Fcpxml,
            self != Self::Edl,
        ));
        Ok(Written {
            text,
            losses: once(losses),
            items: cut.clips().len(),
        })
    }

    /// Reads a cut. `rate` is what record timecode counts at where the format does not say (an EDL does not).
    ///
    /// # Errors
    /// [`ReadError`] with the place, when it is not such a file.
    pub fn read(self, text: &str, rate: Rate) -> Result<ReadCut, ReadError> {
        match self {
            Self::Edl => edl::read(text, rate),
            Self::Otio => otio::read(text),
            Self::Fcpxml => fcpxml::read(text),
        }
    }
}

/// The content of `FILE.losses.json`: `{"losses":[…]}`.
pub fn losses_json(losses: &[String]) -> String {
    let mut text = serde_json::json!({ "losses": losses }).to_string();
    text.push('\n');
    text
}

/// The words in their order, each once.
pub(crate) fn once(words: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    words
        .into_iter()
        .filter(|word| seen.insert(word.clone()))
        .collect()
}
