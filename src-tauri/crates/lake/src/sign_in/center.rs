//! IAM Identity Center: a code is shown here and confirmed in a browser anywhere; what comes of it is a token, and the token
//! gives the role's credentials.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::config::Credentials;
use aws_sdk_sso::operation::get_role_credentials::GetRoleCredentialsError;
use aws_sdk_ssooidc::operation::create_token::{CreateTokenError, CreateTokenOutput};
use aws_smithy_types::DateTime;
use serde::{Deserialize, Serialize};

use super::{
    Errand, IdentityCenter, Prompter, SignInError,
    badge::Way,
    line::{Line, now_secs},
    token::Token,
};
use crate::s3::check_address;

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const REFRESH: &str = "refresh_token";
/// What the token may be used for: giving the accounts' roles.
const SCOPE: &str = "sso:account:access";
/// Asked so often when the service does not say; RFC 8628.
const USUAL_PAUSE_SECS: i32 = 5;
/// Added when the service asks to slow down; RFC 8628.
const SLOWER: Duration = Duration::from_secs(5);
/// A token is renewed so long before its end.
const AHEAD_SECS: u64 = 60;

pub struct Center {
    pub of: IdentityCenter,
}

/// What lies in the vault, for every account and role of one portal.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    client: Client,
    access: Token,
    refresh: Option<Token>,
    until_secs: u64,
}

/// This program, as the portal knows it.
#[derive(Clone, Serialize, Deserialize)]
struct Client {
    id: String,
    secret: Token,
    until_secs: u64,
}

impl Kept {
    fn new(
        client: Client,
        answer: CreateTokenOutput,
        refresh_before: Option<Token>,
    ) -> Result<Self, SignInError> {
        let access = answer
            .access_token
            .ok_or(SignInError::Answer("without a token"))?;
        let holds = u64::try_from(answer.expires_in).unwrap_or_default();
        Ok(Self {
            client,
            access: access.into(),
            refresh: answer.refresh_token.map(Token::from).or(refresh_before),
            until_secs: now_secs() + holds,
        })
    }
}

impl Center {
    /// One for all accounts and roles of the portal: who confirmed once is signed in to all of them.
    fn name(&self) -> String {
        format!("identity-center {} {}", self.of.region, self.of.start_url)
    }

    fn tokens(&self, line: &Line) -> aws_sdk_ssooidc::Client {
        let elsewhere = line.services.center_tokens.as_ref();
        aws_sdk_ssooidc::Client::new(&line.config(Some(&self.of.region), elsewhere, None))
    }

    fn portal(&self, line: &Line) -> aws_sdk_sso::Client {
        let elsewhere = line.services.center_portal.as_ref();
        aws_sdk_sso::Client::new(&line.config(Some(&self.of.region), elsewhere, None))
    }

    async fn register(&self, line: &Line) -> Result<Client, SignInError> {
        let answer = self
            .tokens(line)
            .register_client()
            .client_name("Circle Take")
            .client_type("public")
            .scopes(SCOPE)
            .grant_types(DEVICE)
            .grant_types(REFRESH)
            .send()
            .await
            .map_err(|error| SignInError::of_service("register with the portal", error))?;
        let incomplete = SignInError::Answer("a registration without its parts");
        match (answer.client_id, answer.client_secret) {
            (Some(id), Some(secret)) => Ok(Client {
                id,
                secret: secret.into(),
                until_secs: u64::try_from(answer.client_secret_expires_at).unwrap_or_default(),
            }),
            _ => Err(incomplete),
        }
    }

    /// Shows the code and waits until it was confirmed.
    async fn confirmed(
        &self,
        line: &Line,
        client: Client,
        prompter: &dyn Prompter,
    ) -> Result<Kept, SignInError> {
        let tokens = self.tokens(line);
        let began = tokens
            .start_device_authorization()
            .client_id(&client.id)
            .client_secret(client.secret.as_str())
            .start_url(&self.of.start_url)
            .send()
            .await
            .map_err(|error| SignInError::of_service("begin a sign-in", error))?;
        let incomplete = || SignInError::Answer("a sign-in without its parts");
        let device = Token::from(began.device_code.ok_or_else(incomplete)?);
        let page = began.verification_uri.ok_or_else(incomplete)?;
        let code = began.user_code.ok_or_else(incomplete)?;
        // The person types a password there.
        check_address(&page)?;
        let page_with_code = began
            .verification_uri_complete
            .filter(|page| check_address(page).is_ok());
        let holds = Duration::from_secs(u64::try_from(began.expires_in).unwrap_or_default());
        prompter
            .send(Errand::Code {
                page,
                page_with_code,
                code,
                holds,
            })
            .await?;
        let pause = if began.interval > 0 {
            began.interval
        } else {
            USUAL_PAUSE_SECS
        };
        let mut pause = Duration::from_secs(u64::try_from(pause).unwrap_or_default());
        let polling = async {
            loop {
                tokio::time::sleep(pause).await;
                let asked = tokens
                    .create_token()
                    .client_id(&client.id)
                    .client_secret(client.secret.as_str())
                    .grant_type(DEVICE)
                    .device_code(device.as_str());
                let error = match asked.send().await {
                    Ok(answer) => return Kept::new(client, answer, None),
                    Err(error) => error,
                };
                match error.as_service_error() {
                    Some(CreateTokenError::AuthorizationPendingException(_)) => {}
                    Some(CreateTokenError::SlowDownException(_)) => pause += SLOWER,
                    Some(CreateTokenError::ExpiredTokenException(_)) => return Err(SignInError::TooLate),
                    Some(CreateTokenError::AccessDeniedException(_)) => return Err(SignInError::Declined),
                    _ => match SignInError::of_service("sign in", error) {
                        // The person may be walking to another machine; a lost answer is asked for again.
                        passing if passing.is_passing() => {}
                        other => return Err(other),
                    },
                }
            }
        };
        match tokio::time::timeout(holds, polling).await {
            Ok(done) => done,
            Err(_over) => Err(SignInError::TooLate),
        }
    }

