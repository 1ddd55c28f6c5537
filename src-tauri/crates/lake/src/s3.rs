//! A lake in an S3 bucket, or in whatever speaks S3.

mod answers;
mod copying;
mod labels;
mod place;
mod reading;
mod uploads;
mod writing;

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::region::EnvironmentVariableRegionProvider,
    meta::region::RegionProviderChain, profile::ProfileFileRegionProvider, timeout::TimeoutConfig,
};
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_s3::{
    Client,
    config::{
        Credentials, IdentityCache, RequestChecksumCalculation, SharedCredentialsProvider, SharedHttpClient,
    },
};
use bytes::Bytes;

use self::answers::Attempt;
pub(crate) use self::answers::service_error;
pub(crate) use self::place::check_address;
pub use self::place::{Checksums, PlaceError, S3Place};
use crate::{
    Badge, ByteRange, ETag, Key, Labels, Lake, LakeError, Listing, Object, ObjectInfo, Part, Put,
    RestoreSpeed, Services, SignIn, Upload, Whose,
    events::{Queue, QueuePlace, SqsQueue},
    sign_in::http_client,
};

/// Until a connection stands.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// Where a bucket is looked for when nothing says otherwise.
pub(crate) const USUAL_REGION: &str = "us-east-1";

/// Long-lived keys given by hand; where there are none, AWS's own chain (environment, profile, single sign-on, the machine's
/// role) says who this is. They are not shown and not written anywhere.
#[derive(Clone)]
pub struct Keys {
    /// The access key's id.
    pub id: String,
    /// The secret.
    pub secret: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A lake in an S3 bucket. Keys of the lake stand behind the place's prefix; nothing else in the bucket is looked at.
///
/// Create-only writes are S3's conditional writes (`If-None-Match: *`), so a store that ignores the condition is none (the
/// public suite says so). Version tags are S3's entity tags: strong for one key, and not a hash of the content. Reads that break
/// off go on where they were, bound to the version they began with.
#[derive(Clone, Debug)]
pub struct S3Lake {
    client: Client,
    /// How services beside the store are asked.
    config: SdkConfig,
    place: S3Place,
    before: String,
}

impl S3Lake {
    /// Makes ready to ask for the lake at `place`, signing with `keys`, or with what AWS's own tools find. Nothing is sent yet, so
    /// that a desk starts without a network.
    ///
    /// # Errors
    /// [`LakeError::Place`] for an endpoint that credentials may not be sent to.
    pub async fn open(place: S3Place, keys: Option<Keys>) -> Result<Self, LakeError> {
        place.check_endpoint()?;
        let (http, region) = (http_client(), region_of(&place).await);
        let signs = match keys {
            Some(Keys { id, secret }) => {
                SharedCredentialsProvider::new(Credentials::new(id, secret, None, None, "given"))
            }
            None => {
                let choice = place
                    .profile
                    .clone()
                    .map_or(SignIn::Chain, |name| SignIn::Profile { name });
                let services = Services {
                    region: region.as_ref().map(ToString::to_string),
                    ..Services::default()
                };
                // Neither way keeps anything.
                let badge = Badge::new(choice, services, Arc::new(vault::ThisRun::default())).await;
                SharedCredentialsProvider::new(badge.map_err(|error| LakeError::SignIn(Box::new(error)))?)
            }
        };
        Ok(Self::with(place, http, region, signs).await)
    }

    /// The same, signing with a [`Badge`] or a [`crate::PersonalBadge`]: whoever signs in anew with it does so for this lake at
    /// once.
    ///
    /// # Errors
    /// [`LakeError::Place`] for an endpoint that credentials may not be sent to.
    pub async fn open_as(
        place: S3Place,
        badge: impl ProvideCredentials + 'static,
    ) -> Result<Self, LakeError> {
        place.check_endpoint()?;
        let (http, region) = (http_client(), region_of(&place).await);
        Ok(Self::with(place, http, region, SharedCredentialsProvider::new(badge)).await)
    }

