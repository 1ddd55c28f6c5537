//! What a person is told when something does not work: what happened, what is safe, what to do. Libraries have their own
//! `thiserror` enums; `workstation` turns them into a [`Fault`] once, at the boundary. The desk and scripts match on
//! [`Code`], never on text.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What kind of thing went wrong, for machines. The kebab-case spelling is part of the contract: codes are added, never
/// renamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The request does not fit its command.
    BadRequest,
    /// No such asset, proposal, job or file.
    NotFound,
    /// A file that cannot be opened or read.
    Unreadable,
    /// Not media that FFmpeg reads.
    NotMedia,
    /// Nothing inside: zero bytes, zero length.
    EmptyMedia,
    /// The file ends before it should or its structure is damaged beyond use.
    DamagedMedia,
    /// Dimensions, counts or rates beyond the stated limits.
    BeyondLimits,
    /// Understood, and not supported yet.
    Unsupported,
    /// A name or key that may not be used.
    HostileName,
    /// The person or a shutdown stopped it.
    Cancelled,
    /// No room left on a disk.
    DiskFull,
    /// Not allowed by the file system or the role.
    NotAllowed,
    /// The lake could not be read or written.
    Lake,
    /// Not on this machine yet: it is on its way from the lake, or not in the lake yet.
    Away,
    /// The local journal or catalog could not be read or written.
    Store,
    /// Somebody else wrote first, or the state is not what the request assumed.
    Conflict,
    /// A tool, driver or model this needs is not on this machine.
    Missing,
    /// The settings or keymap file does not read.
    Settings,
    /// A defect of ours.
    Internal,
}

impl Code {
    /// The kebab-case spelling used on the wire and in `--json`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "bad-request",
            Self::NotFound => "not-found",
            Self::Unreadable => "unreadable",
            Self::NotMedia => "not-media",
            Self::EmptyMedia => "empty-media",
            Self::DamagedMedia => "damaged-media",
            Self::BeyondLimits => "beyond-limits",
            Self::Unsupported => "unsupported",
            Self::HostileName => "hostile-name",
            Self::Cancelled => "cancelled",
            Self::DiskFull => "disk-full",
            Self::NotAllowed => "not-allowed",
            Self::Lake => "lake",
            Self::Away => "away",
            Self::Store => "store",
            Self::Conflict => "conflict",
            Self::Missing => "missing",
            Self::Settings => "settings",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One error as a person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// For machines.
    pub code: Code,
    /// What happened, one sentence, with paths last.
    pub message: String,
    /// What is safe and what to do next; empty when there is nothing to add.
    pub hint: String,
    /// The technical chain of causes, folded away in the desk.
    pub detail: String,
}

impl Fault {
    /// A fault with a code and what happened.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: String::new(),
            detail: String::new(),
        }
    }

    /// Adds what is safe and what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Adds the technical causes: `error` and everything below it.
    #[must_use]
    pub fn because(mut self, error: &dyn std::error::Error) -> Self {
        self.detail = chain(error);
        self
    }
}

/// An error and its sources in one line, outermost first.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}
