//! Who of several workstations takes a foreign object in. A claim is a small object in the lake that only one can write; who
//! has it goes on, the others wait for what it becomes. Should two take the same in all the same, they make the same of it.

use std::time::Duration;

use fault::Fault;
use lake::{Key, LakeError, layout};
use ledger::AssetId;
use serde::{Deserialize, Serialize};

use crate::faults::{self, OrFault as _};
use crate::workstation::Workstation;

/// A claim is given up for dead after this, and the time that its object takes over a slow line.
const PATIENCE: Duration = Duration::from_secs(1800);
const SLOW_BYTES_PER_SEC: u64 = 1 << 20;

/// How a claim ended.
pub(crate) enum Claim {
    /// This workstation takes it in.
    Ours,
    /// Another one has begun to.
    Others,
    /// It was taken in as this.
    Taken(AssetId),
}

/// What a claim says.
#[derive(Debug, Serialize, Deserialize)]
struct Claimed {
    key: String,
    tag: String,
    principal: String,
    workstation: String,
    person: String,
}

/// What the end of it says.
#[derive(Debug, Serialize, Deserialize)]
struct Taken {
    asset: AssetId,
}

/// An object in one version, as its claims are named.
pub(super) fn object_name(key: &str, tag: &str) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("circletake 2026 foreign object");
    hasher.update(key.as_bytes()).update(&[0]).update(tag.as_bytes());
    hasher.finalize().to_hex().chars().take(32).collect()
}

fn patience(size_bytes: u64) -> Duration {
    PATIENCE + Duration::from_secs(size_bytes / SLOW_BYTES_PER_SEC)
}

fn read<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(bytes).map_err(|error| faults::from_json(&error, "A claim on an object"))
}

fn written<T: Serialize>(value: &T) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|error| faults::from_json(&error, "A claim on an object"))
}

impl Workstation {
    /// Claims an object for this workstation, unless it was taken in or another is at it.
    pub(crate) fn claim_foreign(&self, key: &Key, tag: &str, size_bytes: u64) -> Result<Claim, Fault> {
        let object = object_name(key.as_str(), tag);
        let prefix = layout::claims(&object);
        let mut names: Vec<String> = Vec::new();
        self.lake.each_shared(&prefix, |info| {
            names.extend(info.key.as_str().strip_prefix(&prefix).map(str::to_owned));
        })?;
        if names.iter().any(|name| name == layout::TAKEN) {
            self.foreign.forget(&object);
            let taken = layout::taken(&object).or_fault()?;
            return Ok(Claim::Taken(read::<Taken>(&self.lake.get(&taken)?)?.asset));
        }
        let latest = names.iter().filter_map(|name| name.parse::<u32>().ok()).max();
        if let Some(number) = latest {
            if self.is_own_claim(&object, number)? {
                return Ok(Claim::Ours);
            }
            // By what was seen from here, not by anybody's clock.
            if self.foreign.stands(&object, number) < patience(size_bytes) {
                return Ok(Claim::Others);
            }
        }
        let author = self.author();
        let claimed = Claimed {
            key: key.as_str().to_owned(),
            tag: tag.to_owned(),
            principal: author.principal,
            workstation: author.workstation,
            person: author.person,
        };
        let number = latest.unwrap_or(0) + 1;
        let claim = layout::claim(&object, number).or_fault()?;
        match self.lake.create(&claim, written(&claimed)?) {
            Ok(()) => Ok(Claim::Ours),
            // Another's, or our own whose answer was lost.
            Err(LakeError::Exists { .. }) if self.is_own_claim(&object, number)? => Ok(Claim::Ours),
            Err(LakeError::Exists { .. }) => Ok(Claim::Others),
            Err(error) => Err(faults::from_lake(&error)),
        }
    }

    fn is_own_claim(&self, object: &str, number: u32) -> Result<bool, Fault> {
        let claim = layout::claim(object, number).or_fault()?;
        let own = self.author();
        // One that does not read is nobody's of ours.
        Ok(read::<Claimed>(&self.lake.get(&claim)?).is_ok_and(|claimed| {
            claimed.principal == own.principal && claimed.workstation == own.workstation
        }))
    }

    /// Says in the lake what an object became, so that nobody reads it again: not the others, and not this workstation
    /// when it has forgotten.
    pub(super) fn settle_claim(&self, key: &Key, tag: &str, asset: AssetId) -> Result<(), Fault> {
        let object = object_name(key.as_str(), tag);
        self.foreign.forget(&object);
        let taken = layout::taken(&object).or_fault()?;
        match self.lake.create(&taken, written(&Taken { asset })?) {
            Ok(()) | Err(LakeError::Exists { .. }) => Ok(()),
            Err(error) => Err(faults::from_lake(&error)),
        }
    }
}
