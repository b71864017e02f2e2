//! The pages of the pack under `docs/pack` are those of its rules.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::support::{put, stderr, trailgate};
use trailgate::explain::{PAGE_MARK, rule_pages};
use trailgate::{pack, rule};

/// Files below a folder by their paths.
fn files(folder: &Path, below: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(folder, &path, found);
        } else {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
            found.insert(name.to_owned(), fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn the_pages_of_the_pack_are_those_of_its_rules() {
    let loaded = rule::load(pack::rules_files(), &[]);
    let wanted = rule_pages(&loaded.set);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pack");
    let mut found = BTreeMap::new();
    files(&folder, &folder, &mut found);
    let mut stale: Vec<&String> = wanted
        .iter()
        .filter(|(path, page)| found.get(*path) != Some(page))
        .map(|(path, _)| path)
        .collect();
    stale.extend(found.keys().filter(|path| !wanted.contains_key(*path)));
    assert!(
        stale.is_empty(),
        "{} pages of docs/pack are not those of the rules; write them anew with\n\n    \
         cargo run -- rules docs docs/pack --rule-profile all\n\n{stale:?}",
        stale.len()
    );
}

#[test]
fn pages_of_rules_that_are_gone_are_removed_and_other_files_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let old = put(
        folder.path(),
        "pages/iam/old.md",
        format!("{PAGE_MARK}\n# Old\n"),
    );
    let own = put(folder.path(), "pages/iam/own.md", "# Mine\n");
    let rule = "id: made\ntitle: A\nseverity: low\ndescription: a\nremediation: b\n\
                match: {eventSource: iam.amazonaws.com}\n";
    put(folder.path(), "my/made.yaml", rule);
    let output = trailgate()
        .current_dir(folder.path())
        .args([
            "rules",
            "docs",
            "pages",
            "--no-default-rules",
            "--rules",
            "my",
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!old.exists() && own.exists());
    assert!(folder.path().join("pages/my/made.md").is_file());
    assert!(folder.path().join("pages/README.md").is_file());
}
