//! Digests become chains: one for each trail, account and region.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::digest::{Digest, Found};
use super::files::{Files, name_of};
use super::location::Root;
use super::name::DigestName;
use super::report::{ChainReport, DigestCounts, Level, LogCounts};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Input;

/// One digest of a chain.
#[derive(Debug)]
pub(super) struct Link<'a> {
    pub(super) found: Found,
    /// The name of its file, as people know it.
    pub(super) shown: &'a str,
    /// What vouches for it; settled by the walk along the chain.
    pub(super) level: Level,
}

/// The digests of one trail, account and region, the oldest first.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    pub(super) name: DigestName,
    pub(super) links: Vec<Link<'a>>,
    /// Keys under which something lies that could not be read as a digest.
    pub(super) broken: HashSet<String>,
    pub(super) problems: Vec<Diagnostic>,
    /// The newest digest, where nothing vouches for it.
    pub(super) tail: bool,
    /// The digest before the oldest one, which is not part of the copy.
    pub(super) begins_after: Option<String>,
}

/// Sorts digests into chains, and says which lie where they were not written.
pub(super) fn chains<'a>(
    found: Vec<Found>,
    broken: Vec<usize>,
    files: &'a Files<'_>,
    roots: &[Root],
) -> Vec<Chain<'a>> {
    let mut chains: BTreeMap<DigestName, Chain<'a>> = BTreeMap::new();
    let claimed: HashMap<usize, (String, String)> = found
        .iter()
        .map(|f| (f.file, (f.digest.bucket.clone(), f.digest.key.clone())))
        .collect();
    // A digest at its own place comes before a copy of it elsewhere.
    let mut sorted: Vec<(bool, Found)> = found
        .into_iter()
        .map(|found| (!in_place(&found, files, roots), found))
        .collect();
    sorted.sort_by_key(|(moved, found)| (*moved, found.file));
    let mut known = HashSet::new();
    for (moved, found) in sorted {
        let input = files.input(found.file);
        let chain = chains
            .entry(found.digest.name.clone())
            .or_insert_with_key(|name| Chain::new(name.clone()));
        let first = known.insert((found.digest.bucket.clone(), found.digest.key.clone()));
        if moved || !first {
            let swapped = swapped_with(&found, files, roots, &claimed);
            let problem =
                moved_digest(input, &found.digest, first, swapped.map(|f| files.input(f)));
            chain.problems.push(problem);
        }
        if first {
            chain.links.push(Link {
                found,
                shown: &input.name,
                level: Level::Unverifiable,
            });
        }
    }
    for file in broken {
        let path = files.path(file);
        // By its name alone: what stands in it cannot be read.
        if let Some(name) = DigestName::of_key(path)
            && let Some(chain) = chains.get_mut(&name)
        {
            let keys = roots.iter().filter_map(|root| root.key_of(path));
            chain.broken.extend(keys);
            chain.broken.insert(name_of(path).to_owned());
        }
    }
    let mut chains: Vec<Chain<'a>> = chains.into_values().collect();
    for chain in &mut chains {
        chain.links.sort_by(|a, b| {
            let order = |link: &Link<'_>| (link.found.digest.end, link.found.digest.start);
            let keys = (&a.found.digest.key, &b.found.digest.key);
            order(a).cmp(&order(b)).then_with(|| keys.0.cmp(keys.1))
        });
    }
    chains
}

fn in_place(found: &Found, files: &Files<'_>, roots: &[Root]) -> bool {
    let (bucket, key) = (&found.digest.bucket, &found.digest.key);
    roots
        .iter()
        .any(|root| root.path_of(bucket, key).as_deref() == Some(files.path(found.file)))
}

/// The file at the place of a digest, if what it holds belongs here.
fn swapped_with(
    found: &Found,
    files: &Files<'_>,
    roots: &[Root],
    claimed: &HashMap<usize, (String, String)>,
) -> Option<usize> {
    let (bucket, key) = (&found.digest.bucket, &found.digest.key);
    let there = roots
        .iter()
        .find_map(|root| files.at(&root.path_of(bucket, key)?))?;
    let (bucket, key) = claimed.get(&there)?;
    let belongs_here = roots
        .iter()
        .any(|root| root.path_of(bucket, key).as_deref() == Some(files.path(found.file)));
    belongs_here.then_some(there)
}

fn moved_digest(
    input: &Input,
    digest: &Digest,
    first: bool,
    swapped: Option<&Input>,
) -> Diagnostic {
    let key = format!("s3://{}/{}", digest.bucket, digest.key);
    let (message, help) = match swapped {
        Some(other) => (
            "two digests were swapped".to_owned(),
            format!(
                "this is the one of {key}, and that one is in {}",
                other.name
            ),
        ),
        None if first => (
            "the digest was moved".to_owned(),
            format!("CloudTrail wrote it to {key}; `--root` says what a folder is a copy of"),
        ),
        None => (
            "a digest stands in a second place".to_owned(),
            format!("another file is the one of {key}; verify one copy at a time"),
        ),
    };
    Diagnostic::new(Code::FileMoved, message)
        .in_place(&input.name)
        .help(help)
}

impl Chain<'_> {
    fn new(name: DigestName) -> Self {
        Chain {
            name,
            links: Vec::new(),
            broken: HashSet::new(),
            problems: Vec::new(),
            tail: false,
            begins_after: None,
        }
    }

    /// Whether something unreadable lies under a key.
    pub(super) fn is_broken(&self, key: &str) -> bool {
        self.broken.contains(key) || self.broken.contains(name_of(key))
    }

    /// What the chain as a whole comes to: the least of its digests. A newest one
    /// that nothing vouches for yet is told apart from the rest.
    fn level(&self) -> Level {
        let judged = &self.links[..self.links.len() - usize::from(self.tail)];
        let least = judged.iter().map(|link| link.level).min();
        least.unwrap_or(Level::Unverifiable)
    }

    pub(super) fn report(&self, logs: LogCounts) -> ChainReport {
        let of_level = |level| {
            let links = self.links.iter().filter(|link| link.level == level);
            links.count() as u64
        };
        let newest = self.links.last().filter(|_| self.tail);
        ChainReport {
            name: self.name.clone(),
            first: self.links.first().map(|link| link.found.digest.start),
            last: self.links.last().map(|link| link.found.digest.end),
            level: self.level(),
            digests: DigestCounts {
                signed: of_level(Level::Signed),
                hashed: of_level(Level::HashChain),
                unverified: of_level(Level::Unverifiable),
            },
            logs,
            unsigned_tail: newest.map(|link| link.found.digest.key.clone()),
            begins_after: self.begins_after.clone(),
        }
    }
}
