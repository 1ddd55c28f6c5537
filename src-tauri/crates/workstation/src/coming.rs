//! Films that are played while they come from the lake.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use fault::Fault;
use lake::transfer::Reading;
use ledger::AssetId;
use media::{Coming, Footage};

use crate::arrivals::{key_of, on_its_way, wish_of};
use crate::changes::Subject;
use crate::workstation::Workstation;

/// An object of the lake that is read while it comes.
#[derive(Debug)]
struct OnItsWay(Reading);

impl Coming for OnItsWay {
    fn size_bytes(&self) -> u64 {
        self.0.size_bytes()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<Option<usize>> {
        self.0.read_at(buffer, offset)
    }

    fn wait(&self, offset: u64, at_most: Duration) {
        self.0.wait(offset, at_most);
    }
}

impl Workstation {
    /// A file made from an asset, to be read from its beginning or anywhere else at once. What is not here yet comes while it is
    /// read, what is asked for first.
    ///
    /// # Errors
    /// As [`Self::rendition_path`]; [`fault::Code::Away`] only for what cannot come now.
    pub fn rendition_footage(&self, asset: AssetId, name: &str) -> Result<Footage, Fault> {
        let rendition = self.rendition(asset, name)?;
        if !self.threads.has_workers() {
            return self.rendition_file(&rendition).map(Footage::from);
        }
        let wish = wish_of(&rendition)?;
        if let Some(path) = self.near_copy(&wish.key)? {
            return Ok(path.into());
        }
        if let Some(fault) = self.arrivals.failed(&wish.key) {
            return Err(fault);
        }
        // Whoever reads it already waits for the lake, and so may others.
        if self.lake.known().is_away() && !self.arrivals.is_read(&wish.key) {
            self.wish(wish);
            return Err(on_its_way(rendition.size_bytes));
        }
        // Read before it is wished for: what is read comes first.
        let reading = self.arrivals.filling(&wish.key, wish.size_bytes).reader();
        let place = self.lake.folder().dir().join(wish.key.as_str());
        self.wish(wish);
        Ok(Footage::coming(place, Arc::new(OnItsWay(reading))))
    }

    /// BLAKE3 of a file made from an asset, 64 hexadecimal digits.
    ///
    /// # Errors
    /// No such asset or rendition, and trouble with the store.
    pub fn rendition_hash(&self, asset: AssetId, name: &str) -> Result<String, Fault> {
        Ok(self.rendition(asset, name)?.blake3)
    }

    /// Whether an asset's proxy is on this machine, or it has none.
    ///
    /// # Errors
    /// No such asset, and trouble with the store.
    pub fn is_proxy_here(&self, asset: &str) -> Result<bool, Fault> {
        if !self.lake.is_far() {
            return Ok(true);
        }
        let record = self.asset_record(self.resolve_asset(asset)?)?;
        let mut proxies = record
            .renditions
            .iter()
            .filter(|rendition| rendition.name == "proxy");
        proxies.try_fold(true, |here, proxy| {
            Ok(here && self.lake.local_file(&key_of(proxy)?).is_ok())
        })
    }

    /// Has whoever looks at an asset ask for it again.
    pub fn look_again_at(&self, asset: &str) {
        self.hub.tell([Subject::Asset(asset.to_owned())]);
    }
}
