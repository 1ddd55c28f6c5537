use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use secrecy::SecretString;

use crate::{Vault, VaultError};

/// Keeps secrets in memory until the program ends: what there is where neither a keychain answers nor a person gives a
/// passphrase.
#[derive(Debug, Default)]
pub struct ThisRun {
    kept: Mutex<BTreeMap<String, SecretString>>,
}

impl Vault for ThisRun {
    fn get(&self, name: &str) -> Result<Option<SecretString>, VaultError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(kept.get(name).cloned())
    }

    fn put(&self, name: &str, secret: &SecretString) -> Result<(), VaultError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), VaultError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(name);
        Ok(())
    }

    fn place(&self) -> String {
        "memory, until the program ends".to_owned()
    }
}
