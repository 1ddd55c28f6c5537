//! What a sign-in asks of the person at the desk.

use std::time::Duration;

use async_trait::async_trait;
use vault::SecretString;

use super::SignInError;

/// What the person has to do elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Open a page in any browser, on any machine, and confirm this code there.
    Code {
        /// The page that asks for the code.
        page: String,
        /// The same with the code in it already.
        page_with_code: Option<String>,
        /// What the page has to show.
        code: String,
        /// How long it holds.
        holds: Duration,
    },
    /// Sign in on a page in a browser of this machine; it comes back by itself.
    Page {
        /// The page.
        page: String,
        /// How long its answer is waited for.
        holds: Duration,
    },
}

impl Errand {
    /// The address to open: with the code where there is one.
    pub fn address(&self) -> &str {
        match self {
            Self::Code {
                page, page_with_code, ..
            } => page_with_code.as_ref().unwrap_or(page),
            Self::Page { page, .. } => page,
        }
    }
}

/// What the person is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The six digits that the device shows.
    DeviceCode {
        /// Its serial number or ARN.
        device: String,
    },
    /// The secret that belongs to an access key.
    SecretKey {
        /// The access key's id.
        id: String,
    },
}

/// Whoever can ask the person: the desk in a dialog, the command line on a terminal.
#[async_trait]
pub trait Prompter: Send + Sync {
    /// Shows what is to be done elsewhere and returns; the sign-in waits meanwhile, and ends when it is dropped.
    ///
    /// # Errors
    /// [`SignInError::Unattended`] where nobody sees it.
    async fn send(&self, errand: Errand) -> Result<(), SignInError>;

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// [`SignInError::Unattended`] where nobody is there, [`SignInError::Declined`] when the person gives up.
    async fn ask(&self, question: Question) -> Result<SecretString, SignInError>;
}

/// Nobody: what works by itself works, everything else says that a person has to sign in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unattended;

#[async_trait]
impl Prompter for Unattended {
    async fn send(&self, _: Errand) -> Result<(), SignInError> {
        Err(SignInError::Unattended)
    }

    async fn ask(&self, _: Question) -> Result<SecretString, SignInError> {
        Err(SignInError::Unattended)
    }
}