    async fn with(
        place: S3Place,
        http: SharedHttpClient,
        region: Option<Region>,
        signs: SharedCredentialsProvider,
    ) -> Self {
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(http)
            .region(region)
            .credentials_provider(signs)
            // Who signs holds what is good; a second cache would go on with what the person has replaced.
            .identity_cache(IdentityCache::no_cache())
            // No limit for a whole answer: it would count the sending of a body, which over a slow line takes long. What stalls is
            // cut off by the client's own guard.
            .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT_PATIENCE).build());
        if let Some(name) = &place.profile {
            loader = loader.profile_name(name);
        }
        let config = loader.load().await;
        let mut s3 = aws_sdk_s3::config::Builder::from(&config);
        // Only the place says where requests go: an address in the environment or a profile was not checked.
        s3.set_endpoint_url(place.endpoint_url.clone());
        // Certificates of virtual hosts do not cover names with dots.
        if place.endpoint_url.is_some() || place.bucket().contains('.') {
            s3 = s3.force_path_style(true);
        }
        if place.checksums == Checksums::WhenRequired {
            s3 = s3.request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
        }
        Self {
            client: Client::from_conf(s3.build()),
            config,
            before: place.before_keys(),
            place,
        }
    }

    /// Where it is.
    pub const fn place(&self) -> &S3Place {
        &self.place
    }

    /// The name of a key in the bucket.
    fn name(&self, key: &Key) -> String {
        format!("{}{key}", self.before)
    }

    fn attempt<'a>(&'a self, action: &'static str, key: Option<&'a Key>) -> Attempt<'a> {
        Attempt {
            action,
            bucket: self.place.bucket(),
            key,
        }
    }

    /// What is there in the way of a create-only write; none when it went away meanwhile.
    async fn in_the_way(&self, key: &Key) -> Result<Option<LakeError>, LakeError> {
        match self.head(key).await {
            Ok(info) => Ok(Some(LakeError::Exists {
                key: key.clone(),
                etag: info.etag,
            })),
            Err(LakeError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Where the bucket is looked for: where the place says, else the environment, else the profile.
async fn region_of(place: &S3Place) -> Option<Region> {
    let profile = place
        .profile
        .iter()
        .fold(ProfileFileRegionProvider::builder(), |builder, name| {
            builder.profile_name(name)
        });
    RegionProviderChain::first_try(place.region.clone().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(profile.build())
        .or_else(USUAL_REGION)
        .region()
        .await
}

#[async_trait]
impl Lake for S3Lake {
    async fn put(&self, key: &Key, body: Vec<u8>, mode: Put) -> Result<ObjectInfo, LakeError> {
        self.put_bytes(key, body.into(), mode).await
    }

    async fn put_file(&self, key: &Key, source: &Path, mode: Put) -> Result<ObjectInfo, LakeError> {
        self.put_whole_file(key, source, mode).await
    }

    async fn get(&self, key: &Key) -> Result<Object, LakeError> {
        self.found_out(key, self.read_whole(key).await).await
    }

    async fn get_range(
        &self,
        key: &Key,
        range: ByteRange,
        if_match: Option<&ETag>,
    ) -> Result<Object, LakeError> {
        let read = self.read_range(key, range, if_match).await;
        self.found_out(key, read).await
    }

    async fn get_to_file(&self, key: &Key, target: &Path) -> Result<ObjectInfo, LakeError> {
        self.found_out(key, self.read_to_file(key, target).await).await
    }

    async fn head(&self, key: &Key) -> Result<ObjectInfo, LakeError> {
        self.found_out(key, self.facts(key).await).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Listing, LakeError> {
        self.page(prefix, after, limit).await
    }

    async fn copy(&self, from: &Key, to: &Key, mode: Put) -> Result<ObjectInfo, LakeError> {
        self.copy_inside(from, to, mode).await
    }

    async fn delete(&self, key: &Key) -> Result<(), LakeError> {
        self.take_away(key).await
    }

    async fn begin_upload(&self, key: &Key) -> Result<Upload, LakeError> {
        self.begin(key).await
    }

    async fn put_part(&self, upload: &Upload, number: u32, body: Bytes) -> Result<Part, LakeError> {
        self.send_part(upload, number, body).await
    }

    async fn parts(&self, upload: &Upload) -> Result<Vec<Part>, LakeError> {
        self.sent_parts(upload).await
    }

    async fn finish_upload(
        &self,
        upload: &Upload,
        parts: &[Part],
        mode: Put,
    ) -> Result<ObjectInfo, LakeError> {
        self.finish(upload, parts, mode).await
    }

    async fn abort_upload(&self, upload: &Upload) -> Result<(), LakeError> {
        self.abort(upload).await
    }

    async fn uploads(&self, prefix: &str) -> Result<Vec<Upload>, LakeError> {
        self.left_behind(prefix).await
    }

    async fn labels(&self, key: &Key) -> Result<Labels, LakeError> {
        self.tags(key).await
    }

    async fn set_labels(&self, key: &Key, labels: &Labels) -> Result<(), LakeError> {
        self.set_tags(key, labels).await
    }

    async fn restore(&self, key: &Key, days: u32, speed: RestoreSpeed) -> Result<(), LakeError> {
        self.ask_back(key, days, speed).await
    }

    fn queue(&self, place: &QueuePlace) -> Result<Arc<dyn Queue>, LakeError> {
        Ok(Arc::new(SqsQueue::new(&self.config, place)))
    }

    fn whose(&self, bucket: &str, name: &str) -> Whose {
        self.place.whose(bucket, name)
    }
}
