//! Whole objects on their way in, and away.

use std::{path::Path, time::Duration};

use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;

use super::{
    S3Lake,
    answers::{code, sorted, status},
    reading::{now_millis, plain},
};
use crate::{Key, LakeError, ObjectInfo, Put, Shelf, part_bytes};

/// Two writers of one key at the same moment are told to try again; nobody else is, and so often suffices.
const CLASHES: u32 = 6;
/// Before the first of those tries; doubled before each further one.
const CLASH_PAUSE: Duration = Duration::from_millis(40);

/// How a conditional write ended when it did not succeed.
pub(super) enum Lost {
    /// Something is there.
    Taken,
    /// Somebody writes it at this moment.
    Clash,
}

/// Whether an answer to a conditional write says that it lost.
pub(super) fn lost(mode: Put, status: Option<u16>, code: Option<&str>) -> Option<Lost> {
    match (mode, status) {
        (Put::CreateOnly, Some(412)) => Some(Lost::Taken),
        // The end of an upload may be answered with 200 before it is known how it went.
        (Put::CreateOnly, _) if code == Some("PreconditionFailed") => Some(Lost::Taken),
        (Put::CreateOnly, Some(409)) if code == Some("ConditionalRequestConflict") => Some(Lost::Clash),
        (Put::Replace, Some(409)) if code == Some("OperationAborted") => Some(Lost::Clash),
        _ => None,
    }
}

/// Waits before the next of several tries; false when there is none left.
pub(super) async fn pause(tried: u32) -> bool {
    if tried >= CLASHES {
        return false;
    }
    tokio::time::sleep(CLASH_PAUSE * 2u32.pow(tried)).await;
    true
}

impl S3Lake {
    pub(super) async fn put_bytes(&self, key: &Key, body: Bytes, mode: Put) -> Result<ObjectInfo, LakeError> {
        let mut tried = 0;
        loop {
            let mut request = self
                .client
                .put_object()
                .bucket(self.place.bucket())
                .key(self.name(key))
                .body(ByteStream::from(body.clone()));
            if mode == Put::CreateOnly {
                request = request.if_none_match("*");
            }
            let error = match request.send().await {
                Ok(answer) => {
                    return Ok(ObjectInfo {
                        key: key.clone(),
                        size_bytes: body.len() as u64,
                        etag: plain(answer.e_tag()),
                        modified_millis: now_millis(),
                        shelf: Shelf::Ready,
                    });
                }
                Err(error) => error,
            };
            match lost(mode, status(&error), code(&error)) {
                Some(Lost::Taken) => {
                    if let Some(exists) = self.in_the_way(key).await? {
                        return Err(exists);
                    }
                }
                Some(Lost::Clash) => {}
                None => return Err(sorted(self.attempt("write an object", Some(key)), error)),
            }
            if !pause(tried).await {
                return Err(LakeError::Busy(Box::new(error)));
            }
            tried += 1;
        }
    }

    /// A small file in one request, a larger one in parts.
    pub(super) async fn put_whole_file(
        &self,
        key: &Key,
        source: &Path,
        mode: Put,
    ) -> Result<ObjectInfo, LakeError> {
        let io = |error| LakeError::io("read", source, error);
        let size_bytes = tokio::fs::metadata(source).await.map_err(io)?.len();
        if size_bytes <= part_bytes(size_bytes) {
            let bytes = tokio::fs::read(source).await.map_err(io)?;
            return self.put_bytes(key, bytes.into(), mode).await;
        }
        // Most writes that lose a race lose it long before; those need not send a film first.
        if mode == Put::CreateOnly
            && let Some(exists) = self.in_the_way(key).await?
        {
            return Err(exists);
        }
        let upload = self.begin(key).await?;
        let done = match self.send_file(&upload, source, size_bytes, mode).await {
            // Finished by a request whose answer was lost: what is there is what was sent, or somebody else's.
            Err(LakeError::NoUpload { .. }) => match self.facts(key).await {
                Ok(info) if mode == Put::Replace => Ok(info),
                Ok(info) => Err(LakeError::Exists {
                    key: key.clone(),
                    etag: info.etag,
                }),
                Err(error) => Err(error),
            },
            done => done,
        };
        if done.is_err()
            && let Err(error) = self.abort(&upload).await
        {
            tracing::warn!(%key, "an upload that failed stays behind in parts: {error}");
        }
        done
    }

    pub(super) async fn take_away(&self, key: &Key) -> Result<(), LakeError> {
        let answer = self
            .client
            .delete_object()
            .bucket(self.place.bucket())
            .key(self.name(key))
            .send()
            .await;
        match answer.map_err(|error| sorted(self.attempt("delete an object", Some(key)), error)) {
            Ok(_) | Err(LakeError::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
