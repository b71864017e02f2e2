use super::*;
use crate::engine::Engine;
use crate::finding::testing::rules;
use crate::rule::RuleSet;

/// Rules with every kind of witness and of condition.
fn set() -> RuleSet {
    rules(
        r#"
id: by-name
title: By name
severity: low
match:
  eventSource: s3.amazonaws.com
  eventName: [DeleteObject, DeleteObjects]
  userAgent: {regex: ["^a", "b$"], not: {contains: aws-cli}}
  userIdentity.arn: {account: {not: {same_as: recipientAccountId}}}
  requestParameters.tags: {any_element: {key: a}}
  $.resources[*].ARN: {starts_with: "arn:"}
  $..accountId: "111122223333"
  any:
    - requestParameters.bucketName: audit
    - {requestParameters."x-amz-acl": {exists: true}, requestParameters.policy: {json: {Version: "1"}}}
---
id: by-name-too
title: By name too
severity: low
match: {eventName: DeleteObject, userIdentity.type: {not: [IAMUser, Root]}}
---
id: by-source
title: By source
severity: low
match: {eventSource: s3.amazonaws.com, eventName: {not: {starts_with: Get}}, errorCode: {exists: false}}
---
id: by-pattern
title: By pattern
severity: low
match: {eventName: {glob: "Delete*"}, userIdentity.type: {not: [IAMUser, Root]}}
---
id: by-nothing
title: By nothing
severity: low
match: {none: [{userIdentity.type: [IAMUser, Root]}, {sourceIPAddress: {cidr: 10.0.0.0/8}}]}
"#,
    )
}

fn plans() -> Vec<(String, Plan)> {
    let set = set();
    let engine = Engine::new(&set);
    let plans = set.rules.iter().enumerate().map(|(number, rule)| {
        let plan = engine.plan(number).unwrap();
        (rule.id.value.clone(), plan)
    });
    plans.collect()
}

#[test]
fn people_read_what_a_rule_is_looked_up_by_and_what_is_asked_then() {
    let pages = plans().into_iter().map(|(id, plan)| plan_text(&id, &plan));
    insta::assert_snapshot!(pages.collect::<Vec<_>>().join("\n----\n\n"));
}

#[test]
fn tools_read_the_same_as_one_object() {
    let (id, plan) = plans().remove(0);
    let object = plan_json(&id, &plan);
    insta::assert_snapshot!(serde_json::to_string_pretty(&object).unwrap());
}

#[test]
fn there_is_no_plan_of_a_rule_that_is_not_there() {
    let set = set();
    assert_eq!(Engine::new(&set).plan(set.rules.len()), None);
}

#[test]
fn long_lists_of_names_are_cut() {
    let mut names = Names {
        values: (0..8).map(|number| format!("Name{number}")).collect(),
        ignore_case: false,
    };
    let cut = "Name0 or Name1 or Name2 or Name3 or Name4 or 3 more";
    assert_eq!(one_of(&names), cut);
    names.ignore_case = true;
    assert_eq!(one_of(&names), format!("{cut}, in any case"));
}
