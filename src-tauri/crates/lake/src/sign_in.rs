//! Who one is to a lake, and what signs the requests. [`SignIn`] is the choice, which holds no secret and may be written
//! anywhere; a [`Badge`] is that choice at work. Secrets lie in a [`vault::Vault`] and in memory, nowhere else.

mod badge;
mod center;
mod cognito;
mod door;
mod error;
mod form;
mod keys;
mod line;
mod personal;
mod principal;
mod profiles;
mod prompter;
mod role;
mod standing;
mod token;

use serde::{Deserialize, Serialize};

pub use self::badge::Badge;
pub use self::error::SignInError;
pub use self::personal::PersonalBadge;
pub use self::principal::{Pin, Principal};
pub use self::profiles::profiles;
pub use self::prompter::{Errand, Prompter, Question, Unattended};
pub(crate) use self::{error::cause, standing::http_client};
use crate::{PlaceError, s3::check_address};

/// How one signs in to a lake.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SignIn {
    /// Whatever AWS's own tools find: environment, profile, container, machine.
    #[default]
    Chain,
    /// A profile of AWS's own configuration files.
    Profile {
        /// Its name.
        name: String,
    },
    /// IAM Identity Center: a code is confirmed in any browser.
    IdentityCenter(IdentityCenter),
    /// A role, taken with what the environment or a profile holds, and where it asks so with a code from a device.
    Role(Role),
    /// The role of the EC2 machine this runs on.
    Machine,
    /// A Cognito user pool, through the browser of this machine, and the identity pool behind it.
    Cognito(Cognito),
    /// Long-lived keys: those in `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or ones whose secret lies in the vault.
    Keys {
        /// The access key's id, when the secret lies in the vault; none for the environment's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
}

/// A portal of IAM Identity Center and what to be there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityCenter {
    /// The portal, for example `https://d-1234567890.awsapps.com/start`.
    pub start_url: String,
    /// The region the portal lives in.
    pub region: String,
    /// The account, twelve digits.
    pub account: String,
    /// The permission set's name there.
    pub role: String,
}

/// A role and with what it is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The role.
    pub arn: String,
    /// The profile whose credentials take it; AWS's own chain when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The device whose code is asked for: its serial number or ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa: Option<String>,
    /// What the role's owner agreed on with those who take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Seconds until the role has to be taken again, 900 to 43200; AWS's hour when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_secs: Option<u32>,
}

/// A user pool, its app client, and the identity pool that gives credentials for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cognito {
    /// Where people sign in, for example `https://studio.auth.eu-west-1.amazoncognito.com`.
    pub domain: String,
    /// The app client's id. It is a public client: it has no secret.
    pub client: String,
    /// The user pool, for example `eu-west-1_AbCdEfGhI`.
    pub user_pool: String,
    /// The identity pool, for example `eu-west-1:11111111-2222-3333-4444-555555555555`.
    pub identity_pool: String,
    /// The port of `http://localhost:PORT/circletake`, which has to be among the app client's callback URLs, because Cognito compares
    /// it to the letter.
    #[serde(default = "usual_port")]
    pub port: u16,
}

/// A port that nothing is registered for.
const fn usual_port() -> u16 {
    47_815
}

impl Cognito {
    /// The port when nobody says another.
    pub const USUAL_PORT: u16 = usual_port();

    /// The region that the user pool's name begins with.
    fn region(&self) -> Option<&str> {
        self.user_pool.split_once('_').map(|(region, _)| region)
    }
}

/// Where the services are that a sign-in asks, when they are not AWS's own: other partitions' private endpoints, tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Services {
    /// The region that is asked where the sign-in itself names none; the lake's.
    pub region: Option<String>,
    /// IAM Identity Center's token service.
    pub center_tokens: Option<String>,
    /// IAM Identity Center's portal.
    pub center_portal: Option<String>,
    /// The token service that gives roles and says who one is.
    pub roles: Option<String>,
    /// Cognito's identity pools.
    pub identities: Option<String>,
    /// The machine's own metadata.
    pub machine: Option<String>,
}

impl Services {
    /// Where the environment says they are, in the variables that AWS's own tools read (`AWS_ENDPOINT_URL_STS` and so on).
    pub fn of_environment() -> Self {
        let named = |name: &str| std::env::var(name).ok().filter(|url| !url.is_empty());
        Self {
            region: None,
            center_tokens: named("AWS_ENDPOINT_URL_SSO_OIDC"),
            center_portal: named("AWS_ENDPOINT_URL_SSO"),
            roles: named("AWS_ENDPOINT_URL_STS"),
            identities: named("AWS_ENDPOINT_URL_COGNITO_IDENTITY"),
            machine: None,
        }
    }

    /// Each of them is sent something that others must not read.
    fn check(&self) -> Result<(), PlaceError> {
        let all = [
            &self.center_tokens,
            &self.center_portal,
            &self.roles,
            &self.identities,
            &self.machine,
        ];
        all.into_iter().flatten().try_for_each(|url| check_address(url))
    }
}

