//! What AWS's own tools find without anybody being asked.

use std::time::Duration;

use async_trait::async_trait;
use aws_config::{
    default_provider::credentials::DefaultCredentialsChain,
    environment::credentials::EnvironmentVariableCredentialsProvider,
    imds::{self, credentials::ImdsCredentialsProvider},
    profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig,
};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::tls;
use tokio::sync::OnceCell;

use super::{Prompter, SignInError, badge::Way, line::Line};

/// A machine that is not on EC2 has nothing at the metadata address and must not wait for it.
const IMDS_PATIENCE: Duration = Duration::from_secs(1);

/// The one client for everything that leaves this crate.
pub fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .build_https()
}

/// Which of AWS's own ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Chain,
    Profile(String),
    Machine,
    Environment,
}

/// A profile that was asked for by name is the one, whatever the environment holds. Every provider is given the client and the region: without them the chain would have no way to send anything, and would ask
/// the machine for its region first.
async fn provider(source: &Source, line: &Line) -> SharedCredentialsProvider {
    let config = &line.provider_config();
    let metadata = line.services.machine.as_deref();
    match source {
        Source::Profile(name) => SharedCredentialsProvider::new(
            ProfileFileCredentialsProvider::builder()
                .configure(config)
                .profile_name(name)
                .build(),
        ),
        Source::Environment => SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()),
        Source::Machine => SharedCredentialsProvider::new(
            ImdsCredentialsProvider::builder()
                .configure(config)
                .imds_client(machine(config, metadata))
                .build(),
        ),
        Source::Chain => SharedCredentialsProvider::new(
            DefaultCredentialsChain::builder()
                .configure(config.clone())
                .region(line.region.clone())
                .imds_client(machine(config, metadata))
                .build()
                .await,
        ),
    }
}

/// The metadata service in its second version only: the client begins with a session token and knows no other way.
fn machine(config: &ProviderConfig, metadata: Option<&str>) -> imds::Client {
    let builder = imds::Client::builder()
        .configure(config)
        .connect_timeout(IMDS_PATIENCE)
        .read_timeout(IMDS_PATIENCE)
        .max_attempts(1);
    // An address was checked before; one that does not read leaves AWS's own.
    match metadata.map(|url| builder.clone().endpoint(url)) {
        Some(Ok(elsewhere)) => elsewhere.build(),
        Some(Err(_)) | None => builder.build(),
    }
}

/// One of AWS's own ways, at work.
pub struct Standing {
    source: Source,
    found: OnceCell<SharedCredentialsProvider>,
}

impl Standing {
    pub fn new(source: Source) -> Self {
        Self {
            source,
            found: OnceCell::new(),
        }
    }

    pub async fn credentials(&self, line: &Line) -> Result<Credentials, SignInError> {
        let found = self.found.get_or_init(|| provider(&self.source, line)).await;
        found
            .provide_credentials()
            .await
            .map_err(SignInError::of_standing)
    }
}

#[async_trait]
impl Way for Standing {
    async fn renew(&self, line: &Line) -> Result<Credentials, SignInError> {
        self.credentials(line).await
    }

    async fn sign_in(&self, line: &Line, _: &dyn Prompter) -> Result<Credentials, SignInError> {
        self.credentials(line).await
    }

    async fn sign_out(&self, _: &Line) -> Result<(), SignInError> {
        // Nothing of it is ours to forget.
        Ok(())
    }
}
