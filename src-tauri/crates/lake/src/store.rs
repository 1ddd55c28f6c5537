use std::{
    fmt,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Key, LakeError};

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
    /// When it was written, milliseconds since 1970, by the store's clock.
    pub modified_millis: u64,
}

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

/// A place for objects. Writes are durable when the call returns.
#[async_trait]
pub trait Lake: Send + Sync {
    /// Writes `body` under `key`.
    ///
    /// # Errors
    /// [`LakeError::Exists`] for a create-only write that lost, and trouble with the store.
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

    /// The object's own file when the store keeps objects as files on this machine: to be read, never written, and only
    /// while the object is there. `None` for other stores: fetch it with [`Lake::get_to_file`].
    fn local_file(&self, _key: &Key) -> Option<PathBuf> {
        None
    }
}
