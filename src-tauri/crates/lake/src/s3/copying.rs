//! Copies inside the bucket, which no byte leaves.

use bytes::Bytes;

use super::{
    S3Lake,
    answers::sorted,
    reading::{plain, quoted},
};
use crate::{Key, LakeError, ObjectInfo, Part, Put, Shelf, Upload, escape, part_bytes};

/// A larger object is copied in parts.
const ONE_COPY_BYTES: u64 = 5 << 30;

impl S3Lake {
    pub(super) async fn copy_inside(&self, from: &Key, to: &Key, mode: Put) -> Result<ObjectInfo, LakeError> {
        let source = self.facts(from).await?;
        match mode {
            // Not every store that has conditional writes has them for copies, but the end of an upload is one everywhere.
            Put::CreateOnly if source.size_bytes == 0 => return self.put_bytes(to, Bytes::new(), mode).await,
            Put::CreateOnly => return self.copy_in_parts(&source, to, mode).await,
            Put::Replace if source.size_bytes > ONE_COPY_BYTES => {
                return self.copy_in_parts(&source, to, mode).await;
            }
            Put::Replace => {}
        }
        let send = || {
            self.client
                .copy_object()
                .bucket(self.place.bucket())
                .key(self.name(to))
                .copy_source(self.source_name(from))
                .copy_source_if_match(quoted(&source.etag))
                .send()
        };
        let answer = self
            .contested(to, mode, send)
            .await?
            .map_err(|error| sorted(self.attempt("copy an object", Some(from)), error))?;
        Ok(ObjectInfo {
            key: to.clone(),
            etag: plain(answer.copy_object_result().and_then(|result| result.e_tag())),
            modified_millis: super::reading::now_millis(),
            shelf: Shelf::Ready,
            ..source
        })
    }

    async fn copy_in_parts(&self, source: &ObjectInfo, to: &Key, mode: Put) -> Result<ObjectInfo, LakeError> {
        let upload = self.begin(to).await?;
        let copied = self.copy_parts(source, &upload).await;
        let done = match copied {
            Ok(parts) => self.finish(&upload, &parts, mode).await,
            Err(error) => Err(error),
        };
        if done.is_err()
            && let Err(error) = self.abort(&upload).await
        {
            tracing::warn!(key = %to, "a copy that failed stays behind in parts: {error}");
        }
        done
    }

    async fn copy_parts(&self, source: &ObjectInfo, upload: &Upload) -> Result<Vec<Part>, LakeError> {
        let piece = part_bytes(source.size_bytes);
        let mut parts = Vec::new();
        let (mut start, mut number) = (0, 0);
        while start < source.size_bytes {
            let length = piece.min(source.size_bytes - start);
            number += 1;
            let answer = self
                .client
                .upload_part_copy()
                .bucket(self.place.bucket())
                .key(self.name(&upload.key))
                .upload_id(&upload.id)
                .part_number(number)
                .copy_source(self.source_name(&source.key))
                .copy_source_if_match(quoted(&source.etag))
                .copy_source_range(format!("bytes={start}-{}", start + length - 1))
                .send()
                .await
                .map_err(|error| sorted(self.attempt("copy a part", Some(&source.key)), error))?;
            parts.push(Part {
                number: number.unsigned_abs(),
                etag: plain(answer.copy_part_result().and_then(|result| result.e_tag())),
                size_bytes: length,
            });
            start += length;
        }
        Ok(parts)
    }

    /// A source stands in a header, so everything but the plainest bytes is escaped.
    fn source_name(&self, key: &Key) -> String {
        format!("{}/{}", self.place.bucket(), escape::name(&self.name(key)))
    }
}
