//! The walk along a chain, from the newest digest to the oldest: what each says of
//! the one before it, and whether that one is there.

use std::collections::{BTreeMap, HashMap};

use super::chain::{Chain, Link};
use super::digest::PreviousDigest;
use super::evidence::Evidence;
use super::vouch::Facts;
use crate::diagnostic::{Code, Diagnostic};

/// Walks along a chain and settles what vouches for each of its digests.
pub(super) fn judge(chain: &mut Chain<'_>, evidence: &Evidence) -> Vec<Diagnostic> {
    let quoted_by = walk(chain);
    let mut problems = std::mem::take(&mut chain.problems);
    let mut missing_keys: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    let newest = chain.links.len().saturating_sub(1);
    for (index, next) in quoted_by.into_iter().enumerate() {
        let facts = Facts::gather(chain, index, next, evidence);
        if facts.key_missing() {
            let fingerprint = chain.links[index].found.digest.fingerprint.clone();
            missing_keys.entry(fingerprint).or_insert((index, 0)).1 += 1;
        }
        problems.extend(facts.problems(chain, index, next));
        chain.tail |= index == newest && facts.nothing_vouches();
        chain.links[index].level = facts.level();
    }
    for (fingerprint, (first, count)) in missing_keys {
        problems.push(key_missing(&chain.links[first], &fingerprint, count));
    }
    problems
}

/// Goes from each digest to the one before it. Gives for each digest the one that
/// quotes it.
fn walk(chain: &mut Chain<'_>) -> Vec<Option<usize>> {
    let mut quoted_by = vec![None; chain.links.len()];
    let by_key: HashMap<(String, String), usize> = chain
        .links
        .iter()
        .enumerate()
        .map(|(index, link)| {
            let digest = &link.found.digest;
            ((digest.bucket.clone(), digest.key.clone()), index)
        })
        .collect();
    let mut next = chain.links.len().checked_sub(1);
    while let Some(at) = next {
        let older = at.checked_sub(1);
        next = match chain.links[at].found.digest.previous.clone() {
            None => {
                let problem = older.map(|older| restarted(&chain.links[older], &chain.links[at]));
                chain.problems.extend(problem);
                older
            }
            Some(previous) => {
                let key = (previous.bucket.clone(), previous.key.clone());
                match by_key.get(&key) {
                    Some(&to) if to < at => {
                        quoted_by[to] = Some(at);
                        follow(chain, at, to);
                        Some(to)
                    }
                    Some(_) => {
                        let problem = not_older(&chain.links[at], &previous.key);
                        chain.problems.push(problem);
                        older
                    }
                    None => {
                        lost(chain, at, &previous);
                        older
                    }
                }
            }
        };
    }
    quoted_by
}

/// From a digest to an older one that it quotes: what stands between, and the time
/// between.
fn follow(chain: &mut Chain<'_>, at: usize, to: usize) {
    for skipped in to + 1..at {
        let problem = unlinked(&chain.links[skipped], &chain.links[at]);
        chain.problems.push(problem);
    }
    let gap = gap(&chain.links[to], &chain.links[at], chain.name.backfill);
    chain.problems.extend(gap);
}

/// The digest before one is not there: missing, unreadable, or older than the copy.
fn lost(chain: &mut Chain<'_>, at: usize, previous: &PreviousDigest) {
    if chain.is_broken(&previous.key) {
        return;
    }
    let place = format!("s3://{}/{}", previous.bucket, previous.key);
    match at.checked_sub(1) {
        Some(older) => {
            let problem = missing(&chain.links[older], &chain.links[at], &place);
            chain.problems.push(problem);
        }
        None => chain.begins_after = Some(place),
    }
}

fn key_missing(first: &Link<'_>, fingerprint: &str, count: u64) -> Diagnostic {
    let digests = crate::finding::counted(count, "digest");
    let message = format!("the public key {fingerprint} of {digests} is not among those given");
    Diagnostic::new(Code::KeyMissing, message)
        .in_place(first.shown)
        .help(
            "list the keys of the time and the region of the trail, and give them with \
             `--public-keys`",
        )
}

fn restarted(older: &Link<'_>, newer: &Link<'_>) -> Diagnostic {
    let message = format!(
        "the chain begins anew: nothing proves what was delivered between {} and {}",
        older.found.digest.end, newer.found.digest.start
    );
    Diagnostic::new(Code::ChainRestarted, message)
        .in_place(newer.shown)
        .help("logging or validation was off in between, or digests were removed")
}

fn gap(older: &Link<'_>, newer: &Link<'_>, backfill: bool) -> Option<Diagnostic> {
    let (from, to) = (older.found.digest.end, newer.found.digest.start);
    // Those written later cover single hours.
    if backfill || from >= to {
        return None;
    }
    let message = format!("no digest covers the time from {from} to {to}");
    let problem = Diagnostic::new(Code::ChainGap, message).in_place(newer.shown);
    Some(problem.help("the digests around it follow each other, so CloudTrail wrote none"))
}

fn missing(older: &Link<'_>, newer: &Link<'_>, place: &str) -> Diagnostic {
    let message = format!(
        "a digest is missing: nothing proves what was delivered between {} and {}",
        older.found.digest.end, newer.found.digest.start
    );
    Diagnostic::new(Code::DigestMissing, message)
        .in_place(newer.shown)
        .help(format!("it follows {place}, which is not in the copy"))
}

fn unlinked(link: &Link<'_>, newer: &Link<'_>) -> Diagnostic {
    let message = "no other digest follows this one: it is not part of the chain";
    Diagnostic::new(Code::DigestUnlinked, message)
        .in_place(link.shown)
        .help(format!("{} follows an older one", newer.shown))
}

fn not_older(link: &Link<'_>, key: &str) -> Diagnostic {
    let message = "the digest says that it follows one that is not older";
    Diagnostic::new(Code::DigestAltered, message)
        .in_place(link.shown)
        .help(format!("it names {key}"))
}
