//! A store that breaks a promise: the suite must fail for it.

use std::path::Path;

use lake::{ByteRange, FolderLake, Key, Lake, LakeError, Put};

/// Looks whether something is there and then writes, as many a store does.
pub struct Careless(pub FolderLake);
#[async_trait::async_trait]
impl Lake for Careless {
    async fn put(&self, key: &Key, body: Vec<u8>, mode: Put) -> Result<lake::ObjectInfo, LakeError> {
        match (mode, self.0.head(key).await) {
            (Put::CreateOnly, Ok(info)) => Err(LakeError::Exists {
                key: key.clone(),
                etag: info.etag,
            }),
            _ => self.0.put(key, body, Put::Replace).await,
        }
    }
    async fn put_file(&self, key: &Key, source: &Path, mode: Put) -> Result<lake::ObjectInfo, LakeError> {
        self.0.put_file(key, source, mode).await
    }
    async fn get(&self, key: &Key) -> Result<lake::Object, LakeError> {
        self.0.get(key).await
    }
    async fn get_range(
        &self,
        key: &Key,
        range: ByteRange,
        if_match: Option<&lake::ETag>,
    ) -> Result<lake::Object, LakeError> {
        self.0.get_range(key, range, if_match).await
    }
    async fn get_to_file(&self, key: &Key, target: &Path) -> Result<lake::ObjectInfo, LakeError> {
        self.0.get_to_file(key, target).await
    }
    async fn head(&self, key: &Key) -> Result<lake::ObjectInfo, LakeError> {
        self.0.head(key).await
    }
    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<lake::Listing, LakeError> {
        self.0.list(prefix, after, limit).await
    }
    async fn copy(&self, from: &Key, to: &Key, mode: Put) -> Result<lake::ObjectInfo, LakeError> {
        self.0.copy(from, to, mode).await
    }
    async fn delete(&self, key: &Key) -> Result<(), LakeError> {
        self.0.delete(key).await
    }
    async fn begin_upload(&self, key: &Key) -> Result<lake::Upload, LakeError> {
        self.0.begin_upload(key).await
    }
    async fn put_part(
        &self,
        upload: &lake::Upload,
        number: u32,
        body: bytes::Bytes,
    ) -> Result<lake::Part, LakeError> {
        self.0.put_part(upload, number, body).await
    }
    async fn parts(&self, upload: &lake::Upload) -> Result<Vec<lake::Part>, LakeError> {
        self.0.parts(upload).await
    }
    async fn finish_upload(
        &self,
        upload: &lake::Upload,
        parts: &[lake::Part],
        mode: Put,
    ) -> Result<lake::ObjectInfo, LakeError> {
        self.0.finish_upload(upload, parts, mode).await
    }
    async fn abort_upload(&self, upload: &lake::Upload) -> Result<(), LakeError> {
        self.0.abort_upload(upload).await
    }
    async fn uploads(&self, prefix: &str) -> Result<Vec<lake::Upload>, LakeError> {
        self.0.uploads(prefix).await
    }
    async fn labels(&self, key: &Key) -> Result<lake::Labels, LakeError> {
        self.0.labels(key).await
    }
    async fn set_labels(&self, key: &Key, labels: &lake::Labels) -> Result<(), LakeError> {
        self.0.set_labels(key, labels).await
    }
    async fn restore(&self, key: &Key, days: u32, speed: lake::RestoreSpeed) -> Result<(), LakeError> {
        self.0.restore(key, days, speed).await
    }
}
