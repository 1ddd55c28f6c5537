use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum ExportWhat {
    /// Circled shots, as a cut.
    Shots,
    /// Circled highlights, as a cut.
    Highlights,
    /// Circled cues, as subtitles.
    Cues,
    /// Circled poster frames, as pictures.
    Posters,
}

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// CMX3600 edit decision list.
    Edl,
    /// OpenTimelineIO.
    Otio,
    /// Final Cut Pro XML.
    Fcpxml,
    /// SubRip.
    Srt,
    /// WebVTT.
    Vtt,
    /// TTML, as IMSC 1.1 text.
    Ttml,
    /// PNG pictures.
    Png,
}

/// `export`: makes a file for elsewhere.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ExportRequest {
    /// Of which asset.
    pub asset: String,
    /// What.
    pub what: ExportWhat,
    /// As what.
    pub to: ExportFormat,
}

/// The file is made and has been read back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Exported {
    /// Fetch it at `/exports/<id>`, or save it from the window.
    pub export_id: String,
    /// A name to save it under.
    pub file_name: String,
    /// Its size.
    pub size_bytes: u64,
    /// What could not be carried, in words.
    pub losses: Vec<String>,
    /// Clips, cues or pictures in it.
    pub items: u64,
}

/// `import_cues`: a subtitle file as circled cues. An explicit act of the person.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ImportCues {
    /// For which asset.
    pub asset: String,
    /// The file's name: its ending says what it is, and it is kept as provenance.
    pub file_name: String,
    /// The whole file.
    pub text: String,
}

/// The answer to `import_cues`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ImportedCues {
    /// How many cues came in.
    pub cues: u64,
    /// What of the file could not be taken over, in words.
    pub losses: Vec<String>,
}
