//! What verifying comes to.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use super::name::DigestName;
use crate::diagnostic::{Code, Diagnostic};
use crate::finding::{Failure, Integrity, Verdict, counted};
use crate::source::Input;

/// What vouches for a digest, a chain or a query result; the more the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing.
    Unverifiable,
    /// Hashes alone: whoever can write them all can alter what they are over.
    HashChain,
    /// A signature that CloudTrail's public key fits.
    Signed,
}

impl From<Level> for Integrity {
    fn from(level: Level) -> Self {
        match level {
            Level::Unverifiable => Integrity::Unverifiable,
            Level::HashChain => Integrity::HashChain,
            Level::Signed => Integrity::Signed,
        }
    }
}

impl Level {
    /// The word that options and tools use.
    pub fn name(self) -> &'static str {
        match self {
            Level::Unverifiable => "unverifiable",
            Level::HashChain => "hash-chain",
            Level::Signed => "signed",
        }
    }
}

/// Everything that is to be said about a copy.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The chains, by account, region and trail.
    pub chains: Vec<ChainReport>,
    /// Results of CloudTrail Lake queries, by path.
    pub query_results: Vec<QueryResultReport>,
    /// What vouches for each of the inputs, in their order.
    pub files: Vec<Integrity>,
    /// What is wrong, or could not be found out.
    pub problems: Vec<Diagnostic>,
    /// Log files that are so new that the next digest will list them.
    pub pending: u64,
    /// Files that are neither log files nor digests.
    pub other_files: u64,
    /// The names of the first of these, some at most.
    pub first_others: Vec<String>,
    /// Hidden files, and what is no file: they were not looked at.
    pub skipped: u64,
    /// What it all comes to.
    pub verdict: Verdict,
}

/// One chain of digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// Whose it is.
    pub name: DigestName,
    /// When the time that it covers begins.
    pub first: Option<Timestamp>,
    /// When the time that it covers ends.
    pub last: Option<Timestamp>,
    /// What vouches for every digest, but for an unsigned tail.
    pub level: Level,
    /// Its digests by what vouches for each.
    pub digests: DigestCounts,
    /// The log files that they list.
    pub logs: LogCounts,
    /// The key of the newest digest, where nothing vouches for it yet.
    pub unsigned_tail: Option<String>,
    /// The place of the digest before the oldest one, where the copy has not got it.
    pub begins_after: Option<String>,
}

/// Digests by what vouches for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DigestCounts {
    /// A signature.
    pub signed: u64,
    /// The hash in the next digest.
    pub hashed: u64,
    /// Nothing.
    pub unverified: u64,
}

impl DigestCounts {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.signed + self.hashed + self.unverified
    }
}

/// Log files by what they came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogCounts {
    /// All that digests list.
    pub listed: u64,
    /// With the content that was delivered.
    pub intact: u64,
    /// Those of them whose digest has a signature that fits.
    pub signed: u64,
    /// With another content.
    pub altered: u64,
    /// Not there.
    pub missing: u64,
    /// At another place; counted as intact or altered too.
    pub moved: u64,
    /// Could not be read.
    pub unread: u64,
}

impl LogCounts {
    pub(super) fn add(&mut self, other: &LogCounts) {
        self.listed += other.listed;
        self.intact += other.intact;
        self.signed += other.signed;
        self.altered += other.altered;
        self.missing += other.missing;
        self.moved += other.moved;
        self.unread += other.unread;
    }
}

/// One signed list of the results of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryResultReport {
    /// The name of the list.
    pub list: String,
    /// How many files it lists.
    pub files: u64,
    /// How many of them are there as they were delivered.
    pub intact: u64,
    /// What vouches for the list.
    pub level: Level,
}

/// What a problem makes of a run, and what one of its kind is called.
pub fn exit_class(code: Code) -> (Failure, &'static str) {
    match code {
        Code::DigestDamaged => (Failure::Findings, "damaged digest"),
        Code::DigestAltered => (Failure::Findings, "altered digest"),
        Code::BadSignature => (Failure::Findings, "bad signature"),
        Code::DigestMissing => (Failure::Findings, "missing digest"),
        Code::ChainGap => (Failure::Findings, "gap"),
        Code::ChainRestarted => (Failure::Findings, "restarted chain"),
        Code::DigestUnlinked => (Failure::Findings, "digest outside of its chain"),
        Code::FileMoved => (Failure::Findings, "moved file"),
        Code::FileAltered => (Failure::Findings, "altered file"),
        Code::FileMissing => (Failure::Findings, "missing file"),
        Code::FileUnlisted => (Failure::Findings, "unlisted file"),
        Code::KeyOutOfTime => (Failure::Findings, "digest signed out of the key's time"),
        Code::NoDigests => (Failure::Input, "copy without a digest"),
        Code::KeyMissing => (Failure::Input, "unknown public key"),
        Code::NotVerifiable => (Failure::Input, "unknown algorithm"),
        _ => (Failure::Input, "problem with reading"),
    }
}

