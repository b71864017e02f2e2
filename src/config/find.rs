//! Finding the file.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};
use crate::rule::CONFIGURATION_NAMES;

/// The configuration that is nearest to a folder: in it, or in one of those above
/// it. The path is as seen from the folder, which is absolute. What cannot be
/// followed, such as a link to nowhere, is found too: reading it says why.
///
/// # Errors
/// A folder that has two.
pub fn find(folder: &Path) -> Result<Option<PathBuf>, Box<Diagnostic>> {
    let mut up = PathBuf::new();
    for above in folder.ancestors() {
        let is_there = |name: &&str| above.join(name).symlink_metadata().is_ok();
        let found: Vec<&str> = CONFIGURATION_NAMES.into_iter().filter(is_there).collect();
        match found.as_slice() {
            [] => up.push(".."),
            [name] => return Ok(Some(up.join(name))),
            several => {
                let place = if up.as_os_str().is_empty() {
                    ".".to_owned()
                } else {
                    up.display().to_string()
                };
                let message = format!("the folder `{place}` has {}", several.join(" and "));
                let problem = Diagnostic::new(Code::ConfigUnreadable, message);
                return Err(Box::new(
                    problem.help("keep one, or name it with `--config PATH`"),
                ));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_above_is_found_and_two_in_a_folder_are_an_error() {
        let root = tempfile::tempdir().unwrap();
        let below = root.path().join("a/b");
        std::fs::create_dir_all(&below).unwrap();
        let put = |name: &str| std::fs::write(root.path().join(name), "").unwrap();
        put("trailgate.yaml");
        assert_eq!(find(root.path()), Ok(Some("trailgate.yaml".into())));
        assert_eq!(find(&below), Ok(Some("../../trailgate.yaml".into())));
        put("a/trailgate.yml");
        assert_eq!(find(&below), Ok(Some("../trailgate.yml".into())));
        put("a/trailgate.yaml");
        let problem = find(&below).unwrap_err();
        assert_eq!(problem.code, Code::ConfigUnreadable);
        assert_eq!(
            problem.message,
            "the folder `..` has trailgate.yaml and trailgate.yml"
        );
    }
}
