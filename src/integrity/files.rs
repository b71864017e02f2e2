//! The files of a copy, found by their path and by their name.
//!
//! CloudTrail calls every log and digest `.json.gz`. One that was decompressed where it
//! lies (`gunzip -r`) is called `.json` and holds what the hashes are over, so it goes
//! by the name that it was delivered with.

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path};

use crate::source::{Input, InputKind};

/// All files of a copy. Paths are written with `/`, without `.` parts, and are those
/// of the files as they were delivered.
#[derive(Debug)]
pub(super) struct Files<'a> {
    inputs: &'a [Input],
    paths: Vec<String>,
    by_path: HashMap<String, usize>,
    /// Files that are called as CloudTrail calls logs and digests.
    by_name: HashMap<String, Vec<usize>>,
}

impl<'a> Files<'a> {
    pub(super) fn new(inputs: &'a [Input]) -> Self {
        let paths: Vec<String> = inputs.iter().map(path_of).collect();
        let there: HashSet<&str> = paths.iter().map(String::as_str).collect();
        // What lies beside the file that was delivered is another one.
        let named = paths.iter().map(|path| {
            let delivered = delivered_as(path);
            let free = delivered.filter(|path| !there.contains(path.as_str()));
            free.unwrap_or_else(|| path.clone())
        });
        let paths: Vec<String> = named.collect();
        let mut by_path = HashMap::new();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, path) in paths.iter().enumerate() {
            by_path.insert(path.clone(), index);
            let name = name_of(path);
            if name.contains("_CloudTrail") {
                by_name.entry(name.to_owned()).or_default().push(index);
            }
        }
        Files {
            inputs,
            paths,
            by_path,
            by_name,
        }
    }

    /// The paths, in the order of the inputs.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    pub(super) fn path(&self, file: usize) -> &str {
        &self.paths[file]
    }

    pub(super) fn input(&self, file: usize) -> &Input {
        &self.inputs[file]
    }

    /// The file at a path.
    pub(super) fn at(&self, path: &str) -> Option<usize> {
        self.by_path.get(path).copied()
    }

    /// The files with the name that a key ends with, wherever they lie.
    pub(super) fn named_as(&self, key: &str) -> &[usize] {
        self.by_name.get(name_of(key)).map_or(&[], Vec::as_slice)
    }
}

/// The path that a log or digest had before it was decompressed, if it was.
pub(super) fn delivered_as(path: &str) -> Option<String> {
    let is_plain = name_of(path).contains("_CloudTrail") && path.ends_with(".json");
    is_plain.then(|| format!("{path}.gz"))
}

/// The last part of a path or key.
pub(super) fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The path of an input, with `/` between its parts.
pub(super) fn path_of(input: &Input) -> String {
    match &input.kind {
        InputKind::File(path) => slashed(path),
        InputKind::Stdin => input.name.clone(),
        #[cfg(feature = "s3")]
        InputKind::Object(_) => input.name.clone(),
    }
}

/// A path with `/` between its parts; that of the working directory is empty.
pub(super) fn slashed(path: &Path) -> String {
    let mut text = String::new();
    for part in path.components() {
        if part == Component::CurDir {
            continue;
        }
        if part == Component::RootDir {
            text.push('/');
            continue;
        }
        if !text.is_empty() && !text.ends_with('/') {
            text.push('/');
        }
        text.push_str(&part.as_os_str().to_string_lossy());
    }
    text
}
