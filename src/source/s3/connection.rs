//! How S3 is reached: credentials, region, endpoint, and a client per bucket.

use std::fmt;
use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::types::RequestPayer;
use tokio::runtime::Runtime;

use super::address::{Address, Keys};
use super::direct::Direct;
use super::fault::{Action, Cause, Trouble, innermost};
use super::profile;
use super::wire::Wire;
use crate::diagnostic::{Code, Diagnostic};

/// How to reach S3, beyond what the environment and the profile say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The URL of a store that speaks as S3 does.
    pub endpoint_url: Option<String>,
    /// The profile whose credentials and region are used.
    pub profile: Option<String>,
    /// Whether the reader pays for requests.
    pub requester_pays: bool,
    /// The URL of a service that lists public keys as CloudTrail does.
    pub cloudtrail_endpoint_url: Option<String>,
}

/// Threads that talk to S3, and what they talk with.
pub(super) struct Connection {
    runtime: Runtime,
    config: SdkConfig,
    options: Options,
    wire: Arc<Wire>,
    /// How often something is asked for, as the environment or the profile says.
    retry: RetryConfig,
}

/// A bucket that answers.
#[derive(Debug)]
pub(super) struct Bucket {
    pub(super) name: String,
    pub(super) client: Client,
    /// The first way to ask for an object, where there is one,
    pub(super) direct: Option<Direct>,
    /// and who asks again, once less often.
    pub(super) again: Client,
    pub(super) payer: Option<RequestPayer>,
    /// How often something is asked for before it is given up.
    pub(super) attempts: u32,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Connection {
    /// Starts the threads, and finds credentials and region as AWS tools do.
    pub(super) fn open(options: &Options) -> Result<Self, Diagnostic> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads())
            .thread_name("s3")
            .enable_all()
            .build()
            .map_err(|error| {
                Diagnostic::new(Code::S3Unreachable, format!("no threads for S3: {error}"))
            })?;
        let config = runtime.block_on(load(options))?;
        let Some(provider) = config.credentials_provider() else {
            return Err(no_credentials("no provider is configured"));
        };
        let wire = Wire::new(&config, provider);
        // For each object it would be said again.
        runtime
            .block_on(wire.identity())
            .map_err(|error| no_credentials(&innermost(&error)))?;
        Ok(Connection {
            wire: Arc::new(wire),
            retry: config
                .retry_config()
                .cloned()
                .unwrap_or(RetryConfig::standard()),
            options: options.clone(),
            runtime,
            config,
        })
    }

    pub(super) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(super) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(future);
    }

    pub(super) fn wire(&self) -> &Wire {
        &self.wire
    }

    /// How often something is asked for before it is given up.
    pub(super) fn attempts(&self) -> u32 {
        self.retry.max_attempts().max(1)
    }

    /// Whether what is asked is not S3 itself.
    pub(super) fn is_another_store(&self) -> bool {
        self.config.endpoint_url().is_some()
    }

    /// The bucket of an address, in the region where it is.
    pub(super) fn bucket(&self, address: &Address) -> Result<Arc<Bucket>, Diagnostic> {
        let mut region = self.config.region().cloned();
        let mut moved = false;
        loop {
            let mut bucket = self.bucket_in(&address.bucket, region.clone());
            let trouble = match self.wait(bucket.probe(address)) {
                Ok(()) => {
                    bucket.direct = self.direct(&bucket);
                    return Ok(Arc::new(bucket));
                }
                Err(trouble) => trouble,
            };
            match &trouble.cause {
                // S3 says where it is.
                Cause::WrongRegion(Some(there)) if !moved => {
                    region = Some(Region::new(there.clone()));
                    moved = true;
                }
                _ => return Err(trouble.diagnostic().in_place(address.to_string())),
            }
        }
    }

    fn bucket_in(&self, name: &str, region: Option<Region>) -> Bucket {
        let region = region.unwrap_or(Region::from_static("us-east-1"));
        let mut config = aws_sdk_s3::config::Builder::from(&self.config).region(region);
        if self.config.endpoint_url().is_some() {
            // Other stores rarely have a host name for each bucket.
            config = config.force_path_style(true);
        }
        let attempts = self.attempts();
        let fewer = self.retry.clone().with_max_attempts(attempts.max(2) - 1);
        Bucket {
            name: name.to_owned(),
            client: Client::from_conf(config.clone().build()),
            direct: None,
            again: Client::from_conf(config.retry_config(fewer).build()),
            payer: self
                .options
                .requester_pays
                .then_some(RequestPayer::Requester),
            attempts,
        }
    }

    /// The first way to ask for objects, if there may be a second.
    fn direct(&self, bucket: &Bucket) -> Option<Direct> {
        (bucket.attempts > 1).then_some(())?;
        let pays = bucket.payer.is_some();
        self.wait(Direct::learn(
            &self.wire,
            &bucket.client,
            &bucket.name,
            pays,
        ))
    }
}

impl Bucket {
    /// Lists one key, which every use begins with.
    async fn probe(&self, address: &Address) -> Result<(), Trouble> {
        let (Keys::Below(prefix) | Keys::Named(prefix) | Keys::Beginning(prefix)) = &address.keys;
        let listed = self
            .client
            .list_objects_v2()
            .bucket(&self.name)
            .prefix(prefix)
            .max_keys(1)
            .set_request_payer(self.payer.clone())
            .send()
            .await;
        match listed {
            Ok(_) => Ok(()),
            Err(error) => Err(Trouble::of(&error, self, Action::List)),
        }
    }
}

/// One serves some processors: it hardly does more than wait.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |processors| (processors.get() / 4).clamp(1, 4))
}

fn no_credentials(why: &str) -> Diagnostic {
    let message = format!("no credentials for AWS were found: {}", in_one_line(why));
    Diagnostic::new(Code::S3NoCredentials, message).help(
        "set AWS_PROFILE or `--profile`, or the variables of an access key, sign in (`aws sso \
         login`), or run where a role is given; `aws sts get-caller-identity` shows what AWS \
         tools find",
    )
}

async fn load(options: &Options) -> Result<SdkConfig, Diagnostic> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    let config = loader.load().await;
    match &options.profile {
        Some(profile) => profile::asked_for(profile, config).await,
        None => Ok(config),
    }
}

/// What was tried, which is said in a line each.
fn in_one_line(text: &str) -> String {
    let tried = text
        .split_once("Attempted:")
        .map_or(text, |(_, tried)| tried);
    let lines = tried.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<&str> = lines.collect();
    lines
        .join("; ")
        .replace("the credential provider was not enabled: ", "")
        .replace("the credential provider was not enabled", "not set")
}
