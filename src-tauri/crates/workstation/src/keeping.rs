//! What of a lake elsewhere is kept on this machine, and what goes again when there is no room.

use std::path::Path;
use std::time::Duration;

use catalog::{AssetRecord, Kept};
use fault::{Code, Fault};
use lake::{Key, layout};
use ledger::AssetId;

use crate::arrivals::{asset_of, key_of};
use crate::changes::Subject;
use crate::faults::OrFault as _;
use crate::home::now_millis;
use crate::views::KeptView;
use crate::workstation::Workstation;

/// A copy that was used so lately is not taken away, whatever the budget.
const IN_USE: Duration = Duration::from_secs(300);
/// Left free on the disk.
const SPARE_BYTES: u64 = 1 << 30;
/// Copies looked at in one go when room is made.
const PAGE: u32 = 256;

impl Workstation {
    /// What of an asset is on this machine, when the lake is elsewhere.
    pub(crate) fn kept_of(&self, record: &AssetRecord) -> Result<Option<KeptView>, Fault> {
        if !self.lake.is_far() {
            return Ok(None);
        }
        let mut view = KeptView {
            here_bytes: 0,
            total_bytes: 0,
            proxy_here: true,
            pinned: self.catalog.pins().or_fault()?.contains(&record.entry.asset),
            original_away: self
                .original_key(record)?
                .is_some_and(|key| self.lake.local_file(&key).is_err()),
        };
        for rendition in &record.renditions {
            view.total_bytes += rendition.size_bytes;
            if self.lake.local_file(&key_of(rendition)?).is_ok() {
                view.here_bytes += rendition.size_bytes;
            } else if rendition.name == "proxy" {
                view.proxy_here = false;
            }
        }
        Ok(Some(view))
    }

    pub(crate) fn has_room_for(&self, size_bytes: u64, folder: &Path) -> Result<(), Fault> {
        let Ok(disk) = rustix::fs::statvfs(folder) else {
            return Ok(());
        };
        // Once as it arrives, once in its place.
        let needed = size_bytes.saturating_mul(2).saturating_add(SPARE_BYTES);
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free >= needed {
            return Ok(());
        }
        self.free(needed - free)?;
        let free =
            rustix::fs::statvfs(folder).map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
        if free >= needed {
            return Ok(());
        }
        Err(Fault::new(
            Code::DiskFull,
            "There is no room on this disk for what comes from the lake.",
        )
        .hint("Make room on that disk, or let less be kept: Settings, Lake."))
    }

    /// Takes copies away until what is kept fits its budget: those used longest ago first; never what is not in the lake yet,
    /// what is pinned, and what is in use.
    pub(crate) fn make_room(&self) -> Result<(), Fault> {
        let budget = u64::from(self.settings().lake.keep_gibibytes) << 30;
        let kept = self.catalog.kept_bytes().or_fault()?;
        self.free(kept.saturating_sub(budget))
    }

    fn free(&self, wanted_bytes: u64) -> Result<(), Fault> {
        let pins = self.catalog.pins().or_fault()?;
        let in_use = now_millis().saturating_sub(u64::try_from(IN_USE.as_millis()).unwrap_or(u64::MAX));
        let (mut freed, mut skipped) = (0u64, 0u32);
        while freed < wanted_bytes {
            let page = self.catalog.kept_by_use(skipped, PAGE).or_fault()?;
            if page.is_empty() {
                return Ok(());
            }
            for kept in page {
                if freed >= wanted_bytes || kept.used_millis > in_use {
                    return Ok(());
                }
                if self.let_go(&kept, &pins)? {
                    freed = freed.saturating_add(kept.size_bytes);
                } else {
                    skipped += 1;
                }
            }
        }
        Ok(())
    }

    /// Takes one copy away, unless it must stay.
    fn let_go(&self, kept: &Kept, pins: &[AssetId]) -> Result<bool, Fault> {
        let key = Key::new(kept.key.clone()).or_fault()?;
        let pinned = asset_of(&key).is_some_and(|asset| pins.contains(&asset));
        if pinned || self.journal.owes(&kept.key).or_fault()?.is_some() {
            return Ok(false);
        }
        self.lake.forget(&key)?;
        self.catalog.unkeep(&kept.key).or_fault()?;
        Ok(true)
    }

    /// Keeps an asset's files on this machine whatever the budget, and fetches those that are not here; or lets them go with the
    /// others.
    ///
    /// # Errors
    /// No such asset, and trouble with the store.
    pub fn pin(&self, asset: AssetId, pinned: bool) -> Result<(), Fault> {
        self.catalog.pin(asset, pinned).or_fault()?;
        if pinned {
            self.bring(asset, false)?;
        }
        self.hub.tell([Subject::Lake, Subject::Asset(asset.to_string())]);
        Ok(())
    }

    /// After the catalog was made anew: what lies here of the lake is counted again.
    pub(crate) fn count_kept(&self) -> Result<(), Fault> {
        if !self.lake.is_far() || self.catalog.kept_bytes().or_fault()? > 0 {
            return Ok(());
        }
        let mut copies = Vec::new();
        self.lake
            .each_near("", |object| copies.push((object.key.clone(), object.size_bytes)))?;
        for (key, size_bytes) in copies {
            // What others put there is no asset's by its name.
            let counts = asset_of(&key).is_some() || layout::root_of(&key).is_none();
            if counts && self.journal.owes(key.as_str()).or_fault()?.is_none() {
                self.catalog.keep(key.as_str(), size_bytes, 0).or_fault()?;
            }
        }
        Ok(())
    }
}
