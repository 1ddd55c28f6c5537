//! Whole objects on their way in, and away.

use std::{error::Error, path::Path, time::Duration};

use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    primitives::ByteStream,
};
use bytes::Bytes;

use super::{
    S3Lake,
    answers::{code, sorted, status},
    reading::{now_millis, plain},
};
use crate::{Checksums, Key, LakeError, ObjectInfo, Put, Shelf, part_bytes};

/// Two writers of one key at the same moment are told to try again; nobody else is, and so often suffices.
const CLASHES: u32 = 6;
/// Before the first of those tries; doubled before each further one.
const CLASH_PAUSE: Duration = Duration::from_millis(40);

/// Larger bodies are vouched for by their checksum.
const UNSIGNED_BYTES: u64 = 1 << 20;

/// How a conditional write ended when it did not succeed.
enum Lost {
    /// Something is there.
    Taken,
    /// Somebody writes it at this moment.
    Clash,
}

/// Whether an answer to a conditional write says that it lost.
fn lost(mode: Put, status: Option<u16>, code: Option<&str>) -> Option<Lost> {
    match (mode, status) {
        (Put::CreateOnly, Some(412)) => Some(Lost::Taken),
        // The end of an upload may be answered with 200 before it is known how it went.
        (Put::CreateOnly, _) if code == Some("PreconditionFailed") => Some(Lost::Taken),
        (Put::CreateOnly, Some(409)) if code == Some("ConditionalRequestConflict") => Some(Lost::Clash),
        (Put::Replace, Some(409)) if code == Some("OperationAborted") => Some(Lost::Clash),
        _ => None,
    }
}

/// The header that makes a write create only.
pub(super) fn condition(mode: Put) -> Option<String> {
    (mode == Put::CreateOnly).then(|| "*".to_owned())
}

/// What the service answered to a request.
pub(super) type Answer<T, E> = Result<T, SdkError<E, HttpResponse>>;

impl S3Lake {
    pub(super) async fn put_bytes(&self, key: &Key, body: Bytes, mode: Put) -> Result<ObjectInfo, LakeError> {
        let send = || {
            let mut request = self
                .client
                .put_object()
                .bucket(self.place.bucket())
                .key(self.name(key))
                .body(ByteStream::from(body.clone()))
                .set_if_none_match(condition(mode))
                .customize();
            if self.is_unsigned(body.len() as u64) {
                request = request.disable_payload_signing();
            }
            request.send()
        };
        let answer = self
            .contested(key, mode, send)
            .await?
            .map_err(|error| sorted(self.attempt("write an object", Some(key)), error))?;
        Ok(ObjectInfo {
            key: key.clone(),
            size_bytes: body.len() as u64,
            etag: plain(answer.e_tag()),
            modified_millis: now_millis(),
            shelf: Shelf::Ready,
        })
    }

    /// Whether a body goes without a signature of its own. Its checksum stands in a header that is signed, and it goes over TLS or
    /// within this machine, so a second hash over all of it would only cost time; over small ones it costs none.
    pub(super) fn is_unsigned(&self, size_bytes: u64) -> bool {
        self.place.checksums == Checksums::Always && size_bytes >= UNSIGNED_BYTES
    }

    /// A write that may meet another of the same key: sent again while two clash, until it is answered otherwise.
    ///
    /// # Errors
    /// [`LakeError::Exists`] when it lost, [`LakeError::Busy`] when it never stopped clashing; what else the service says is for
    /// the caller to sort.
    pub(super) async fn contested<T, E, F>(
        &self,
        key: &Key,
        mode: Put,
        send: impl Fn() -> F,
    ) -> Result<Answer<T, E>, LakeError>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        F: Future<Output = Answer<T, E>>,
    {
        let mut tried = 0;
        loop {
            let error = match send().await {
                Ok(answer) => return Ok(Ok(answer)),
                Err(error) => error,
            };
            match lost(mode, status(&error), code(&error)) {
                // None is there when it went away meanwhile.
                Some(Lost::Taken) => {
                    if let Some(exists) = self.in_the_way(key).await? {
                        return Err(exists);
                    }
                }
                Some(Lost::Clash) => {}
                None => return Ok(Err(error)),
            }
            if tried == CLASHES {
                return Err(LakeError::Busy(Box::new(error)));
            }
            tokio::time::sleep(CLASH_PAUSE * 2u32.pow(tried)).await;
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

    /// Asks to delete what is not there, on the condition that it is a version that never was. It goes well when it would be
    /// allowed; nothing is deleted.
    pub(crate) async fn delete_nothing(&self, key: &Key) -> Result<(), LakeError> {
        let answer = self
            .client
            .delete_object()
            .bucket(self.place.bucket())
            .key(self.name(key))
            .if_match("\"00000000000000000000000000000000\"")
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) if code(&error) == Some("PreconditionFailed") => Ok(()),
            Err(error) => match sorted(self.attempt("delete an object", Some(key)), error) {
                LakeError::NotFound(_) => Ok(()),
                error => Err(error),
            },
        }
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
