//! A directory becomes the files in it that may be exports.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::unreadable;
use crate::diagnostic::Diagnostic;

/// What CloudTrail calls the folder and the files of digests.
const DIGEST_MARK: &str = "CloudTrail-Digest";

/// How many things in directories and archives were left out, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Files whose name begins with a dot, and directories, each counted as one.
    pub hidden: usize,
    /// Digest files, told by their name or folder.
    pub digest: usize,
    /// Pipes, sockets and devices: opening one could wait for ever.
    pub special: usize,
    /// Links in archives: what they lead to is read where it is.
    pub link: usize,
    /// Folders of other services beside those of CloudTrail in a bucket.
    pub other_service: usize,
    /// The state file of the run, which lies among its inputs.
    pub state: usize,
}

impl Skipped {
    /// Adds what was left out elsewhere.
    pub fn add(&mut self, other: Skipped) {
        self.hidden += other.hidden;
        self.digest += other.digest;
        self.special += other.special;
        self.link += other.link;
        self.other_service += other.other_service;
        self.state += other.state;
    }
}

/// A file that was found, under the path it was reached by and its real one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) real: PathBuf,
}

/// Which of the files below a directory are wanted.
pub(super) trait Wanted {
    /// Whether this file is.
    fn file(&self, path: &Path) -> bool;
    /// Whether everything below this directory is.
    fn whole(&self, path: &Path) -> bool;
    /// Whether something below this directory may be; depth 1 is the directory
    /// that the walk began with.
    fn enter(&self, depth: usize) -> bool;
}

/// All files are wanted.
pub(super) struct Everything;

impl Wanted for Everything {
    fn file(&self, _: &Path) -> bool {
        true
    }

    fn whole(&self, _: &Path) -> bool {
        true
    }

    fn enter(&self, _: usize) -> bool {
        true
    }
}

/// What a walk gathers. Left-out things are kept by real path, so that one that
/// is reached twice counts once.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Whether digest files are inputs too.
    pub(super) takes_digests: bool,
    pub(super) found: Vec<Found>,
    pub(super) hidden: BTreeSet<PathBuf>,
    pub(super) digest: BTreeSet<PathBuf>,
    pub(super) special: BTreeSet<PathBuf>,
    pub(super) problems: Vec<Diagnostic>,
}

/// A directory that is to be listed.
struct Pending {
    found: Found,
    depth: usize,
    whole: bool,
    /// Whether a folder above it is one of digests.
    digest: bool,
}

impl Walk {
    /// Gathers what is wanted below a directory. Links are followed; a directory
    /// that is reached again, through a loop or otherwise, is not listed again.
    pub(super) fn gather(&mut self, root: &Path, wanted: &dyn Wanted) {
        let found = match fs::canonicalize(root) {
            Ok(real) => Found {
                path: root.to_owned(),
                real,
            },
            Err(error) => return self.problem(root, &error),
        };
        let whole = wanted.whole(root);
        let mut listed = HashSet::new();
        let mut pending = vec![Pending {
            found,
            depth: 1,
            whole,
            digest: false,
        }];
        while let Some(directory) = pending.pop() {
            if !listed.insert(directory.found.real.clone()) {
                continue;
            }
            let below = match self.list(&directory, wanted) {
                Ok(below) => below,
                Err(error) => {
                    self.problem(&directory.found.path, &error);
                    continue;
                }
            };
            // Last in, first out: the first name is listed next.
            pending.extend(below.into_iter().rev());
        }
    }

    /// Takes in a directory's files and gives the directories below it, by name.
    fn list(&mut self, directory: &Pending, wanted: &dyn Wanted) -> io::Result<Vec<Pending>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&directory.found.path)? {
            names.push(entry?.file_name());
        }
        names.sort();
        let mut below = Vec::new();
        for name in names {
            let path = directory.found.path.join(&name);
            let (file_type, real) = match resolve(&path, directory.found.real.join(&name)) {
                Ok(resolved) => resolved,
                Err(error) => {
                    if directory.whole || wanted.file(&path) {
                        self.problem(&path, &error);
                    }
                    continue;
                }
            };
            let whole = directory.whole || wanted.whole(&path);
            let is_directory = file_type.is_dir();
            let enter = is_directory && (whole || wanted.enter(directory.depth + 1));
            let take = whole || (!is_directory && wanted.file(&path));
            let digest = directory.digest || is_digest(&name.to_string_lossy());
            if !enter && !take {
                continue;
            }
            if name.as_encoded_bytes().starts_with(b".") {
                if take {
                    self.hidden.insert(real);
                }
            } else if is_directory {
                let found = Found { path, real };
                below.push(Pending {
                    found,
                    depth: directory.depth + 1,
                    whole,
                    digest,
                });
            } else if digest && !self.takes_digests {
                self.digest.insert(real);
            } else if file_type.is_file() {
                self.found.push(Found { path, real });
            } else {
                self.special.insert(real);
            }
        }
        Ok(below)
    }

    fn problem(&mut self, path: &Path, error: &io::Error) {
        self.problems
            .push(unreadable(&path.to_string_lossy(), error));
    }
}

/// What stands at a path and its real path, links followed; `unlinked` is the
/// real path if it is no link.
fn resolve(path: &Path, unlinked: PathBuf) -> io::Result<(fs::FileType, PathBuf)> {
    let file_type = fs::symlink_metadata(path)?.file_type();
    if !file_type.is_symlink() {
        return Ok((file_type, unlinked));
    }
    let real = fs::canonicalize(path)?;
    Ok((fs::metadata(&real)?.file_type(), real))
}

/// Whether a file or folder of this name is one of digests.
pub(crate) fn is_digest(name: &str) -> bool {
    name == DIGEST_MARK || name.contains("_CloudTrail-Digest_")
}
