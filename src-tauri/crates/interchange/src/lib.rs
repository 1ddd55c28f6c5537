//! Finishing elsewhere: cuts as CMX3600 edit decision lists, OpenTimelineIO and Final Cut Pro XML, cues as SubRip, WebVTT and TTML;
//! writing, reading, and saying what could not be carried.
//!
//! Every export is read back by the reader of the same format and compared before it is handed out, so a file that does not
//! say what was meant is never called done. Rules:
//! - Source timecode counts from the asset's own start timecode, with its own drop-frame flag. It is never guessed.
//! - A source of another rate keeps its own count; the record side is in frames of the cut (see `timeline`).
//! - A source of variable rate goes out with nominal timecode, and the export says so.

mod compare;
mod cues;
mod edl;
mod fcpxml;
mod format;
mod markup;
mod names;
mod otio;
mod reading;
mod srt;
mod subtitle_text;
mod ttml;
mod vtt;

pub use cues::{Cue, CueFormat, CueReading};
pub use format::{CutFormat, WriteError, Written, losses_json};
pub use reading::{ReadCut, ReadEdit, ReadError, ReadMarker};

#[cfg(test)]
mod sample;
