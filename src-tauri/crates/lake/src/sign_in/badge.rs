//! A sign-in at work.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use async_trait::async_trait;
use aws_config::{
    Region, environment::region::EnvironmentVariableRegionProvider, meta::region::ProvideRegion as _,
};
use aws_credential_types::provider::{self, ProvideCredentials, future};
use aws_sdk_s3::config::Credentials;
use tokio::sync::{Semaphore, SemaphorePermit};
use vault::Vault;

use super::{
    Prompter, Services, SignIn, SignInError,
    center::Center,
    cognito::Pool,
    keys::KeptKeys,
    line::Line,
    principal::Principal,
    role::Taken,
    standing::{Source, Standing, http_client},
};
use crate::S3Place;

/// Credentials are renewed so long before they end.
const AHEAD: Duration = Duration::from_secs(300);
/// Where renewing is not possible for the moment, they are used until so long before their end.
const LAST: Duration = Duration::from_secs(10);
/// Credentials without an end are looked up again after so long, so that a changed profile is seen.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// One way of signing in.
#[async_trait]
pub trait Way: Send + Sync {
    /// New credentials without asking anybody.
    async fn renew(&self, line: &Line) -> Result<Credentials, SignInError>;
    /// New credentials, asking the person for whatever it takes.
    async fn sign_in(&self, line: &Line, prompter: &dyn Prompter) -> Result<Credentials, SignInError>;
    /// Forgets what lies in the vault, and tells the service where that is possible.
    async fn sign_out(&self, line: &Line) -> Result<(), SignInError>;
    /// Who that is.
    async fn principal(&self, line: &Line, credentials: Credentials) -> Result<Principal, SignInError> {
        Principal::of_signer(line, credentials).await
    }
}

/// A sign-in at work: signs requests, renews by itself what it can, and says who one is. Copies are the same badge, so whoever
/// signs in anew does so for every lake that was opened with it. What cannot be renewed without a person becomes
/// [`crate::LakeError::SignIn`] where it was to sign; transfers pause on that and go on after [`Badge::sign_in`].
#[derive(Clone)]
pub struct Badge(Arc<Inner>);

struct Inner {
    choice: SignIn,
    line: Line,
    way: Box<dyn Way>,
    held: Mutex<Option<Held>>,
    /// One renewal at a time, because a token may be good for one use only.
    renewal: Semaphore,
}

struct Held {
    credentials: Credentials,
    since: Instant,
}

impl fmt::Debug for Badge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Badge")
            .field(&self.0.choice)
            .finish_non_exhaustive()
    }
}

impl Badge {
    /// Makes ready to sign in as `choice` says. Nothing is sent and the vault is not asked yet.
    ///
    /// # Errors
    /// [`SignInError::Unfit`] and [`SignInError::Place`] for a choice that cannot work.
    pub async fn new(choice: SignIn, services: Services, vault: Arc<dyn Vault>) -> Result<Self, SignInError> {
        choice.check()?;
        services.check()?;
        let named = services.region.clone().map(Region::new);
        let region = match named {
            Some(region) => Some(region),
            None => EnvironmentVariableRegionProvider::new().region().await,
        };
        let line = Line {
            http: http_client(),
            region: region.unwrap_or_else(|| Region::from_static(crate::s3::USUAL_REGION)),
            services,
            vault,
        };
        let way: Box<dyn Way> = match choice.clone() {
            SignIn::Chain => Box::new(Standing::new(Source::Chain)),
            SignIn::Profile { name } => Box::new(Standing::new(Source::Profile(name))),
            SignIn::Machine => Box::new(Standing::new(Source::Machine)),
            SignIn::Keys { id: None } => Box::new(Standing::new(Source::Environment)),
            SignIn::Keys { id: Some(id) } => Box::new(KeptKeys { id }),
            SignIn::IdentityCenter(of) => Box::new(Center { of }),
            SignIn::Role(of) => Box::new(Taken::new(of)),
            SignIn::Cognito(of) => Box::new(Pool { of }),
        };
        Ok(Self(Arc::new(Inner {
            choice,
            line,
            way,
            held: Mutex::default(),
            renewal: Semaphore::new(1),
        })))
    }

