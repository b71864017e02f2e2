//! The log files that digests list: there, at their place, and as delivered.

use std::collections::HashSet;

use super::chain::{Chain, Link};
use super::content::{self, Hash, hash_decoded, unhex};
use super::digest::{self, LogFile};
use super::files::Files;
use super::location::Root;
use super::report::{Level, LogCounts};
use super::work::side_by_side;
use super::{Options, content::Hashed};
use crate::codec::CodecFault;
use crate::diagnostic::{Code, Diagnostic};

/// The only kind of hash that CloudTrail writes.
pub(super) const HASH_ALGORITHM: &str = "SHA-256";

/// What the log files of all chains came to.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// One for each chain.
    pub(super) counts: Vec<LogCounts>,
    pub(super) problems: Vec<Diagnostic>,
    /// Files that a digest lists.
    pub(super) listed: HashSet<usize>,
    /// Those of them that are as they were delivered, with what vouches for that.
    pub(super) intact: Vec<(usize, Level)>,
}

/// What the log files of one digest came to.
#[derive(Debug, Default)]
struct OfDigest {
    counts: LogCounts,
    problems: Vec<Diagnostic>,
    listed: Vec<usize>,
    intact: Vec<(usize, Level)>,
}

/// Checks the log files of every digest, on several threads; what comes out does
/// not depend on how many.
pub(super) fn check(
    chains: &[Chain<'_>],
    files: &Files<'_>,
    roots: &[Root],
    options: &Options,
) -> Checked {
    let work: Vec<(usize, &Link<'_>)> = chains
        .iter()
        .enumerate()
        .flat_map(|(chain, of)| of.links.iter().map(move |link| (chain, link)))
        .collect();
    let done = side_by_side(&work, options.jobs, |(_, link)| {
        of_digest(link, files, roots, options)
    });
    let mut checked = Checked {
        counts: vec![LogCounts::default(); chains.len()],
        ..Checked::default()
    };
    for ((chain, _), of) in work.into_iter().zip(done) {
        checked.counts[chain].add(&of.counts);
        checked.problems.extend(of.problems);
        checked.listed.extend(of.listed);
        checked.intact.extend(of.intact);
    }
    checked
}

fn of_digest(link: &Link<'_>, files: &Files<'_>, roots: &[Root], options: &Options) -> OfDigest {
    let mut of = OfDigest::default();
    let logs = match digest::read(files, link.found.file, options) {
        Ok((_, logs, hash)) if hash == link.found.hash => logs,
        Ok(_) => {
            let message = "the file changed while it was verified";
            of.problems.push(
                Diagnostic::new(Code::InputUnreadable, message)
                    .in_place(link.shown)
                    .help("verify a copy that nobody writes to"),
            );
            return of;
        }
        Err(problem) => {
            of.problems.push(*problem);
            return of;
        }
    };
    for log in logs {
        of.counts.listed += 1;
        one(&log, link, files, roots, options, &mut of);
    }
    of
}

/// Finds a log file and compares what it holds.
fn one(
    log: &LogFile,
    link: &Link<'_>,
    files: &Files<'_>,
    roots: &[Root],
    options: &Options,
    of: &mut OfDigest,
) {
    let key = format!("s3://{}/{}", log.s3_bucket, log.s3_object);
    let at_its_place = roots
        .iter()
        .filter_map(|root| root.path_of(&log.s3_bucket, &log.s3_object))
        .find_map(|path| files.at(&path));
    let Some(file) = at_its_place.or_else(|| files.named_as(&log.s3_object).first().copied())
    else {
        of.counts.missing += 1;
        of.problems.push(
            Diagnostic::new(Code::FileMissing, "a log file is missing")
                .in_place(key)
                .help(format!("{} lists it", link.shown)),
        );
        return;
    };
    of.listed.push(file);
    let input = files.input(file);
    if at_its_place.is_none() {
        of.counts.moved += 1;
        of.problems.push(
            Diagnostic::new(Code::FileMoved, "the log file was moved")
                .in_place(&input.name)
                .help(format!("CloudTrail wrote it to {key}")),
        );
    }
    let wanted = unhex(&log.hash_value).and_then(|bytes| Hash::try_from(bytes).ok());
    let Some(wanted) = wanted.filter(|_| log.hash_algorithm == HASH_ALGORITHM) else {
        of.counts.unread += 1;
        of.problems.push(
            Diagnostic::new(
                Code::NotVerifiable,
                "what the digest says is no SHA-256 hash",
            )
            .in_place(key)
            .help(format!("{} lists it", link.shown)),
        );
        return;
    };
    match hash_decoded(input, options.limits) {
        Ok(hashed) => match alteration(hashed, wanted) {
            None => {
                of.counts.intact += 1;
                of.intact.push((file, link.level));
                of.counts.signed += u64::from(link.level == Level::Signed);
            }
            Some((message, help)) => {
                of.counts.altered += 1;
                let problem = Diagnostic::new(Code::FileAltered, message);
                of.problems.push(problem.in_place(&input.name).help(help));
            }
        },
        Err(problem) => {
            of.counts.unread += 1;
            of.problems.push(*problem);
        }
    }
}

/// How a log file differs from what was delivered, if it does.
fn alteration(hashed: Hashed, wanted: content::Hash) -> Option<(String, &'static str)> {
    let same = hashed.hash == wanted;
    match hashed.fault {
        None if same => None,
        None => Some((
            "the log file was altered".to_owned(),
            "its content has another hash than the digest says",
        )),
        Some(CodecFault::TrailingData(_)) if same => Some((
            "something was appended to the log file".to_owned(),
            "what was delivered is whole; what follows the gzip data is no gzip",
        )),
        Some(fault) => Some((
            format!("the log file was altered: {fault}"),
            "what CloudTrail delivers can be decompressed; copy it from the bucket again",
        )),
    }
}
