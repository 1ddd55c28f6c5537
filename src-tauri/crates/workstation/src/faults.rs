//! The one place where the libraries' errors become what a person reads: what happened, what is safe, what to do.

use catalog::CatalogError;
use fault::{Code, Fault};
use lake::transfer::TransferError;
use lake::{LakeError, SignInError};
use media::MediaError;
use vault::VaultError;

const MAKE_ROOM: &str = "Make room on that disk, then try again. What was finished before is safe.";

/// An IO error in words; `what` names the act and, last, the path.
pub(crate) fn from_io(error: &std::io::Error, otherwise: Code, what: impl Into<String>) -> Fault {
    use std::io::ErrorKind;
    let (code, hint) = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => (Code::DiskFull, MAKE_ROOM),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            (Code::NotAllowed, "Check who may write there.")
        }
        ErrorKind::NotFound => (Code::NotFound, ""),
        _ => (otherwise, ""),
    };
    Fault::new(code, what).hint(hint).because(error)
}

/// Trouble with the journal or the catalog.
pub(crate) fn from_store(error: &CatalogError) -> Fault {
    let (code, hint) = match error {
        CatalogError::Busy { .. } => (
            Code::Store,
            "Another process of Circle Take is busy with it. Try again in a moment.",
        ),
        CatalogError::TooNew { .. } => (
            Code::Store,
            "Open it with that later version; nothing was changed.",
        ),
        CatalogError::Damaged { .. } => (
            Code::Store,
            "If it is the catalog, `circletake doctor --rebuild` derives it again. A journal must come back from a copy.",
        ),
        CatalogError::Full { .. } => (Code::DiskFull, MAKE_ROOM),
        CatalogError::NoJob(_) => (Code::NotFound, ""),
        CatalogError::NotRetryable(_) => (
            Code::Conflict,
            "Only a failed or cancelled job can be tried again.",
        ),
        CatalogError::NotForgettable(_) => (
            Code::Conflict,
            "Only a failed or cancelled job can be removed from the list.",
        ),
        CatalogError::LeaseLost(_) => (Code::Conflict, "Another worker has taken the job up."),
        CatalogError::Segment(_) | CatalogError::NoSegment(_) | CatalogError::Stored { .. } => (
            Code::Store,
            "`circletake doctor --rebuild` derives the catalog again; the journal is not touched.",
        ),
        _ => (Code::Store, ""),
    };
    told(code, error).hint(hint)
}

/// Trouble with the lake.
pub(crate) fn from_lake(error: &LakeError) -> Fault {
    let (code, hint) = match error {
        LakeError::Key(_) => (Code::HostileName, ""),
        LakeError::NotFound(_) => (
            Code::NotFound,
            "`circletake doctor` says whether the lake is whole.",
        ),
        LakeError::Exists { .. } | LakeError::Changed { .. } => (Code::Conflict, "Nothing was overwritten."),
        LakeError::Full(_) => (Code::DiskFull, MAKE_ROOM),
        LakeError::Denied { .. } => (Code::NotAllowed, "Check who may write in the lake's folder."),
        LakeError::TooNew { .. } => (
            Code::Lake,
            "Open it with that later version; nothing was changed.",
        ),
        LakeError::Unfit { .. } => (Code::Lake, "Choose a folder on a local disk with --lake."),
        LakeError::Archived(_) => (
            Code::Lake,
            "It takes hours: the lake's owner can have it restored, then it opens as always.",
        ),
        LakeError::Offline(_) => (
            Code::Lake,
            "What is here can be worked with; what is decided is kept and sent when the lake is there again.",
        ),
        LakeError::Busy(_) | LakeError::Broken(_) => (Code::Lake, "Try again in a moment; nothing was lost."),
        LakeError::SignIn(_) => {
            if let Some(error) = error.sign_in() {
                return from_sign_in(error);
            }
            (
                Code::NotAllowed,
                "Sign in with `circletake sign-in`. What waits for the lake is safe and is sent then.",
            )
        }
        LakeError::Forbidden { .. } => (
            Code::NotAllowed,
            "Ask whoever keeps the bucket for that permission; nothing was changed.",
        ),
        LakeError::NoBucket { .. } => (Code::NotFound, "Check its name and the account."),
        LakeError::Region { .. } => (Code::Lake, "Name that region."),
        LakeError::Place(_) => (Code::BadRequest, ""),
        LakeError::Unsupported(_) => (Code::Unsupported, ""),
        LakeError::Stopped => (Code::Cancelled, ""),
        _ => (Code::Lake, ""),
    };
    told(code, error).hint(hint)
}