    /// The choice it was made of.
    pub fn choice(&self) -> &SignIn {
        &self.0.choice
    }

    /// Signs in, asking the person through `prompter` for what it takes; ends when it is dropped. What one was signed in as
    /// before stays in force until this is done.
    ///
    /// # Errors
    /// [`SignInError`] says who refused, or that nobody answered.
    pub async fn sign_in(&self, prompter: &dyn Prompter) -> Result<(), SignInError> {
        let inner = &*self.0;
        let _one = inner.alone().await?;
        let credentials = inner.way.sign_in(&inner.line, prompter).await?;
        inner.hold(Some(credentials));
        Ok(())
    }

    /// Signs out: what this holds is forgotten here, and ended at the service where that is possible.
    ///
    /// # Errors
    /// When the vault cannot be changed. A service that does not answer is logged: what was kept here is gone all the same.
    pub async fn sign_out(&self) -> Result<(), SignInError> {
        let inner = &*self.0;
        let _one = inner.alone().await?;
        inner.hold(None);
        inner.way.sign_out(&inner.line).await
    }

    /// Who one is, without asking the person. Signed in at AWS it is what IAM can compare with a key; where `place` is a store
    /// of somebody else, which no token service of AWS's speaks for, it is the access key's id.
    ///
    /// # Errors
    /// [`SignInError::NotYet`] and [`SignInError::Ended`] when a person has to sign in first; trouble with the service.
    pub async fn principal(&self, place: Option<&S3Place>) -> Result<Principal, SignInError> {
        self.named(self.credentials().await?, place).await
    }

    /// Whose credentials these are.
    pub(super) async fn named(
        &self,
        credentials: Credentials,
        place: Option<&S3Place>,
    ) -> Result<Principal, SignInError> {
        let inner = &*self.0;
        let elsewhere = place.is_some_and(|place| place.endpoint_url.is_some());
        let pool = matches!(inner.choice, SignIn::Cognito(_));
        if elsewhere && inner.line.services.roles.is_none() && !pool {
            return Principal::of_key(credentials.access_key_id());
        }
        inner.way.principal(&inner.line, credentials).await
    }

    /// What signs, without asking the person.
    pub(super) async fn credentials(&self) -> Result<Credentials, SignInError> {
        let inner = &*self.0;
        if let Some(held) = inner.held(AHEAD) {
            return Ok(held);
        }
        let _one = inner.alone().await?;
        if let Some(held) = inner.held(AHEAD) {
            return Ok(held);
        }
        match inner.way.renew(&inner.line).await {
            Ok(credentials) => {
                inner.hold(Some(credentials.clone()));
                Ok(credentials)
            }
            Err(error) if error.is_passing() => inner.held(LAST).ok_or(error),
            Err(error) => Err(error),
        }
    }
}

impl Inner {
    /// Held while credentials are renewed or exchanged.
    async fn alone(&self) -> Result<SemaphorePermit<'_>, SignInError> {
        let alone = self.renewal.acquire().await;
        alone.map_err(|_closed| SignInError::Stopped)
    }

    fn held(&self, before_end: Duration) -> Option<Credentials> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.as_ref()?;
        let good = match held.credentials.expiry() {
            Some(end) => SystemTime::now() + before_end < end,
            None => held.since.elapsed() < LOOK_AGAIN,
        };
        good.then(|| held.credentials.clone())
    }

    fn hold(&self, credentials: Option<Credentials>) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        *held = credentials.map(|credentials| Held {
            credentials,
            since: Instant::now(),
        });
    }
}

/// Credentials as the client library asks for them.
pub(super) fn signing<'a>(
    credentials: impl Future<Output = Result<Credentials, SignInError>> + Send + 'a,
) -> future::ProvideCredentials<'a> {
    future::ProvideCredentials::new(async move {
        let found: provider::Result = credentials.await.map_err(SignInError::into_library);
        found
    })
}

impl ProvideCredentials for Badge {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        signing(self.credentials())
    }
}
