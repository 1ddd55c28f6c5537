//! Labels (S3's object tags) and the archive.

use aws_sdk_s3::types::{GlacierJobParameters, RestoreRequest, Tag, Tagging, Tier};

use super::{
    S3Lake,
    answers::{code, sorted},
};
use crate::{Key, Labels, LakeError, RestoreSpeed, Shelf};

impl S3Lake {
    pub(super) async fn tags(&self, key: &Key) -> Result<Labels, LakeError> {
        let answer = self
            .client
            .get_object_tagging()
            .bucket(self.place.bucket())
            .key(self.name(key))
            .send()
            .await
            .map_err(|error| sorted(self.attempt("read the labels of an object", Some(key)), error))?;
        Ok(answer
            .tag_set()
            .iter()
            .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
            .collect())
    }

    pub(super) async fn set_tags(&self, key: &Key, labels: &Labels) -> Result<(), LakeError> {
        let action = "label an object";
        let unfit = |error: aws_sdk_s3::error::BuildError| LakeError::Service {
            action,
            code: "the label cannot be written".to_owned(),
            source: Box::new(error),
        };
        let tags: Result<Vec<Tag>, _> = labels
            .iter()
            .map(|(name, value)| Tag::builder().key(name).value(value).build().map_err(unfit))
            .collect();
        let tagging = Tagging::builder()
            .set_tag_set(Some(tags?))
            .build()
            .map_err(unfit)?;
        self.client
            .put_object_tagging()
            .bucket(self.place.bucket())
            .key(self.name(key))
            .tagging(tagging)
            .send()
            .await
            .map(drop)
            .map_err(|error| sorted(self.attempt(action, Some(key)), error))
    }

    pub(super) async fn ask_back(&self, key: &Key, days: u32, speed: RestoreSpeed) -> Result<(), LakeError> {
        if self.facts(key).await?.shelf != Shelf::Archived {
            return Ok(());
        }
        let action = "restore an object";
        let unfit = |error: aws_sdk_s3::error::BuildError| LakeError::Service {
            action,
            code: "the request could not be made".to_owned(),
            source: Box::new(error),
        };
        let tier = match speed {
            RestoreSpeed::Expedited => Tier::Expedited,
            RestoreSpeed::Standard => Tier::Standard,
            RestoreSpeed::Bulk => Tier::Bulk,
        };
        let job = GlacierJobParameters::builder()
            .tier(tier)
            .build()
            .map_err(unfit)?;
        let request = RestoreRequest::builder()
            .days(i32::try_from(days).unwrap_or(i32::MAX))
            .glacier_job_parameters(job)
            .build();
        let answer = self
            .client
            .restore_object()
            .bucket(self.place.bucket())
            .key(self.name(key))
            .restore_request(request)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            // Somebody else asked meanwhile.
            Err(error) if code(&error) == Some("RestoreAlreadyInProgress") => Ok(()),
            Err(error) => Err(sorted(self.attempt(action, Some(key)), error)),
        }
    }
}
