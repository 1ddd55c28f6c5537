//! Cognito: the person signs in at the user pool in a browser of this machine (authorisation code with PKCE), and the identity
//! pool gives credentials for the token that comes of it.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_cognitoidentity::operation::get_credentials_for_identity::GetCredentialsForIdentityError;
use aws_sdk_s3::config::Credentials;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    Cognito, Errand, Pin, Principal, Prompter, SignInError,
    badge::Way,
    door::Door,
    form::{Answer, encoded, post},
    line::Line,
    token::Token,
};

/// As long as Cognito's own page waits.
const PATIENCE: Duration = Duration::from_secs(600);
const SCOPES: &str = "openid email profile";

pub struct Pool {
    pub of: Cognito,
}

/// What lies in the vault.
#[derive(Serialize, Deserialize)]
struct Kept {
    refresh: Token,
    /// The identity pool's id of this person, which names them in the lake.
    identity: String,
    /// For people.
    name: String,
}

/// What the token endpoint gives.
#[derive(Deserialize)]
struct Tokens {
    id_token: Token,
    refresh_token: Option<Token>,
}

#[derive(Deserialize)]
struct Complaint {
    error: String,
}

/// What the pool says of a person. It came over TLS from the pool itself, for which OpenID Connect asks no look at the signature;
/// the identity pool looks at it anyway.
#[derive(Deserialize)]
struct Claims {
    aud: String,
    iss: String,
    token_use: String,
    nonce: Option<String>,
    email: Option<String>,
    #[serde(rename = "cognito:username")]
    username: Option<String>,
    sub: String,
}

impl Claims {
    fn of(token: &Token) -> Result<Self, SignInError> {
        let unreadable = || SignInError::Answer("with a token that does not read");
        let middle = token.as_str().split('.').nth(1).ok_or_else(unreadable)?;
        let bytes = base64_simd::URL_SAFE_NO_PAD
            .decode_to_vec(middle)
            .map_err(|_not_base64| unreadable())?;
        serde_json::from_slice(&bytes).map_err(|_not_claims| unreadable())
    }

    fn name(&self) -> &str {
        let readable = self.email.as_deref().or(self.username.as_deref());
        readable.unwrap_or(&self.sub)
    }
}

/// Letters that nobody can guess.
fn chance() -> Result<String, SignInError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(SignInError::Chance)?;
    Ok(base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes))
}

/// What is sent ahead of the verifier; RFC 7636, S256.
fn challenge(verifier: &str) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(Sha256::digest(verifier.as_bytes()))
}

impl Pool {
    fn name(&self) -> String {
        format!("cognito {} {}", self.of.domain, self.of.client)
    }

    fn region(&self) -> &str {
        self.of.region().unwrap_or_default()
    }

    fn origin(&self) -> &str {
        self.of.domain.trim_end_matches('/')
    }

    /// The user pool as the identity pool names it.
    fn provider(&self) -> String {
        let end = if self.region().starts_with("cn-") {
            ".cn"
        } else {
            ""
        };
        format!(
            "cognito-idp.{}.amazonaws.com{end}/{}",
            self.region(),
            self.of.user_pool
        )
    }

    fn identities(&self, line: &Line) -> aws_sdk_cognitoidentity::Client {
        let region = self.of.identity_pool.split(':').next();
        let config = line.config(region, line.services.identities.as_ref(), None);
        aws_sdk_cognitoidentity::Client::new(&config)
    }

    fn read(&self, answer: &Answer) -> Result<Tokens, SignInError> {
        if answer.status == 200 {
            return serde_json::from_slice(&answer.body)
                .map_err(|_not_tokens| SignInError::Answer("without tokens"));
        }
        let complaint: Option<Complaint> = serde_json::from_slice(&answer.body).ok();
        let code = complaint.map(|complaint| complaint.error).unwrap_or_default();
        let said = || std::io::Error::other(format!("status {}", answer.status));
        match (answer.status, code.as_str()) {
            (429 | 500.., _) => Err(SignInError::Busy(Box::new(said()))),
            (_, "invalid_grant") => Err(SignInError::Ended),
            _ => Err(SignInError::Refused {
                action: "sign in at the user pool",
                code,
                source: Box::new(said()),
            }),
        }
    }

    /// The token has to be for us, from this pool, and where we asked for one just now the answer to that.
    fn check(&self, claims: &Claims, nonce: Option<&str>) -> Result<(), SignInError> {
        let ours = claims.aud == self.of.client
            && claims.iss == format!("https://{}", self.provider())
            && claims.token_use == "id";
        let fresh = nonce.is_none_or(|nonce| claims.nonce.as_deref() == Some(nonce));
        if ours && fresh {
            Ok(())
        } else {
            Err(SignInError::Answer(
                "with a token that was made for somebody else",
            ))
        }
    }

