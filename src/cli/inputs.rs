//! The inputs that the paths of a command line come to: files here, objects in S3.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use jiff::SignedDuration;

use trailgate::diagnostic::{Code, Diagnostic};
use trailgate::event::Asked;
use trailgate::source::s3::{self, Address};
use trailgate::source::{Discovery, discover, discover_with_digests};

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
    found_by(
        paths,
        |local| discover(local),
        |addresses| s3::discover(addresses, asked, margin, &options.options(None)),
    )
}

/// The same with digests; of objects those of the accounts and regions asked about.
pub(crate) fn found_with_digests(
    paths: &[PathBuf],
    asked: &Asked,
    options: &S3Options,
) -> Discovery {
    found_by(
        paths,
        |local| discover_with_digests(local),
        |addresses| s3::discover_with_digests(addresses, asked, &options.options(None)),
    )
}

fn found_by(
    paths: &[PathBuf],
    files: impl Fn(&[&PathBuf]) -> Discovery,
    objects: impl Fn(&[Address]) -> Discovery,
) -> Discovery {
    let (remote, local): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(|p| is_remote(p));
    let mut discovery = files(&local);
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
        discovery.add(objects(&addresses));
    }
    discovery
}

/// The buckets of the addresses among paths.
pub(crate) fn buckets(paths: &[PathBuf]) -> BTreeSet<String> {
    let remote = paths.iter().filter(|path| is_remote(path));
    let addresses = remote.filter_map(|path| Address::parse(&path.to_string_lossy()).ok());
    addresses
        .map(|address| address.bucket().to_owned())
        .collect()
}

/// Whether a path is the address of objects in S3.
pub(crate) fn is_remote(path: &std::path::Path) -> bool {
    Address::looks_like_one(&path.to_string_lossy())
}

impl S3Options {
    /// As it is said, with the endpoint of CloudTrail where one is named.
    pub(crate) fn options(&self, cloudtrail: Option<&str>) -> s3::Options {
        let variable = |name: &str| std::env::var(name).ok();
        let named = self.endpoint_url.clone();
        s3::Options {
            endpoint_url: named.or_else(|| variable("AWS_ENDPOINT_URL_S3")),
            profile: self.profile.clone(),
            requester_pays: self.requester_pays,
            cloudtrail_endpoint_url: cloudtrail
                .map(str::to_owned)
                .or_else(|| variable("AWS_ENDPOINT_URL_CLOUDTRAIL")),
        }
    }
}
