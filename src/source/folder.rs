//! Whether an input lies in a folder, by its name.

use std::path::{Component, Path, PathBuf};

use super::Input;

/// A folder of files, or what begins with an address in S3. An archive is one too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    name: String,
    /// Without a slash at its end.
    place: String,
    /// What the names of inputs start from.
    working: PathBuf,
}

impl Folder {
    /// The folder at a path that starts from `base`, or at an address. Names of
    /// inputs start from `working`; both are absolute.
    pub fn new(name: &str, base: &Path, working: &Path) -> Self {
        Folder {
            name: name.to_owned(),
            place: place(name, base),
            working: working.to_owned(),
        }
    }

    /// As it was written.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether an input of this name lies in it, or a member of an archive.
    pub fn holds(&self, input: &str) -> bool {
        if input == Input::STDIN {
            return false;
        }
        let input = place(input, &self.working);
        let rest = input.strip_prefix(self.place.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '!']))
    }
}

/// A path from the root on, without `.` and `..`; an address as it is.
fn place(name: &str, base: &Path) -> String {
    if name.starts_with("s3://") {
        return name.trim_end_matches('/').to_owned();
    }
    let mut names: Vec<String> = Vec::new();
    for part in base.join(name).components() {
        match part {
            Component::Normal(name) => names.push(name.to_string_lossy().into_owned()),
            Component::ParentDir => drop(names.pop()),
            Component::Prefix(prefix) => {
                names.push(prefix.as_os_str().to_string_lossy().into_owned());
            }
            Component::RootDir | Component::CurDir => {}
        }
    }
    names
        .iter()
        .fold(String::new(), |path, name| path + "/" + name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_holds_what_lies_below_it_and_nothing_that_is_called_alike() {
        let folder = |name: &str| Folder::new(name, Path::new("/srv/audit"), Path::new("/srv"));
        for (name, input, holds) in [
            ("export", "audit/export/AWSLogs/a.json.gz", true),
            ("export/", "./audit/export/a.json.gz", true),
            ("./export", "/srv/audit/export/a.json.gz", true),
            ("../logs", "logs/a.json", true),
            ("export", "audit/export2/a.json.gz", false),
            ("export", "export/a.json.gz", false),
            ("export.zip", "audit/export.zip!AWSLogs/a.json.gz", true),
            ("export.zip!org", "audit/export.zip!org/a.json.gz", true),
            ("export.zip!org", "audit/export.zip!other/a.json.gz", false),
            (".", "audit/a.json", true),
            ("/", "audit/a.json", true),
            ("/", "<stdin>", false),
            ("s3://logs/org", "s3://logs/org/AWSLogs/a.json.gz", true),
            ("s3://logs/", "s3://logs/AWSLogs/a.json.gz", true),
            ("s3://logs/org/", "s3://logs/org2/AWSLogs/a.json.gz", false),
            ("s3://logs", "logs/a.json.gz", false),
        ] {
            assert_eq!(folder(name).holds(input), holds, "{name} {input}");
        }
    }
}
