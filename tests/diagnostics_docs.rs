//! `docs/diagnostics.md` and the codes agree, and its examples are true.

use std::path::Path;

use trailgate::config::{self, Folders};
use trailgate::diagnostic::{Code, SourceMap};
use trailgate::rule::{RulesFile, load};

/// One `## CODE: title` of the page, with its YAML examples.
struct Section {
    code: String,
    title: String,
    examples: Vec<String>,
    configurations: Vec<String>,
    /// Parts of Sigma rules.
    sigma: Vec<String>,
}

fn sections() -> Vec<Section> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/diagnostics.md");
    let page = std::fs::read_to_string(path).unwrap();
    let parts = page.split("\n## ").skip(1);
    parts
        .map(|part| {
            let (heading, body) = part.split_once('\n').unwrap();
            let (code, title) = heading.split_once(": ").unwrap();
            let fences = body.split("```yaml\n").skip(1);
            let configurations = body.split("```yaml configuration\n").skip(1);
            let sigma = body.split("```yaml sigma\n").skip(1);
            Section {
                configurations: configurations
                    .map(|fence| fence.split("```").next().unwrap().to_owned())
                    .collect(),
                sigma: sigma
                    .map(|fence| fence.split("```").next().unwrap().to_owned())
                    .collect(),
                code: code.to_owned(),
                title: title.to_owned(),
                examples: fences
                    .map(|fence| fence.split("```").next().unwrap().to_owned())
                    .collect(),
            }
        })
        .collect()
}

/// The codes that a rule with this in it gives, errors first of all.
fn codes_with(example: &str) -> Vec<Code> {
    let file = RulesFile::of_user("rule.yaml", rule_with(example));
    let loaded = load(vec![file], &[]);
    loaded.diagnostics.iter().map(|d| d.code).collect()
}

/// A rule around an example, which is a whole rule, keys of one, or entries of
/// its `match`.
fn rule_with(example: &str) -> String {
    let starts = |key: &str| {
        let mut lines = example.lines();
        lines.any(|line| line.starts_with(&format!("{key}:")))
    };
    let is_whole = starts("id") && starts("title");
    let of_the_rule =
        trailgate::rule::RULE_KEYS.iter().any(|key| starts(key)) || starts("remediaton");
    let mut text = String::new();
    for line in ["id: example\n", "title: Example\n", "severity: low\n"] {
        let key = line.split(':').next().unwrap();
        if !starts(key) && !is_whole {
            text.push_str(line);
        }
    }
    if of_the_rule {
        text.push_str(example);
    }
    // Which events take part in a correlation the example says itself.
    let says_which = starts("match") || starts("correlate");
    if !of_the_rule || !says_which {
        text.push_str("match:\n  eventSource: iam.amazonaws.com\n");
    }
    if !of_the_rule {
        for line in example.lines() {
            text.push_str(&format!("  {line}\n"));
        }
    }
    text
}

#[test]
fn every_code_has_its_section_in_order_and_no_section_is_left_over() {
    let written: Vec<_> = sections()
        .iter()
        .map(|section| format!("{}: {}", section.code, section.title))
        .collect();
    let codes: Vec<_> = Code::ALL
        .iter()
        .map(|code| format!("{code}: {}", code.title().trim_end_matches('.')))
        .collect();
    assert_eq!(written, codes);
}

#[test]
fn the_first_example_gives_the_code_and_the_second_is_mended() {
    let mut wrong = Vec::new();
    for section in sections() {
        let gives = |example: &String| {
            codes_with(example)
                .iter()
                .any(|code| code.as_str() == section.code)
        };
        if let Some(first) = section.examples.first()
            && !gives(first)
        {
            wrong.push(format!("{} is not given by:\n{first}", section.code));
        }
        for mended in section.examples.iter().skip(1) {
            let codes = codes_with(mended);
            let bad = codes
                .iter()
                .any(|code| code.level() == trailgate::diagnostic::Level::Error);
            if gives(mended) || bad {
                wrong.push(format!(
                    "{} is not mended, {codes:?}:\n{mended}",
                    section.code
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The codes that a Sigma document with this in it gives.
fn codes_of_sigma(example: &str) -> Vec<Code> {
    let mut text = "title: Example\n".to_owned();
    if !example.contains("logsource:") {
        text.push_str("logsource: {product: aws, service: cloudtrail}\n");
    }
    text.push_str(example);
    let loaded = load(vec![RulesFile::of_user("rule.yml", text)], &[]);
    loaded.diagnostics.iter().map(|d| d.code).collect()
}

/// Holds pairs of examples to the code of their section: the first gives it and no
/// other, the second gives none. How many sections have such a pair.
fn pairs_held(of: fn(&Section) -> &[String], codes_of: fn(&str) -> Vec<Code>) -> usize {
    let sections = sections();
    let with_pairs = sections.iter().filter(|section| !of(section).is_empty());
    let held = with_pairs.map(|section| {
        for (example, wrong) in of(section).iter().zip([true, false]) {
            let codes = codes_of(example);
            let codes: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
            let expected = wrong.then_some(section.code.as_str());
            assert_eq!(codes, Vec::from_iter(expected), "{example}");
        }
    });
    held.count()
}

#[test]
fn the_first_of_sigma_gives_the_code_and_the_second_is_mended() {
    let count = pairs_held(
        |section| &section.sigma,
        |example| {
            let mut codes = codes_of_sigma(example);
            // The examples are short, and name no service.
            codes.retain(|code| *code != Code::NoEventSource);
            codes
        },
    );
    assert!(count >= 10, "only {count} sections have one");
}

/// The codes that a configuration gives.
fn codes_of_configuration(text: &str) -> Vec<Code> {
    let folders = Folders {
        shown: "".into(),
        absolute: "/repository".into(),
        working: "/repository".into(),
    };
    let path = Path::new("trailgate.yaml");
    let mut problems = Vec::new();
    config::parse(path, text, &folders, &mut SourceMap::new(), &mut problems);
    problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn the_first_configuration_gives_the_code_and_the_second_is_mended() {
    let count = pairs_held(|section| &section.configurations, codes_of_configuration);
    assert!(count >= 4, "only {count} sections have one");
}
