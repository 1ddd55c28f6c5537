//! A file behind a passphrase, for machines without a keychain.
//!
//! `"circletake vault 1\n"`, then the costs of the key (three `u32`, little-endian: KiB of memory, rounds, lanes), 16 bytes of
//! salt, 24 bytes of nonce, then the sealed table of names and secrets (JSON). The key is Argon2id of the passphrase; the seal
//! is XChaCha20-Poly1305 and covers everything that stands before it. Each write takes a new nonce.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305,
    aead::{Aead as _, Payload},
};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::{Vault, VaultError};

const MARK: &[u8] = b"circletake vault ";
const HEAD: &[u8] = b"circletake vault 1\n";
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
const COSTS_BYTES: usize = 12;
/// Before the sealed part.
const BEFORE_BYTES: usize = HEAD.len() + COSTS_BYTES + SALT_BYTES + NONCE_BYTES;
/// A file larger than this was not written by us.
const FILE_LIMIT_BYTES: u64 = 4 << 20;

/// What making the key costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Costs {
    memory_kibibytes: u32,
    rounds: u32,
    lanes: u32,
}

/// RFC 9106's second recommendation: 64 MiB, three rounds, four lanes.
const COSTS: Costs = Costs {
    memory_kibibytes: 64 * 1024,
    rounds: 3,
    lanes: 4,
};
/// What a file may ask of this machine, whoever wrote it.
const COSTS_LIMIT: Costs = Costs {
    memory_kibibytes: 1024 * 1024,
    rounds: 16,
    lanes: 16,
};

/// The key, with what it was made from beside the passphrase.
#[derive(Clone)]
struct Lock {
    costs: Costs,
    salt: [u8; SALT_BYTES],
    key: Zeroizing<[u8; 32]>,
}

type Table = BTreeMap<String, Zeroizing<String>>;

/// A file of secrets behind a passphrase; only its owner may read it. Several programs may use it at once.
pub struct FileVault {
    path: PathBuf,
    lock: Lock,
}

impl std::fmt::Debug for FileVault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileVault")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl FileVault {
    /// Whether there is a file to open, so that a person is asked for the passphrase there is and not for a new one.
    pub fn exists(path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok()
    }

    /// Opens the vault at `path` with `passphrase`, making it when there is none.
    ///
    /// # Errors
    /// [`VaultError::Passphrase`] for another passphrase or a changed file; [`VaultError::Open`] for a file that others may read;
    /// [`VaultError::EmptyPassphrase`], [`VaultError::NotAVault`], [`VaultError::TooNew`], and trouble with the file.
    pub fn open(path: impl Into<PathBuf>, passphrase: &SecretString) -> Result<Self, VaultError> {
        Self::open_at(path.into(), passphrase, COSTS)
    }

    fn open_at(path: PathBuf, passphrase: &SecretString, costs: Costs) -> Result<Self, VaultError> {
        if passphrase.expose_secret().is_empty() {
            return Err(VaultError::EmptyPassphrase);
        }
        let _turn = turn(&path)?;
        let lock = match read(&path)? {
            Some(bytes) => {
                let (costs, salt) = costs_and_salt(&path, &bytes)?;
                Lock::of(passphrase, costs, salt)?
            }
            None => {
                let mut salt = [0; SALT_BYTES];
                random(&mut salt)?;
                let lock = Lock::of(passphrase, costs, salt)?;
                write(&path, &lock, &Table::new())?;
                lock
            }
        };
        let vault = Self { path, lock };
        vault.table()?;
        Ok(vault)
    }

    fn table(&self) -> Result<Table, VaultError> {
        match read(&self.path)? {
            Some(bytes) => unseal(&self.path, &self.lock, &bytes),
            // Somebody took the file away since: what was in it is gone, and what is put now makes it anew.
            None => Ok(Table::new()),
        }
    }

    fn change(&self, act: impl FnOnce(&mut Table)) -> Result<(), VaultError> {
        let _turn = turn(&self.path)?;
        let mut table = self.table()?;
        act(&mut table);
        write(&self.path, &self.lock, &table)
    }
}

