//! What `docs/sigma.md` says is so.

use std::collections::BTreeSet;
use std::path::Path;

use trailgate::diagnostic::Code;
use trailgate::rule::{Loaded, RulesFile, Settings, load_with};
use trailgate::{pack, sigma, testing};

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sigma.md");
    std::fs::read_to_string(path).unwrap()
}

fn loaded(text: String) -> Loaded {
    let file = RulesFile::of_user("sigma.yml", text);
    load_with(pack::rules_files(), vec![file], Settings::default())
}

#[test]
fn every_example_loads_and_passes_its_tests() {
    let page = page();
    let mut blocks = page.split("```yaml\n").skip(1);
    let mut block = || {
        blocks
            .next()
            .unwrap()
            .split("```")
            .next()
            .unwrap()
            .to_owned()
    };
    let (rule, filter, _, native) = (block(), block(), block(), block());
    let of_sigma = loaded(rule.clone());
    let conversion = sigma::convert::convert(&of_sigma.set);
    assert_eq!(conversion.rules[0].text, native);
    let with_filter = loaded(format!("{rule}---\n{filter}"));
    for loaded in [of_sigma, with_filter, loaded(native)] {
        let mut problems = loaded.diagnostics.clone();
        problems.retain(|problem| problem.code != Code::MissingText);
        assert_eq!(problems, []);
        let [rule] = loaded.set.rules.as_slice() else {
            panic!("{} rules", loaded.set.rules.len());
        };
        assert_eq!(rule.controls.len(), 1);
        let outcomes = testing::run(&loaded.set, rule);
        assert_eq!(outcomes.len(), 2);
        for outcome in outcomes {
            assert!(outcome.passed(), "{}", outcome.name);
        }
    }
}

#[test]
fn the_example_of_correlations_loads_and_passes_its_tests() {
    let page = page();
    let block = page.split("```yaml\n").nth(3).unwrap();
    let loaded = loaded(block.split("```").next().unwrap().to_owned());
    assert_eq!(loaded.diagnostics, []);
    let [rule] = loaded.set.rules.as_slice() else {
        panic!("{} rules", loaded.set.rules.len());
    };
    assert_eq!(loaded.set.unreported.len(), 3);
    let outcomes = testing::run(&loaded.set, rule);
    assert_eq!(outcomes.len(), 2);
    for outcome in outcomes {
        assert!(outcome.passed(), "{}", outcome.name);
    }
}

#[test]
fn the_table_names_every_modifier_and_no_other() {
    let page = page();
    let table = page.split("| modifier | |\n").nth(1).unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let mut named = BTreeSet::new();
    for row in rows.skip(1) {
        let (first, rest) = row[2..].split_once(" | ").unwrap();
        let words = first.split('`').skip(1).step_by(2);
        named.extend(words.map(str::to_owned));
        // The flags of `re` stand in its row.
        let words = rest.split('`').skip(1).step_by(2);
        if first == "`re`" {
            named.extend(words.take(6).map(str::to_owned));
        }
    }
    let all: BTreeSet<String> = sigma::MODIFIERS
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    assert_eq!(named, all);
}