impl Report {
    /// What vouches for all of it.
    pub fn level(&self) -> Level {
        let chains = self.chains.iter().map(|chain| chain.level);
        let results = self.query_results.iter().map(|result| result.level);
        chains.chain(results).min().unwrap_or(Level::Unverifiable)
    }

    /// How many problems say that a digest is missing, or is not what was signed: what was
    /// delivered in its hour is not proven.
    pub fn digests_lost(&self) -> u64 {
        let lost = self.problems.iter().filter(|problem| {
            matches!(
                problem.code,
                Code::DigestMissing | Code::DigestDamaged | Code::DigestAltered
            )
        });
        lost.count() as u64
    }

    /// How many chains have a newest digest that nothing vouches for.
    pub fn tails(&self) -> u64 {
        let tails = self
            .chains
            .iter()
            .filter(|chain| chain.unsigned_tail.is_some());
        tails.count() as u64
    }

    /// Adds problems that were met before anything was verified.
    pub fn unread(&mut self, problems: impl IntoIterator<Item = Diagnostic>, require: Level) {
        self.problems.splice(0..0, problems);
        self.judge(require);
    }

    /// Takes note of what vouches for a file.
    pub(super) fn vouch(&mut self, file: usize, level: Level) {
        if let Some(known) = self.files.get_mut(file) {
            *known = level.into();
        }
    }

    /// Takes note of the files that are not what was delivered.
    pub(super) fn distrust(&mut self, inputs: &[Input]) {
        let failed: HashSet<&str> = self
            .problems
            .iter()
            .filter(|problem| matches!(problem.code, Code::FileAltered | Code::FileUnlisted))
            .filter_map(|problem| problem.place.as_deref())
            .collect();
        for (known, input) in self.files.iter_mut().zip(inputs) {
            if failed.contains(input.name.as_str()) {
                *known = Integrity::Failed;
            }
        }
    }

    /// Settles the verdict anew.
    pub(super) fn judge(&mut self, require: Level) {
        let mut counts: BTreeMap<(Failure, Code), u64> = BTreeMap::new();
        for problem in self.problems.iter().filter(|problem| problem.is_error()) {
            let (failure, _) = exit_class(problem.code);
            *counts.entry((failure, problem.code)).or_default() += 1;
        }
        self.verdict = Verdict::new();
        for failure in Failure::ALL {
            let said: Vec<String> = counts
                .iter()
                .filter(|((of, _), _)| *of == failure)
                .map(|((_, code), count)| counted_of(*count, exit_class(*code).1))
                .collect();
            if !said.is_empty() {
                self.verdict.fail(failure, said.join(", "));
            }
        }
        self.judge_level(require);
    }

    /// What was altered cannot be proven, and is said already.
    fn judge_level(&mut self, require: Level) {
        let tampered = self
            .verdict
            .reasons()
            .iter()
            .any(|reason| reason.failure == Failure::Findings);
        let below = |level: &Level| *level < require;
        let chains = self.chains.iter().map(|chain| chain.level);
        let chains = chains.filter(below).count() as u64;
        let results = self.query_results.iter().map(|result| result.level);
        let results = results.filter(below).count() as u64;
        for (count, what) in [(chains, "chain"), (results, "query result")] {
            if count > 0 && !tampered {
                let why = format!("{} below {}", counted(count, what), require.name());
                self.verdict.fail(Failure::Input, why);
            }
        }
        if require < Level::Signed {
            return;
        }
        for (count, what) in [(self.tails(), "unsigned tail"), (self.pending, "log file")] {
            if count > 0 {
                let suffix = if what == "log file" {
                    " that no digest covers yet"
                } else {
                    ""
                };
                let why = format!("{}{suffix}", counted(count, what));
                self.verdict.fail(Failure::Input, why);
            }
        }
    }
}

/// `2 altered digests`, `2 digests outside of their chain`, `2 copies without a digest`
fn counted_of(count: u64, what: &str) -> String {
    match (count, what) {
        (2.., "digest outside of its chain") => {
            format!("{} outside of their chain", counted(count, "digest"))
        }
        (2.., "digest signed out of the key's time") => {
            format!(
                "{} signed out of their key's time",
                counted(count, "digest")
            )
        }
        (_, "problem with reading") => format!("{} in reading", counted(count, "problem")),
        (_, "copy without a digest") => "not a single digest".to_owned(),
        _ => counted(count, what),
    }
}