impl Vault for FileVault {
    fn get(&self, name: &str) -> Result<Option<SecretString>, VaultError> {
        Ok(self.table()?.get(name).map(|secret| secret.as_str().into()))
    }

    fn put(&self, name: &str, secret: &SecretString) -> Result<(), VaultError> {
        let secret = Zeroizing::new(secret.expose_secret().to_owned());
        self.change(|table| {
            table.insert(name.to_owned(), secret);
        })
    }

    fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.change(|table| {
            table.remove(name);
        })
    }

    fn place(&self) -> String {
        format!("{}, behind a passphrase", self.path.display())
    }
}

impl Lock {
    fn of(passphrase: &SecretString, costs: Costs, salt: [u8; SALT_BYTES]) -> Result<Self, VaultError> {
        let sealing = |error: argon2::Error| VaultError::Sealing(error.to_string());
        let params =
            Params::new(costs.memory_kibibytes, costs.rounds, costs.lanes, Some(32)).map_err(sealing)?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose_secret().as_bytes(), &salt, key.as_mut())
            .map_err(sealing)?;
        Ok(Self { costs, salt, key })
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.key).into())
    }
}

fn random(bytes: &mut [u8]) -> Result<(), VaultError> {
    getrandom::fill(bytes).map_err(|error| VaultError::Sealing(error.to_string()))
}

/// Holds other programs off the file until it is dropped. The lock lies beside the file, because the file is replaced.
fn turn(path: &Path) -> Result<File, VaultError> {
    let beside = path.with_extension("lock");
    let io = |source| VaultError::Io {
        action: "lock",
        path: beside.clone(),
        source,
    };
    let file = private(OpenOptions::new().create(true).truncate(false).write(true))
        .open(&beside)
        .map_err(io)?;
    file.lock().map_err(io)?;
    Ok(file)
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, VaultError> {
    let io = |source| VaultError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    };
    let facts = match fs::symlink_metadata(path) {
        Ok(facts) => facts,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(error)),
    };
    if !facts.is_file() || facts.len() > FILE_LIMIT_BYTES {
        return Err(VaultError::NotAVault(path.to_owned()));
    }
    if is_open_to_others(&facts) {
        return Err(VaultError::Open(path.to_owned()));
    }
    fs::read(path).map(Some).map_err(io)
}

