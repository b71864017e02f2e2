//! What `sigma convert` writes of the rule of a case answers as the case does.

use std::collections::BTreeMap;

use super::{correlations, *};
use trailgate::diagnostic::render_text;
use trailgate::diagnostic::{Code, Style};
use trailgate::sigma::convert::convert;

/// Why cases are not converted, and how many.
const REFUSED: [(&str, usize); 5] = [
    (
        "CloudTrail records have no field `EventName` at the top of a record",
        1,
    ),
    (
        "`srv*` of the list `servers` is no plain text, and those of native lists are",
        1,
    ),
    ("a native rule has no text around the values of a list", 6),
    (
        "a native rule takes the values of a list as they are, and not by `base64`",
        1,
    ),
    (
        "a native rule takes the values of a list as they are, and not by `re`",
        1,
    ),
];

/// The native rule of a case, with its lists beside it; or why there is none.
fn converted(case: &Node, sigma: &RuleSet) -> Result<RuleSet, String> {
    let conversion = convert(sigma);
    if let [problem] = conversion.problems.as_slice() {
        assert_eq!(problem.code, Code::SigmaNotConverted);
        return Err(problem.message.clone());
    }
    let mut text = conversion.rules[0].text.clone();
    if let Some(lists) = case.get("lists") {
        text.push_str("---\n");
        text.push_str(&below("lists", lists.span));
    }
    let native = load(vec![RulesFile::of_user("native.yaml", text.as_str())], &[]);
    let errors = native.diagnostics.iter().filter(|d| d.is_error());
    let errors: Vec<_> = errors
        .map(|error| render_text(error, native.set.sources(), Style::default()))
        .collect();
    assert!(errors.is_empty(), "{}\n{text}", errors.join("\n"));
    assert_eq!(native.set.rules.len(), 1, "{text}");
    assert_eq!(convert(&native.set).native, 1, "{text}");
    Ok(native.set)
}

#[test]
fn what_is_converted_answers_as_the_cases_do() {
    let groups = groups(CASES);
    let (mut wrong, mut refused, mut same) = (Vec::new(), BTreeMap::new(), 0);
    for case in cases(&groups) {
        let name = case.get("name").and_then(Node::as_text).unwrap();
        let asked = tree(case);
        let sigma = loaded(case);
        if asked.get("error").is_some() || sigma.set.rules.is_empty() {
            continue;
        }
        let native = match converted(case, &sigma.set) {
            Ok(native) => native,
            Err(reason) => {
                let reason = reason.split(": ").nth(1).unwrap_or_default().to_owned();
                *refused.entry(reason).or_insert(0) += 1;
                continue;
            }
        };
        let engine = Engine::new(&native);
        for (key, wanted) in [("matches", true), ("misses", false)] {
            for event in list(&asked, key) {
                let event = whole(event);
                let holds = !engine.judge(&event, "a", 1).findings.is_empty();
                if holds != wanted {
                    wrong.push(format!("{name}: not {wanted} on {event}"));
                }
            }
        }
        same += 1;
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let expected = REFUSED.map(|(reason, count)| (reason.to_owned(), count));
    assert_eq!(refused, BTreeMap::from(expected));
    assert!(same >= 400, "{same}");
}

/// Why correlations of cases are not converted, and how many.
const CORRELATIONS_REFUSED: [(&str, usize); 7] = [
    ("`average` is never below this bound", 1),
    (
        "`many` reports only through correlations, and a native rule that others name reports by itself",
        19,
    ),
    (
        "`often` reports only through correlations, and a native rule that others name reports by itself",
        1,
    ),
    (
        "`temporal` counts rules, and one event may be of several of them; each step of a native `all` is an event of its own",
        31,
    ),
    ("a native bound cannot say `neq`", 2),
    (
        "it asks for some of its rules in order, and a native `order` for all",
        3,
    ),
    (
        "other fields are the key in the events of each rule, and a native `count` or the like has one key for all",
        1,
    ),
];

/// The case's own documents, and those that are shared.
fn documents(case: &Value, shared: &Value) -> Vec<Value> {
    let document = |document: &Value| match document.as_str() {
        Some(name) => shared[name].clone(),
        None => document.clone(),
    };
    list(case, "documents").iter().map(document).collect()
}

#[test]
fn correlations_that_are_converted_find_as_much_as_the_cases_say() {
    let groups = groups(correlations::CORRELATIONS);
    let shared = tree(groups[0].get("shared").unwrap());
    let (mut wrong, mut refused, mut same) = (Vec::new(), BTreeMap::new(), 0);
    for node in cases(&groups) {
        let name = node.get("name").and_then(Node::as_text).unwrap();
        let asked = tree(node);
        if asked.get("error").is_some() {
            continue;
        }
        let case = correlations::Case::new(documents(&asked, &shared), list(&asked, "events"));
        let sigma = case.loaded().set;
        let conversion = convert(&sigma);
        for problem in &conversion.problems {
            assert_eq!(problem.code, Code::SigmaNotConverted);
            let reason = problem.message.split(": ").nth(1).unwrap_or_default();
            *refused.entry(reason.to_owned()).or_insert(0) += 1;
        }
        let texts: Vec<&str> = conversion.rules.iter().map(|rule| &*rule.text).collect();
        let text = texts.join("---\n");
        let native = load(vec![RulesFile::of_user("native.yaml", &*text)], &[]);
        let errors: Vec<_> = native.diagnostics.iter().filter(|d| d.is_error()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}\n{text}");
        // Where a correlation is not written its rules report.
        let reports = |id: &str| sigma.rules.iter().any(|rule| rule.id.value == id);
        let written = conversion.rules.iter().map(|rule| &*rule.id);
        let names: Vec<String> = written
            .filter(|id| reports(id))
            .map(|id| case.name(id))
            .collect();
        let of_written = |counts: correlations::Counts| -> correlations::Counts {
            let counts = counts.into_iter();
            match conversion.problems.is_empty() {
                true => counts.collect(),
                false => counts.filter(|(name, _)| names.contains(name)).collect(),
            }
        };
        let judged = case.judged(&Engine::new(&native.set));
        let found = of_written(case.folded(&native.set, &judged));
        let wanted = of_written(correlations::wanted(&asked));
        if found != wanted {
            wrong.push(format!("{name}: {found:?}, not {wanted:?}\n{text}"));
        }
        same += conversion
            .rules
            .iter()
            .filter(|rule| rule.text.contains("correlate:"))
            .count();
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let expected = CORRELATIONS_REFUSED.map(|(reason, count)| (reason.to_owned(), count));
    assert_eq!(refused, BTreeMap::from(expected));
    assert!(same >= 144, "{same}");
}
