//! Which folder of a copy is which prefix of which bucket.
//!
//! Every digest says under which key it was written. Where the file lies in
//! folders that end as the key does, from `CloudTrail-Digest` on, what stands
//! before that is a pair of folder and prefix. A digest that was moved gives
//! another pair; the one that more digests give wins.

use std::collections::BTreeMap;
use std::path::Path;

use super::digest::Found;
use super::files::{Files, slashed};

/// A folder, and the place in S3 that it is a copy of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root {
    folder: String,
    bucket: String,
    prefix: String,
}

impl Root {
    /// Says that a folder is a copy of everything in a bucket below a prefix, which
    /// may be empty. The folder may be the address of another place in S3.
    pub fn new(folder: &Path, bucket: &str, prefix: &str) -> Root {
        let written = folder.to_string_lossy();
        Root {
            folder: match written.starts_with("s3://") {
                true => written.trim_end_matches('/').to_owned(),
                false => slashed(folder),
            },
            bucket: bucket.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
        }
    }

    /// Says that a bucket is what it is, and no copy of another one.
    pub fn bucket(bucket: &str) -> Root {
        Root::new(Path::new(&format!("s3://{bucket}")), bucket, "")
    }

    /// Whether one of two folders lies in the other.
    pub fn meets(&self, other: &Root) -> bool {
        let lies_in = |outer: &Root, inner: &Root| {
            !outer.folder.is_empty() && below(&outer.folder, &inner.folder).is_some()
        };
        self.folder == other.folder || lies_in(self, other) || lies_in(other, self)
    }

    /// Where an object of S3 should lie in the copy, if it belongs here.
    pub(super) fn path_of(&self, bucket: &str, key: &str) -> Option<String> {
        (bucket == self.bucket).then_some(())?;
        Some(joined(&self.folder, below(&self.prefix, key)?))
    }

    /// The key that a file of the copy should have, if it lies here.
    pub(super) fn key_of(&self, path: &str) -> Option<String> {
        Some(joined(&self.prefix, below(&self.folder, path)?))
    }

    /// Whether two roots say different things of the same files of one bucket.
    fn contradicts(&self, other: &Root) -> bool {
        if self.bucket != other.bucket {
            return false;
        }
        let differ = |outer: &Root, inner: &Root| {
            outer.folder == inner.folder && outer.prefix != inner.prefix
                || below(&outer.folder, &inner.folder)
                    .is_some_and(|rest| joined(&outer.prefix, rest) != inner.prefix)
        };
        differ(self, other) || differ(other, self)
    }
}

/// What of a path or key is below a folder or prefix.
fn below<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
    if folder.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix(folder)?;
    if folder.ends_with('/') {
        return Some(rest);
    }
    rest.strip_prefix('/')
}

fn joined(folder: &str, rest: &str) -> String {
    if folder.is_empty() || folder.ends_with('/') {
        return format!("{folder}{rest}");
    }
    format!("{folder}/{rest}")
}

/// The roots of a copy: those that were named, then those that digests outside of
/// them agree on.
pub(super) fn roots(named: &[Root], digests: &[Found], files: &Files<'_>) -> Vec<Root> {
    let mut votes: BTreeMap<(Root, usize), usize> = BTreeMap::new();
    for found in digests {
        let path = files.path(found.file);
        if named.iter().any(|root| root.key_of(path).is_some()) {
            continue;
        }
        if let Some(vote) = vote(path, &found.digest.bucket, &found.digest.key) {
            *votes.entry(vote).or_default() += 1;
        }
    }
    let mut ranked: Vec<_> = votes.into_iter().collect();
    // The most votes first, then the longest agreement; equal ones by name.
    ranked.sort_by_key(|((_, agreed), count)| std::cmp::Reverse((*count, *agreed)));
    let mut roots = named.to_vec();
    for ((root, _), _) in ranked {
        if !roots.iter().any(|known| known.contradicts(&root)) {
            roots.push(root);
        }
    }
    roots
}

/// What one digest says about its folder, and on how many parts path and key agree.
fn vote(path: &str, bucket: &str, key: &str) -> Option<(Root, usize)> {
    let paths: Vec<&str> = path.split('/').collect();
    let keys: Vec<&str> = key.split('/').collect();
    let agreed = paths
        .iter()
        .rev()
        .zip(keys.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let mark = keys.iter().rposition(|part| *part == "CloudTrail-Digest")?;
    if agreed < keys.len() - mark {
        return None;
    }
    let folder = &paths[..paths.len() - agreed];
    // The parts of `/a` are nothing and `a`.
    let folder = if folder == [""] {
        "/".to_owned()
    } else {
        folder.join("/")
    };
    let root = Root {
        folder,
        bucket: bucket.to_owned(),
        prefix: keys[..keys.len() - agreed].join("/"),
    };
    Some((root, agreed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AWSLogs/1/CloudTrail-Digest/us-east-1/2026/01/05/name.json.gz";

    fn voted(path: &str) -> Option<(String, String)> {
        vote(path, "b", KEY).map(|(root, _)| (root.folder, root.prefix))
    }

    #[test]
    fn a_copy_may_begin_anywhere_above_the_digests() {
        let pair = |folder: &str, prefix: &str| Some((folder.to_owned(), prefix.to_owned()));
        let tail = "CloudTrail-Digest/us-east-1/2026/01/05/name.json.gz";
        assert_eq!(voted(&format!("x/AWSLogs/1/{tail}")), pair("x", ""));
        assert_eq!(voted(&format!("AWSLogs/1/{tail}")), pair("", ""));
        assert_eq!(voted(&format!("/AWSLogs/1/{tail}")), pair("/", ""));
        assert_eq!(voted(&format!("/x/1/{tail}")), pair("/x", "AWSLogs"));
        assert_eq!(voted(tail), pair("", "AWSLogs/1"));
        assert_eq!(voted("us-east-1/2026/01/05/name.json.gz"), None);
        assert_eq!(
            voted("x/CloudTrail-Digest/us-east-1/2026/01/06/name.json.gz"),
            None
        );
    }

    #[test]
    fn an_object_lies_where_its_root_says_and_back() {
        for (folder, prefix) in [("", ""), ("x", ""), ("x/y", "p/q"), ("/", ""), ("/x", "p")] {
            let root = Root::new(Path::new(folder), "b", prefix);
            let key = joined(prefix, "AWSLogs/1/a.gz");
            let path = root.path_of("b", &key).unwrap();
            assert_eq!(
                root.key_of(&path).as_deref(),
                Some(key.as_str()),
                "{folder}"
            );
            assert_eq!(root.path_of("c", &key), None);
        }
        let root = Root::new(Path::new("x"), "b", "p");
        assert_eq!(root.path_of("b", "pq/a"), None);
        assert_eq!(root.key_of("xy/a"), None);
    }

    #[test]
    fn two_buckets_may_share_a_folder_and_one_may_be_split_into_several() {
        let root =
            |folder: &str, bucket: &str, prefix: &str| Root::new(Path::new(folder), bucket, prefix);
        assert!(!root("x", "a", "").contradicts(&root("x", "b", "p")));
        assert!(!root("x/1", "a", "").contradicts(&root("x/2", "a", "")));
        assert!(!root("x", "a", "").contradicts(&root("x/p", "a", "p")));
        assert!(root("x", "a", "").contradicts(&root("x/AWSLogs/2", "a", "AWSLogs/1")));
        assert!(root("x", "a", "p").contradicts(&root("x", "a", "")));
    }
}
