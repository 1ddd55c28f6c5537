//! A lake for programs that speak only S3: an endpoint on this machine in front of any store. Routing, signatures (SigV4) and the
//! wire are the `s3s` crate's; what an operation does is the store's.

mod bodies;
mod listings;
mod objects;
mod uploads;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hyper_util::rt::{TokioIo, TokioTimer};
use s3s::{
    S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result,
    auth::SimpleAuth,
    dto, s3_error,
    service::{S3Service, S3ServiceBuilder},
};
use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};

use crate::{Key, KeyError, Keys, Lake, LakeError};

/// Connections at once; further ones wait.
const CONNECTIONS: usize = 256;
/// How long a client may take over the head of a request.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);
/// How long requests that are under way may take to end when the endpoint closes.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// Why an endpoint does not open.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The port cannot be had.
    #[error("port {port} cannot be used")]
    Port {
        /// Which.
        port: u16,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Not a name that a bucket can have.
    #[error(transparent)]
    Bucket(#[from] crate::PlaceError),
}

/// An endpoint that listens on this machine. It is not encrypted, so no other machine can reach it; who asks signs with its keys.
pub struct Endpoint {
    listener: TcpListener,
    service: S3Service,
    address: SocketAddr,
}

impl Endpoint {
    /// Listens on `port` (0 for any that is free). The lake is the one bucket there is.
    ///
    /// # Errors
    /// A port that is taken, a name that no bucket can have.
    pub async fn open(
        lake: Arc<dyn Lake>,
        bucket: &str,
        keys: Keys,
        port: u16,
    ) -> Result<Self, EndpointError> {
        let place: crate::S3Place = format!("s3://{bucket}").parse()?;
        let taken = |source| EndpointError::Port { port, source };
        let listener = TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), port))
            .await
            .map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let mut service = S3ServiceBuilder::new(Served {
            lake,
            bucket: place.bucket().to_owned(),
        });
        service.set_auth(SimpleAuth::from_single(keys.id, keys.secret));
        Ok(Self {
            listener,
            service: service.build(),
            address,
        })
    }

    /// Where it listens, for example `http://127.0.0.1:9000`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves until `closing` is done; requests under way get a little time to end.
    pub async fn serve(self, closing: impl Future<Output = ()> + Send) {
        let mut connections = JoinSet::new();
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let (close, closed) = tokio::sync::watch::channel(false);
        let mut closing = std::pin::pin!(closing);
        loop {
            let accepted = tokio::select! {
                () = &mut closing => break,
                Some(done) = connections.join_next() => {
                    if let Err(error) = done {
                        tracing::error!(%error, "answering a client ended badly");
                    }
                    continue;
                }
                accepted = async {
                    let turn = Arc::clone(&room).acquire_owned().await;
                    (self.listener.accept().await, turn)
                } => accepted,
            };
            let (Ok((stream, _)), Ok(turn)) = accepted else {
                // Out of descriptors, say: others may end meanwhile.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let (service, mut closed) = (self.service.clone(), closed.clone());
            connections.spawn(async move {
                let _turn = turn;
                let connection = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEAD_PATIENCE)
                    .serve_connection(TokioIo::new(stream), service);
                let mut connection = std::pin::pin!(connection);
                let done = tokio::select! {
                    done = &mut connection => done,
                    _ = closed.changed() => {
                        connection.as_mut().graceful_shutdown();
                        connection.await
                    }
                };
                if let Err(error) = done {
                    tracing::debug!(%error, "a client went away");
                }
            });
        }
        let _nobody_left = close.send(true);
        let ending = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_REQUESTS, ending).await.is_err() {
            tracing::debug!("requests under way are cut off");
        }
    }
}

/// The store as `s3s` asks for it.
struct Served {
    lake: Arc<dyn Lake>,
    bucket: String,
}