impl SignIn {
    /// Its name as it is stored and typed.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Profile { .. } => "profile",
            Self::IdentityCenter(_) => "identity-center",
            Self::Role(_) => "role",
            Self::Machine => "machine",
            Self::Cognito(_) => "cognito",
            Self::Keys { .. } => "keys",
        }
    }

    /// Whether a person has to do something before it works: then [`Badge::sign_in`] asks for it.
    pub const fn asks_a_person(&self) -> bool {
        match self {
            Self::IdentityCenter(_) | Self::Cognito(_) => true,
            Self::Role(role) => role.mfa.is_some(),
            Self::Keys { id } => id.is_some(),
            Self::Chain | Self::Profile { .. } | Self::Machine => false,
        }
    }

    /// What a person would otherwise learn only from a refusal far away.
    fn check(&self) -> Result<(), SignInError> {
        match self {
            Self::IdentityCenter(center) => {
                check_address(&center.start_url)?;
                let digits =
                    center.account.len() == 12 && center.account.bytes().all(|byte| byte.is_ascii_digit());
                if !digits {
                    return Err(SignInError::Unfit("an account has twelve digits"));
                }
                if center.region.is_empty() || center.role.is_empty() {
                    return Err(SignInError::Unfit(
                        "the portal's region and a role have to be named",
                    ));
                }
            }
            Self::Role(role) => {
                if !role.arn.starts_with("arn:") {
                    return Err(SignInError::Unfit(
                        "a role is named by its ARN, arn:aws:iam::…:role/…",
                    ));
                }
                if role
                    .session_secs
                    .is_some_and(|secs| !(900..=43_200).contains(&secs))
                {
                    return Err(SignInError::Unfit("a role is taken for 900 to 43200 seconds"));
                }
            }
            Self::Cognito(cognito) => {
                check_address(&cognito.domain)?;
                if cognito.region().is_none() {
                    return Err(SignInError::Unfit(
                        "a user pool is named region_id, as eu-west-1_AbCdEfGhI",
                    ));
                }
                if !cognito.identity_pool.contains(':') {
                    return Err(SignInError::Unfit("an identity pool is named region:id"));
                }
            }
            Self::Chain | Self::Profile { .. } | Self::Machine | Self::Keys { .. } => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn center() -> IdentityCenter {
        IdentityCenter {
            start_url: "https://studio.awsapps.com/start".to_owned(),
            region: "eu-west-1".to_owned(),
            account: "111122223333".to_owned(),
            role: "Editor".to_owned(),
        }
    }

    fn cognito() -> Cognito {
        Cognito {
            domain: "https://studio.auth.eu-west-1.amazoncognito.com".to_owned(),
            client: "abc".to_owned(),
            user_pool: "eu-west-1_AbCdEfGhI".to_owned(),
            identity_pool: "eu-west-1:11111111-2222-3333-4444-555555555555".to_owned(),
            port: Cognito::USUAL_PORT,
        }
    }

    fn role() -> Role {
        Role {
            arn: "arn:aws:iam::111122223333:role/Editor".to_owned(),
            profile: None,
            mfa: Some("arn:aws:iam::111122223333:mfa/anna".to_owned()),
            external_id: None,
            session_secs: None,
        }
    }

    #[test]
    fn a_choice_is_written_and_read_back_by_its_name() {
        for choice in [
            SignIn::Chain,
            SignIn::Profile {
                name: "studio".to_owned(),
            },
            SignIn::IdentityCenter(center()),
            SignIn::Role(role()),
            SignIn::Machine,
            SignIn::Cognito(cognito()),
            SignIn::Keys { id: None },
            SignIn::Keys {
                id: Some("AKIA".to_owned()),
            },
        ] {
            let text = serde_json::to_string(&choice).unwrap();
            assert!(
                text.contains(&format!("\"kind\":\"{}\"", choice.kind())),
                "{text}"
            );
            assert_eq!(serde_json::from_str::<SignIn>(&text).unwrap(), choice);
            choice.check().unwrap();
        }
    }

    #[test]
    fn what_cannot_work_is_refused_before_anything_is_sent() {
        let plain = |url: &str| url.replace("https://", "http://");
        for bad in [
            SignIn::IdentityCenter(IdentityCenter {
                start_url: plain(&center().start_url),
                ..center()
            }),
            SignIn::IdentityCenter(IdentityCenter {
                account: "1111-2222-3333".to_owned(),
                ..center()
            }),
            SignIn::Cognito(Cognito {
                domain: plain(&cognito().domain),
                ..cognito()
            }),
            SignIn::Role(Role {
                session_secs: Some(60),
                ..role()
            }),
            SignIn::Role(Role {
                arn: "Editor".to_owned(),
                ..role()
            }),
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
        let mut services = Services::default();
        services.check().unwrap();
        services.roles = Some("http://127.0.0.1:9".to_owned());
        services.check().unwrap();
        services.center_tokens = Some("http://tokens.example.org".to_owned());
        assert!(matches!(services.check(), Err(PlaceError::Unsafe(_))));
    }
}
