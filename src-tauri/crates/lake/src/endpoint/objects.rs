//! Single objects.

use std::sync::Arc;

use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, dto, s3_error};

use super::{
    Served,
    bodies::{self, Large, Received, declared},
    etag, modified, said, signed,
};
use crate::{Key, Labels, ObjectInfo, Put, Shelf};

/// An object that is replaced again and again just when it is read is given up after so many tries.
const REPLACED: u32 = 16;

impl Served {
    pub(super) async fn look(
        &self,
        input: dto::HeadObjectInput,
    ) -> S3Result<S3Response<dto::HeadObjectOutput>> {
        plain_version(input.version_id.as_deref())?;
        let key = self.key(&input.bucket, &input.key)?;
        let info = self.lake.head(&key).await.map_err(said)?;
        allowed(&info, input.if_match.as_ref(), input.if_none_match.as_ref())?;
        Ok(S3Response::new(dto::HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: Some(signed(info.size_bytes)),
            content_type: Some("application/octet-stream".to_owned()),
            e_tag: Some(etag(&info.etag)),
            last_modified: Some(modified(info.modified_millis)),
            ..Default::default()
        }))
    }

    pub(super) async fn read(
        &self,
        input: dto::GetObjectInput,
    ) -> S3Result<S3Response<dto::GetObjectOutput>> {
        plain_version(input.version_id.as_deref())?;
        let key = self.key(&input.bucket, &input.key)?;
        let mut tried = 0;
        loop {
            let info = self.lake.head(&key).await.map_err(said)?;
            allowed(&info, input.if_match.as_ref(), input.if_none_match.as_ref())?;
            match self.read_version(&info, input.range.as_ref()).await {
                // Replaced between the look and the first byte: what is there now is as good.
                Err(error) if *error.code() == S3ErrorCode::PreconditionFailed && tried < REPLACED => {
                    tried += 1;
                }
                done => return done,
            }
        }
    }

    async fn read_version(
        &self,
        info: &ObjectInfo,
        range: Option<&dto::Range>,
    ) -> S3Result<S3Response<dto::GetObjectOutput>> {
        if matches!(info.shelf, Shelf::Archived | Shelf::Restoring) {
            return Err(s3_error!(InvalidObjectState));
        }
        let size_bytes = info.size_bytes;
        let range = match range {
            Some(range) => Some(
                range
                    .check(size_bytes)
                    .map_err(|_beyond| s3_error!(InvalidRange))?,
            ),
            None => None,
        };
        let (start, end) = range
            .as_ref()
            .map_or((0, size_bytes), |range| (range.start, range.end));
        let body = bodies::send(Arc::clone(&self.lake), info.clone(), start, end).await?;
        Ok(S3Response::new(dto::GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            body: Some(body),
            content_length: Some(signed(end - start)),
            content_range: range.map(|range| format!("bytes {}-{}/{size_bytes}", range.start, range.end - 1)),
            content_type: Some("application/octet-stream".to_owned()),
            e_tag: Some(etag(&info.etag)),
            last_modified: Some(modified(info.modified_millis)),
            ..Default::default()
        }))
    }

    pub(super) async fn write(
        &self,
        req: S3Request<dto::PutObjectInput>,
    ) -> S3Result<S3Response<dto::PutObjectOutput>> {
        no_own_keys(&req.headers)?;
        let announced = announced(&req.headers);
        let input = req.input;
        let key = self.key(&input.bucket, &input.key)?;
        let mode = mode_of(input.if_match.is_some(), input.if_none_match.as_ref())?;
        let declared = declared!(input);
        let info = match bodies::receive(
            input.body,
            declared,
            &announced,
            req.trailing_headers,
            Large::Spooled,
        )
        .await?
        {
            Received::Memory(bytes) => self.lake.put(&key, bytes, mode).await,
            Received::File(file) => self.lake.put_file(&key, file.path(), mode).await,
        };
        let info = info.map_err(said)?;
        Ok(S3Response::new(dto::PutObjectOutput {
            e_tag: Some(etag(&info.etag)),
            ..Default::default()
        }))
    }

    pub(super) async fn copy(
        &self,
        req: S3Request<dto::CopyObjectInput>,
    ) -> S3Result<S3Response<dto::CopyObjectOutput>> {
        let from = self.source(&req.input.copy_source)?;
        let to = self.key(&req.input.bucket, &req.input.key)?;
        let there = self.lake.head(&from).await.map_err(said)?;
        allowed(&there, req.input.copy_source_if_match.as_ref(), None)?;
        // Newer than the operation as `s3s` knows it.
        let create = match req.headers.get("if-none-match").map(|value| value.as_bytes()) {
            None => Put::Replace,
            Some(b"*") => Put::CreateOnly,
            Some(_) => return Err(s3_error!(NotImplemented)),
        };
        if req.headers.contains_key("if-match") {
            return Err(s3_error!(NotImplemented));
        }
        let info = self.lake.copy(&from, &to, create).await.map_err(said)?;
        Ok(S3Response::new(dto::CopyObjectOutput {
            copy_object_result: Some(dto::CopyObjectResult {
                e_tag: Some(etag(&info.etag)),
                last_modified: Some(modified(info.modified_millis)),
                ..Default::default()
            }),
            ..Default::default()
        }))
    }

    /// The object that a copy is made from.
    pub(super) fn source(&self, source: &dto::CopySource) -> S3Result<Key> {
        match source {
            dto::CopySource::Bucket {
                bucket,
                key,
                version_id: None,
            } => self.key(bucket, key),
            _ => Err(s3_error!(NotImplemented)),
        }
    }

    pub(super) async fn take_away(
        &self,
        req: S3Request<dto::DeleteObjectInput>,
    ) -> S3Result<S3Response<dto::DeleteObjectOutput>> {
        let key = self.key(&req.input.bucket, &req.input.key)?;
        plain_version(req.input.version_id.as_deref())?;
        // A delete that depends on what is there is none that a lake has.
        if [
            "if-match",
            "x-amz-if-match-last-modified-time",
            "x-amz-if-match-size",
        ]
        .iter()
        .any(|name| req.headers.contains_key(*name))
        {
            return Err(s3_error!(NotImplemented));
        }
        self.lake.delete(&key).await.map_err(said)?;
        Ok(S3Response::new(dto::DeleteObjectOutput::default()))
    }

    pub(super) async fn take_many_away(
        &self,
        input: dto::DeleteObjectsInput,
    ) -> S3Result<S3Response<dto::DeleteObjectsOutput>> {
        let mut deleted = Vec::new();
        let mut errors = Vec::new();
        for object in input.delete.objects {
            let depends =
                object.e_tag.is_some() || object.size.is_some() || object.last_modified_time.is_some();
            let named = plain_version(object.version_id.as_deref()).and_then(|()| match depends {
                true => Err(s3_error!(NotImplemented)),
                false => self.key(&input.bucket, &object.key),
            });
            let gone = match named {
                Ok(key) => self.lake.delete(&key).await.map_err(said),
                Err(error) => Err(error),
            };
            match gone {
                Ok(()) => deleted.push(dto::DeletedObject {
                    key: Some(object.key),
                    ..Default::default()
                }),
                Err(error) => errors.push(dto::Error {
                    key: Some(object.key),
                    code: Some(error.code().as_str().to_owned()),
                    ..Default::default()
                }),
            }
        }
        Ok(S3Response::new(dto::DeleteObjectsOutput {
            deleted: (input.delete.quiet != Some(true)).then_some(deleted),
            errors: Some(errors),
            ..Default::default()
        }))
    }

    pub(super) async fn labels(
        &self,
        input: dto::GetObjectTaggingInput,
    ) -> S3Result<S3Response<dto::GetObjectTaggingOutput>> {
        let key = self.key(&input.bucket, &input.key)?;
        let labels = self.lake.labels(&key).await.map_err(said)?;
        let tag_set = labels
            .into_iter()
            .map(|(key, value)| dto::Tag {
                key: Some(key),
                value: Some(value),
            })
            .collect();
        Ok(S3Response::new(dto::GetObjectTaggingOutput {
            tag_set,
            ..Default::default()
        }))
    }

    pub(super) async fn set_labels(
        &self,
        input: dto::PutObjectTaggingInput,
    ) -> S3Result<S3Response<dto::PutObjectTaggingOutput>> {
        let key = self.key(&input.bucket, &input.key)?;
        let mut labels = Labels::new();
        for tag in input.tagging.tag_set {
            let (Some(name), Some(value)) = (tag.key, tag.value) else {
                return Err(s3_error!(InvalidTag));
            };
            if labels.insert(name, value).is_some() {
                return Err(s3_error!(InvalidTag, "a label stands there twice"));
            }
        }
        self.lake.set_labels(&key, &labels).await.map_err(said)?;
        Ok(S3Response::new(dto::PutObjectTaggingOutput::default()))
    }

    pub(super) async fn clear_labels(
        &self,
        input: dto::DeleteObjectTaggingInput,
    ) -> S3Result<S3Response<dto::DeleteObjectTaggingOutput>> {
        let key = self.key(&input.bucket, &input.key)?;
        self.lake.set_labels(&key, &Labels::new()).await.map_err(said)?;
        Ok(S3Response::new(dto::DeleteObjectTaggingOutput::default()))
    }
}

