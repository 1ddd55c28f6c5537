//! Long-lived keys whose secret lies in the vault.

use async_trait::async_trait;
use aws_sdk_s3::config::Credentials;
use vault::ExposeSecret as _;

use super::{Prompter, Question, SignInError, badge::Way, line::Line};

pub struct KeptKeys {
    pub id: String,
}

impl KeptKeys {
    fn name(&self) -> String {
        format!("keys {}", self.id)
    }
}

#[async_trait]
impl Way for KeptKeys {
    async fn renew(&self, line: &Line) -> Result<Credentials, SignInError> {
        let secret = line.recall_text(&self.name()).await?.ok_or(SignInError::NotYet)?;
        Ok(Credentials::new(
            &self.id,
            secret.expose_secret(),
            None,
            None,
            "vault",
        ))
    }

    async fn sign_in(&self, line: &Line, prompter: &dyn Prompter) -> Result<Credentials, SignInError> {
        let secret = prompter.ask(Question::SecretKey { id: self.id.clone() }).await?;
        line.keep_text(&self.name(), secret).await?;
        self.renew(line).await
    }

    async fn sign_out(&self, line: &Line) -> Result<(), SignInError> {
        line.forget(&self.name()).await
    }
}
