//! Uploads in parts.

use s3s::{S3Request, S3Response, S3Result, dto, s3_error};

use super::{
    Served,
    bodies::{self, Large, Received, declared},
    etag, modified,
    objects::{allowed, announced, mode_of},
    said, signed,
};
use crate::{ByteRange, ETag, Part, Upload};

/// A part is held in memory, so a larger one is refused.
const MOST_PART_BYTES: usize = 1 << 30;

impl Served {
    fn upload(&self, bucket: &str, key: &str, id: &str) -> S3Result<Upload> {
        Ok(Upload {
            key: self.key(bucket, key)?,
            id: id.to_owned(),
        })
    }

    pub(super) async fn begin(
        &self,
        input: dto::CreateMultipartUploadInput,
    ) -> S3Result<S3Response<dto::CreateMultipartUploadOutput>> {
        let key = self.key(&input.bucket, &input.key)?;
        let upload = self.lake.begin_upload(&key).await.map_err(said)?;
        Ok(S3Response::new(dto::CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(upload.id),
            ..Default::default()
        }))
    }

    pub(super) async fn take_part(
        &self,
        req: S3Request<dto::UploadPartInput>,
    ) -> S3Result<S3Response<dto::UploadPartOutput>> {
        let announced = announced(&req.headers);
        let input = req.input;
        let upload = self.upload(&input.bucket, &input.key, &input.upload_id)?;
        // Before a gigabyte is read for nothing.
        self.lake.parts(&upload).await.map_err(said)?;
        let number = number(input.part_number)?;
        let declared = declared!(input);
        let received = bodies::receive(
            input.body,
            declared,
            &announced,
            req.trailing_headers,
            Large::Refused(MOST_PART_BYTES),
        )
        .await?;
        let Received::Memory(bytes) = received else {
            return Err(s3_error!(EntityTooLarge));
        };
        let part = self
            .lake
            .put_part(&upload, number, bytes.into())
            .await
            .map_err(said)?;
        Ok(S3Response::new(dto::UploadPartOutput {
            e_tag: Some(etag(&part.etag)),
            ..Default::default()
        }))
    }

    pub(super) async fn copy_part(
        &self,
        input: dto::UploadPartCopyInput,
    ) -> S3Result<S3Response<dto::UploadPartCopyOutput>> {
        let upload = self.upload(&input.bucket, &input.key, &input.upload_id)?;
        let from = self.source(&input.copy_source)?;
        let info = self.lake.head(&from).await.map_err(said)?;
        allowed(&info, input.copy_source_if_match.as_ref(), None)?;
        let (start, end) = match &input.copy_source_range {
            None => (0, info.size_bytes),
            Some(text) => {
                let range = dto::Range::parse(text).map_err(|_form| s3_error!(InvalidArgument))?;
                let range = range
                    .check(info.size_bytes)
                    .map_err(|_beyond| s3_error!(InvalidRange))?;
                (range.start, range.end)
            }
        };
        if end - start > MOST_PART_BYTES as u64 {
            return Err(s3_error!(EntityTooLarge));
        }
        let range = ByteRange {
            start,
            end: Some(end),
        };
        let object = self
            .lake
            .get_range(&from, range, Some(&info.etag))
            .await
            .map_err(said)?;
        let part = self
            .lake
            .put_part(&upload, number(input.part_number)?, object.bytes.into())
            .await
            .map_err(said)?;
        Ok(S3Response::new(dto::UploadPartCopyOutput {
            copy_part_result: Some(dto::CopyPartResult {
                e_tag: Some(etag(&part.etag)),
                last_modified: Some(modified(info.modified_millis)),
                ..Default::default()
            }),
            ..Default::default()
        }))
    }

    pub(super) async fn list_sent(
        &self,
        input: dto::ListPartsInput,
    ) -> S3Result<S3Response<dto::ListPartsOutput>> {
        let upload = self.upload(&input.bucket, &input.key, &input.upload_id)?;
        let parts = self.lake.parts(&upload).await.map_err(said)?;
        let after = input
            .part_number_marker
            .and_then(|marker| u32::try_from(marker).ok())
            .unwrap_or(0);
        let most = usize::try_from(input.max_parts.unwrap_or(1000))
            .unwrap_or(0)
            .min(1000);
        let mut rest = parts.into_iter().filter(|part| part.number > after).peekable();
        let mut page: Vec<Part> = Vec::new();
        while page.len() < most
            && let Some(part) = rest.next()
        {
            page.push(part);
        }
        let truncated = rest.peek().is_some();
        Ok(S3Response::new(dto::ListPartsOutput {
            bucket: Some(input.bucket),
            is_truncated: Some(truncated),
            key: Some(input.key),
            next_part_number_marker: page
                .last()
                .filter(|_| truncated)
                .and_then(|part| i32::try_from(part.number).ok()),
            parts: Some(
                page.iter()
                    .map(|part| dto::Part {
                        e_tag: Some(etag(&part.etag)),
                        part_number: i32::try_from(part.number).ok(),
                        size: Some(signed(part.size_bytes)),
                        ..Default::default()
                    })
                    .collect(),
            ),
            upload_id: Some(input.upload_id),
            ..Default::default()
        }))
    }

    pub(super) async fn finish(
        &self,
        input: dto::CompleteMultipartUploadInput,
    ) -> S3Result<S3Response<dto::CompleteMultipartUploadOutput>> {
        let upload = self.upload(&input.bucket, &input.key, &input.upload_id)?;
        let mode = mode_of(input.if_match.is_some(), input.if_none_match.as_ref())?;
        let there = self.lake.parts(&upload).await.map_err(said)?;
        let named = input
            .multipart_upload
            .and_then(|named| named.parts)
            .unwrap_or_default();
        let mut parts = Vec::with_capacity(named.len());
        for (at, part) in named.iter().enumerate() {
            let (Some(number), Some(tag)) = (part.part_number, &part.e_tag) else {
                return Err(s3_error!(MalformedXML));
            };
            let sent = there.iter().find(|sent| i32::try_from(sent.number) == Ok(number));
            let size_bytes = sent.map_or(0, |sent| sent.size_bytes);
            if at + 1 < named.len() && size_bytes < crate::LEAST_PART_BYTES && sent.is_some() {
                return Err(s3_error!(EntityTooSmall));
            }
            parts.push(Part {
                number: self::number(number)?,
                etag: ETag::new(tag.value()),
                size_bytes,
            });
        }
        if !parts.is_sorted_by(|a, b| a.number < b.number) {
            return Err(s3_error!(InvalidPartOrder));
        }
        let info = self
            .lake
            .finish_upload(&upload, &parts, mode)
            .await
            .map_err(said)?;
        Ok(S3Response::new(dto::CompleteMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(etag(&info.etag)),
            ..Default::default()
        }))
    }

    pub(super) async fn abort(
        &self,
        input: dto::AbortMultipartUploadInput,
    ) -> S3Result<S3Response<dto::AbortMultipartUploadOutput>> {
        let upload = self.upload(&input.bucket, &input.key, &input.upload_id)?;
        // S3 says so when there is none, where a lake keeps silent.
        self.lake.parts(&upload).await.map_err(said)?;
        self.lake.abort_upload(&upload).await.map_err(said)?;
        Ok(S3Response::new(dto::AbortMultipartUploadOutput::default()))
    }

    pub(super) async fn list_begun(
        &self,
        input: dto::ListMultipartUploadsInput,
    ) -> S3Result<S3Response<dto::ListMultipartUploadsOutput>> {
        self.check(&input.bucket)?;
        let prefix = input.prefix.clone().unwrap_or_default();
        let all = self.lake.uploads(&prefix).await.map_err(said)?;
        let after = input.key_marker.as_deref().unwrap_or_default();
        let after_id = input.upload_id_marker.as_deref();
        let follows = |upload: &Upload| {
            let key = upload.key.as_str();
            key > after || (key == after && after_id.is_some_and(|id| upload.id.as_str() > id))
        };
        let most = usize::try_from(input.max_uploads.unwrap_or(1000))
            .unwrap_or(0)
            .min(1000);
        let mut rest = all
            .into_iter()
            .filter(|upload| after.is_empty() || follows(upload))
            .peekable();
        let mut page = Vec::new();
        while page.len() < most
            && let Some(upload) = rest.next()
        {
            page.push(upload);
        }
        let truncated = rest.peek().is_some();
        let last = page.last().filter(|_| truncated);
        Ok(S3Response::new(dto::ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            is_truncated: Some(truncated),
            next_key_marker: last.map(|upload| upload.key.as_str().to_owned()),
            next_upload_id_marker: last.map(|upload| upload.id.clone()),
            prefix: input.prefix,
            uploads: Some(
                page.iter()
                    .map(|upload| dto::MultipartUpload {
                        key: Some(upload.key.as_str().to_owned()),
                        upload_id: Some(upload.id.clone()),
                        ..Default::default()
                    })
                    .collect(),
            ),
            ..Default::default()
        }))
    }
}

fn number(number: i32) -> S3Result<u32> {
    u32::try_from(number).map_err(|_negative| s3_error!(InvalidArgument))
}