#[cfg(unix)]
fn is_open_to_others(facts: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    facts.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

fn costs_and_salt(path: &Path, bytes: &[u8]) -> Result<(Costs, [u8; SALT_BYTES]), VaultError> {
    let not = || VaultError::NotAVault(path.to_owned());
    if !bytes.starts_with(HEAD) && bytes.starts_with(MARK) {
        return Err(VaultError::TooNew(path.to_owned()));
    }
    let rest = bytes.strip_prefix(HEAD).ok_or_else(not)?;
    let (figures, rest) = rest.split_first_chunk::<COSTS_BYTES>().ok_or_else(not)?;
    let figure = |at: usize| {
        let four = figures.get(at..at + 4).and_then(|four| four.try_into().ok());
        four.map(u32::from_le_bytes).ok_or_else(not)
    };
    let costs = Costs {
        memory_kibibytes: figure(0)?,
        rounds: figure(4)?,
        lanes: figure(8)?,
    };
    let fits = costs.memory_kibibytes <= COSTS_LIMIT.memory_kibibytes
        && costs.rounds <= COSTS_LIMIT.rounds
        && costs.lanes <= COSTS_LIMIT.lanes;
    let (salt, _) = rest.split_first_chunk::<SALT_BYTES>().ok_or_else(not)?;
    if fits { Ok((costs, *salt)) } else { Err(not()) }
}

fn unseal(path: &Path, lock: &Lock, bytes: &[u8]) -> Result<Table, VaultError> {
    let (costs, salt) = costs_and_salt(path, bytes)?;
    if (costs, salt) != (lock.costs, lock.salt) {
        // Another vault was put in its place.
        return Err(VaultError::Passphrase(path.to_owned()));
    }
    let (before, sealed) = bytes
        .split_at_checked(BEFORE_BYTES)
        .ok_or_else(|| VaultError::NotAVault(path.to_owned()))?;
    let nonce: [u8; NONCE_BYTES] = before
        .last_chunk()
        .copied()
        .ok_or_else(|| VaultError::NotAVault(path.to_owned()))?;
    let payload = Payload {
        msg: sealed,
        aad: before,
    };
    let plain = lock
        .cipher()
        .decrypt(&nonce.into(), payload)
        .map(Zeroizing::new)
        .map_err(|_says_no_more| VaultError::Passphrase(path.to_owned()))?;
    let mut table = Table::new();
    // The intermediate strings are wiped where they end: in the table.
    let read: BTreeMap<String, String> =
        serde_json::from_slice(&plain).map_err(|_unlike_ours| VaultError::NotAVault(path.to_owned()))?;
    for (name, secret) in read {
        table.insert(name, Zeroizing::new(secret));
    }
    Ok(table)
}

fn write(path: &Path, lock: &Lock, table: &Table) -> Result<(), VaultError> {
    let mut nonce = [0; NONCE_BYTES];
    random(&mut nonce)?;
    let mut bytes = Vec::with_capacity(BEFORE_BYTES);
    bytes.extend_from_slice(HEAD);
    for figure in [lock.costs.memory_kibibytes, lock.costs.rounds, lock.costs.lanes] {
        bytes.extend_from_slice(&figure.to_le_bytes());
    }
    bytes.extend_from_slice(&lock.salt);
    bytes.extend_from_slice(&nonce);
    let shown: BTreeMap<&str, &str> = table
        .iter()
        .map(|(name, secret)| (name.as_str(), secret.as_str()))
        .collect();
    let plain = serde_json::to_vec(&shown)
        .map(Zeroizing::new)
        .map_err(|error| VaultError::Sealing(error.to_string()))?;
    let payload = Payload {
        msg: &plain,
        aad: &bytes,
    };
    let sealed = lock
        .cipher()
        .encrypt(&nonce.into(), payload)
        .map_err(|error| VaultError::Sealing(error.to_string()))?;
    bytes.extend_from_slice(&sealed);
    replace(path, &bytes).map_err(|source| VaultError::Io {
        action: "write",
        path: path.to_owned(),
        source,
    })
}

/// Whole or not at all, and on disk when this returns. `tempfile` makes the new file for its owner alone.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    let dir = dir.unwrap_or(Path::new("."));
    let mut staged = tempfile::NamedTempFile::new_in(dir)?;
    staged.write_all(bytes)?;
    staged.as_file().sync_all()?;
    staged.persist(path)?;
    #[cfg(unix)]
    File::open(dir)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Cheap, so that a property can be tried many times; the costs lie in the file.
    const CHEAP: Costs = Costs {
        memory_kibibytes: 8,
        rounds: 1,
        lanes: 1,
    };

    fn open(path: &Path, passphrase: &str) -> Result<FileVault, VaultError> {
        FileVault::open_at(path.to_owned(), &passphrase.into(), CHEAP)
    }

    fn filled(dir: &Path, passphrase: &str, table: &BTreeMap<String, String>) -> PathBuf {
        let path = dir.join("vault");
        let vault = open(&path, passphrase).unwrap();
        for (name, secret) in table {
            vault.put(name, &secret.as_str().into()).unwrap();
        }
        path
    }

    fn some() -> BTreeMap<String, String> {
        [("token".to_owned(), "a-secret-nobody-sees".to_owned())].into()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn what_is_put_comes_back_after_opening_again(
            passphrase in ".{1,40}",
            table in proptest::collection::btree_map(".{0,20}", ".{0,200}", 0..6),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let path = filled(dir.path(), &passphrase, &table);
            let vault = open(&path, &passphrase).unwrap();
            for (name, secret) in &table {
                let kept = vault.get(name).unwrap().unwrap();
                prop_assert_eq!(kept.expose_secret(), secret.as_str());
            }
            prop_assert!(vault.get("nothing is called this, ever, in the table").unwrap().is_none());
        }

        #[test]
        fn no_other_passphrase_opens_it(right in ".{1,20}", wrong in ".{1,20}") {
            prop_assume!(right != wrong);
            let dir = tempfile::tempdir().unwrap();
            let path = filled(dir.path(), &right, &some());
            let refused = open(&path, &wrong);
            prop_assert!(matches!(refused, Err(VaultError::Passphrase(_))), "{refused:?}");
        }

        #[test]
        fn a_file_that_was_cut_or_changed_does_not_open(
            cut in any::<bool>(),
            at in any::<prop::sample::Index>(),
            bit in 0_u8..8,
        ) {
            let dir = tempfile::tempdir().unwrap();
            let path = filled(dir.path(), "right", &some());
            let mut bytes = fs::read(&path).unwrap();
            let at = at.index(bytes.len());
            if cut {
                bytes.truncate(at);
            } else {
                bytes[at] ^= 1 << bit;
            }
            replace(&path, &bytes).unwrap();
            prop_assert!(open(&path, "right").is_err());
            // And it is left as it is, for whoever can mend it.
            prop_assert_eq!(fs::read(&path).unwrap(), bytes);
        }
    }

    #[test]
    fn nothing_in_the_file_can_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path(), "right", &some());
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        assert!(!text.contains("token") && !text.contains("nobody"), "{text}");
        let shown = format!("{:?}", open(&path, "right").unwrap());
        assert!(!shown.contains("right") && !shown.contains("key"), "{shown}");
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path(), "right", &some());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&path.with_extension("lock")), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = open(&path, "right").unwrap_err();
        assert!(matches!(refused, VaultError::Open(_)), "{refused:?}");
    }

    #[test]
    fn two_programs_do_not_lose_each_others_secrets() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault");
        open(&path, "right").unwrap();
        std::thread::scope(|scope| {
            for who in 0..4 {
                let path = &path;
                scope.spawn(move || {
                    let vault = open(path, "right").unwrap();
                    for number in 0..8 {
                        vault.put(&format!("{who}/{number}"), &"kept".into()).unwrap();
                    }
                    vault.remove(&format!("{who}/0")).unwrap();
                });
            }
        });
        let vault = open(&path, "right").unwrap();
        assert_eq!(vault.table().unwrap().len(), 4 * 7);
    }

    #[test]
    fn other_files_are_refused_by_what_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault");
        assert!(matches!(open(&path, ""), Err(VaultError::EmptyPassphrase)));
        replace(&path, b"circletake vault 2\nand more").unwrap();
        assert!(matches!(open(&path, "right"), Err(VaultError::TooNew(_))));
        replace(&path, b"something else").unwrap();
        assert!(matches!(open(&path, "right"), Err(VaultError::NotAVault(_))));
        // A file that asks for all the memory there is.
        let mut greedy = HEAD.to_vec();
        greedy.extend_from_slice(&u32::MAX.to_le_bytes());
        greedy.extend_from_slice(&[1, 0, 0, 0, 1, 0, 0, 0]);
        greedy.extend_from_slice(&[7; 64]);
        replace(&path, &greedy).unwrap();
        assert!(matches!(open(&path, "right"), Err(VaultError::NotAVault(_))));
    }

    #[test]
    fn the_real_costs_make_a_key() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault");
        FileVault::open(&path, &"right".into())
            .unwrap()
            .put("token", &"kept".into())
            .unwrap();
        let vault = FileVault::open(&path, &"right".into()).unwrap();
        assert_eq!(vault.get("token").unwrap().unwrap().expose_secret(), "kept");
        assert_eq!(vault.lock.costs, COSTS);
    }
}
