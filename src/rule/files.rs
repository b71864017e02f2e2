//! Finding rules files.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::diagnostic::{Code, Diagnostic};

use super::model::Origin;
use super::set::RulesFile;

/// What the configuration is called. It may lie beside rules files and is none.
pub const CONFIGURATION_NAMES: [&str; 2] = ["trailgate.yaml", "trailgate.yml"];

/// Rules files are far smaller; a larger one is the wrong file.
const LARGEST: u64 = 8 << 20;

/// Reads the rules files at the paths: a file as it is named, a directory with
/// all its `.yaml` and `.yml` files, hidden ones and configurations left out, sorted
/// by path.
pub fn read_rules(paths: &[PathBuf]) -> (Vec<RulesFile>, Vec<Diagnostic>) {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for path in paths {
        match find(path) {
            Ok(found) => {
                for file in found {
                    let identity = file.canonicalize().unwrap_or_else(|_| file.clone());
                    if seen.insert(identity) {
                        match read(&file) {
                            Ok(file) => files.push(file),
                            Err(problem) => problems.push(*problem),
                        }
                    }
                }
            }
            Err(problem) => problems.push(*problem),
        }
    }
    (files, problems)
}

fn find(path: &Path) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
    let name = path.display();
    let metadata = std::fs::metadata(path).map_err(|error| {
        Diagnostic::new(
            Code::RulesUnreadable,
            format!("`{name}` cannot be read: {error}"),
        )
        .help("name a rules file, or a directory that holds some")
    })?;
    if !metadata.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in WalkBuilder::new(path)
        .standard_filters(false)
        .hidden(true)
        .follow_links(true)
        .build()
    {
        let entry = entry.map_err(|error| {
            Diagnostic::new(
                Code::RulesUnreadable,
                format!("`{name}` cannot be read: {error}"),
            )
            .help("mend the permissions, or name the files one by one")
        })?;
        let is_yaml = entry
            .path()
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("yaml") || e.eq_ignore_ascii_case("yml"));
        let name = entry.file_name();
        let is_configuration = CONFIGURATION_NAMES.iter().any(|of| *of == name);
        if is_yaml && !is_configuration && entry.file_type().is_some_and(|kind| kind.is_file()) {
            found.push(entry.into_path());
        }
    }
    if found.is_empty() {
        return Err(Box::new(
            Diagnostic::new(Code::NoRules, format!("`{name}` holds no rules file"))
                .help("rules files end in `.yaml` or `.yml`"),
        ));
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> Result<RulesFile, Box<Diagnostic>> {
    let name = path.display().to_string();
    let unreadable = |reason: String, help: &str| {
        Box::new(
            Diagnostic::new(
                Code::RulesUnreadable,
                format!("`{name}` cannot be read: {reason}"),
            )
            .help(help),
        )
    };
    let bytes = read_at_most(path, LARGEST).map_err(|error| {
        let help = "check the path, the permissions, and that it is a rules file";
        unreadable(error.to_string(), help)
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        unreadable(format!("it is not UTF-8 (byte {at})"), "save it as UTF-8")
    })?;
    let folder = path.parent().map(Path::to_owned);
    Ok(RulesFile {
        name,
        text: text.into(),
        origin: Origin::User,
        folder,
    })
}

/// Reads a file that has to be small. What a path names may be anything, a
/// device without an end too, and its length says nothing then.
///
/// # Errors
/// That of the system, or that there are more than `most` bytes.
pub(crate) fn read_at_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let message = format!("it is larger than {} MiB", most >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_larger_than_it_may_be_is_refused_and_not_read_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read_at_most(&path, 5).unwrap(), b"12345");
        let error = read_at_most(&path, 4).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_without_an_end_is_refused() {
        assert!(read_at_most(Path::new("/dev/zero"), 1 << 20).is_err());
    }
}
