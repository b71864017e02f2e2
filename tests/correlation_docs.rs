//! `docs/correlation.md` is true: its examples load and pass their tests.

use std::path::Path;

use trailgate::rule::{Expectation, RulesFile, load};
use trailgate::testing;

fn examples() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/correlation.md");
    let page = std::fs::read_to_string(path).unwrap();
    let blocks = page.split("```yaml\n").skip(1);
    let text = |block: &str| block.split("```").next().unwrap().to_owned();
    blocks.map(text).collect()
}

#[test]
fn the_examples_load_and_pass_their_tests_on_both_sides() {
    let examples = examples();
    assert!(examples.len() >= 6, "{}", examples.len());
    for text in examples {
        let file = RulesFile::of_user("correlation.md", text.clone());
        let loaded = load(vec![file], &[]);
        let errors: Vec<_> = loaded.diagnostics.iter().filter(|d| d.is_error()).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{text}");
        let tested: Vec<_> = loaded
            .set
            .all()
            .filter(|rule| !rule.tests.is_empty())
            .collect();
        assert!(!tested.is_empty(), "{text}");
        for rule in tested {
            let mut sides = Vec::new();
            for outcome in testing::run(&loaded.set, rule) {
                let style = trailgate::diagnostic::Style::default();
                let sources = loaded.set.sources();
                let shown = testing::outcome_text(&rule.id.value, &outcome, sources, style);
                assert!(outcome.passed(), "{shown}");
                sides.push(outcome.seen.unwrap().got.expectation());
            }
            for side in [Expectation::Match, Expectation::NoMatch] {
                assert!(
                    sides.contains(&side),
                    "{} has no {}",
                    rule.id.value,
                    side.name()
                );
            }
        }
    }
}
