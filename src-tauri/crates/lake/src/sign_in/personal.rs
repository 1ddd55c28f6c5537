//! A badge that signs for one person only.

use std::sync::{Arc, Mutex, PoisonError};

use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_s3::config::Credentials;
use tokio::sync::Semaphore;

use super::{Badge, SignInError, badge::signing};
use crate::S3Place;

/// A [`Badge`] that signs for one person only: entries are written under their author's name, so nobody else's sign-in may send
/// them. Whenever other credentials sign than before, it is asked whose they are; where that is somebody else, nothing is signed.
#[derive(Clone, Debug)]
pub struct PersonalBadge(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    badge: Badge,
    place: S3Place,
    principal: String,
    /// The access key's id that was found to be theirs.
    theirs: Mutex<Option<String>>,
    /// One question at a time.
    asking: Semaphore,
}

impl PersonalBadge {
    /// `badge` at `place`, for nobody but `principal`, as [`Badge::principal`] names people.
    pub fn new(badge: Badge, place: S3Place, principal: String) -> Self {
        Self(Arc::new(Inner {
            badge,
            place,
            principal,
            theirs: Mutex::default(),
            asking: Semaphore::new(1),
        }))
    }

    async fn credentials(&self) -> Result<Credentials, SignInError> {
        let inner = &*self.0;
        let credentials = inner.badge.credentials().await?;
        if inner.knows(&credentials) {
            return Ok(credentials);
        }
        let asking = inner.asking.acquire().await;
        let _one = asking.map_err(|_closed| SignInError::Stopped)?;
        if inner.knows(&credentials) {
            return Ok(credentials);
        }
        let who = inner.badge.named(credentials.clone(), Some(&inner.place)).await?;
        if who.id != inner.principal {
            return Err(SignInError::SomebodyElse {
                now: who.id,
                opened_by: inner.principal.clone(),
            });
        }
        let mut theirs = inner.theirs.lock().unwrap_or_else(PoisonError::into_inner);
        *theirs = Some(credentials.access_key_id().to_owned());
        Ok(credentials)
    }
}

impl Inner {
    fn knows(&self, credentials: &Credentials) -> bool {
        let theirs = self.theirs.lock().unwrap_or_else(PoisonError::into_inner);
        theirs.as_deref() == Some(credentials.access_key_id())
    }
}

impl ProvideCredentials for PersonalBadge {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        signing(self.credentials())
    }
}
