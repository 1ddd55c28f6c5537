//! Uploads in parts.

use std::{fs::File, os::unix::fs::FileExt as _, path::Path, sync::Arc};

use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart},
};
use bytes::Bytes;
use tokio::task::JoinSet;

use super::{
    S3Lake,
    answers::{code, sorted},
    reading::{now_millis, plain, quoted},
    writing::condition,
};
use crate::{Key, LakeError, ObjectInfo, Part, Put, Shelf, Upload, part_bytes};

/// Parts on their way at once.
const PARTS_AT_ONCE: usize = 4;

impl S3Lake {
    pub(super) async fn begin(&self, key: &Key) -> Result<Upload, LakeError> {
        let action = "begin an upload";
        let answer = self
            .client
            .create_multipart_upload()
            .bucket(self.place.bucket())
            .key(self.name(key))
            .send()
            .await
            .map_err(|error| sorted(self.attempt(action, Some(key)), error))?;
        let id = answer.upload_id().ok_or_else(|| LakeError::Service {
            action,
            code: "the answer names no upload".to_owned(),
            source: "CreateMultipartUpload answered without UploadId".into(),
        })?;
        Ok(Upload {
            key: key.clone(),
            id: id.to_owned(),
        })
    }

    pub(super) async fn send_part(
        &self,
        upload: &Upload,
        number: u32,
        body: Bytes,
    ) -> Result<Part, LakeError> {
        let size_bytes = body.len() as u64;
        let unsigned = self.is_unsigned(size_bytes);
        let mut request = self
            .client
            .upload_part()
            .bucket(self.place.bucket())
            .key(self.name(&upload.key))
            .upload_id(&upload.id)
            .part_number(part_number(upload, number)?)
            .body(ByteStream::from(body))
            .customize();
        if unsigned {
            request = request.disable_payload_signing();
        }
        let answer = request
            .send()
            .await
            .map_err(|error| self.of_upload(upload, "send a part", error))?;
        Ok(Part {
            number,
            etag: plain(answer.e_tag()),
            size_bytes,
        })
    }

    pub(super) async fn sent_parts(&self, upload: &Upload) -> Result<Vec<Part>, LakeError> {
        let mut parts = Vec::new();
        let mut marker: Option<String> = None;
        loop {
            let answer = self
                .client
                .list_parts()
                .bucket(self.place.bucket())
                .key(self.name(&upload.key))
                .upload_id(&upload.id)
                .set_part_number_marker(marker)
                .send()
                .await
                .map_err(|error| self.of_upload(upload, "list the parts of an upload", error))?;
            parts.extend(answer.parts().iter().filter_map(|part| {
                Some(Part {
                    number: u32::try_from(part.part_number()?).ok()?,
                    etag: plain(part.e_tag()),
                    size_bytes: u64::try_from(part.size()?).ok()?,
                })
            }));
            marker = answer.next_part_number_marker().map(str::to_owned);
            if answer.is_truncated() != Some(true) || marker.is_none() {
                parts.sort_unstable_by_key(|part| part.number);
                return Ok(parts);
            }
        }
    }

    pub(super) async fn finish(
        &self,
        upload: &Upload,
        parts: &[Part],
        mode: Put,
    ) -> Result<ObjectInfo, LakeError> {
        let key = &upload.key;
        let mut named = CompletedMultipartUpload::builder();
        for part in parts {
            named = named.parts(
                CompletedPart::builder()
                    .part_number(part_number(upload, part.number)?)
                    .e_tag(quoted(&part.etag))
                    .build(),
            );
        }
        let named = named.build();
        let send = || {
            self.client
                .complete_multipart_upload()
                .bucket(self.place.bucket())
                .key(self.name(key))
                .upload_id(&upload.id)
                .multipart_upload(named.clone())
                .set_if_none_match(condition(mode))
                .send()
        };
        match self.contested(key, mode, send).await? {
            Ok(answer) => Ok(ObjectInfo {
                key: key.clone(),
                size_bytes: parts.iter().map(|part| part.size_bytes).sum(),
                etag: plain(answer.e_tag()),
                modified_millis: now_millis(),
                shelf: Shelf::Ready,
            }),
            Err(error) => match code(&error) {
                Some("InvalidPart" | "InvalidPartOrder" | "EntityTooSmall") => Err(LakeError::BadPart {
                    key: key.clone(),
                    number: self.first_other_part(upload, parts).await,
                }),
                _ => Err(self.of_upload(upload, "finish an upload", error)),
            },
        }
    }

