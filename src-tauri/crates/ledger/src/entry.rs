use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    AssetId, CommentEntry, EntryId, Hlc, MarkerEntry, ProposalId, ResolutionEntry, Run, RunId, canonical_json,
};

/// What a local person says they are. It comes from settings; nothing here authenticates it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Finds, reviews, trims, finishes.
    #[default]
    Editor,
    /// Works through flagged frames and technical faults.
    Qc,
    /// Compares, comments, approves.
    Producer,
}

/// Who wrote an entry and where. In a shared lake authorship is the prefix an entry came from, not what it claims here.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Author {
    /// The lake prefix this writer owns.
    pub principal: String,
    /// The workstation id, bound to the machine.
    pub workstation: String,
    /// The name shown to people.
    pub person: String,
    /// The role claimed.
    pub role: Role,
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Hash of everything below.
    pub id: EntryId,
    /// When, for display and ties.
    pub clock: Hlc,
    /// Who and where.
    pub author: Author,
    /// What.
    pub body: Body,
    /// The line as it was read, when this build does not understand all of it (a field of a later version): kept, so that it
    /// is passed on whole.
    line: Option<String>,
}

/// What an entry says. Kinds this build does not know are kept and passed on whole.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A piece of media exists.
    Asset(AssetEntry),
    /// Where its bytes were found.
    Location(Location),
    /// A file made from it lies in the lake.
    Rendition(Rendition),
    /// Two assets are the same piece of media.
    SameAs(SameAs),
    /// An engine finished a pass.
    Run(RunEntry),
    /// A person's verdict.
    Decision(Decision),
    /// A person took back an entry of their own.
    Undo(Undo),
    /// A person put, changed or removed a marker.
    Marker(MarkerEntry),
    /// A person wrote, changed or removed a comment.
    Comment(CommentEntry),
    /// A person said whether a thread of comments is settled.
    Resolution(ResolutionEntry),
    /// A kind from a later version: its name and its whole content.
    Other {
        /// The `kind` field.
        kind: String,
        /// Everything else.
        content: Map<String, Value>,
    },
}

/// A piece of media, as probed at ingest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetEntry {
    /// BLAKE3-128 of its bytes.
    pub asset: AssetId,
    /// Name shown, from the file name.
    pub title: String,
    /// Size of the original.
    pub size_bytes: u64,
    /// The probe and the ingest report's head, as `media` writes it.
    pub media: Value,
}

/// Where an original was found. Paths are per workstation and stay out of other people's way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The asset found there.
    pub asset: AssetId,
    /// `file` path (lossy text of it) or a lake key.
    pub place: String,
}

/// A file made from an asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendition {
    /// The asset it was made from.
    pub asset: AssetId,
    /// `proxy`, `sprites`, `waveform`, `frames` (the PTS index), `report`, …
    pub name: String,
    /// Lake key.
    pub key: String,
    /// Its size.
    pub size_bytes: u64,
    /// BLAKE3 of its bytes, 64 hexadecimal digits.
    pub blake3: String,
}

/// Two ids for one piece of media (a re-wrapped copy, a pending object that became final). Valid in any order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SameAs {
    /// One.
    pub asset: AssetId,
    /// The other.
    pub other: AssetId,
}

/// An engine's pass, whose proposals lie in the lake under `key`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEntry {
    /// Identity and provenance.
    pub run: Run,
    /// Lake key of the proposals (JSON lines, zstd).
    pub key: String,
    /// How many proposals it holds.
    pub proposals: u64,
    /// BLAKE3 of the object's bytes, 64 hexadecimal digits.
    pub blake3: String,
}

/// A person's verdict on one or more proposals. Bulk is one entry with explicit ids.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// What it is about, sorted, without repetition.
    pub proposals: Vec<ProposalId>,
    /// Circled, rejected or retracted.
    pub verdict: Verdict,
    /// For a circled proposal: fields that replace those of its payload, plus `start_frame` and `end_frame`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<Value>,
    /// For several circled proposals: the edit of each, where it has one of its own. Moving a row of cues along is one verdict,
    /// and one undo, with as many edits as there are cues.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub edits: BTreeMap<ProposalId, Value>,
    /// A word from the person.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The standing entries its author saw and replaces, sorted.
    #[serde(default)]
    pub supersedes: Vec<EntryId>,
}

impl Decision {
    /// A verdict on `proposals` by somebody who saw `supersedes`; both are put in order, without repetition.
    pub fn new(mut proposals: Vec<ProposalId>, verdict: Verdict, mut supersedes: Vec<EntryId>) -> Self {
        proposals.sort_unstable();
        proposals.dedup();
        supersedes.sort_unstable();
        supersedes.dedup();
        Self {
            proposals,
            verdict,
            edit: None,
            edits: BTreeMap::new(),
            note: String::new(),
            supersedes,
        }
    }

    /// What it says replaces fields of `proposal`.
    pub fn edit_of(&self, proposal: ProposalId) -> Option<&Value> {
        self.edits.get(&proposal).or(self.edit.as_ref())
    }
}

/// What a person says about a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Accepted, perhaps with an edit.
    Circled,
    /// Not wanted.
    Rejected,
    /// Back to undecided.
    Retracted,
}

/// Takes back an entry as if it had not been written. Redo is an undo of the undo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// The entry taken back: a decision, an entry about a marker or a comment, or an undo of the same principal.
    pub entry: EntryId,
}

