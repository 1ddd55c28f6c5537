//! Finding what others put into the lake without being told: by listing, or by a list that S3 Inventory made.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use catalog::{Lease, Sight};
use fault::{Code, Fault};
use lake::events::inventory::{InventoryError, Listed, Manifest};
use lake::{Key, Lake as _, Whose, layout};

use super::{is_media, sight_of, stopped, walk};
use crate::changes::Subject;
use crate::faults::{self, OrFault as _};
use crate::home::now_millis;
use crate::workstation::Workstation;

/// How often a folder is looked through, which takes next to nothing.
const FOLDER_EVERY: Duration = Duration::from_secs(30);
/// How often a bucket is listed that nobody tells about: every page costs a little.
const BUCKET_EVERY: Duration = Duration::from_secs(300);
/// How often one is listed all the same whose queue is read, for messages that were lost.
const TOLD_EVERY: Duration = Duration::from_secs(3600);
/// How soon it is tried again when it did not go well.
const AGAIN: Duration = Duration::from_secs(60);
/// Objects noted at once.
const PAGE: usize = 1000;

/// How a look at the whole lake came out.
#[derive(Default)]
struct Found {
    seen: u64,
    news: u64,
    gone: u64,
}

impl Workstation {
    /// Looks the lake through when it is time.
    pub(super) fn find_foreign_when_due(&self) -> Result<(), Fault> {
        let due = self.foreign.lock().list_at.is_none_or(|at| at <= Instant::now());
        if !due || !self.lake.may_ask() || !self.leases(Lease::Foreign)? {
            return Ok(());
        }
        let found = self.find_foreign();
        self.journal.release(Lease::Foreign, &self.holder()).or_fault()?;
        let settings = self.settings().lake;
        let told = !settings.event_queue.is_empty() && self.foreign.lock().trouble.is_none();
        let pause = match (&found, self.lake.is_far()) {
            (Err(_), _) => AGAIN,
            (Ok(()), false) => FOLDER_EVERY,
            (Ok(()), true) if told => TOLD_EVERY,
            (Ok(()), true) => BUCKET_EVERY,
        };
        self.foreign.lock().list_at = Some(Instant::now() + pause);
        self.hub.tell([Subject::Lake]);
        match found {
            Err(fault) if fault.code == Code::Cancelled => Ok(()),
            found => found,
        }
    }

    /// Looks the lake through for what others put there, and for what is gone.
    pub(crate) fn find_foreign(&self) -> Result<(), Fault> {
        let inventory = self.settings().lake.inventory;
        let inventory = inventory.trim_end_matches('/');
        if self.lake.is_far() && !inventory.is_empty() {
            return self.read_inventory(inventory);
        }
        let listing = self.journal.foreign_listing().or_fault()?;
        let mut found = Found::default();
        let whole = if self.lake.is_far() {
            self.list_bucket(&mut found)?;
            true
        } else {
            self.walk_folder(&mut found)?
        };
        if whole {
            found.gone = self.journal.foreign_unseen(listing, now_millis()).or_fault()?;
        }
        let mut words = format!("{}, {} new", objects(found.seen), found.news);
        if found.gone > 0 {
            words.push_str(&format!(", {} gone", found.gone));
        }
        if !whole {
            words.push_str("; not everything could be read");
        }
        self.journal
            .foreign_note("listing", &words, now_millis())
            .or_fault()
    }

    /// Lists what lies between Circle Take's own keys: those are jumped over, however many there are.
    fn list_bucket(&self, found: &mut Found) -> Result<(), Fault> {
        let mut after: Option<String> = None;
        loop {
            self.still_listing()?;
            let page = self.lake.page(after.as_deref(), PAGE)?;
            let own = page.objects.iter().find_map(|info| layout::root_of(&info.key));
            let before = page
                .objects
                .iter()
                .take_while(|info| layout::root_of(&info.key).is_none());
            let sights: Vec<Sight> = before.filter_map(|info| sight_of(info, None)).collect();
            self.saw(&sights, found)?;
            after = match (own, page.objects.last()) {
                // No key of ours is as great as this one.
                (Some(root), _) => Some(format!("{root}\u{10ffff}")),
                (None, Some(last)) if page.more => Some(last.key.as_str().to_owned()),
                (None, _) => return Ok(()),
            };
        }
    }

    /// Looks a folder lake through. What is found waits a little, because it may still be being written.
    fn walk_folder(&self, found: &mut Found) -> Result<bool, Fault> {
        let settle = u64::from(self.settings().watch.settle_secs) * 1000;
        let root = self.lake_dir().to_owned();
        let mut page = Vec::new();
        let whole = walk::walk(
            &root,
            &|key| self.lake.folder().local_file(key),
            now_millis().saturating_add(settle),
            &mut |sight| {
                page.push(sight);
                if page.len() < PAGE {
                    return Ok(());
                }
                self.still_listing()?;
                self.saw(&std::mem::take(&mut page), found)
            },
        )?;
        self.saw(&page, found)?;
        Ok(whole)
    }