    /// The service does not say which part it means.
    async fn first_other_part(&self, upload: &Upload, parts: &[Part]) -> u32 {
        let there = self.sent_parts(upload).await.unwrap_or_default();
        let other = parts.iter().find(|part| {
            !there
                .iter()
                .any(|sent| sent.number == part.number && sent.etag == part.etag)
        });
        other.or(parts.first()).map_or(0, |part| part.number)
    }

    pub(super) async fn abort(&self, upload: &Upload) -> Result<(), LakeError> {
        let answer = self
            .client
            .abort_multipart_upload()
            .bucket(self.place.bucket())
            .key(self.name(&upload.key))
            .upload_id(&upload.id)
            .send()
            .await;
        match answer.map_err(|error| self.of_upload(upload, "abort an upload", error)) {
            Ok(_) | Err(LakeError::NoUpload { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn left_behind(&self, prefix: &str) -> Result<Vec<Upload>, LakeError> {
        let mut uploads = Vec::new();
        let (mut key_marker, mut id_marker) = (None::<String>, None::<String>);
        loop {
            let answer = self
                .client
                .list_multipart_uploads()
                .bucket(self.place.bucket())
                .prefix(format!("{}{prefix}", self.before))
                .set_key_marker(key_marker)
                .set_upload_id_marker(id_marker)
                .send()
                .await
                .map_err(|error| sorted(self.attempt("list uploads", None), error))?;
            uploads.extend(answer.uploads().iter().filter_map(|upload| {
                let name = upload.key()?.strip_prefix(&self.before)?;
                Some(Upload {
                    key: Key::new(name).ok()?,
                    id: upload.upload_id()?.to_owned(),
                })
            }));
            key_marker = answer.next_key_marker().map(str::to_owned);
            id_marker = answer.next_upload_id_marker().map(str::to_owned);
            if answer.is_truncated() != Some(true) || key_marker.is_none() {
                uploads.sort_unstable();
                return Ok(uploads);
            }
        }
    }

    /// All parts of a file, several at once, and the end of it.
    pub(super) async fn send_file(
        &self,
        upload: &Upload,
        source: &Path,
        size_bytes: u64,
        mode: Put,
    ) -> Result<ObjectInfo, LakeError> {
        let file = File::open(source).map_err(|error| LakeError::io("open", source, error))?;
        let file = Arc::new(file);
        let part_bytes = part_bytes(size_bytes);
        let mut sending = JoinSet::new();
        let mut parts = Vec::new();
        let mut starts = (0..size_bytes).step_by(usize::try_from(part_bytes).unwrap_or(usize::MAX));
        let mut number = 0;
        loop {
            if sending.len() < PARTS_AT_ONCE
                && let Some(start) = starts.next()
            {
                number += 1;
                let (lake, upload, file) = (self.clone(), upload.clone(), Arc::clone(&file));
                let (number, length) = (number, part_bytes.min(size_bytes - start));
                let source = source.to_path_buf();
                sending.spawn(async move {
                    let read = tokio::task::spawn_blocking(move || read_part(&file, start, length));
                    let bytes = read
                        .await
                        .map_err(|_stopped| LakeError::Stopped)?
                        .map_err(|error| LakeError::io("read", source, error))?;
                    lake.send_part(&upload, number, bytes.into()).await
                });
                continue;
            }
            match sending.join_next().await {
                Some(Ok(part)) => parts.push(part?),
                Some(Err(_stopped)) => return Err(LakeError::Stopped),
                None => break,
            }
        }
        parts.sort_unstable_by_key(|part: &Part| part.number);
        self.finish(upload, &parts, mode).await
    }

    fn of_upload<E>(
        &self,
        upload: &Upload,
        action: &'static str,
        error: SdkError<E, HttpResponse>,
    ) -> LakeError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        if code(&error) == Some("NoSuchUpload") {
            return LakeError::NoUpload {
                key: upload.key.clone(),
            };
        }
        sorted(self.attempt(action, Some(&upload.key)), error)
    }
}

fn part_number(upload: &Upload, number: u32) -> Result<i32, LakeError> {
    match i32::try_from(number) {
        Ok(fits) if (1..=crate::MOST_PARTS).contains(&number) => Ok(fits),
        _ => Err(LakeError::BadPart {
            key: upload.key.clone(),
            number,
        }),
    }
}

fn read_part(file: &File, start: u64, length: u64) -> std::io::Result<Vec<u8>> {
    let length = usize::try_from(length).map_err(std::io::Error::other)?;
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, start)?;
    Ok(bytes)
}