/// A ledger line that does not read.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// Not JSON, or not of an entry's form.
    #[error("a ledger line does not read")]
    Syntax(#[from] serde_json::Error),
    /// The id is not the hash of the content.
    #[error("ledger entry {0} does not match its content")]
    Tampered(EntryId),
}

impl Entry {
    /// A new entry; the id follows from the content.
    pub fn new(clock: Hlc, author: Author, body: Body) -> Self {
        let mut entry = Self {
            id: EntryId::of(""),
            clock,
            author,
            body,
            line: None,
        };
        entry.id = EntryId::of(&canonical_json(&Value::Object(entry.content())));
        entry
    }

    /// An entry whose id was checked before, as a store of ours gives it back. What came from elsewhere goes through
    /// [`Entry::from_line`].
    pub const fn checked(id: EntryId, clock: Hlc, author: Author, body: Body) -> Self {
        Self {
            id,
            clock,
            author,
            body,
            line: None,
        }
    }

    /// One line of JSON, without the line end: `{"id":…,"clock":…,"author":…,"kind":…, …}`.
    pub fn to_line(&self) -> String {
        if let Some(line) = &self.line {
            return line.clone();
        }
        let mut content = self.content();
        content.insert("id".into(), Value::String(self.id.to_string()));
        canonical_json(&Value::Object(content))
    }

    /// Reads a line and checks that the id is the hash of the content.
    ///
    /// # Errors
    /// [`EntryError::Syntax`] or [`EntryError::Tampered`].
    pub fn from_line(line: &str) -> Result<Self, EntryError> {
        #[derive(Deserialize)]
        struct Head {
            clock: Hlc,
            author: Author,
            kind: String,
        }
        let mut content: Map<String, Value> = serde_json::from_str(line)?;
        let id = EntryId::deserialize(content.remove("id").unwrap_or(Value::Null))?;
        let content = Value::Object(content);
        // The hash is taken over what was read, not over what was understood, so that a field of a later version does not
        // look like tampering.
        if EntryId::of(&canonical_json(&content)) != id {
            return Err(EntryError::Tampered(id));
        }
        let Head { clock, author, kind } = Head::deserialize(&content)?;
        let body = Body::from_content(kind, &content);
        let mut entry = Self {
            id,
            clock,
            author,
            body,
            line: None,
        };
        let understood = Value::Object(entry.content());
        if understood != content {
            let mut whole = content;
            whole["id"] = Value::String(id.to_string());
            entry.line = Some(canonical_json(&whole));
        }
        Ok(entry)
    }

    fn content(&self) -> Map<String, Value> {
        let (kind, mut content) = self.body.to_content();
        let value = |v: serde_json::Result<Value>| v.unwrap_or(Value::Null);
        content.insert("kind".into(), Value::String(kind));
        content.insert("clock".into(), value(serde_json::to_value(self.clock)));
        content.insert("author".into(), value(serde_json::to_value(&self.author)));
        content
    }
}

impl Body {
    /// The `kind` field.
    pub fn kind(&self) -> &str {
        match self {
            Self::Asset(_) => "asset",
            Self::Location(_) => "location",
            Self::Rendition(_) => "rendition",
            Self::SameAs(_) => "same_as",
            Self::Run(_) => "run",
            Self::Decision(_) => "decision",
            Self::Undo(_) => "undo",
            Self::Marker(_) => "marker",
            Self::Comment(_) => "comment",
            Self::Resolution(_) => "resolution",
            Self::Other { kind, .. } => kind,
        }
    }

    fn to_content(&self) -> (String, Map<String, Value>) {
        fn map(value: &impl Serialize) -> Map<String, Value> {
            match serde_json::to_value(value) {
                Ok(Value::Object(map)) => map,
                _ => Map::new(),
            }
        }
        let content = match self {
            Self::Asset(x) => map(x),
            Self::Location(x) => map(x),
            Self::Rendition(x) => map(x),
            Self::SameAs(x) => map(x),
            Self::Run(x) => map(x),
            Self::Decision(x) => map(x),
            Self::Undo(x) => map(x),
            Self::Marker(x) => map(x),
            Self::Comment(x) => map(x),
            Self::Resolution(x) => map(x),
            Self::Other { content, .. } => content.clone(),
        };
        (self.kind().to_owned(), content)
    }

    /// Reads a body from an entry's whole content. A known kind in a form this build does not know (a later version's) is
    /// kept whole like an unknown kind.
    fn from_content(kind: String, content: &Value) -> Self {
        fn read<T: DeserializeOwned>(content: &Value) -> Option<T> {
            T::deserialize(content).ok()
        }
        let known = match kind.as_str() {
            "asset" => read(content).map(Self::Asset),
            "location" => read(content).map(Self::Location),
            "rendition" => read(content).map(Self::Rendition),
            "same_as" => read(content).map(Self::SameAs),
            "run" => read(content).map(Self::Run),
            "decision" => read(content).map(Self::Decision),
            "undo" => read(content).map(Self::Undo),
            "marker" => read(content).map(Self::Marker),
            "comment" => read(content).map(Self::Comment),
            "resolution" => read(content).map(Self::Resolution),
            _ => None,
        };
        known.unwrap_or_else(|| {
            let mut content = content.as_object().cloned().unwrap_or_default();
            for key in ["clock", "author", "kind"] {
                content.remove(key);
            }
            Self::Other { kind, content }
        })
    }

    /// The run this entry announces, if it is one.
    pub fn run_id(&self) -> Option<RunId> {
        match self {
            Self::Run(entry) => Some(entry.run.id),
            _ => None,
        }
    }
}
