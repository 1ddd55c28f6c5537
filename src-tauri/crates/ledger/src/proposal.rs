use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use timebase::FrameRange;

use crate::{AssetId, ProposalId, RunId, canonical_json};

/// What sort of thing is proposed. Kinds of later versions are kept by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub enum Kind {
    /// A moment worth having in a highlight cut.
    Highlights,
    /// One shot between two boundaries.
    Shots,
    /// A face seen in a shot.
    Faces,
    /// Text seen in the picture.
    Text,
    /// A subtitle cue, or an empty slot for one.
    Cues,
    /// A technical fault: black, freeze, silence, loudness, flashes.
    Qc,
    /// A frame for a poster.
    Posters,
    /// A kind this build does not know.
    Other(String),
}

impl Kind {
    /// All kinds this build makes, in the order of the desk's lanes.
    pub const ALL: [Self; 7] = [
        Self::Highlights,
        Self::Shots,
        Self::Faces,
        Self::Text,
        Self::Cues,
        Self::Qc,
        Self::Posters,
    ];

    /// The name on the wire and on the command line.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Highlights => "highlights",
            Self::Shots => "shots",
            Self::Faces => "faces",
            Self::Text => "text",
            Self::Cues => "cues",
            Self::Qc => "qc",
            Self::Posters => "posters",
            Self::Other(name) => name,
        }
    }
}

impl From<String> for Kind {
    fn from(name: String) -> Self {
        Self::ALL
            .into_iter()
            .find(|k| k.as_str() == name)
            .unwrap_or(Self::Other(name))
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        kind.as_str().to_owned()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What makes two runs the same: asset, engine, version, parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RunIdentity {
    /// The asset looked at.
    pub asset: AssetId,
    /// Engine name, for example `local.shots`.
    pub engine: String,
    /// Model or method id, for example `seetaface-frontal` or `tesseract-5`.
    pub model: String,
    /// Version of engine and model together.
    pub version: String,
    /// Parameters as given; only their canonical JSON matters.
    pub parameters: Value,
}

/// How a pass came about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// BLAKE3 of what the engine read (the source bytes, or the proxy when it looked at that), in hexadecimal.
    pub input: String,
    /// When it began, milliseconds since 1970.
    pub started_millis: u64,
    /// CPU milliseconds or zero when not measured.
    pub cpu_millis: u64,
    /// Cost in millionths of a US dollar; zero on the device.
    pub cost_micros: u64,
}

/// One engine's pass over one asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Hash of the identity.
    pub id: RunId,
    /// The asset looked at.
    pub asset: AssetId,
    /// Engine name.
    pub engine: String,
    /// Model or method id.
    pub model: String,
    /// Version.
    pub version: String,
    /// Parameters as given.
    pub parameters: Value,
    /// How it came about; not part of the identity, so two offline ingests of one file do not double anything.
    pub provenance: Provenance,
}

impl Run {
    /// A run whose id follows from its identity.
    pub fn new(identity: RunIdentity, provenance: Provenance) -> Self {
        let RunIdentity {
            asset,
            engine,
            model,
            version,
            parameters,
        } = identity;
        let content = json!({"asset": asset, "engine": engine, "model": model, "version": version, "parameters": parameters});
        Self {
            id: RunId::of(&canonical_json(&content)),
            asset,
            engine,
            model,
            version,
            parameters,
            provenance,
        }
    }
}

/// What an engine says before it has an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalDraft {
    /// Sort.
    pub kind: Kind,
    /// Frames of the asset.
    pub range: FrameRange,
    /// 0 to 1000, when the engine gives one.
    pub confidence_permille: Option<u16>,
    /// One of the shapes in [`crate::payload`], as JSON.
    pub payload: Value,
}

/// One machine-made suggestion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Hash of run and content.
    pub id: ProposalId,
    /// The asset it is about.
    pub asset: AssetId,
    /// The run that made it.
    pub run: RunId,
    /// Sort.
    pub kind: Kind,
    /// Frames of the asset, half-open.
    pub range: FrameRange,
    /// 0 to 1000, when the engine gives one. An integer, because ids are hashes of it.
    pub confidence_permille: Option<u16>,
    /// One of the shapes in [`crate::payload`], as JSON.
    pub payload: Value,
}

impl Proposal {
    /// A proposal whose id follows from its run and content.
    pub fn new(run: &Run, draft: ProposalDraft) -> Self {
        let ProposalDraft {
            kind,
            range,
            confidence_permille,
            payload,
        } = draft;
        let mut proposal = Self {
            id: ProposalId::from_bytes([0; 16]),
            asset: run.asset,
            run: run.id,
            kind,
            range,
            confidence_permille,
            payload,
        };
        proposal.id = proposal.name();
        proposal
    }

    /// Whether its id follows from its run and content, as that of one that a run made does.
    pub fn is_bound(&self) -> bool {
        self.id == self.name()
    }

    fn name(&self) -> ProposalId {
        let content = json!({
            "run": self.run, "kind": self.kind, "start": self.range.start, "end": self.range.end,
            "confidence": self.confidence_permille, "payload": self.payload,
        });
        ProposalId::of(&canonical_json(&content))
    }
}
