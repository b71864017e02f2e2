//! What `sigma convert` writes of the rule of a case answers as the case does.

use std::collections::BTreeMap;

use super::*;
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