    /// A new token for the old one. Another program with the same vault may have been first: then its token is the new one.
    async fn refreshed(&self, line: &Line, kept: Kept) -> Result<Kept, SignInError> {
        let Some(refresh) = kept.refresh.clone() else {
            return Err(SignInError::Ended);
        };
        if kept.client.until_secs <= now_secs() {
            return Err(SignInError::Ended);
        }
        let asked = self
            .tokens(line)
            .create_token()
            .client_id(&kept.client.id)
            .client_secret(kept.client.secret.as_str())
            .grant_type(REFRESH)
            .refresh_token(refresh.as_str());
        match asked.send().await {
            Ok(answer) => {
                let new = Kept::new(kept.client.clone(), answer, Some(refresh))?;
                line.keep(&self.name(), &new).await?;
                Ok(new)
            }
            Err(error) => match error.as_service_error() {
                Some(
                    CreateTokenError::InvalidGrantException(_)
                    | CreateTokenError::ExpiredTokenException(_)
                    | CreateTokenError::AccessDeniedException(_)
                    | CreateTokenError::InvalidClientException(_)
                    | CreateTokenError::UnauthorizedClientException(_),
                ) => {
                    let now: Option<Kept> = line.recall(&self.name()).await?;
                    let newer = now.filter(|now| now.access != kept.access && now.until_secs > now_secs());
                    newer.ok_or(SignInError::Ended)
                }
                _ => Err(SignInError::of_service("renew the sign-in", error)),
            },
        }
    }

    async fn role(&self, line: &Line, access: &Token) -> Result<Option<Credentials>, SignInError> {
        let asked = self
            .portal(line)
            .get_role_credentials()
            .access_token(access.as_str())
            .account_id(&self.of.account)
            .role_name(&self.of.role);
        let answer = match asked.send().await {
            Ok(answer) => answer,
            Err(error) => {
                return match error.as_service_error() {
                    Some(GetRoleCredentialsError::UnauthorizedException(_)) => Ok(None),
                    _ => Err(SignInError::of_service("take this role of the account", error)),
                };
            }
        };
        let incomplete = SignInError::Answer("a role without its credentials");
        let given = answer.role_credentials.ok_or(incomplete)?;
        let incomplete = || SignInError::Answer("a role without its credentials");
        let end = DateTime::from_millis(given.expiration);
        Ok(Some(Credentials::new(
            given.access_key_id.ok_or_else(incomplete)?,
            given.secret_access_key.ok_or_else(incomplete)?,
            given.session_token,
            end.try_into().ok(),
            "identity-center",
        )))
    }
}

#[async_trait]
impl Way for Center {
    async fn renew(&self, line: &Line) -> Result<Credentials, SignInError> {
        let mut kept: Kept = line.recall(&self.name()).await?.ok_or(SignInError::NotYet)?;
        let mut renewed = false;
        if kept.until_secs <= now_secs() + AHEAD_SECS {
            kept = self.refreshed(line, kept).await?;
            renewed = true;
        }
        if let Some(credentials) = self.role(line, &kept.access).await? {
            return Ok(credentials);
        }
        if renewed {
            return Err(SignInError::Ended);
        }
        // Ended at the portal before its time.
        let kept = self.refreshed(line, kept).await?;
        self.role(line, &kept.access).await?.ok_or(SignInError::Ended)
    }

    async fn sign_in(&self, line: &Line, prompter: &dyn Prompter) -> Result<Credentials, SignInError> {
        let before: Option<Kept> = line.recall(&self.name()).await?;
        let known = before
            .map(|kept| kept.client)
            .filter(|client| client.until_secs > now_secs() + AHEAD_SECS);
        let client = match known {
            Some(client) => client,
            None => self.register(line).await?,
        };
        let kept = self.confirmed(line, client, prompter).await?;
        line.keep(&self.name(), &kept).await?;
        self.role(line, &kept.access).await?.ok_or(SignInError::Ended)
    }

    async fn sign_out(&self, line: &Line) -> Result<(), SignInError> {
        let kept: Option<Kept> = line.recall(&self.name()).await?;
        line.forget(&self.name()).await?;
        if let Some(kept) = kept {
            let told = self
                .portal(line)
                .logout()
                .access_token(kept.access.as_str())
                .send()
                .await;
            if let Err(error) = told {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the portal was not told of the sign-out"
                );
            }
        }
        Ok(())
    }
}
