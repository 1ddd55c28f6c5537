//! What every way of signing in needs: a client for the services, and the vault.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_config::{
    BehaviorVersion, Region, SdkConfig, provider_config::ProviderConfig, timeout::TimeoutConfig,
};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider, SharedHttpClient};
use serde::{Serialize, de::DeserializeOwned};
use vault::{ExposeSecret as _, SecretString, Vault};
use zeroize::Zeroizing;

use super::{Services, SignInError};

/// Until a connection stands.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// Until one answer is there; a sign-in sends and gets little.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);
/// Until all attempts are over.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub struct Line {
    pub http: SharedHttpClient,
    pub region: Region,
    pub services: Services,
    pub vault: Arc<dyn Vault>,
}

impl Line {
    pub fn timeouts() -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(CONNECT_PATIENCE)
            .operation_attempt_timeout(ANSWER_PATIENCE)
            .operation_timeout(PATIENCE)
            .build()
    }

    /// For a client of one service: in `region` or the lake's, at `elsewhere` or AWS's own address, signing with `signs` where
    /// anything is signed.
    pub fn config(
        &self,
        region: Option<&str>,
        elsewhere: Option<&String>,
        signs: Option<Credentials>,
    ) -> SdkConfig {
        let region = region.map_or_else(|| self.region.clone(), |name| Region::new(name.to_owned()));
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(self.http.clone())
            .region(region)
            .timeout_config(Self::timeouts());
        config.set_endpoint_url(elsewhere.cloned());
        config.set_credentials_provider(signs.map(SharedCredentialsProvider::new));
        config.build()
    }

    /// For AWS's own providers.
    pub fn provider_config(&self) -> ProviderConfig {
        ProviderConfig::without_region()
            .with_http_client(self.http.clone())
            .with_region(Some(self.region.clone()))
    }

    /// What lies in the vault under `name`; what does not read is none, because the person can sign in anew.
    pub async fn recall<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, SignInError> {
        let Some(secret) = self.recall_text(name).await? else {
            return Ok(None);
        };
        let read = serde_json::from_str(secret.expose_secret());
        if read.is_err() {
            tracing::warn!(name, "what the vault holds is not a sign-in of this version");
        }
        Ok(read.ok())
    }

    pub async fn recall_text(&self, name: &str) -> Result<Option<SecretString>, SignInError> {
        let name = name.to_owned();
        self.in_vault(move |vault| vault.get(&name)).await
    }

    pub async fn keep(&self, name: &str, what: &impl Serialize) -> Result<(), SignInError> {
        let text = serde_json::to_string(what).map(Zeroizing::new);
        let text = text.map_err(|_nothing_of_ours_fails| SignInError::Answer("what cannot be kept"))?;
        self.keep_text(name, text.as_str().into()).await
    }

    pub async fn keep_text(&self, name: &str, secret: SecretString) -> Result<(), SignInError> {
        let name = name.to_owned();
        self.in_vault(move |vault| vault.put(&name, &secret)).await
    }

    pub async fn forget(&self, name: &str) -> Result<(), SignInError> {
        let name = name.to_owned();
        self.in_vault(move |vault| vault.remove(&name)).await
    }

    /// A keychain may ask the person to unlock it, so it is asked where waiting hurts nobody.
    async fn in_vault<T: Send + 'static>(
        &self,
        act: impl FnOnce(&dyn Vault) -> Result<T, vault::VaultError> + Send + 'static,
    ) -> Result<T, SignInError> {
        let vault = Arc::clone(&self.vault);
        match tokio::task::spawn_blocking(move || act(&*vault)).await {
            Ok(done) => Ok(done?),
            Err(_shut_down) => Err(SignInError::Stopped),
        }
    }
}

/// Seconds since 1970; a clock before that counts as 1970.
pub fn now_secs() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}
