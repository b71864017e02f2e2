//! The paths of a command line become inputs.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::pattern::Pattern;
use super::walk::{Everything, Found, Skipped, Walk};
use super::{Input, InputKind, unreadable};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};

/// What a command line's paths came to.
#[derive(Debug, Default)]
pub struct Discovery {
    /// What to read: standard input first, then files by path, name by name and
    /// byte by byte. A file that is reached in several ways is there once.
    pub inputs: Vec<Input>,
    /// What directories held that is not read.
    pub skipped: Skipped,
    /// What was asked for and cannot be had, in the order it was asked for.
    pub problems: Vec<Diagnostic>,
    /// Directories that hold no file to read, in the order they were asked for.
    pub empty: Vec<Diagnostic>,
}

/// Finds the inputs that paths name. `-` is standard input; a path that exists is
/// taken as it is; one that does not and has `*`, `?`, `[` or `{` in it is a
/// pattern. A file that is named is read whatever it is called; in directories
/// hidden files, digest files and what is no file are left out and counted.
pub fn discover<P: AsRef<Path>>(paths: &[P]) -> Discovery {
    discover_with(paths, Walk::default())
}

/// The same, digest files in directories included.
pub fn discover_with_digests<P: AsRef<Path>>(paths: &[P]) -> Discovery {
    let walk = Walk {
        takes_digests: true,
        ..Walk::default()
    };
    discover_with(paths, walk)
}

fn discover_with<P: AsRef<Path>>(paths: &[P], mut walk: Walk) -> Discovery {
    let mut empty = Vec::new();
    let mut stdin = false;
    for path in paths {
        let path = path.as_ref();
        if path == Path::new("-") {
            stdin = true;
        } else {
            argument(path, &mut walk, &mut empty);
        }
    }
    let files = unique(walk.found);
    let read: HashSet<&Path> = files.iter().map(|file| file.real.as_path()).collect();
    let left_out = |skipped: &BTreeSet<PathBuf>| {
        skipped
            .iter()
            .filter(|path| !read.contains(path.as_path()))
            .count()
    };
    let skipped = Skipped {
        hidden: left_out(&walk.hidden),
        digest: left_out(&walk.digest),
        special: left_out(&walk.special),
        ..Skipped::default()
    };
    let stdin = stdin.then(Input::stdin);
    let files = files.into_iter().map(|file| Input::file(file.path));
    Discovery {
        inputs: stdin.into_iter().chain(files).collect(),
        skipped,
        problems: walk.problems,
        empty,
    }
}

/// One file per real path, under the first of its names, in the order of names.
/// Paths compare name by name and names byte by byte.
fn unique(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by(|a, b| a.path.cmp(&b.path));
    let mut seen = HashSet::new();
    found.retain(|file| seen.insert(file.real.clone()));
    found
}

fn argument(path: &Path, walk: &mut Walk, empty: &mut Vec<Diagnostic>) {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            let before = walk.found.len();
            let problems = walk.problems.len();
            walk.gather(path, &Everything);
            if walk.found.len() == before && walk.problems.len() == problems {
                empty.push(nothing_in(path));
            }
        }
        Ok(_) => match fs::canonicalize(path) {
            Ok(real) => walk.found.push(Found {
                path: path.to_owned(),
                real,
            }),
            // A pipe that a shell made has no path to resolve.
            Err(_) => walk.found.push(Found {
                path: path.to_owned(),
                real: path.to_owned(),
            }),
        },
        Err(_) if Pattern::looks_like_one(path) => pattern(path, walk),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            walk.problems.push(not_there(path));
        }
        Err(error) => walk
            .problems
            .push(unreadable(&path.to_string_lossy(), &error)),
    }
}

fn pattern(path: &Path, walk: &mut Walk) {
    let pattern = match Pattern::new(path) {
        Ok(pattern) => pattern,
        Err(reason) => {
            let problem = no_input(path, format!("the pattern cannot be read: {reason}"));
            return walk.problems.push(problem.help(
                "`*` and `?` stand for characters of a name, `**` for any folders, `{a,b}` for \
                 either, `[ab]` for one of the characters",
            ));
        }
    };
    if !pattern.root().is_dir() {
        return walk.problems.push(not_there(pattern.root()));
    }
    let before = walk.found.len();
    let problems = walk.problems.len();
    walk.gather(pattern.root(), &pattern);
    if walk.found.len() == before && walk.problems.len() == problems {
        walk.problems
            .push(no_input(path, "the pattern matches no file").help(
                "`*` does not cross folders, `**` does; hidden files and digest files are left out",
            ));
    }
}

fn no_input(path: &Path, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::NoInput, message).in_place(path.to_string_lossy())
}

fn nothing_in(path: &Path) -> Diagnostic {
    no_input(path, "the directory holds no file to read").help(
        "hidden files and digest files in a directory are left out; a file that is named is read",
    )
}

fn not_there(path: &Path) -> Diagnostic {
    let problem = no_input(path, "there is no such file or directory");
    if path.to_string_lossy().contains("://") {
        return problem.help(
            "`trailgate scan` reads `s3://bucket/prefix`, and all others local paths: copy the objects \
             first, for instance with `aws s3 sync`",
        );
    }
    let (parent, missing) = first_missing(path);
    let shown = parent.display();
    let near = missing.as_deref().and_then(|name| sibling(&parent, name));
    problem.help(match (near, missing) {
        (Some(near), _) => format!("did you mean `{}`?", parent.join(near).display()),
        (None, Some(name)) if parent != Path::new("") => format!("`{shown}` has no `{name}`"),
        _ => "check the path, and the directory it is relative to".to_owned(),
    })
}

/// The longest part of a path that exists, and the name that is missing in it.
fn first_missing(path: &Path) -> (PathBuf, Option<String>) {
    let mut parent = PathBuf::new();
    for part in path.components() {
        let next = parent.join(part);
        if !next.exists() {
            return (
                parent,
                Some(part.as_os_str().to_string_lossy().into_owned()),
            );
        }
        parent = next;
    }
    (parent, None)
}

/// The name in a directory that is nearest to one that is not there.
fn sibling(parent: &Path, name: &str) -> Option<String> {
    let directory = if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    };
    let mut names: Vec<String> = fs::read_dir(directory)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    did_you_mean(name, names.iter().map(String::as_str)).map(str::to_owned)
}

impl Discovery {
    /// Adds what others came to, to be read after these.
    pub fn add(&mut self, other: Discovery) {
        self.inputs.extend(other.inputs);
        self.skipped.add(other.skipped);
        self.problems.extend(other.problems);
        self.empty.extend(other.empty);
    }

    /// Whether standard input is one of the inputs.
    pub fn has_stdin(&self) -> bool {
        self.inputs
            .iter()
            .any(|input| input.kind == InputKind::Stdin)
    }
}
