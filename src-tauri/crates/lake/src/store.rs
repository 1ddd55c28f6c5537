use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    Key, KeyError, LakeError, Part, Upload,
    events::{Queue, QueuePlace},
};

/// A strong version tag: two objects with the same tag under the same key have the same bytes. Opaque; compare only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ETag(String);

impl ETag {
    /// From a store's own text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The store's own text, without quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a write meets what is already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// Only when nothing is there; of writers that race exactly one wins, the others get [`LakeError::Exists`].
    CreateOnly,
    /// In place of what is there, at once and whole: readers see the old bytes or the new, never a mix.
    Replace,
}

/// Bytes `start..end` of an object, half-open; the end is cut at the object's own end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// First byte.
    pub start: u64,
    /// First byte after; `None` reads to the end.
    pub end: Option<u64>,
}

/// What a lake knows of an object without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Where it is.
    pub key: Key,
    /// All its bytes.
    pub size_bytes: u64,
    /// Its version.
    pub etag: ETag,
    /// When it was written, milliseconds since 1970, by the store's clock; in the answer to a write by this machine's, where
    /// the store does not say.
    pub modified_millis: u64,
    /// Whether it can be read.
    pub shelf: Shelf,
}

/// Whether an object can be read at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shelf {
    /// At once.
    #[default]
    Ready,
    /// It lies in an archive and must be restored first ([`Lake::restore`]).
    Archived,
    /// Its restoring was asked for and takes hours.
    Restoring,
    /// A restored copy can be read until then, milliseconds since 1970; zero where the store does not say.
    Restored {
        /// When the copy goes away.
        until_millis: u64,
    },
}

/// How soon an archived object is wanted; the sooner the dearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreSpeed {
    /// Minutes, where the archive offers it.
    Expedited,
    /// Hours.
    Standard,
    /// Half a day, the cheapest.
    Bulk,
}

/// Labels of an object that its owner's rules (life cycle, access, cost) go by.
pub type Labels = BTreeMap<String, String>;

/// Bytes of an object, and the version they are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The whole object's facts, also when only a range was read.
    pub info: ObjectInfo,
    /// What was asked for.
    pub bytes: Vec<u8>,
}

/// One page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Sorted by the bytes of the key.
    pub objects: Vec<ObjectInfo>,
    /// Whether more follow; ask again with `after` set to the last key.
    pub more: bool,
}

/// What a name in a store is to a lake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// This object of the lake.
    Ours(Key),
    /// It lies beside the lake, in the same bucket.
    Beside,
    /// It lies in another bucket.
    OtherBucket,
    /// It lies in the lake under a name that no key may have.
    NoKey(KeyError),
}

/// A place for objects. Writes are durable when the call returns.
#[async_trait]
pub trait Lake: Send + Sync {
    /// Writes `body` under `key`.
    ///
    /// # Errors
    /// [`LakeError::Exists`] for a create-only write that lost, and trouble with the store. Where the store is reached over a
    /// network it may be one's own write whose acknowledgement was lost: compare what is there before calling it a clash.
    async fn put(&self, key: &Key, body: Vec<u8>, mode: Put) -> Result<ObjectInfo, LakeError>;

    /// Writes the file at `source` under `key`, without holding it in memory.
    ///
    /// # Errors
    /// As [`Lake::put`], and trouble with reading `source`.
    async fn put_file(&self, key: &Key, source: &Path, mode: Put) -> Result<ObjectInfo, LakeError>;

    /// Reads a whole object into memory.
    ///
    /// # Errors
    /// [`LakeError::NotFound`], and trouble with the store.
    async fn get(&self, key: &Key) -> Result<Object, LakeError>;

    /// Reads a part of an object. With `if_match` only of that version, so that several ranges belong together.
    ///
    /// # Errors
    /// [`LakeError::Changed`] when it is another version, [`LakeError::Range`] when it begins after the end,
    /// [`LakeError::NotFound`], and trouble with the store.
    async fn get_range(
        &self,
        key: &Key,
        range: ByteRange,
        if_match: Option<&ETag>,
    ) -> Result<Object, LakeError>;

    /// Reads a whole object into the file `target`, which appears whole or not at all.
    ///
    /// # Errors
    /// [`LakeError::NotFound`], and trouble with the store or with writing `target`.
    async fn get_to_file(&self, key: &Key, target: &Path) -> Result<ObjectInfo, LakeError>;

    /// The facts of an object.
    ///
    /// # Errors
    /// [`LakeError::NotFound`], and trouble with the store.
    async fn head(&self, key: &Key) -> Result<ObjectInfo, LakeError>;