/// A secret that could not be kept or found.
pub(crate) fn from_vault(error: &VaultError) -> Fault {
    let (code, hint) = match error {
        VaultError::NoKeychain(_) => (
            Code::Missing,
            "Start a keychain (gnome-keyring, KWallet), or give a passphrase for a file of secrets.",
        ),
        VaultError::Locked(_) => (Code::NotAllowed, "Unlock the keychain, then try again."),
        VaultError::Passphrase(_) => (
            Code::NotAllowed,
            "Try the passphrase again. Who forgot it takes the file away and signs in anew; nothing else is in it.",
        ),
        VaultError::NotAVault(_) => (
            Code::Store,
            "Take the file away and sign in anew; nothing else is in it.",
        ),
        VaultError::TooNew(_) => (
            Code::Store,
            "Open it with that later version; nothing was changed.",
        ),
        VaultError::Open(_) => (
            Code::NotAllowed,
            "Close it to others (chmod 600), and change what was in it if others may have read it.",
        ),
        VaultError::EmptyPassphrase => (Code::BadRequest, ""),
        _ => (Code::Store, ""),
    };
    told(code, error).hint(hint)
}

/// Somebody else is signed in than the one whose desk this is.
pub(crate) fn somebody_else(now: &str, opened_by: &str) -> Fault {
    let message = format!("{now} is signed in now, and this is the desk of {opened_by}.");
    Fault::new(Code::NotAllowed, message).hint(format!(
        "Open the lake again to work as {now}. What {opened_by} decided is safe and is sent when {opened_by} signs in."
    ))
}

/// A sign-in that did not come to pass.
pub(crate) fn from_sign_in(error: &SignInError) -> Fault {
    const AGAIN: &str =
        "Sign in with `circletake sign-in`. What waits for the lake is safe and is sent then.";
    let (code, hint) = match error {
        SignInError::Vault(error) => return from_vault(error),
        SignInError::NotYet | SignInError::Ended | SignInError::Unattended => (Code::NotAllowed, AGAIN),
        SignInError::SomebodyElse { now, opened_by } => return somebody_else(now, opened_by),
        SignInError::TooLate | SignInError::Declined => (Code::NotAllowed, "Try again; nothing was changed."),
        SignInError::Standing(_) => (
            Code::NotAllowed,
            "Set AWS's own tools up (`aws configure`, `aws sso login`), or choose another way with `circletake sign-in --kind`.",
        ),
        SignInError::Offline(_) | SignInError::Busy(_) => {
            (Code::Lake, "Try again in a moment; nothing was lost.")
        }
        SignInError::Refused { .. } => (
            Code::NotAllowed,
            "Check what was typed, or ask whoever keeps the accounts; nothing was changed.",
        ),
        SignInError::Unfit(_) | SignInError::Place(_) => (Code::BadRequest, ""),
        SignInError::Door { .. } => (
            Code::Conflict,
            "Choose another port with --port, and list it among the app client's callback URLs.",
        ),
        _ => (Code::Lake, ""),
    };
    told(code, error).hint(hint)
}

