//! What a copy of a bucket is held to: options of `verify`, and of `scan --verify`.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;

use trailgate::codec::Limits;
use trailgate::diagnostic::Diagnostic;
use trailgate::integrity::{
    DEFAULT_MAX_DIGEST, Evidence, Level, ObjectMetadata, Options, PublicKeys, Root,
};

use super::scan::parse_size;

/// What was saved beside the copy, and what is asked of it.
#[derive(Debug, Args)]
pub(crate) struct IntegrityOptions {
    /// A saved `aws cloudtrail list-public-keys` (may be repeated)
    #[arg(long, value_name = "FILE")]
    public_keys: Vec<PathBuf>,

    /// The metadata of digest objects by their keys, where the newest signatures
    /// are (may be repeated)
    #[arg(long, value_name = "FILE")]
    object_metadata: Vec<PathBuf>,

    /// What a folder is a copy of, such as export=s3://bucket/prefix (may be
    /// repeated) [default: what the digests in it say]
    #[arg(long, value_name = "DIR=S3-URI", value_parser = parse_root)]
    root: Vec<Root>,

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
    /// Reads the keys and the metadata.
    pub(crate) fn evidence(&self) -> Result<Evidence, Box<Diagnostic>> {
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

    /// What every chain must come to.
    pub(crate) fn require(&self) -> Level {
        self.require.unwrap_or(Options::default().require)
    }

    pub(crate) fn options(&self, jobs: NonZeroUsize, limits: Limits) -> Options {
        Options {
            roots: self.root.clone(),
            require: self.require(),
            jobs,
            limits,
            max_digest: self.max_digest.unwrap_or(DEFAULT_MAX_DIGEST),
        }
    }

    /// The first of the options that was given.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let given = [
            (!self.public_keys.is_empty(), "--public-keys"),
            (!self.object_metadata.is_empty(), "--object-metadata"),
            (!self.root.is_empty(), "--root"),
            (self.require.is_some(), "--require"),
            (self.max_digest.is_some(), "--max-digest"),
        ];
        let mut given = given.into_iter().filter(|(given, _)| *given);
        given.next().map(|(_, name)| name)
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