    /// At most `limit` objects whose keys begin with `prefix` (any text; empty for all) and are greater than `after`,
    /// sorted by the bytes of the key.
    ///
    /// # Errors
    /// Trouble with the store.
    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Listing, LakeError>;

    /// Copies an object inside the lake.
    ///
    /// # Errors
    /// [`LakeError::NotFound`] for `from`, otherwise as [`Lake::put`].
    async fn copy(&self, from: &Key, to: &Key, mode: Put) -> Result<ObjectInfo, LakeError>;

    /// Takes an object away. One that is not there is no error, so that a repetition is none.
    ///
    /// # Errors
    /// Trouble with the store.
    async fn delete(&self, key: &Key) -> Result<(), LakeError>;

    /// Begins an upload in parts. Nothing is under `key` before [`Lake::finish_upload`]; the parts stay until that or
    /// [`Lake::abort_upload`], also when this process ends, so whoever keeps the [`Upload`] goes on where it broke off.
    ///
    /// # Errors
    /// Trouble with the store.
    async fn begin_upload(&self, key: &Key) -> Result<Upload, LakeError>;

    /// Writes one part, in place of one of the same number. Numbers are 1 to [`crate::MOST_PARTS`]; all but the last part have
    /// at least [`crate::LEAST_PART_BYTES`].
    ///
    /// # Errors
    /// [`LakeError::NoUpload`] after it was finished or aborted, and trouble with the store.
    async fn put_part(&self, upload: &Upload, number: u32, body: Bytes) -> Result<Part, LakeError>;

    /// The parts that lie in the store, by number.
    ///
    /// # Errors
    /// As [`Lake::put_part`].
    async fn parts(&self, upload: &Upload) -> Result<Vec<Part>, LakeError>;

    /// Makes the object of these parts, which must be in the store as they are named here. After a lost acknowledgement the
    /// upload is gone and the object is there.
    ///
    /// # Errors
    /// [`LakeError::Exists`] for a create-only upload that lost (it goes on lying there until it is aborted),
    /// [`LakeError::BadPart`] for a part that is not there like this, otherwise as [`Lake::put_part`].
    async fn finish_upload(
        &self,
        upload: &Upload,
        parts: &[Part],
        mode: Put,
    ) -> Result<ObjectInfo, LakeError>;

    /// Takes the parts of an upload away. One that is not there is no error.
    ///
    /// # Errors
    /// Trouble with the store.
    async fn abort_upload(&self, upload: &Upload) -> Result<(), LakeError>;

    /// Uploads to keys that begin with `prefix` and were neither finished nor aborted: what broken-off work left, which costs
    /// room.
    ///
    /// # Errors
    /// Trouble with the store.
    async fn uploads(&self, prefix: &str) -> Result<Vec<Upload>, LakeError>;

    /// The labels of an object.
    ///
    /// # Errors
    /// [`LakeError::NotFound`], [`LakeError::Unsupported`] where the store has none, and trouble with the store.
    async fn labels(&self, key: &Key) -> Result<Labels, LakeError>;

    /// Gives an object these labels in place of those it has. Its version stays.
    ///
    /// # Errors
    /// As [`Lake::labels`].
    async fn set_labels(&self, key: &Key, labels: &Labels) -> Result<(), LakeError>;

    /// Asks for an archived object to be readable for so many days. Nothing happens to one that can be read already.
    ///
    /// # Errors
    /// [`LakeError::NotFound`], and trouble with the store.
    async fn restore(&self, key: &Key, days: u32, speed: RestoreSpeed) -> Result<(), LakeError>;

    /// The queue in which the store's owner has notifications of its objects put, asked for as whoever this lake is asked as.
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// [`LakeError::Unsupported`] where the store has none.
    fn queue(&self, _place: &QueuePlace) -> Result<Arc<dyn Queue>, LakeError> {
        Err(LakeError::Unsupported("read a queue of events"))
    }

    /// What the name of an object in the store, as its owner writes it, is in this lake.
    fn whose(&self, _bucket: &str, name: &str) -> Whose {
        Key::new(name).map_or_else(Whose::NoKey, Whose::Ours)
    }

    /// The object's own file when the store keeps objects as files on this machine: to be read, never written, and only
    /// while the object is there. `None` for other stores: fetch it with [`Lake::get_to_file`].
    fn local_file(&self, _key: &Key) -> Option<PathBuf> {
        None
    }
}
