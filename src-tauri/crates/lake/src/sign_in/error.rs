use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use vault::VaultError;

use crate::{Cause, PlaceError};

/// Why one is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Nobody has signed in here, or somebody signed out.
    #[error("nobody has signed in yet")]
    NotYet,
    /// It was good for a time, and that is over.
    #[error("the sign-in has ended")]
    Ended,
    /// The person did not confirm in time.
    #[error("the sign-in was not confirmed in time")]
    TooLate,
    /// The person, or whoever decides for them, said no.
    #[error("the sign-in was declined")]
    Declined,
    /// A person has to answer, and nobody is there to be asked.
    #[error("a person has to sign in, and nobody is there to be asked")]
    Unattended,
    /// A choice that cannot work.
    #[error("this sign-in cannot work: {0}")]
    Unfit(&'static str),
    /// An address that secrets may not be sent to.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The secret could not be kept or found.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// No credentials where AWS's own tools look for them.
    #[error("AWS's own configuration gives no credentials")]
    Standing(#[source] CredentialsError),
    /// The service cannot be reached.
    #[error("the sign-in service cannot be reached")]
    Offline(#[source] Cause),
    /// The service asks to wait.
    #[error("the sign-in service is busy and asks to wait")]
    Busy(#[source] Cause),
    /// The service said no.
    #[error("not allowed to {action}: {code}")]
    Refused {
        /// What was asked for.
        action: &'static str,
        /// The service's own code.
        code: String,
        /// What it said.
        #[source]
        source: Cause,
    },
    /// An answer that is none.
    #[error("the sign-in service answered {0}")]
    Answer(&'static str),
    /// The browser's answer cannot be waited for.
    #[error("port {port} of this machine, where the browser's answer comes in, cannot be used")]
    Door {
        /// Which.
        port: u16,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Somebody else is signed in than the one whose desk this is.
    #[error("signed in as {now}, and this is the desk of {opened_by}")]
    SomebodyElse {
        /// Who signs now.
        now: String,
        /// Whose desk it is.
        opened_by: String,
    },
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    Chance(#[source] getrandom::Error),
    /// The runtime is shutting down.
    #[error("the sign-in was stopped")]
    Stopped,
}

impl SignInError {
    /// Whether the same may go well later without anybody doing anything.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Offline(_) | Self::Busy(_))
    }

    /// As the client library takes it.
    pub(super) fn into_library(self) -> CredentialsError {
        match self {
            Self::Standing(error) => error,
            other => CredentialsError::provider_error(other),
        }
    }

    /// What AWS's own providers said. One that could not get through is offline; one that found nothing is not.
    pub(super) fn of_standing(error: CredentialsError) -> Self {
        let unreached = matches!(
            error,
            CredentialsError::ProviderError(_) | CredentialsError::ProviderTimedOut(_)
        ) && (matches!(error, CredentialsError::ProviderTimedOut(_))
            || cause::<ConnectorError>(&error).is_some());
        if unreached {
            Self::Offline(Box::new(error))
        } else {
            Self::Standing(error)
        }
    }

    /// What a service said while `action` was asked of it.
    pub(super) fn of_service<E>(action: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let code = error
            .as_service_error()
            .and_then(ProvideErrorMetadata::code)
            .unwrap_or_default()
            .to_owned();
        match (&error, status) {
            (SdkError::ServiceError(_), Some(429 | 500..)) => Self::Busy(Box::new(error)),
            (SdkError::ServiceError(_), _)
                if code.contains("Throttl") || code == "TooManyRequestsException" =>
            {
                Self::Busy(Box::new(error))
            }
            (SdkError::ServiceError(_), _) => Self::Refused {
                action,
                code,
                source: Box::new(error),
            },
            _ => Self::Offline(Box::new(error)),
        }
    }
}

/// The first cause of this type, `error` itself included.
pub(crate) fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
