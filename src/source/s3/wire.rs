//! Signed requests that the SDK does not make: connections, and who asks.
//!
//! In comes a [`Call`]; it is signed with the crate that the SDK signs with and goes
//! over the SDK's HTTP client, through the same proxies. Out comes the answer,
//! whatever it is.

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_sdk_s3::config::http::{HttpRequest, HttpResponse};
use aws_sdk_s3::config::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_s3::primitives::SdkBody;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_runtime_api::client::identity::Identity;
use tokio::sync::Mutex;

use super::fault::innermost;

/// How long a connection may take; the SDK waits as long.
const CONNECT: Duration = Duration::from_millis(3100);
/// How long an answer may take to begin.
const ANSWER: Duration = Duration::from_secs(20);
/// How long before they expire credentials are asked for anew.
const EARLY: Duration = Duration::from_secs(60);

/// Connections, and who asks.
#[derive(Debug)]
pub(super) struct Wire {
    connector: Connector,
    provider: SharedCredentialsProvider,
    identity: Mutex<Option<Identity>>,
}

/// A request to be signed.
pub(super) struct Call<'a> {
    pub(super) method: &'static str,
    pub(super) url: &'a str,
    /// All of them are signed.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    pub(super) region: &'a str,
    /// The service that is asked.
    pub(super) service: &'a str,
    pub(super) settings: SigningSettings,
}

impl Wire {
    pub(super) fn new(config: &SdkConfig, provider: SharedCredentialsProvider) -> Self {
        let timeouts = config.timeout_config();
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(
                timeouts
                    .and_then(|t| t.connect_timeout())
                    .unwrap_or(CONNECT),
            )
            .read_timeout(timeouts.and_then(|t| t.read_timeout()).unwrap_or(ANSWER))
            .build();
        let mut connector = ConnectorBuilder::default()
            .connector_settings(settings)
            .proxy_config(ProxyConfig::from_env());
        connector.set_sleep_impl(config.sleep_impl());
        Wire {
            connector: connector
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .build(),
            provider,
            identity: Mutex::default(),
        }
    }

    /// Who asks, by credentials that do not expire in the next moment.
    pub(super) async fn identity(&self) -> Result<Identity, impl std::error::Error + 'static> {
        let mut known = self.identity.lock().await;
        let soon = SystemTime::now() + EARLY;
        let holds = |identity: &&Identity| identity.expiration().is_none_or(|end| end > soon);
        if let Some(identity) = known.as_ref().filter(holds) {
            return Ok(identity.clone());
        }
        let found = self.provider.provide_credentials().await;
        found.map(|credentials| known.insert(credentials.into()).clone())
    }

    /// Signs a request, sends it and waits for the answer.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(super) async fn send(&self, call: Call<'_>) -> Result<HttpResponse, String> {
        let request = self.signed(call).await?;
        let answer = self.connector.call(request).await;
        answer.map_err(|error| innermost(&error))
    }

    async fn signed(&self, call: Call<'_>) -> Result<HttpRequest, String> {
        let identity = self.identity().await.map_err(|error| innermost(&error))?;
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(call.region)
            .name(call.service)
            .time(SystemTime::now())
            .settings(call.settings)
            .build()
            .map_err(|error| innermost(&error))?
            .into();
        let to_sign = call
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let body = SignableBody::Bytes(&call.body);
        let signable = SignableRequest::new(call.method, call.url, to_sign, body);
        let signed = signable.and_then(|signable| sign(signable, &parameters));
        let (signed, _) = signed.map_err(|error| innermost(&error))?.into_parts();
        let added = signed.into_parts().0;
        let added = added
            .iter()
            .map(|header| (header.name(), header.value().to_owned()));
        let mut request = HttpRequest::new(SdkBody::from(call.body));
        let bad = |error| innermost(&error);
        request.set_method(call.method).map_err(bad)?;
        request.set_uri(call.url).map_err(bad)?;
        for (name, value) in call.headers.into_iter().chain(added) {
            request.headers_mut().try_insert(name, value).map_err(bad)?;
        }
        Ok(request)
    }
}
