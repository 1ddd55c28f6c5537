//! A role, taken with what the environment or a profile holds, and where it asks so with a code from a device.

use std::time::SystemTime;

use async_trait::async_trait;
use aws_sdk_s3::config::Credentials;
use serde::{Deserialize, Serialize};
use vault::ExposeSecret as _;

use super::{
    Principal, Prompter, Question, Role, SignInError,
    badge::Way,
    line::{Line, now_secs},
    principal::session_of,
    standing::{Source, Standing},
    token::Token,
};

/// A kept session that ends sooner than this is not worth using.
const AHEAD_SECS: u64 = 60;

pub struct Taken {
    of: Role,
    with: Standing,
}

/// What lies in the vault, so that a new start does not ask for a code again.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: String,
    secret: Token,
    session: Token,
    until_secs: u64,
}

impl Kept {
    fn credentials(&self) -> Credentials {
        let end = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(self.until_secs);
        Credentials::new(
            &self.id,
            self.secret.as_str(),
            Some(self.session.as_str().to_owned()),
            Some(end),
            "role",
        )
    }
}

impl Taken {
    pub fn new(of: Role) -> Self {
        let source = of.profile.clone().map_or(Source::Chain, Source::Profile);
        Self {
            of,
            with: Standing::new(source),
        }
    }

    fn name(&self) -> String {
        let with = self.of.profile.as_deref().unwrap_or_default();
        format!("role {} with {with}", self.of.arn)
    }

    /// The session bears the name of whoever takes the role, never one that was typed: a trust policy can demand exactly that
    /// (`sts:RoleSessionName` = `${aws:username}`), and the name is part of `aws:userid`.
    async fn take(&self, line: &Line, code: Option<&str>) -> Result<Kept, SignInError> {
        let own = self.with.credentials(line).await?;
        let taker = Principal::of_signer(line, own.clone()).await?;
        let session = taker.arn.as_deref().and_then(session_of).unwrap_or(&taker.name);
        let config = line.config(None, line.services.roles.as_ref(), Some(own));
        let answer = aws_sdk_sts::Client::new(&config)
            .assume_role()
            .role_arn(&self.of.arn)
            .role_session_name(session)
            .set_external_id(self.of.external_id.clone())
            .set_duration_seconds(self.of.session_secs.and_then(|secs| i32::try_from(secs).ok()))
            .set_serial_number(code.and(self.of.mfa.clone()))
            .set_token_code(code.map(str::to_owned))
            .send()
            .await
            .map_err(|error| SignInError::of_service("take the role", error))?;
        let given = answer
            .credentials
            .ok_or(SignInError::Answer("a role without its credentials"))?;
        Ok(Kept {
            id: given.access_key_id,
            secret: given.secret_access_key.into(),
            session: given.session_token.into(),
            until_secs: u64::try_from(given.expiration.secs()).unwrap_or_default(),
        })
    }
}

#[async_trait]
impl Way for Taken {
    async fn renew(&self, line: &Line) -> Result<Credentials, SignInError> {
        if self.of.mfa.is_none() {
            return Ok(self.take(line, None).await?.credentials());
        }
        let kept: Kept = line.recall(&self.name()).await?.ok_or(SignInError::NotYet)?;
        if kept.until_secs <= now_secs() + AHEAD_SECS {
            return Err(SignInError::Ended);
        }
        Ok(kept.credentials())
    }

    async fn sign_in(&self, line: &Line, prompter: &dyn Prompter) -> Result<Credentials, SignInError> {
        let Some(device) = self.of.mfa.clone() else {
            return self.renew(line).await;
        };
        let code = prompter.ask(Question::DeviceCode { device }).await?;
        let digits = code.expose_secret().trim();
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SignInError::Unfit("the device shows six digits"));
        }
        let kept = self.take(line, Some(digits)).await?;
        line.keep(&self.name(), &kept).await?;
        Ok(kept.credentials())
    }

    async fn sign_out(&self, line: &Line) -> Result<(), SignInError> {
        line.forget(&self.name()).await
    }
}
