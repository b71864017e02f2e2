//! Files of the copy that nothing lists.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::chain::Chain;
use super::files::Files;
use super::location::Root;
use super::name::{LogName, is_digest, is_log_key};
use crate::diagnostic::{Code, Diagnostic};

/// How long after the end of the last digest a log file waits for the next one,
/// which comes within the hour after it.
const NEXT_DIGEST: SignedDuration = SignedDuration::from_hours(2);

/// How many files that are neither logs nor digests are named.
const NAMED: usize = 3;

/// What is left when everything that is listed was checked.
#[derive(Debug, Default)]
pub(super) struct Uncovered {
    pub(super) problems: Vec<Diagnostic>,
    /// Log files that the next digest will list.
    pub(super) pending: u64,
    /// Files that are neither logs nor digests.
    pub(super) other_files: u64,
    /// The names of the first of them.
    pub(super) first_others: Vec<String>,
}

/// Sorts the files that nothing lists.
pub(super) fn uncovered(
    files: &Files<'_>,
    roots: &[Root],
    chains: &[Chain<'_>],
    listed: &HashSet<usize>,
    results: &HashSet<usize>,
) -> Uncovered {
    let mut uncovered = Uncovered::default();
    for (file, path) in files.paths().enumerate() {
        if listed.contains(&file) || results.contains(&file) || is_digest(path) {
            continue;
        }
        let lies_as_logs = |root: &Root| root.key_of(path).is_some_and(|key| is_log_key(&key));
        if LogName::of_path(path).is_none() && !roots.iter().any(lies_as_logs) {
            uncovered.other_files += 1;
            if uncovered.first_others.len() < NAMED {
                let name = files.input(file).name.clone();
                uncovered.first_others.push(name);
            }
            continue;
        }
        match standing(path, chains) {
            Standing::Pending => uncovered.pending += 1,
            Standing::Unlisted(why) => uncovered.problems.push(
                Diagnostic::new(Code::FileUnlisted, "no digest lists the log file")
                    .in_place(&files.input(file).name)
                    .help(why),
            ),
        }
    }
    uncovered
}

enum Standing {
    Pending,
    Unlisted(String),
}

/// Why no digest lists a log file, as far as its name and the digests say.
fn standing(path: &str, chains: &[Chain<'_>]) -> Standing {
    let Some(log) = LogName::of_path(path) else {
        return Standing::Unlisted("it is not called as CloudTrail calls log files".to_owned());
    };
    let of_log = |chain: &&Chain<'_>| {
        let name = &chain.name;
        !name.backfill && name.account == log.account && name.region == log.region
    };
    let times: Vec<(Timestamp, Timestamp)> = chains
        .iter()
        .filter(of_log)
        .flat_map(|chain| &chain.links)
        .map(|link| (link.found.digest.start, link.found.digest.end))
        .collect();
    let delivered = log.delivered;
    let (first, last) = (
        times.iter().map(|(start, _)| *start).min(),
        times.iter().map(|(_, end)| *end).max(),
    );
    let (Some(first), Some(last)) = (first, last) else {
        return Standing::Unlisted(format!(
            "the copy has no digest of account {} in {}",
            log.account, log.region
        ));
    };
    if delivered >= last && delivered.duration_since(last) < NEXT_DIGEST {
        return Standing::Pending;
    }
    let covers = |(start, end): &(Timestamp, Timestamp)| *start <= delivered && delivered <= *end;
    Standing::Unlisted(if delivered < first {
        format!("it is older than the first digest, which begins at {first}")
    } else if delivered > last {
        format!("it is newer than the last digest, which ends at {last}")
    } else if times.iter().any(covers) {
        "the digest of its hour does not have it: it was added afterwards, or another trail \
         without validation wrote it"
            .to_owned()
    } else {
        "it is of an hour whose digest is not there".to_owned()
    })
}