impl Served {
    /// Only the one bucket is there.
    fn check(&self, bucket: &str) -> S3Result<()> {
        if bucket == self.bucket {
            Ok(())
        } else {
            Err(s3_error!(NoSuchBucket))
        }
    }

    fn key(&self, bucket: &str, key: &str) -> S3Result<Key> {
        self.check(bucket)?;
        Key::new(key).map_err(|error| refused_key(&error))
    }
}

fn refused_key(error: &KeyError) -> S3Error {
    let code = match error {
        KeyError::TooLong(_) => S3ErrorCode::KeyTooLongError,
        _ => S3ErrorCode::InvalidArgument,
    };
    S3Error::with_message(code, error.to_string())
}

/// The store's trouble in S3's words.
fn said(error: LakeError) -> S3Error {
    let code = match &error {
        LakeError::Key(key) => return refused_key(key),
        LakeError::NotFound(_) => S3ErrorCode::NoSuchKey,
        LakeError::Exists { .. } | LakeError::Changed { .. } => S3ErrorCode::PreconditionFailed,
        LakeError::Range { .. } => S3ErrorCode::InvalidRange,
        LakeError::NoUpload { .. } => S3ErrorCode::NoSuchUpload,
        LakeError::BadPart { .. } => S3ErrorCode::InvalidPart,
        LakeError::Archived(_) => S3ErrorCode::InvalidObjectState,
        LakeError::Denied { .. } | LakeError::Forbidden { .. } => S3ErrorCode::AccessDenied,
        LakeError::Foreign { .. } => S3ErrorCode::InvalidArgument,
        LakeError::Unsupported(_) => S3ErrorCode::NotImplemented,
        LakeError::Busy(_) | LakeError::Offline(_) | LakeError::Stopped => S3ErrorCode::ServiceUnavailable,
        _ => S3ErrorCode::InternalError,
    };
    // Places on this machine's disk are nobody's business; the log has them.
    if code == S3ErrorCode::InternalError {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "a request could not be answered"
        );
    } else {
        tracing::debug!("answered {}: {error}", code.as_str());
    }
    S3Error::with_source(code, Box::new(error))
}

fn etag(etag: &crate::ETag) -> dto::ETag {
    dto::ETag::Strong(etag.as_str().to_owned())
}

fn modified(millis: u64) -> dto::Timestamp {
    let at = std::time::UNIX_EPOCH.checked_add(Duration::from_millis(millis));
    dto::Timestamp::from(at.unwrap_or(std::time::UNIX_EPOCH))
}

fn signed(size_bytes: u64) -> i64 {
    i64::try_from(size_bytes).unwrap_or(i64::MAX)
}

#[async_trait::async_trait]
impl S3 for Served {
    async fn list_buckets(
        &self,
        _req: S3Request<dto::ListBucketsInput>,
    ) -> S3Result<S3Response<dto::ListBucketsOutput>> {
        let bucket = dto::Bucket {
            name: Some(self.bucket.clone()),
            creation_date: Some(modified(0)),
            ..Default::default()
        };
        Ok(S3Response::new(dto::ListBucketsOutput {
            buckets: Some(vec![bucket]),
            ..Default::default()
        }))
    }

    async fn head_bucket(
        &self,
        req: S3Request<dto::HeadBucketInput>,
    ) -> S3Result<S3Response<dto::HeadBucketOutput>> {
        self.check(&req.input.bucket)?;
        Ok(S3Response::new(dto::HeadBucketOutput::default()))
    }

    async fn get_bucket_location(
        &self,
        req: S3Request<dto::GetBucketLocationInput>,
    ) -> S3Result<S3Response<dto::GetBucketLocationOutput>> {
        self.check(&req.input.bucket)?;
        Ok(S3Response::new(dto::GetBucketLocationOutput::default()))
    }

    async fn create_bucket(
        &self,
        req: S3Request<dto::CreateBucketInput>,
    ) -> S3Result<S3Response<dto::CreateBucketOutput>> {
        if req.input.bucket == self.bucket {
            Err(s3_error!(BucketAlreadyOwnedByYou))
        } else {
            Err(s3_error!(AccessDenied, "this endpoint has one bucket"))
        }
    }

