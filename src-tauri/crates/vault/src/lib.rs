//! Where secrets lie: the keychain of the system, or a file behind a passphrase where there is none. Nothing falls back from
//! one to the other by itself, and nothing writes a secret anywhere else.

mod error;
mod file;
mod keychain;
mod this_run;

pub use error::VaultError;
pub use file::FileVault;
pub use keychain::Keychain;
pub use secrecy::{ExposeSecret, SecretString};
pub use this_run::ThisRun;

/// A place for secrets under names. Calls block: some ask the person to unlock the keychain, so they belong on no thread that
/// draws or serves others.
pub trait Vault: Send + Sync {
    /// What lies under `name`, if anything does.
    ///
    /// # Errors
    /// When the vault is not there or does not open.
    fn get(&self, name: &str) -> Result<Option<SecretString>, VaultError>;

    /// Puts `secret` under `name`, in the place of what was there.
    ///
    /// # Errors
    /// When the vault is not there or does not open, or cannot be written.
    fn put(&self, name: &str, secret: &SecretString) -> Result<(), VaultError>;

    /// Takes away what lies under `name`; nothing there is no error.
    ///
    /// # Errors
    /// When the vault is not there or does not open, or cannot be written.
    fn remove(&self, name: &str) -> Result<(), VaultError>;

    /// Where it is, in words for a person.
    fn place(&self) -> String;
}