/// A transfer that did not end well.
pub(crate) fn from_transfer(error: &TransferError) -> Fault {
    match error {
        TransferError::Lake(error) => from_lake(error),
        TransferError::SourceChanged(_) => told(Code::Conflict, error).hint("It is sent again from the beginning."),
        TransferError::OtherBytes { .. } => told(Code::Lake, error)
            .hint("It was damaged or exchanged. Ingest the file again to have it made anew; nothing that was decided is lost."),
        TransferError::Clash(_) => told(Code::Conflict, error).hint("Nothing was overwritten."),
        TransferError::UnderWay(_) => told(Code::Conflict, error).hint("Another process of Circle Take is at it."),
        TransferError::Keep(_) => told(Code::Store, error),
    }
}

/// A lake that cannot be served.
pub(crate) fn from_endpoint(error: &lake::EndpointError) -> Fault {
    match error {
        lake::EndpointError::Port { .. } => {
            told(Code::Conflict, error).hint("Choose another port, or leave it out for one that is free.")
        }
        lake::EndpointError::Bucket(_) => told(Code::BadRequest, error),
    }
}

/// Trouble with a media file.
pub(crate) fn from_media(error: &MediaError) -> Fault {
    let hint = match error {
        MediaError::DiskFull { .. } => MAKE_ROOM,
        MediaError::Unreadable { .. } => "Check that the disk is mounted and that you may read the file.",
        MediaError::NotMedia => "Only files with picture or sound are taken in.",
        MediaError::Empty { .. } => "If the file is still being copied, try again when it is whole.",
        MediaError::Damaged { .. } => "Copy it again from the camera card or its source, if you can.",
        MediaError::NoEncoder { .. } => "Install FFmpeg with libx264; `circletake doctor` says what is here.",
        MediaError::Unsupported { .. } => "`circletake doctor` lists the decoders of this machine.",
        _ => "",
    };
    told(error.code(), error).hint(hint)
}

/// A value of ours that cannot be written as JSON: a defect.
pub(crate) fn from_json(error: &serde_json::Error, what: &str) -> Fault {
    Fault::new(Code::Internal, format!("{what} does not read")).because(error)
}

/// A fault of a library's own words, with the causes below them where there are any.
pub(crate) fn told(code: Code, error: &dyn std::error::Error) -> Fault {
    let fault = Fault::new(code, sentence(&error.to_string()));
    if error.source().is_some() {
        fault.because(error)
    } else {
        fault
    }
}

/// First letter up, a full stop at the end unless a path stands there.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let text = format!("{first}{}", letters.as_str());
    if text.contains('/') || text.ends_with('.') {
        text
    } else {
        format!("{text}.")
    }
}

/// What goes wrong inside a transaction of the journal: its own trouble or a refusal of ours.
pub(crate) enum Trouble {
    /// The journal or the catalog.
    Store(CatalogError),
    /// Ours.
    Fault(Fault),
}

impl From<CatalogError> for Trouble {
    fn from(error: CatalogError) -> Self {
        Self::Store(error)
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Trouble {
    /// As a person reads it.
    pub fn into_fault(self) -> Fault {
        match self {
            Self::Store(error) => from_store(&error),
            Self::Fault(fault) => fault,
        }
    }
}

/// Shortens `result.or_fault()?` for the errors of the store and the lake.
pub(crate) trait OrFault<T> {
    /// The value, or the error as a person reads it.
    fn or_fault(self) -> Result<T, Fault>;
}

impl<T> OrFault<T> for Result<T, CatalogError> {
    fn or_fault(self) -> Result<T, Fault> {
        self.map_err(|error| from_store(&error))
    }
}

impl<T> OrFault<T> for Result<T, LakeError> {
    fn or_fault(self) -> Result<T, Fault> {
        self.map_err(|error| from_lake(&error))
    }
}

impl<T> OrFault<T> for Result<T, lake::KeyError> {
    fn or_fault(self) -> Result<T, Fault> {
        self.map_err(|error| Fault::new(Code::HostileName, sentence(&error.to_string())).because(&error))
    }
}

impl<T> OrFault<T> for Result<T, MediaError> {
    fn or_fault(self) -> Result<T, Fault> {
        self.map_err(|error| from_media(&error))
    }
}