    async fn credentials(
        &self,
        line: &Line,
        identity: &str,
        id_token: &Token,
    ) -> Result<Credentials, SignInError> {
        let asked = self
            .identities(line)
            .get_credentials_for_identity()
            .identity_id(identity)
            .logins(self.provider(), id_token.as_str());
        let answer = asked
            .send()
            .await
            .map_err(|error| match error.as_service_error() {
                Some(GetCredentialsForIdentityError::NotAuthorizedException(_)) => SignInError::Ended,
                _ => SignInError::of_service("get credentials of the identity pool", error),
            })?;
        let incomplete = || SignInError::Answer("an identity without its credentials");
        let given = answer.credentials.ok_or_else(incomplete)?;
        Ok(Credentials::new(
            given.access_key_id.ok_or_else(incomplete)?,
            given.secret_key.ok_or_else(incomplete)?,
            Some(given.session_token.ok_or_else(incomplete)?),
            given.expiration.and_then(|end| end.try_into().ok()),
            "cognito",
        ))
    }

    /// The tokens for the browser's code.
    async fn exchange(
        &self,
        line: &Line,
        code: &str,
        verifier: &Token,
        back: &str,
    ) -> Result<Tokens, SignInError> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", &*self.of.client),
            ("code", code),
            ("redirect_uri", back),
            ("code_verifier", verifier.as_str()),
        ];
        self.read(&post(&line.http, self.origin(), "/oauth2/token", &fields).await?)
    }
}

#[async_trait]
impl Way for Pool {
    async fn renew(&self, line: &Line) -> Result<Credentials, SignInError> {
        let kept: Kept = line.recall(&self.name()).await?.ok_or(SignInError::NotYet)?;
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", &*self.of.client),
            ("refresh_token", kept.refresh.as_str()),
        ];
        let tokens = self.read(&post(&line.http, self.origin(), "/oauth2/token", &fields).await?)?;
        self.check(&Claims::of(&tokens.id_token)?, None)?;
        // A pool may give a new one with each use of the old.
        if let Some(refresh) = tokens.refresh_token.filter(|new| *new != kept.refresh) {
            let (identity, name) = (kept.identity.clone(), kept.name.clone());
            let new = Kept {
                refresh,
                identity,
                name,
            };
            line.keep(&self.name(), &new).await?;
        }
        self.credentials(line, &kept.identity, &tokens.id_token).await
    }

    async fn sign_in(&self, line: &Line, prompter: &dyn Prompter) -> Result<Credentials, SignInError> {
        let door = Door::open(self.of.port).await?;
        let back = door.address();
        let (state, nonce) = (chance()?, chance()?);
        let verifier = Token::from(chance()?);
        let query = encoded(&[
            ("response_type", "code"),
            ("client_id", &self.of.client),
            ("redirect_uri", &back),
            ("scope", SCOPES),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge(verifier.as_str())),
            ("code_challenge_method", "S256"),
        ]);
        let page = format!("{}/oauth2/authorize?{query}", self.origin());
        prompter
            .send(Errand::Page {
                page,
                holds: PATIENCE,
            })
            .await?;
        let code = match tokio::time::timeout(PATIENCE, door.code(&state)).await {
            Ok(code) => Token::from(code?),
            Err(_over) => return Err(SignInError::TooLate),
        };
        let tokens = self.exchange(line, code.as_str(), &verifier, &back).await?;
        let claims = Claims::of(&tokens.id_token)?;
        self.check(&claims, Some(&nonce))?;
        let refresh = tokens
            .refresh_token
            .ok_or(SignInError::Answer("without a token to renew the sign-in with"))?;
        let asked = self
            .identities(line)
            .get_id()
            .identity_pool_id(&self.of.identity_pool)
            .logins(self.provider(), tokens.id_token.as_str());
        let identity = asked
            .send()
            .await
            .map_err(|error| SignInError::of_service("be known to the identity pool", error))?
            .identity_id
            .ok_or(SignInError::Answer("without an identity"))?;
        let credentials = self.credentials(line, &identity, &tokens.id_token).await?;
        let kept = Kept {
            refresh,
            identity,
            name: claims.name().to_owned(),
        };
        line.keep(&self.name(), &kept).await?;
        Ok(credentials)
    }

    async fn sign_out(&self, line: &Line) -> Result<(), SignInError> {
        let kept: Option<Kept> = line.recall(&self.name()).await?;
        line.forget(&self.name()).await?;
        if let Some(kept) = kept {
            let fields = [("token", kept.refresh.as_str()), ("client_id", &self.of.client)];
            match post(&line.http, self.origin(), "/oauth2/revoke", &fields).await {
                Ok(answer) if answer.status == 200 => {}
                Ok(answer) => tracing::warn!(answer.status, "the user pool did not end the sign-in"),
                Err(error) => tracing::warn!(%error, "the user pool was not told of the sign-out"),
            }
        }
        Ok(())
    }

    /// The identity's id: `aws:userid` is the same for everybody who comes through one pool.
    async fn principal(&self, line: &Line, _: Credentials) -> Result<Principal, SignInError> {
        let kept: Kept = line.recall(&self.name()).await?.ok_or(SignInError::NotYet)?;
        Principal {
            id: kept.identity,
            name: kept.name,
            arn: None,
            pin: Pin::CognitoIdentity,
        }
        .checked()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    #[test]
    fn the_challenge_is_the_standards() {
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
        let verifier = chance().unwrap();
        assert_eq!(verifier.len(), 43);
        assert_ne!(verifier, chance().unwrap());
    }
}
