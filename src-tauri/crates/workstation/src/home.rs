//! Where things lie in a person's home of Circle Take, and which workstation this is.

use std::path::{Path, PathBuf};

use fault::{Code, Fault};
use serde::{Deserialize, Serialize};

use crate::{LakePlace, faults, overlay};

/// The folders and files of a home.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    root: PathBuf,
    /// What belongs to the lake that is open: the home itself, or a folder of it.
    berth: PathBuf,
}

impl Home {
    /// Makes the folders that are missing, readable by their owner only.
    pub fn open(root: &Path) -> Result<Self, Fault> {
        let root = std::path::absolute(root).map_err(|error| {
            faults::from_io(
                &error,
                Code::Store,
                format!("Cannot use this home: {}", root.display()),
            )
        })?;
        let home = Self {
            berth: root.clone(),
            root,
        };
        for folder in [home.root.clone(), home.logs(), home.exports()] {
            make_folder(&folder)?;
        }
        Ok(home)
    }

    /// The same for the lake whose journal lies in `berth`. What is made and what was uploaded lies beside that journal: another lake
    /// does not know what of it is still needed.
    pub fn moored(self, berth: PathBuf) -> Result<Self, Fault> {
        let home = Self { berth, ..self };
        for folder in [home.staging(), home.incoming()] {
            make_folder(&folder)?;
        }
        Ok(home)
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn settings(&self) -> PathBuf {
        self.root.join("settings.toml")
    }

    pub fn keymap(&self) -> PathBuf {
        self.root.join("keymap.toml")
    }

    pub fn lake(&self) -> PathBuf {
        self.root.join("lake")
    }

    /// The lakes that were opened here.
    pub fn known_lakes(&self) -> PathBuf {
        self.root.join("lakes.toml")
    }

    /// Whether a lake is the one inside this home.
    pub fn is_own(&self, place: &LakePlace) -> bool {
        place.folder().is_some_and(|dir| *dir == self.lake())
    }

    /// What belongs to lakes other than the home's own.
    pub fn lakes(&self) -> PathBuf {
        self.root.join("lakes")
    }

    pub fn staging(&self) -> PathBuf {
        self.berth.join("staging")
    }

    pub fn snapshots(&self) -> PathBuf {
        self.berth.join("snapshots")
    }

    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    pub fn exports(&self) -> PathBuf {
        self.root.join("exports")
    }

    pub fn incoming(&self) -> PathBuf {
        self.berth.join("incoming")
    }

    pub fn demo_film(&self) -> PathBuf {
        self.root.join("demo").join("First Light.mp4")
    }

    pub fn identity(&self) -> PathBuf {
        self.root.join("workstation.toml")
    }
}

/// Makes a folder that only its owner reads, with those above it.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Fault> {
    make_private(folder).map_err(|error| {
        faults::from_io(
            &error,
            Code::Store,
            format!("Cannot make the folder {}", folder.display()),
        )
    })
}

pub(crate) fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// Whose ledger prefix this home writes, bound to the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// The lake prefix of this writer.
    pub principal: String,
    /// The workstation id.
    pub workstation: String,
    /// A hash of what tells this machine from others; never the machine id itself.
    pub machine: String,
}

impl Identity {
    /// The identity in a file, made when it is not there, for a principal that the lake knows or for this machine's user. A home
    /// that was copied to another machine becomes another workstation, because two writers of one ledger prefix would overwrite
    /// each other's sequence.
    pub fn bind(path: &Path, known: Option<&str>) -> Result<Self, Fault> {
        let machine = machine_hash();
        let found = match std::fs::read_to_string(path) {
            Ok(text) => Some(toml::from_str::<Self>(&text).map_err(|error| {
                Fault::new(
                    Code::Settings,
                    format!(
                        "The identity of this workstation does not read: {}",
                        path.display()
                    ),
                )
                .hint("Move the file away; a new identity is made. Nothing that was decided is lost.")
                .because(&error)
            })?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                return Err(faults::from_io(
                    &error,
                    Code::Store,
                    format!("Cannot read {}", path.display()),
                ));
            }
        };
        match found {
            Some(identity) if identity.machine == machine => Ok(identity),
            Some(identity) => Self {
                workstation: new_id()?,
                machine,
                ..identity
            }
            .save(path),
            None => Self {
                principal: known.map_or_else(principal, str::to_owned),
                workstation: new_id()?,
                machine,
            }
            .save(path),
        }
    }

    /// Another workstation id for the same person: after a clash of two writers.
    pub fn fork(&self, path: &Path) -> Result<Self, Fault> {
        Self {
            workstation: new_id()?,
            ..self.clone()
        }
        .save(path)
    }

    fn save(self, path: &Path) -> Result<Self, Fault> {
        let text = toml::to_string(&self).map_err(|error| {
            Fault::new(Code::Internal, "The workstation identity cannot be written.").because(&error)
        })?;
        overlay::write_whole(path, text.as_bytes()).map_err(|error| {
            faults::from_io(&error, Code::Store, format!("Cannot save {}", path.display()))
        })?;
        Ok(self)
    }
}

fn new_id() -> Result<String, Fault> {
    #[cfg(test)]
    if let Some(id) = crate::simulation::made_up_id() {
        return Ok(format!("{id:016x}"));
    }
    let mut bytes = [0u8; 8];
    getrandom::fill(&mut bytes)
        .map_err(|error| Fault::new(Code::Internal, "The system gives no random numbers.").because(&error))?;
    Ok(format!("{:016x}", u64::from_be_bytes(bytes)))
}

fn machine_hash() -> String {
    let known = ["/etc/machine-id", "/var/lib/dbus/machine-id"];
    let id = known
        .iter()
        .find_map(|path| std::fs::read_to_string(path).ok())
        .filter(|id| !id.trim().is_empty());
    let id = id.unwrap_or_else(|| rustix::system::uname().nodename().to_string_lossy().into_owned());
    let hash = blake3::Hasher::new_derive_key("circletake 2026 machine")
        .update(id.trim().as_bytes())
        .finalize();
    hash.to_hex().chars().take(32).collect()
}

/// The operating system's user name, for the ledger prefix and where the settings name nobody.
pub(crate) fn user_name() -> String {
    let named = ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok());
    let named = named.map(|name| {
        name.chars()
            .filter(|c| !c.is_control())
            .take(80)
            .collect::<String>()
    });
    named
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(|| "editor".to_owned())
}

/// A name that may stand in a lake key: lower-case letters, digits, `-`.
fn principal() -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let name: String = user_name().chars().map(plain).take(40).collect();
    let name = name.trim_matches('-');
    if name.is_empty() {
        "local".to_owned()
    } else {
        name.to_owned()
    }
}

/// Milliseconds since 1970 by the wall clock.
pub(crate) fn now_millis() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let millis = since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
    #[cfg(test)]
    let millis = crate::simulation::wall_clock(millis);
    millis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_keeps_its_identity_and_a_copied_one_becomes_another_workstation() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::open(dir.path()).unwrap();
        let first = Identity::bind(&home.identity(), None).unwrap();
        assert_eq!(Identity::bind(&home.identity(), None).unwrap(), first);
        let text = std::fs::read_to_string(home.identity())
            .unwrap()
            .replace(&first.machine, "another-machine");
        std::fs::write(home.identity(), text).unwrap();
        let moved = Identity::bind(&home.identity(), None).unwrap();
        assert_eq!(
            (moved.principal.clone(), moved.machine.clone()),
            (first.principal, first.machine)
        );
        assert_ne!(moved.workstation, first.workstation);
        assert_eq!(Identity::bind(&home.identity(), None).unwrap(), moved);
    }
}
