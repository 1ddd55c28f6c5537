use std::path::Path;

use ledger::{Author, Body, Entry, EntryId, Hlc};

use crate::CatalogError;

/// The journal: this workstation's own entries in the order they were written, and what is not yet in the lake. Nothing
/// else has a copy of it until its segments are sent, so it is never rebuilt and every append is on disk when it returns.
pub struct Journal {}

/// One entry and its place in the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalEntry {
    /// 1 for the first.
    pub sequence: u64,
    /// The entry.
    pub entry: Entry,
}

/// A segment of the ledger whose bytes are fixed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// 1 for the first.
    pub sequence: u64,
    /// JSON lines, zstd: exactly what must lie in the lake.
    pub bytes: Vec<u8>,
    /// BLAKE3 of `bytes`, 64 hexadecimal digits.
    pub blake3: String,
    /// BLAKE3 of the chain before and this segment's hash, 64 hexadecimal digits.
    pub chain: String,
    /// Entries inside.
    pub entries: u64,
    /// Whether it is known to be in the lake.
    pub sent: bool,
}

/// The end of what was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The last segment sent; 0 before the first.
    pub sequence: u64,
    /// Its chain hash; empty before the first.
    pub chain: String,
}

impl Journal {
    /// Opens `journal.db` in `dir`, making or migrating it as needed.
    ///
    /// # Errors
    /// [`CatalogError::TooNew`], [`CatalogError::Damaged`], and trouble with the file.
    pub fn open(dir: &Path) -> Result<Self, CatalogError> {
        todo!("{}", dir.display())
    }

    /// Writes entries; they are on disk when this returns. The clock is taken and advanced in the same transaction.
    pub fn append(&self, author: &Author, wall_millis: u64, bodies: Vec<Body>) -> Result<Vec<Entry>, CatalogError> {
        self.append_with(author, wall_millis, || Ok(bodies))
    }

    /// As [`Journal::append`], with bodies composed while no other process can append: what `compose` reads (after
    /// [`crate::Catalog::catch_up`]) holds until the entries are written. `compose` must not append itself.
    pub fn append_with<E: From<CatalogError>>(
        &self,
        author: &Author,
        wall_millis: u64,
        compose: impl FnOnce() -> Result<Vec<Body>, E>,
    ) -> Result<Vec<Entry>, E> {
        todo!("{author:?} {wall_millis} {}", compose()?.len())
    }

    /// All own entries, in the order they were written.
    pub fn entries(&self) -> Result<Vec<Entry>, CatalogError> {
        todo!()
    }

    /// Own entries after `sequence`, at most `limit`.
    pub fn entries_after(&self, sequence: u64, limit: u32) -> Result<Vec<JournalEntry>, CatalogError> {
        todo!("{sequence} {limit}")
    }

    /// The sequence of the last entry; 0 when there is none.
    pub fn last_sequence(&self) -> Result<u64, CatalogError> {
        todo!()
    }

    /// The latest clock written or observed.
    pub fn last_clock(&self) -> Result<Hlc, CatalogError> {
        todo!()
    }

    /// Takes note of somebody else's clock, so that what is written from here on is ordered after it.
    pub fn observe_clock(&self, seen: Hlc) -> Result<(), CatalogError> {
        todo!("{seen:?}")
    }

    /// Whether an entry is this workstation's own.
    pub fn contains(&self, id: EntryId) -> Result<bool, CatalogError> {
        todo!("{id}")
    }

    /// The first segment that is not known to be in the lake; when there is none, the next `max_entries` entries are made
    /// into one, whose bytes are on disk before this returns. The same until [`Journal::mark_sent`].
    pub fn seal_segment(&self, max_entries: u32) -> Result<Option<Segment>, CatalogError> {
        todo!("{max_entries}")
    }

    /// Takes note that a segment is in the lake. A repetition changes nothing.
    pub fn mark_sent(&self, sequence: u64) -> Result<(), CatalogError> {
        todo!("{sequence}")
    }

    /// One segment, sent or not.
    pub fn segment(&self, sequence: u64) -> Result<Option<Segment>, CatalogError> {
        todo!("{sequence}")
    }

    /// The end of what was sent.
    pub fn head(&self) -> Result<Head, CatalogError> {
        todo!()
    }

    /// Entries that are not known to be in the lake.
    pub fn unsent_entries(&self) -> Result<u64, CatalogError> {
        todo!()
    }

    /// Makes this process the one uploader of this home until `until_millis`, unless another holds that. A holder extends
    /// its lease by asking again.
    pub fn lease_upload(&self, holder: &str, now_millis: u64, until_millis: u64) -> Result<bool, CatalogError> {
        todo!("{holder} {now_millis} {until_millis}")
    }
}
