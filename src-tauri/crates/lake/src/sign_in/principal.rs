//! How a person is named in the lake: by what IAM itself can compare with a key.

use serde::{Deserialize, Serialize};

use super::{SignInError, line::Line};
use crate::Key;

/// With which policy variable a store can hold a principal to its own prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pin {
    /// `${aws:userid}`.
    UserId,
    /// `${cognito-identity.amazonaws.com:sub}`.
    CognitoIdentity,
    /// None: the store is not AWS's, and nobody vouches for the name.
    Nobody,
}

/// Who one is to a lake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The segment of the lake's keys: `aws:userid`, or a Cognito identity's id.
    pub id: String,
    /// For people: a session's or user's name.
    pub name: String,
    /// The ARN, where the store knows one.
    pub arn: Option<String>,
    /// What can hold it to its prefix.
    pub pin: Pin,
}

impl Principal {
    /// What the token service says of whoever signs. It is the value of `aws:userid`, and asking needs no permission.
    pub(super) async fn of_signer(
        line: &Line,
        credentials: aws_sdk_s3::config::Credentials,
    ) -> Result<Self, SignInError> {
        let config = line.config(None, line.services.roles.as_ref(), Some(credentials));
        let client = aws_sdk_sts::Client::new(&config);
        let who = client
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| SignInError::of_service("ask who this is", error))?;
        let id = who.user_id.ok_or(SignInError::Answer("without a user's id"))?;
        let arn = who.arn.ok_or(SignInError::Answer("without an ARN"))?;
        let name = session_of(&arn).unwrap_or(&id).to_owned();
        Self {
            id,
            name,
            arn: Some(arn),
            pin: Pin::UserId,
        }
        .checked()
    }

    /// Somebody known to a store by an access key alone.
    pub(super) fn of_key(id: &str) -> Result<Self, SignInError> {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            arn: None,
            pin: Pin::Nobody,
        }
        .checked()
    }

    /// It becomes one segment of keys, so it must not reach out of it.
    pub(super) fn checked(self) -> Result<Self, SignInError> {
        match Key::of(&[&self.id]) {
            Ok(_) => Ok(self),
            Err(_no_segment) => Err(SignInError::Answer("with a name that cannot stand in a key")),
        }
    }
}

/// What stands last in an ARN: the user's or the session's name.
pub(super) fn session_of(arn: &str) -> Option<&str> {
    arn.rsplit_once('/')
        .map(|(_, name)| name)
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_named_by_what_stands_last() {
        for (arn, name) in [
            (
                "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Editor_0/anna@example.org",
                Some("anna@example.org"),
            ),
            ("arn:aws:iam::111122223333:user/crew/anna", Some("anna")),
            (
                "arn:aws:sts::111122223333:assumed-role/Worker/i-0123456789abcdef0",
                Some("i-0123456789abcdef0"),
            ),
            ("arn:aws:iam::111122223333:root", None),
        ] {
            assert_eq!(session_of(arn), name, "{arn}");
        }
    }

    #[test]
    fn a_name_stays_one_segment_of_a_key() {
        for id in [
            "AROAEXAMPLE:anna@example.org",
            "AIDAEXAMPLE",
            "eu-west-1:11111111-2222-3333-4444-555555555555",
        ] {
            Principal::of_key(id).unwrap();
        }
        for id in ["", "..", "a/b", "a\\b", "a\nb"] {
            assert!(Principal::of_key(id).is_err(), "{id:?}");
        }
    }
}
