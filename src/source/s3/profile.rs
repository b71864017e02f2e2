//! The credentials of a profile that was asked for by name.
//!
//! The SDK takes an access key in the environment before it looks at any profile, and
//! goes on to the machine's role where a profile is not there. Who names a profile
//! means it and no other identity, which is how the AWS command line takes it: so the
//! environment's keys are left out, and a profile that nobody wrote is an error.

use aws_config::SdkConfig;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::{self, ProfileFileCredentialsProvider};
use aws_config::provider_config::ProviderConfig;
use aws_sdk_s3::config::SharedCredentialsProvider;

use super::fault::innermost;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};

/// What was found for a profile, with nobody's credentials but its own. A profile
/// without any, that says where to go alone, stands for the machine's role.
///
/// # Errors
///
/// There is no such profile, or the files of profiles cannot be read.
pub(super) async fn asked_for(name: &str, config: SdkConfig) -> Result<SdkConfig, Diagnostic> {
    let (fs, env, files) = Default::default();
    let profiles = profile::load(&fs, &env, &files, Some(name.to_owned().into()))
        .await
        .map_err(|error| unreadable(&innermost(&error)))?;
    if profiles.get_profile(name).is_none() {
        let known: Vec<&str> = profiles.profiles().collect();
        return Err(unknown(name, known));
    }
    let mut settings = ProviderConfig::without_region().with_region(config.region().cloned());
    if let Some(client) = config.http_client() {
        settings = settings.with_http_client(client);
    }
    let own = ProfileFileCredentialsProvider::builder()
        .configure(&settings)
        .profile_name(name)
        .build();
    let container = EcsCredentialsProvider::builder()
        .configure(&settings)
        .build();
    let instance = ImdsCredentialsProvider::builder()
        .configure(&settings)
        .build();
    let chain = CredentialsProviderChain::first_try("Profile", own)
        .or_else("EcsContainer", container)
        .or_else("Ec2InstanceMetadata", instance);
    let builder = config.into_builder();
    Ok(builder
        .credentials_provider(SharedCredentialsProvider::new(chain))
        .build())
}

fn unknown(name: &str, mut known: Vec<&str>) -> Diagnostic {
    known.sort_unstable();
    let help = match did_you_mean(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? `aws configure list-profiles` has them all"),
        None => {
            "`aws configure list-profiles` has those that are there, `aws configure --profile` \
                 makes one; they are read from AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, or \
                 else from `~/.aws`"
                .to_owned()
        }
    };
    Diagnostic::new(
        Code::S3NoProfile,
        format!("there is no profile `{name}`, which `--profile` asks for"),
    )
    .help(help)
}

fn unreadable(why: &str) -> Diagnostic {
    Diagnostic::new(
        Code::S3NoProfile,
        format!("the files that profiles stand in cannot be read: {why}"),
    )
    .help("`aws configure list` reads the same files: mend them, or leave `--profile` away")
}