/// A lake keeps one version of an object. Whoever names another must not be given, or lose, this one.
fn plain_version(version: Option<&str>) -> S3Result<()> {
    match version {
        None | Some("null") => Ok(()),
        Some(_) => Err(s3_error!(NoSuchVersion)),
    }
}

/// What comes after the body, as the client says before it.
pub fn announced(headers: &hyper::HeaderMap) -> String {
    let values = headers.get_all("x-amz-trailer").iter();
    values
        .filter_map(|value| value.to_str().ok())
        .collect::<Vec<_>>()
        .join(",")
}

/// Keys of a client's own: the body would lie here unencrypted, and the client would believe otherwise.
fn no_own_keys(headers: &hyper::HeaderMap) -> S3Result<()> {
    match headers.contains_key("x-amz-server-side-encryption-customer-algorithm") {
        true => Err(s3_error!(NotImplemented)),
        false => Ok(()),
    }
}

/// Whether the conditions of a read hold.
pub fn allowed(
    info: &ObjectInfo,
    if_match: Option<&dto::ETagCondition>,
    if_none_match: Option<&dto::ETagCondition>,
) -> S3Result<()> {
    let is = |condition: &dto::ETagCondition| {
        condition.is_any()
            || condition
                .as_etag()
                .is_some_and(|wanted| wanted.value() == info.etag.as_str())
    };
    if if_match.is_some_and(|condition| !is(condition)) {
        return Err(s3_error!(PreconditionFailed));
    }
    if if_none_match.is_some_and(is) {
        return Err(S3Error::new(S3ErrorCode::NotModified));
    }
    Ok(())
}

/// How a write meets what is there. A replace that depends on what is there is none that a lake has.
pub fn mode_of(has_match: bool, if_none_match: Option<&dto::ETagCondition>) -> S3Result<Put> {
    match if_none_match {
        _ if has_match => Err(s3_error!(NotImplemented)),
        None => Ok(Put::Replace),
        Some(condition) if condition.is_any() => Ok(Put::CreateOnly),
        Some(_) => Err(s3_error!(NotImplemented)),
    }
}
