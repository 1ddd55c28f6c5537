//! What the service says, sorted by what can be done about it.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    primitives::ByteStreamError,
};

use crate::{Cause, Key, KeyError, LakeError, SignInError, sign_in::cause};

/// What was tried, for the error of it.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    pub action: &'static str,
    pub bucket: &'a str,
    pub key: Option<&'a Key>,
}

/// Codes of a sign-in that is missing, over or wrong.
const SIGN_IN: [&str; 9] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidToken",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "RequestTimeTooSkewed",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
];

/// Codes that ask to wait; the service's own trouble (500) is one to wait for as well.
const BUSY: [&str; 8] = [
    "SlowDown",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "InternalError",
    "RequestTimeout",
];

/// The status of the answer, if there was one.
pub fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

/// The service's code, if it said one.
pub fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// An error of ours for one of the client library.
pub fn sorted<E>(attempt: Attempt<'_>, error: SdkError<E, HttpResponse>) -> LakeError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    if let Some(missing) = cause::<CredentialsError>(&error) {
        return match cause::<SignInError>(missing) {
            Some(SignInError::Offline(_)) => LakeError::Offline(Box::new(error)),
            Some(SignInError::Busy(_)) => LakeError::Busy(Box::new(error)),
            _ => LakeError::SignIn(Box::new(error)),
        };
    }
    match &error {
        SdkError::ServiceError(_) => of_service(attempt, error),
        // No answer, or one that broke off.
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
            LakeError::Offline(Box::new(error))
        }
        _ => LakeError::Service {
            action: attempt.action,
            code: "the request could not be made".to_owned(),
            source: Box::new(error),
        },
    }
}

/// The same for a service beside the store, whose answers say nothing of the bucket.
pub fn service_error<E>(action: &'static str, error: SdkError<E, HttpResponse>) -> LakeError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let attempt = Attempt {
        action,
        bucket: "",
        key: None,
    };
    match sorted(attempt, error) {
        LakeError::NoBucket { source, .. } => refused(attempt, "it is not there".to_owned(), source),
        error => error,
    }
}

fn of_service<E>(attempt: Attempt<'_>, error: SdkError<E, HttpResponse>) -> LakeError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let status = status(&error).unwrap_or_default();
    // The answer to a HEAD has no body and so no code.
    let code = code(&error).unwrap_or_default().to_owned();
    let said = code.as_str();
    match (said, status) {
        ("NoSuchBucket", _) => LakeError::NoBucket {
            bucket: attempt.bucket.to_owned(),
            source: Box::new(error),
        },
        ("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException", _)
        | (_, 301 | 307) => LakeError::Region {
            bucket: attempt.bucket.to_owned(),
            region: region_of(&error),
        },
        ("NotImplemented", _) => LakeError::Unsupported(attempt.action),
        // With the lake's prefix before it.
        ("KeyTooLongError", _) => LakeError::Key(KeyError::TooLong(
            attempt.key.map(|key| key.as_str().len()).unwrap_or_default(),
        )),
        ("InvalidObjectState", _) if attempt.key.is_some() => match attempt.key {
            Some(key) => LakeError::Archived(key.clone()),
            None => refused(attempt, code, error),
        },
        _ if SIGN_IN.contains(&said) => LakeError::SignIn(Box::new(error)),
        _ if BUSY.contains(&said) || matches!(status, 429 | 500 | 502 | 503 | 504) => {
            LakeError::Busy(Box::new(error))
        }
        ("AccessDenied" | "AllAccessDisabled" | "AccountProblem", _) | (_, 401 | 403) => {
            LakeError::Forbidden {
                action: attempt.action,
                key: attempt.key.cloned(),
                source: Box::new(error),
            }
        }
        ("NoSuchKey" | "NotFound" | "", 404) => match attempt.key {
            Some(key) => LakeError::NotFound(key.clone()),
            None => LakeError::NoBucket {
                bucket: attempt.bucket.to_owned(),
                source: Box::new(error),
            },
        },
        _ => refused(attempt, code, error),
    }
}

fn refused(attempt: Attempt<'_>, code: String, error: impl Into<Cause>) -> LakeError {
    LakeError::Service {
        action: attempt.action,
        code,
        source: error.into(),
    }
}

fn region_of<E>(error: &SdkError<E, HttpResponse>) -> Option<String> {
    let response = error.raw_response()?;
    response.headers().get("x-amz-bucket-region").map(str::to_owned)
}

/// A body that broke off, or whose bytes are not those that were sent.
pub fn of_body(key: &Key, error: &ByteStreamError) -> LakeError {
    tracing::debug!(%key, error = error as &dyn Error, "a body broke off");
    LakeError::Broken(key.clone())
}
