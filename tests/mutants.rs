//! The tests of the pack's rules notice every change to their rule, but for the
//! exceptions that `tests/mutants/exceptions.yaml` lists.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use trailgate::diagnostic::SourceMap;
use trailgate::rule::{load, read_rules};
use trailgate::testing;
use trailgate::yaml;

/// A change: rule, clause, what was done to it.
type Change = (String, String, String);

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn unnoticed() -> BTreeSet<Change> {
    let (files, unreadable) = read_rules(&[at("rules")]);
    assert!(unreadable.is_empty(), "{unreadable:?}");
    let loaded = load(files, &[]);
    let sources = loaded.set.sources();
    let mut found = BTreeSet::new();
    for rule in loaded.set.all() {
        let outcomes = testing::run(&loaded.set, rule);
        // What fails as it stands is for the pack's own tests to say.
        let mutants = testing::mutants(rule, &outcomes);
        for survivor in mutants.iter().flat_map(|mutants| &mutants.survivors) {
            let clause = sources.slice(survivor.span).split_whitespace();
            found.insert((
                rule.id.value.clone(),
                clause.collect::<Vec<_>>().join(" "),
                survivor.mutation.name().to_owned(),
            ));
        }
    }
    found
}

fn excepted() -> BTreeSet<Change> {
    let text = std::fs::read_to_string(at("tests/mutants/exceptions.yaml")).unwrap();
    let source = SourceMap::new().add("exceptions.yaml", text.as_str());
    let mut problems = Vec::new();
    let documents = yaml::parse(source, &text, &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    let listed = documents.sound[0].get("exceptions").unwrap();
    let entries = listed.as_sequence().unwrap().iter();
    entries
        .map(|entry| {
            let text = |key| entry.get(key).and_then(|node| node.as_text());
            assert!(text("reason").is_some(), "an exception without a reason");
            let part = |key| text(key).unwrap_or_else(|| panic!("no {key}: {entry:?}"));
            (
                part("rule").to_owned(),
                part("clause").to_owned(),
                part("change").to_owned(),
            )
        })
        .collect()
}

fn listed<'a>(changes: impl Iterator<Item = &'a Change>) -> String {
    changes
        .map(|(rule, clause, change)| {
            format!("  - rule: {rule}\n    clause: {clause:?}\n    change: {change}\n")
        })
        .collect()
}

#[test]
fn the_tests_of_the_pack_notice_every_change_to_their_rule() {
    let (unnoticed, excepted) = (unnoticed(), excepted());
    let new = listed(unnoticed.difference(&excepted));
    let stale = listed(excepted.difference(&unnoticed));
    assert!(
        new.is_empty() && stale.is_empty(),
        "no test notices these (see `trailgate test rules --mutants`):\n{new}\n\
         and these exceptions are not needed:\n{stale}"
    );
}
