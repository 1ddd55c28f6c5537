use std::{io, path::PathBuf};

/// Why a secret could not be kept or found.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// This machine has no keychain that answers.
    #[error("this machine has no keychain that answers")]
    NoKeychain(#[source] keyring_core::Error),
    /// The keychain is there and stays locked.
    #[error("the keychain is locked")]
    Locked(#[source] keyring_core::Error),
    /// Any other trouble with the keychain.
    #[error("the keychain refused")]
    Keychain(#[source] keyring_core::Error),
    /// What lies there is no text, so it is not ours.
    #[error("what lies under {0} is not what was put there")]
    Foreign(String),
    /// Another passphrase, or the file was changed; one cannot be told from the other.
    #[error("{} does not open with this passphrase, or it was changed", .0.display())]
    Passphrase(PathBuf),
    /// Not a vault of ours, or cut short.
    #[error("{} is no vault, or not a whole one", .0.display())]
    NotAVault(PathBuf),
    /// Written by a later version.
    #[error("{} was written by a later version", .0.display())]
    TooNew(PathBuf),
    /// Others than the owner may read or write the file.
    #[error("{} may be read by others", .0.display())]
    Open(PathBuf),
    /// A passphrase of no letters protects nothing.
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    /// The key could not be made from the passphrase, or the file not be sealed.
    #[error("the passphrase could not be worked with: {0}")]
    Sealing(String),
    /// Trouble with the file.
    #[error("could not {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}
