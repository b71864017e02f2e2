//! What a copy of a bucket is held to: options of `verify`, and of `scan --verify`.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use trailgate::codec::Limits;
use trailgate::diagnostic::{Code, Diagnostic};
use trailgate::integrity::{
    DEFAULT_MAX_DIGEST, Evidence, Level, ObjectMetadata, Options, PublicKeys, Root, SigningTimes,
};
use trailgate::source::s3::public_keys;
use trailgate::source::{Input, InputKind};

use super::inputs::{S3Options, buckets, is_remote};
use super::scan::parse_size;

/// What was saved beside the copy, and what is asked of it.
#[derive(Debug, Args)]
pub(crate) struct IntegrityOptions {
    /// A saved `aws cloudtrail list-public-keys` (may be repeated) [default: of a
    /// bucket in S3, CloudTrail is asked for them]
    #[arg(long, value_name = "FILE")]
    public_keys: Vec<PathBuf>,

    /// Ask CloudTrail for the public keys of a local copy too, of the regions and
    /// times that digests and lists of query results say
    #[arg(long, conflicts_with = "public_keys")]
    fetch_public_keys: bool,

    /// The metadata of digest objects by their keys, where the newest signatures
    /// are (may be repeated); objects in S3 have it themselves
    #[arg(long, value_name = "FILE")]
    object_metadata: Vec<PathBuf>,

    /// What a folder is a copy of, such as export=s3://bucket/prefix (may be
    /// repeated) [default: what the digests in it say; a bucket is none]
    #[arg(long, value_name = "DIR=S3-URI", value_parser = parse_root)]
    root: Vec<Root>,

    /// The URL where CloudTrail is asked for public keys [default:
    /// AWS_ENDPOINT_URL_CLOUDTRAIL, or CloudTrail in the region of the logs]
    #[arg(long, value_name = "URL")]
    cloudtrail_endpoint_url: Option<String>,

    /// What every chain must come to: signed, hash-chain or unverifiable; `signed`
    /// also wants the newest digests and log files to be covered [default:
    /// hash-chain]
    #[arg(long, value_name = "LEVEL", value_parser = parse_level)]
    require: Option<Level>,

    /// The size that one digest may decode to
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_digest: Option<u64>,
}

impl IntegrityOptions {
    /// Reads the keys and the metadata that were saved.
    ///
    /// # Errors
    /// A file of them that is something else.
    pub(crate) fn saved(&self) -> Result<Evidence, Box<Diagnostic>> {
        let mut evidence = Evidence::default();
        for path in &self.public_keys {
            let keys = evidence.keys.get_or_insert_with(PublicKeys::default);
            keys.add_file(path)?;
        }
        for path in &self.object_metadata {
            let metadata = evidence
                .metadata
                .get_or_insert_with(ObjectMetadata::default);
            metadata.add_file(path)?;
        }
        Ok(evidence)
    }

    /// Asks CloudTrail for the keys of digests and query results, where none were
    /// saved: of those in S3, and of local ones if that was said. Tells why there are
    /// none.
    pub(crate) fn fetch_keys(
        &self,
        evidence: &mut Evidence,
        inputs: &[Input],
        options: &Options,
        s3: &S3Options,
    ) -> Vec<Diagnostic> {
        if evidence.keys.is_some() {
            return Vec::new();
        }
        let asked_for = inputs.iter().filter(|input| match input.kind {
            InputKind::Object(_) => true,
            InputKind::File(_) => self.fetch_public_keys,
            InputKind::Stdin => false,
        });
        let times = SigningTimes::of(asked_for, options, Timestamp::now());
        if times.regions.is_empty() {
            return times.problems;
        }
        let reach = s3.options(self.cloudtrail_endpoint_url.as_deref());
        let mut listed = public_keys(&times.regions, &reach);
        listed.problems.extend(times.problems);
        for answer in listed.answers {
            let keys = evidence.keys.get_or_insert_with(PublicKeys::default);
            if let Err(why) = keys.add_answer(&answer) {
                let message = format!("what CloudTrail answers is no list of public keys: {why}");
                let problem = Diagnostic::new(Code::KeysNotFetched, message);
                listed.problems.push(
                    problem.help("see what answers there, or give the keys with `--public-keys`"),
                );
            }
        }
        listed.problems
    }

    /// What every chain must come to.
    pub(crate) fn require(&self) -> Level {
        self.require.unwrap_or(Options::default().require)
    }

    /// How to verify what paths and addresses name.
    pub(crate) fn options(&self, paths: &[PathBuf], jobs: NonZeroUsize, limits: Limits) -> Options {
        Options {
            roots: self.roots(paths),
            require: self.require(),
            jobs,
            limits,
            max_digest: self.max_digest.unwrap_or(DEFAULT_MAX_DIGEST),
        }
    }

    /// Those that are named, and for each bucket which it is.
    fn roots(&self, paths: &[PathBuf]) -> Vec<Root> {
        let mut roots = self.root.clone();
        for bucket in buckets(paths) {
            let itself = Root::bucket(&bucket);
            if !self.root.iter().any(|root| root.meets(&itself)) {
                roots.push(itself);
            }
        }
        roots
    }

    /// The first of the options that was given.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let given = [
            (!self.public_keys.is_empty(), "--public-keys"),
            (self.fetch_public_keys, "--fetch-public-keys"),
            (!self.object_metadata.is_empty(), "--object-metadata"),
            (!self.root.is_empty(), "--root"),
            (
                self.cloudtrail_endpoint_url.is_some(),
                "--cloudtrail-endpoint-url",
            ),
            (self.require.is_some(), "--require"),
            (self.max_digest.is_some(), "--max-digest"),
        ];
        let mut given = given.into_iter().filter(|(given, _)| *given);
        given.next().map(|(_, name)| name)
    }
}

/// How many threads read what is named, where nothing else is said.
pub(crate) fn jobs(paths: &[PathBuf]) -> NonZeroUsize {
    const WAITING: NonZeroUsize = NonZeroUsize::new(16).unwrap();
    let jobs = Options::default().jobs;
    match paths.iter().any(|path| is_remote(path)) {
        true => jobs.max(WAITING),
        false => jobs,
    }
}

fn parse_level(text: &str) -> Result<Level, String> {
    let levels = [Level::Signed, Level::HashChain, Level::Unverifiable];
    let known = levels.into_iter().find(|level| level.name() == text);
    known.ok_or_else(|| "write signed, hash-chain or unverifiable".to_owned())
}

/// Reads `DIR=s3://bucket/prefix`.
fn parse_root(text: &str) -> Result<Root, String> {
    let help = || "write a folder and a place in S3: export=s3://bucket/prefix".to_owned();
    let (folder, place) = text.rsplit_once("=s3://").ok_or_else(help)?;
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    if folder.is_empty() || bucket.is_empty() {
        return Err(help());
    }
    Ok(Root::new(Path::new(folder), bucket, prefix))
}