    fn saw(&self, sights: &[Sight], found: &mut Found) -> Result<(), Fault> {
        if !sights.is_empty() {
            found.news += self.journal.foreign_saw(sights, now_millis()).or_fault()?;
            found.seen += sights.len() as u64;
        }
        Ok(())
    }

    fn still_listing(&self) -> Result<(), Fault> {
        let goes_on = !self.stopping.load(Ordering::Acquire) && self.leases(Lease::Foreign)?;
        if goes_on { Ok(()) } else { Err(stopped()) }
    }

    /// Reads the newest list of S3 Inventory, if it is newer than the one read last. It is a day old or more, so it says what
    /// may be there, and never what is gone.
    fn read_inventory(&self, prefix: &str) -> Result<(), Fault> {
        let Some(key) = self.newest_manifest(prefix)? else {
            let words = "No list of S3 Inventory has arrived yet.";
            return self
                .journal
                .foreign_note("listing", words, now_millis())
                .or_fault();
        };
        let before = self.journal.foreign_noted("inventory").or_fault()?;
        if before.is_some_and(|note| note.words == key.as_str()) {
            return Ok(());
        }
        let manifest = Manifest::read(&self.lake.get(&key)?).map_err(|error| from_inventory(&error))?;
        let shared = self.lake.shared().or_fault()?;
        let mut found = Found::default();
        for (name, size_bytes) in &manifest.files {
            self.still_listing()?;
            let Whose::Ours(file) = shared.whose(&manifest.destination, name) else {
                return Err(Fault::new(
                    Code::Unsupported,
                    "The files of the inventory lie outside this lake.",
                )
                .hint("Have S3 write the inventory into the lake's own bucket, below its prefix."));
            };
            let arrived = self
                .fetch_as_it_is(&file, Some(*size_bytes), None, &mut self.until_closing())?
                .map_err(|error| faults::from_transfer(&error))?;
            let read = self.read_list(&manifest, arrived.path(), &mut found);
            arrived.remove()?;
            read?;
        }
        let words = format!(
            "{} in a list of S3 Inventory, {} new",
            objects(found.seen),
            found.news
        );
        self.journal
            .foreign_note("listing", &words, now_millis())
            .or_fault()?;
        self.journal
            .foreign_note("inventory", key.as_str(), now_millis())
            .or_fault()
    }

    fn newest_manifest(&self, prefix: &str) -> Result<Option<Key>, Fault> {
        let mut newest: Option<(u64, Key)> = None;
        self.lake.each_shared(&format!("{prefix}/"), |info| {
            // The folders of several inventories stand beside each other; the time it was written decides.
            let newer = newest
                .as_ref()
                .is_none_or(|(millis, _)| *millis <= info.modified_millis);
            if newer && info.key.as_str().ends_with("/manifest.json") {
                newest = Some((info.modified_millis, info.key.clone()));
            }
        })?;
        Ok(newest.map(|(_, key)| key))
    }

    fn read_list(&self, manifest: &Manifest, file: &Path, found: &mut Found) -> Result<(), Fault> {
        let shared = self.lake.shared().or_fault()?;
        let packed = std::fs::File::open(file)
            .map_err(|error| faults::from_io(&error, Code::Store, "Cannot read a list that was fetched."))?;
        let (mut page, mut ended) = (Vec::new(), Ok(()));
        let read = manifest.lines(packed, |listed| {
            if ended.is_err() {
                return;
            }
            let Whose::Ours(key) = shared.whose(&manifest.bucket, &listed.name) else {
                return;
            };
            ended = self.listed(&key, listed, manifest.made_millis, &mut page, found);
        });
        ended?;
        read.map_err(|error| from_inventory(&error))?;
        self.saw(&page, found)
    }

    /// One line of a list.
    fn listed(
        &self,
        key: &Key,
        listed: Listed,
        made_millis: u64,
        page: &mut Vec<Sight>,
        found: &mut Found,
    ) -> Result<(), Fault> {
        let (Some(size_bytes), Some(etag)) = (listed.size_bytes, listed.etag) else {
            return Err(
                Fault::new(Code::Unsupported, "The inventory says neither sizes nor tags.")
                    .hint("Have S3 Inventory list Size and ETag."),
            );
        };
        if !is_media(key, size_bytes) {
            return Ok(());
        }
        // What is known since then is newer than the list.
        let known = self.journal.foreign(key.as_str()).or_fault()?;
        if known.is_some_and(|known| known.since_millis >= made_millis) {
            return Ok(());
        }
        page.push(Sight {
            key: key.as_str().to_owned(),
            tag: etag.as_str().to_owned(),
            size_bytes,
            archived: false,
            again_millis: 0,
            sequencer: None,
            unfit: None,
        });
        if page.len() >= PAGE {
            self.still_listing()?;
            self.saw(&std::mem::take(page), found)?;
        }
        Ok(())
    }
}

fn objects(count: u64) -> String {
    match count {
        1 => "1 object of others".to_owned(),
        count => format!("{count} objects of others"),
    }
}

fn from_inventory(error: &InventoryError) -> Fault {
    let code = match error {
        InventoryError::Format(_) => Code::Unsupported,
        _ => Code::Lake,
    };
    faults::told(code, error).hint("The lake can be listed instead: take `inventory` out of the settings.")
}
