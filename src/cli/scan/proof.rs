//! `scan --verify`: what vouches for the files that events are read from.
//!
//! In come the paths of the scan; they are verified as `trailgate verify` does
//! before anything is judged. Out come a mark for each finding, the inputs that
//! may be read, and what the summary and the verdict say of it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use trailgate::codec::Limits;
use trailgate::diagnostic::{Code, Diagnostic};
use trailgate::event::Asked;
use trailgate::finding::{Integrity, IntegrityCounts, Summary};
use trailgate::integrity::{Report, verify};
use trailgate::source::s3::Object;
use trailgate::source::{Discovery, Input, InputKind};

use crate::cli::inputs::{S3Options, buckets, found_with_digests};
use crate::cli::integrity_options::{self, IntegrityOptions};

/// Whether inputs are verified, and what is done with those that fail.
#[derive(Debug, Args)]
pub(crate) struct VerifyOption {
    /// Verify the inputs first, as `trailgate verify` does with these options: `mark`
    /// findings with what vouches for their file, or `refuse` to read files that fail
    /// or are below --require [default without a value: mark]
    #[arg(long, value_name = "WHAT", num_args = 0..=1, require_equals = true,
        default_missing_value = "mark", value_enum)]
    verify: Option<Distrust>,

    #[command(flatten)]
    options: IntegrityOptions,
}

/// What is done with files that fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Distrust {
    /// They are read, and their findings marked
    Mark,
    /// They are not read
    Refuse,
}

/// What verifying came to.
pub(super) struct Proof {
    files: HashMap<String, Integrity>,
    report: Report,
    /// The least that a file must have to be read.
    least: Option<Integrity>,
    refused: u64,
}

impl Proof {
    /// Verifies, if that was asked for.
    ///
    /// # Errors
    /// Options that do not fit, or a file of keys that is something else.
    pub(super) fn of(
        option: &VerifyOption,
        paths: &[PathBuf],
        discovery: &Discovery,
        asked: &Asked,
        s3: &S3Options,
        jobs: NonZeroUsize,
        limits: Limits,
    ) -> Result<Option<Proof>, Box<Diagnostic>> {
        let Some(distrust) = option.verify else {
            return match option.options.given() {
                Some(name) => Err(Box::new(without_verify(name))),
                None => Ok(None),
            };
        };
        if discovery.has_stdin() {
            return Err(Box::new(no_stream()));
        }
        let mut evidence = option.options.saved()?;
        // What is not there is said when it is to be read.
        let inputs = found_with_digests(paths, asked, s3).inputs;
        let jobs = if buckets(paths).is_empty() {
            jobs
        } else {
            jobs.max(integrity_options::jobs(paths))
        };
        let options = option.options.options(paths, jobs, limits);
        let unfetched = option
            .options
            .fetch_keys(&mut evidence, &inputs, &options, s3);
        let mut report = verify(&inputs, &evidence, &options);
        report.problems.extend(unfetched);
        let scanned: HashSet<&str> = names(&discovery.inputs).collect();
        report.problems.retain(|problem| {
            let said_when_read =
                matches!(problem.code, Code::InputUnreadable | Code::BadCompression)
                    && problem
                        .place
                        .as_deref()
                        .is_some_and(|place| scanned.contains(place));
            !said_when_read
        });
        let mut files: HashMap<String, Integrity> = inputs
            .iter()
            .map(|input| input.name.clone())
            .zip(report.files.iter().copied())
            .collect();
        for replaced in replaced(&inputs, &discovery.inputs) {
            files.insert(replaced.to_owned(), Integrity::Unverifiable);
        }
        let least = Integrity::from(option.options.require()).max(Integrity::Unverifiable);
        Ok(Some(Proof {
            files,
            least: (distrust == Distrust::Refuse).then_some(least),
            report,
            refused: 0,
        }))
    }

    /// What vouches for a file; for what is in an archive, nothing does.
    pub(super) fn vouches_for(&self, file: &str) -> Integrity {
        let known = self.files.get(file).copied();
        known.unwrap_or(Integrity::Unverifiable)
    }

    /// Takes out the inputs that are not to be read, and says so of each.
    pub(super) fn refuse(&mut self, inputs: &mut Vec<Input>) -> Vec<Diagnostic> {
        let Some(least) = self.least else {
            return Vec::new();
        };
        let mut refused = Vec::new();
        inputs.retain(|input| {
            let integrity = self.vouches_for(&input.name);
            let reads = integrity >= least;
            if !reads {
                refused.push(refusal(&input.name, integrity));
            }
            reads
        });
        self.refused = refused.len() as u64;
        refused
    }

    /// What is wrong with the copy.
    pub(super) fn problems(&self) -> &[Diagnostic] {
        &self.report.problems
    }

    /// Says in the summary what vouches for the inputs, and in its verdict what
    /// verifying came to. `inputs` are those of the scan, refused ones included.
    pub(super) fn conclude(&self, inputs: &[String], summary: &mut Summary) {
        let mut files: BTreeMap<Integrity, u64> = BTreeMap::new();
        for input in inputs {
            *files.entry(self.vouches_for(input)).or_default() += 1;
        }
        summary.integrity = Some(IntegrityCounts {
            files,
            refused: self.refused,
        });
        for reason in self.report.verdict.reasons() {
            summary.verdict.fail(reason.failure, reason.why.clone());
        }
    }
}

/// The names of inputs.
pub(super) fn names(inputs: &[Input]) -> impl Iterator<Item = &str> {
    inputs.iter().map(|input| input.name.as_str())
}

/// The objects to be scanned that are not those that were verified.
fn replaced<'a>(verified: &[Input], scanned: &'a [Input]) -> Vec<&'a str> {
    let known: HashMap<&str, &Object> = objects(verified).collect();
    let other = |(name, object): &(&str, &Object)| {
        let known = known.get(name);
        known.is_some_and(|known| !known.is_same_content(object))
    };
    objects(scanned)
        .filter(other)
        .map(|(name, _)| name)
        .collect()
}

/// The objects among inputs, with their names.
fn objects(inputs: &[Input]) -> impl Iterator<Item = (&str, &Object)> {
    inputs.iter().filter_map(|input| match &input.kind {
        InputKind::Object(object) => Some((input.name.as_str(), object)),
        _ => None,
    })
}

fn refusal(file: &str, integrity: Integrity) -> Diagnostic {
    let why = match integrity {
        Integrity::Failed => "it is not what CloudTrail delivered",
        _ => "less vouches for it than `--require` says",
    };
    Diagnostic::new(Code::FileRefused, format!("the file was not read: {why}"))
        .in_place(file)
        .help("`--verify=mark` reads it, and marks its findings")
}

fn without_verify(option: &str) -> Diagnostic {
    Diagnostic::new(Code::Usage, format!("{option} says how to verify"))
        .help("add `--verify`, or leave it out")
}

fn no_stream() -> Diagnostic {
    Diagnostic::new(Code::Usage, "standard input cannot be verified")
        .help("digests cover files: name the folder that the copy is in")
}