    async fn head_object(
        &self,
        req: S3Request<dto::HeadObjectInput>,
    ) -> S3Result<S3Response<dto::HeadObjectOutput>> {
        self.look(req.input).await
    }

    async fn get_object(
        &self,
        req: S3Request<dto::GetObjectInput>,
    ) -> S3Result<S3Response<dto::GetObjectOutput>> {
        self.read(req.input).await
    }

    async fn put_object(
        &self,
        req: S3Request<dto::PutObjectInput>,
    ) -> S3Result<S3Response<dto::PutObjectOutput>> {
        self.write(req).await
    }

    async fn copy_object(
        &self,
        req: S3Request<dto::CopyObjectInput>,
    ) -> S3Result<S3Response<dto::CopyObjectOutput>> {
        self.copy(req).await
    }

    async fn delete_object(
        &self,
        req: S3Request<dto::DeleteObjectInput>,
    ) -> S3Result<S3Response<dto::DeleteObjectOutput>> {
        self.take_away(req).await
    }

    async fn delete_objects(
        &self,
        req: S3Request<dto::DeleteObjectsInput>,
    ) -> S3Result<S3Response<dto::DeleteObjectsOutput>> {
        self.take_many_away(req.input).await
    }

    async fn get_object_tagging(
        &self,
        req: S3Request<dto::GetObjectTaggingInput>,
    ) -> S3Result<S3Response<dto::GetObjectTaggingOutput>> {
        self.labels(req.input).await
    }

    async fn put_object_tagging(
        &self,
        req: S3Request<dto::PutObjectTaggingInput>,
    ) -> S3Result<S3Response<dto::PutObjectTaggingOutput>> {
        self.set_labels(req.input).await
    }

    async fn delete_object_tagging(
        &self,
        req: S3Request<dto::DeleteObjectTaggingInput>,
    ) -> S3Result<S3Response<dto::DeleteObjectTaggingOutput>> {
        self.clear_labels(req.input).await
    }

    async fn list_objects_v2(
        &self,
        req: S3Request<dto::ListObjectsV2Input>,
    ) -> S3Result<S3Response<dto::ListObjectsV2Output>> {
        self.list(req.input).await
    }

    async fn list_objects(
        &self,
        req: S3Request<dto::ListObjectsInput>,
    ) -> S3Result<S3Response<dto::ListObjectsOutput>> {
        self.list_old(req.input).await
    }

    async fn create_multipart_upload(
        &self,
        req: S3Request<dto::CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<dto::CreateMultipartUploadOutput>> {
        self.begin(req.input).await
    }

    async fn upload_part(
        &self,
        req: S3Request<dto::UploadPartInput>,
    ) -> S3Result<S3Response<dto::UploadPartOutput>> {
        self.take_part(req).await
    }

    async fn upload_part_copy(
        &self,
        req: S3Request<dto::UploadPartCopyInput>,
    ) -> S3Result<S3Response<dto::UploadPartCopyOutput>> {
        self.copy_part(req.input).await
    }

    async fn list_parts(
        &self,
        req: S3Request<dto::ListPartsInput>,
    ) -> S3Result<S3Response<dto::ListPartsOutput>> {
        self.list_sent(req.input).await
    }

    async fn complete_multipart_upload(
        &self,
        req: S3Request<dto::CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<dto::CompleteMultipartUploadOutput>> {
        self.finish(req.input).await
    }

    async fn abort_multipart_upload(
        &self,
        req: S3Request<dto::AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<dto::AbortMultipartUploadOutput>> {
        self.abort(req.input).await
    }

    async fn list_multipart_uploads(
        &self,
        req: S3Request<dto::ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<dto::ListMultipartUploadsOutput>> {
        self.list_begun(req.input).await
    }
}
