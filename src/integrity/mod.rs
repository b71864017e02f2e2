//! Integrity: whether a copy of a trail's bucket is what CloudTrail delivered.
//!
//! In come the files of the copy (digests, log files, results of CloudTrail Lake
//! queries) and what was saved beside them ([`Evidence`]: public keys and the
//! metadata of the objects, which an object in S3 says of itself); out comes a
//! [`Report`] with one entry for each chain of digests, every problem as a diagnostic,
//! and a verdict. Keys are given, not fetched here.
//!
//! Every hour CloudTrail writes a digest that lists the log files of that hour
//! with their hashes, quotes the hash and the signature of the digest before it,
//! and is signed itself. The signature is metadata of the object in S3, which a
//! copy does not have; but the next digest quotes it, so that only the newest one
//! stays unproven where no metadata was saved.
//!
//! Contents are streamed through the hash. What is kept is the name of each file,
//! and about five kilobytes for each digest.

mod chain;
mod content;
mod coverage;
mod digest;
mod evidence;
mod files;
mod lake;
mod link;
mod location;
mod logs;
mod name;
mod report;
mod signature;
mod signing;
mod vouch;
mod work;

use std::num::NonZeroUsize;

pub use digest::{Digest, LogFile, PreviousDigest};
pub use evidence::{Evidence, ObjectMetadata, PublicKeys};
pub use location::Root;
pub use name::DigestName;
pub use report::{
    ChainReport, DigestCounts, Level, LogCounts, QueryResultReport, Report, exit_class,
};
pub use signing::SigningTimes;

use crate::codec::{Decoder, Format, Limits, Lookahead};
use crate::diagnostic::{Code, Diagnostic};
use crate::finding::Integrity;
use crate::source::{Input, InputKind};

use files::Files;

/// The size that one digest may decode to unless said otherwise.
pub const DEFAULT_MAX_DIGEST: u64 = 64 << 20;

/// How to verify.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where folders of the copy belong in S3; found out from the digests where
    /// nothing is said.
    pub roots: Vec<Root>,
    /// What every chain must come to.
    pub require: Level,
    /// How many threads hash log files.
    pub jobs: NonZeroUsize,
    /// What compressed files may decode to.
    pub limits: Limits,
    /// What one digest may decode to, in bytes.
    pub max_digest: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            roots: Vec::new(),
            require: Level::HashChain,
            jobs: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            limits: Limits::default(),
            max_digest: DEFAULT_MAX_DIGEST,
        }
    }
}

/// Verifies the digests, log files and query results among the inputs.
pub fn verify(inputs: &[Input], evidence: &Evidence, options: &Options) -> Report {
    let files = Files::new(inputs);
    let mut report = Report {
        files: vec![Integrity::Unverifiable; inputs.len()],
        ..Report::default()
    };
    let read = digest::read_all(&files, options);
    report.problems.extend(read.problems);
    let has_digests = !read.found.is_empty() || !read.broken.is_empty();
    let roots = location::roots(&options.roots, &read.found, &files);
    let mut chains = chain::chains(read.found, read.broken, &files, &roots);
    for chain in &mut chains {
        report.problems.extend(link::judge(chain, evidence));
    }
    let checked = logs::check(&chains, &files, &roots, options);
    report.problems.extend(checked.problems);
    for (file, level) in checked.intact {
        report.vouch(file, level);
    }
    let results = lake::verify(&files, evidence, options, &mut report);
    report.chains = chains
        .iter()
        .zip(checked.counts)
        .map(|(chain, logs)| chain.report(logs))
        .collect();
    if !has_digests && report.query_results.is_empty() && report.problems.is_empty() {
        report.problems.push(nothing_to_verify(inputs));
    } else {
        let uncovered = coverage::uncovered(&files, &roots, &chains, &checked.listed, &results);
        report.problems.extend(uncovered.problems);
        report.pending = uncovered.pending;
        report.other_files = uncovered.other_files;
        report.first_others = uncovered.first_others;
    }
    report.distrust(inputs);
    report.judge(options.require);
    report
}

fn nothing_to_verify(inputs: &[Input]) -> Diagnostic {
    let problem = Diagnostic::new(
        Code::NoDigests,
        "there is not a single digest to verify with",
    );
    if let Some(packed) = inputs.iter().take(LOOKED_INTO).find(|i| is_archive(i)) {
        return problem.help(format!(
            "{} is an archive: unpack it, and verify the folder; what is in archives is not \
             verified",
            packed.name
        ));
    }
    problem.help(if inputs.iter().any(is_remote) {
        "name a prefix above the folder `CloudTrail-Digest` too, such as \
         `s3://bucket/AWSLogs/111122223333/`; digests are written where log file validation is on \
         for the trail"
    } else {
        "copy the folder `CloudTrail-Digest` of the bucket too; digests are written where log file \
         validation is on for the trail"
    })
}

/// How many files are opened to see why there is no digest.
const LOOKED_INTO: usize = 16;

fn is_archive(input: &Input) -> bool {
    let InputKind::File(_) = input.kind else {
        return false;
    };
    let opened = input.open().map(Decoder::new);
    opened.is_ok_and(|content| {
        let format = Lookahead::new(content).format();
        format.is_some_and(Format::is_archive)
    })
}

fn is_remote(input: &Input) -> bool {
    !matches!(input.kind, InputKind::File(_) | InputKind::Stdin)
}
