//! Sign-ins and rights as they cross the boundary.

use workstation as ws;
use ws::{Errand, Found, Look, Pin, Question, SignIn, Verdict, VisitQuestion, VisitStep};

use crate::wire::{LakeRight, RightWord, SignInChoice, SignInStep};

/// A field left empty is none.
fn filled(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

fn trimmed(text: &str) -> String {
    text.trim().to_owned()
}

impl From<SignInChoice> for SignIn {
    fn from(choice: SignInChoice) -> Self {
        match choice {
            SignInChoice::Chain => Self::Chain,
            SignInChoice::Machine => Self::Machine,
            SignInChoice::Profile { name } => Self::Profile { name: trimmed(&name) },
            SignInChoice::IdentityCenter {
                start_url,
                region,
                account,
                role,
            } => Self::IdentityCenter(ws::IdentityCenter {
                start_url: trimmed(&start_url),
                region: trimmed(&region),
                account: account.chars().filter(|c| !matches!(c, ' ' | '-')).collect(),
                role: trimmed(&role),
            }),
            SignInChoice::Role {
                arn,
                profile,
                mfa,
                external_id,
                session_secs,
            } => Self::Role(ws::SignInRole {
                arn: trimmed(&arn),
                profile: filled(profile),
                mfa: filled(mfa),
                external_id: filled(external_id),
                session_secs,
            }),
            SignInChoice::Cognito {
                domain,
                client,
                user_pool,
                identity_pool,
                port,
            } => Self::Cognito(ws::Cognito {
                domain: trimmed(&domain),
                client: trimmed(&client),
                user_pool: trimmed(&user_pool),
                identity_pool: trimmed(&identity_pool),
                port: port.unwrap_or(ws::Cognito::USUAL_PORT),
            }),
            SignInChoice::Keys { id } => Self::Keys { id: filled(id) },
        }
    }
}

impl From<SignIn> for SignInChoice {
    fn from(choice: SignIn) -> Self {
        match choice {
            SignIn::Chain => Self::Chain,
            SignIn::Machine => Self::Machine,
            SignIn::Profile { name } => Self::Profile { name },
            SignIn::IdentityCenter(center) => Self::IdentityCenter {
                start_url: center.start_url,
                region: center.region,
                account: center.account,
                role: center.role,
            },
            SignIn::Role(role) => Self::Role {
                arn: role.arn,
                profile: role.profile,
                mfa: role.mfa,
                external_id: role.external_id,
                session_secs: role.session_secs,
            },
            SignIn::Cognito(cognito) => Self::Cognito {
                domain: cognito.domain,
                client: cognito.client,
                user_pool: cognito.user_pool,
                identity_pool: cognito.identity_pool,
                port: Some(cognito.port),
            },
            SignIn::Keys { id } => Self::Keys { id },
        }
    }
}

impl SignInStep {
    /// A visit's step; `secrets` says where they are kept.
    pub(crate) fn of(step: VisitStep, secrets: String) -> Self {
        match step {
            VisitStep::Working => Self::Working,
            VisitStep::Errand(errand, until_millis) => {
                let address = errand.address().to_owned();
                match errand {
                    Errand::Code { page, code, .. } => Self::Code {
                        page,
                        address,
                        code,
                        until_millis,
                    },
                    Errand::Page { .. } => Self::Page {
                        address,
                        until_millis,
                    },
                }
            }
            VisitStep::Asked(VisitQuestion::Passphrase { new }) => Self::Passphrase { new },
            VisitStep::Asked(VisitQuestion::SignIn(Question::DeviceCode { device })) => {
                Self::DeviceCode { device }
            }
            VisitStep::Asked(VisitQuestion::SignIn(Question::SecretKey { id })) => Self::SecretKey { id },
            VisitStep::Done(who) => Self::Done {
                name: who.name,
                principal: who.id,
                vouched: who.pin != Pin::Nobody,
                secrets,
            },
            VisitStep::Failed(fault) => Self::Failed { fault: fault.into() },
        }
    }
}

impl From<ws::Right> for LakeRight {
    fn from(right: ws::Right) -> Self {
        let verdict = match (right.verdict(), &right.found) {
            (Verdict::Good, _) => RightWord::Good,
            (Verdict::Missing, _) => RightWord::Missing,
            (Verdict::ByRole, Found::Allowed) => RightWord::Has,
            (Verdict::ByRole, _) => RightWord::HasNot,
            (Verdict::TooMuch, _) => RightWord::TooMuch,
            (Verdict::Unknown, _) => RightWord::Unknown,
        };
        let missing = match right.found {
            Found::Denied { missing } => Some(missing.to_owned()),
            _ => None,
        };
        Self {
            act: right.act.name().to_owned(),
            title: right.act.words().to_owned(),
            verdict,
            words: right.words(),
            missing,
        }
    }
}

/// What a place looks like, in words; none where there is nothing yet.
pub(crate) fn look_words(look: Option<&Look>) -> String {
    let people = |people: usize| match people {
        1 => "one person's ledger".to_owned(),
        people => format!("the ledgers of {people} people"),
    };
    match look {
        None => "There is nothing yet: the folder is made when the lake is opened.".to_owned(),
        Some(Look::Empty) => "It is empty: you begin a new lake there.".to_owned(),
        Some(Look::Lake { people: 0, .. }) => {
            "It is a lake of Circle Take's; nobody's verdicts are there yet.".to_owned()
        }
        Some(Look::Lake {
            people: count,
            and_more: false,
        }) => format!("It is a lake of Circle Take's with {}.", people(*count)),
        Some(Look::Lake { people: count, .. }) => {
            format!("It is a lake of Circle Take's with {} and more.", people(*count))
        }
        Some(Look::Other { example }) => format!(
            "Something else lies there, for example {example}. Circle Take leaves it alone and puts its own beside it."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_goes_over_and_comes_back() {
        let role = SignInChoice::Role {
            arn: "arn:aws:iam::111122223333:role/Editor".to_owned(),
            profile: None,
            mfa: Some("arn:aws:iam::111122223333:mfa/anna".to_owned()),
            external_id: None,
            session_secs: Some(3600),
        };
        for choice in [
            SignInChoice::Chain,
            SignInChoice::Machine,
            SignInChoice::Keys {
                id: Some("AKIA".to_owned()),
            },
            role,
        ] {
            assert_eq!(SignInChoice::from(SignIn::from(choice.clone())), choice);
        }
        let empty = SignInChoice::Keys {
            id: Some("  ".to_owned()),
        };
        assert_eq!(SignIn::from(empty), SignIn::Keys { id: None });
    }

    #[test]
    fn what_a_lake_looks_like_is_said_in_words() {
        let lake = |people, and_more| look_words(Some(&Look::Lake { people, and_more }));
        assert!(lake(1, false).contains("one person's ledger"));
        assert!(lake(7, true).contains("7 people and more"));
        let example = "holiday.jpg".to_owned();
        assert!(look_words(Some(&Look::Other { example })).contains("holiday.jpg"));
        assert!(look_words(None).contains("is made"));
    }
}
