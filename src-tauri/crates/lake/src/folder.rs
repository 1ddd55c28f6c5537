use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::{ByteRange, ETag, Key, Lake, LakeError, Listing, Object, ObjectInfo, Put};

/// A lake in a folder: the zero-setup store.
pub struct FolderLake {}

/// What the file system under a folder lake was seen to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footing {
    /// Hard links work, and a second one to the same name is refused.
    pub links: bool,
    /// Renaming without replacing works, and is refused when something is there.
    pub rename_no_replace: bool,
    /// Names that differ only in case are different files.
    pub case_sensitive: bool,
    /// A directory can be synchronised to disk.
    pub directory_sync: bool,
    /// Files carry extended attributes, so a version tag is read instead of computed.
    pub attributes: bool,
    /// Files lie on another machine.
    pub network: bool,
}

impl FolderLake {
    /// Opens the lake in `dir`, making it when it is not there.
    ///
    /// # Errors
    /// [`LakeError::Unfit`] where create-only writes cannot be kept, [`LakeError::TooNew`], and trouble with the folder.
    pub fn open(dir: &Path) -> Result<Self, LakeError> {
        todo!("{}", dir.display())
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        todo!()
    }

    /// Tries out what the file system does.
    ///
    /// # Errors
    /// Trouble with the folder.
    pub fn probe(&self) -> Result<Footing, LakeError> {
        todo!()
    }
}

#[async_trait]
impl Lake for FolderLake {
    async fn put(&self, _key: &Key, _body: Vec<u8>, _mode: Put) -> Result<ObjectInfo, LakeError> {
        todo!()
    }
    async fn put_file(&self, _key: &Key, _source: &Path, _mode: Put) -> Result<ObjectInfo, LakeError> {
        todo!()
    }
    async fn get(&self, _key: &Key) -> Result<Object, LakeError> {
        todo!()
    }
    async fn get_range(&self, _key: &Key, _range: ByteRange, _if_match: Option<&ETag>) -> Result<Object, LakeError> {
        todo!()
    }
    async fn get_to_file(&self, _key: &Key, _target: &Path) -> Result<ObjectInfo, LakeError> {
        todo!()
    }
    async fn head(&self, _key: &Key) -> Result<ObjectInfo, LakeError> {
        todo!()
    }
    async fn list(&self, _prefix: &str, _after: Option<&str>, _limit: usize) -> Result<Listing, LakeError> {
        todo!()
    }
    async fn copy(&self, _from: &Key, _to: &Key, _mode: Put) -> Result<ObjectInfo, LakeError> {
        todo!()
    }
    async fn delete(&self, _key: &Key) -> Result<(), LakeError> {
        todo!()
    }
    fn local_file(&self, _key: &Key) -> Option<PathBuf> {
        todo!()
    }
}
