use ledger::payload::{CuePlace, CueStyle};
use timebase::{FlickRange, Flicks};

use crate::{ReadError, WriteError, Written, format::once, srt, ttml, vtt};

/// One subtitle cue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    /// When it is seen, counted from the first frame of the asset.
    pub range: FlickRange,
    /// Its words, plain; lines are separated by `\n`.
    pub text: String,
    /// Where it stands; nothing for the middle of the bottom.
    pub place: Option<CuePlace>,
    /// Where its words are set otherwise, in order and not overlapping.
    pub styles: Vec<CueStyle>,
}

/// A subtitle file as it was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CueReading {
    /// Cues in the order of time. Times of SubRip and WebVTT are whole milliseconds: map them to the nearest frame start, not to
    /// the frame shown.
    pub cues: Vec<Cue>,
    /// Times are timecode: they count as the asset's labels do, not from its first frame.
    pub is_timecode: bool,
    /// What was left out or mended, in words.
    pub notes: Vec<String>,
}

/// A form in which cues come and leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CueFormat {
    /// SubRip.
    Srt,
    /// WebVTT.
    Vtt,
    /// Timed Text Markup Language; written as IMSC 1.1 text.
    Ttml,
}

impl CueFormat {
    /// The ending of its files, also its name on the command line.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Srt => "srt",
            Self::Vtt => "vtt",
            Self::Ttml => "ttml",
        }
    }

    /// The name people know it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Srt => "SubRip",
            Self::Vtt => "WebVTT",
            Self::Ttml => "TTML",
        }
    }

    /// By the ending of a file name, in any case.
    pub fn of_file_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "srt" => Some(Self::Srt),
            "vtt" => Some(Self::Vtt),
            "ttml" | "dfxp" | "itt" | "xml" => Some(Self::Ttml),
            _ => None,
        }
    }

    /// Writes the cues that have words, in the order of time, reads the result back and compares.
    ///
    /// # Errors
    /// [`WriteError`] when what was made does not read back at all. No cue at all makes an empty file, not an error.
    pub fn write(self, cues: &[Cue]) -> Result<Written, WriteError> {
        let mut losses = Vec::new();
        let mut ordered: Vec<Cue> = cues.to_vec();
        ordered.sort_by_key(|cue| (cue.range.start, cue.range.end));
        let before = ordered.len();
        ordered.retain(|cue| !cue.text.trim().is_empty());
        if ordered.len() < before {
            losses.push(match before - ordered.len() {
                1 => "1 cue without words was left out".to_owned(),
                left_out => format!("{left_out} cues without words were left out"),
            });
        }
        for cue in &mut ordered {
            let first = cue.range.start.to_millis_round().max(0);
            let after = cue.range.end.to_millis_round().max(first + 1);
            cue.range = FlickRange::new(Flicks::from_millis(first), Flicks::from_millis(after));
            cue.place = cue.place.filter(|place| *place != CuePlace::default());
        }
        let text = match self {
            Self::Srt => srt::write(&ordered, &mut losses),
            Self::Vtt => vtt::write(&ordered, &mut losses),
            Self::Ttml => ttml::write(&ordered, &mut losses),
        };
        let read = match self.read(text.as_bytes()) {
            Ok(reading) => reading.cues,
            Err(ReadError::Nothing(_)) if ordered.is_empty() => Vec::new(),
            Err(source) => {
                return Err(WriteError::Unreadable {
                    format: self.name(),
                    source,
                });
            }
        };
        losses.extend(differences(&ordered, &read));
        Ok(Written {
            text,
            losses: once(losses),
            items: ordered.len(),
        })
    }

    /// Reads a file, mending what can be mended and saying so.
    ///
    /// # Errors
    /// [`ReadError`] when it is not such a file or has no cue in it.
    pub fn read(self, bytes: &[u8]) -> Result<CueReading, ReadError> {
        let mut reading = match self {
            Self::Srt => srt::read(bytes),
            Self::Vtt => vtt::read(bytes)?,
            Self::Ttml => ttml::read(bytes)?,
        };
        if reading.cues.is_empty() {
            return Err(ReadError::Nothing("no cue in the file".to_owned()));
        }
        // Stable, so that cues of one instant keep the order of the file.
        reading.cues.sort_by_key(|cue| cue.range.start);
        Ok(reading)
    }
}

fn differences(meant: &[Cue], got: &[Cue]) -> Vec<String> {
    if meant.len() != got.len() {
        return vec![format!(
            "{} cues were written and {} came back",
            meant.len(),
            got.len()
        )];
    }
    let changed = meant
        .iter()
        .zip(got)
        .filter(|(meant, got)| meant.range != got.range)
        .count();
    let reworded = meant
        .iter()
        .zip(got)
        .filter(|(meant, got)| meant.text != got.text)
        .count();
    let same_words = || {
        meant
            .iter()
            .zip(got)
            .filter(|(meant, got)| meant.text == got.text)
    };
    let restyled = same_words()
        .filter(|(meant, got)| meant.styles != got.styles)
        .count();
    let moved = same_words()
        .filter(|(meant, got)| {
            !ttml::same_place(
                meant.place.as_ref(),
                got.place.as_ref(),
                meant.text.lines().count(),
            )
        })
        .count();
    let mut out = Vec::new();
    if changed > 0 {
        out.push(format!("{changed} cues came back at another time"));
    }
    if restyled > 0 {
        out.push(format!(
            "{restyled} cues come back in plainer styles: this format has no words for theirs"
        ));
    }
    if moved > 0 {
        out.push(format!(
            "{moved} cues come back at another place: this format has no words for theirs"
        ));
    }
    if reworded > 0 {
        out.push(format!("{reworded} cues come back with other words: what looks like styling is not shown, and empty lines and control characters were left out"));
    }
    out
}
