//! The system's keychain: Secret Service on Linux, Keychain on macOS.

use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroize as _;

use crate::{Vault, VaultError};

/// What our secrets are filed under.
const SERVICE: &str = "Circle Take";

/// The system's keychain.
#[derive(Debug)]
pub struct Keychain {
    store: Arc<CredentialStore>,
}

impl Keychain {
    /// Looks for the keychain.
    ///
    /// # Errors
    /// [`VaultError::NoKeychain`] where none answers: a server without a session, a system that has none.
    pub fn open() -> Result<Self, VaultError> {
        Ok(Self {
            store: store().map_err(VaultError::NoKeychain)?,
        })
    }

    fn entry(&self, name: &str) -> Result<Entry, VaultError> {
        self.store.build(SERVICE, name, None).map_err(sorted)
    }
}

#[cfg(target_os = "macos")]
fn store() -> Result<Arc<CredentialStore>, Error> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(all(unix, not(target_os = "macos")))]
fn store() -> Result<Arc<CredentialStore>, Error> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(not(unix))]
fn store() -> Result<Arc<CredentialStore>, Error> {
    Err(Error::NoDefaultStore)
}

impl Vault for Keychain {
    fn get(&self, name: &str) -> Result<Option<SecretString>, VaultError> {
        let bytes = match self.entry(name)?.get_secret() {
            Ok(bytes) => bytes,
            Err(Error::NoEntry) => return Ok(None),
            Err(error) => return Err(sorted(error)),
        };
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text.into())),
            Err(error) => {
                error.into_bytes().zeroize();
                Err(VaultError::Foreign(name.to_owned()))
            }
        }
    }

    fn put(&self, name: &str, secret: &SecretString) -> Result<(), VaultError> {
        let bytes = secret.expose_secret().as_bytes();
        self.entry(name)?.set_secret(bytes).map_err(sorted)
    }

    fn remove(&self, name: &str) -> Result<(), VaultError> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(sorted(error)),
        }
    }

    fn place(&self) -> String {
        if cfg!(target_os = "macos") {
            "the Keychain of this Mac".to_owned()
        } else {
            "the keychain of this session (Secret Service)".to_owned()
        }
    }
}

/// What can be done about it.
fn sorted(error: Error) -> VaultError {
    match error {
        Error::NoStorageAccess(_) => VaultError::Locked(error),
        Error::NoDefaultStore => VaultError::NoKeychain(error),
        _ => VaultError::Keychain(error),
    }
}
