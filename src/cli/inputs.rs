//! The inputs that the paths of a command line come to: files here, objects in S3.

use std::path::PathBuf;

use clap::Args;
use jiff::SignedDuration;

use trailgate::diagnostic::{Code, Diagnostic};
use trailgate::event::Asked;
use trailgate::source::s3::{self, Address};
use trailgate::source::{Discovery, discover};

/// How to reach S3, where an input is there.
#[derive(Debug, Args)]
#[command(next_help_heading = "S3")]
pub(crate) struct S3Options {
    /// The URL of a store that speaks as S3 does [default: AWS_ENDPOINT_URL_S3,
    /// or S3 itself]
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,

    /// The profile whose credentials and region are used [default: AWS_PROFILE]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// Pay for requests to a bucket whose owner does not
    #[arg(long)]
    requester_pays: bool,
}

/// Finds the inputs that paths and addresses name, files first; of objects those
/// that may hold events asked about.
pub(crate) fn found(
    paths: &[PathBuf],
    asked: &Asked,
    margin: SignedDuration,
    options: &S3Options,
) -> Discovery {
    let (remote, local): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(|p| is_remote(p));
    let mut discovery = discover(&local);
    if remote.is_empty() {
        return discovery;
    }
    let mut addresses = Vec::new();
    for path in remote {
        let text = path.to_string_lossy();
        match Address::parse(&text) {
            Ok(address) => addresses.push(address),
            Err(why) => discovery.problems.push(
                Diagnostic::new(Code::NoInput, why)
                    .in_place(text)
                    .help("write s3://bucket/folder/, s3://bucket/key or s3://bucket/begin*"),
            ),
        }
    }
    if !addresses.is_empty() {
        discovery.add(s3::discover(&addresses, asked, margin, &options.options()));
    }
    discovery
}

/// Whether a path is the address of objects in S3.
pub(crate) fn is_remote(path: &std::path::Path) -> bool {
    Address::looks_like_one(&path.to_string_lossy())
}

impl S3Options {
    fn options(&self) -> s3::Options {
        let endpoint = || std::env::var("AWS_ENDPOINT_URL_S3").ok();
        s3::Options {
            endpoint_url: self.endpoint_url.clone().or_else(endpoint),
            profile: self.profile.clone(),
            requester_pays: self.requester_pays,
            cloudtrail_endpoint_url: None,
        }
    }
}
