use serde_json::json;

use super::*;
use crate::finding::testing::{event, finding, rules};

fn found(yaml: &str, event: &Value) -> Finding {
    let set = rules(yaml);
    finding(&set.rules[0], event, 1)
}

const PLAIN: &str = "
id: a-rule
title: A rule
severity: high
match: {eventName: CreateProject}
";

fn with(more: &str) -> String {
    format!("{PLAIN}{more}")
}

#[test]
fn a_finding_says_which_event_it_is_about() {
    let mut event = event();
    event["errorCode"] = json!("AccessDenied");
    let finding = found(PLAIN, &event);
    insta::assert_debug_snapshot!(finding.event);
    assert_eq!(
        finding.place.to_string(),
        "export/2026/11/23/a.json.gz, record 1"
    );
    assert_eq!(
        finding.message, "A rule",
        "the title where there is no message"
    );
}

#[test]
fn the_first_condition_that_holds_decides_the_severity() {
    let yaml = with(
        "severity_when:
  - {severity: low, match: {errorCode: {exists: true}}}
  - {severity: critical, match: {awsRegion: eu-central-1}}
",
    );
    let mut event = event();
    assert_eq!(found(&yaml, &event).severity, Severity::Critical);
    event["errorCode"] = json!("AccessDenied");
    assert_eq!(found(&yaml, &event).severity, Severity::Low);
    event["errorCode"].take();
    event["awsRegion"] = json!("us-east-1");
    assert_eq!(found(&yaml, &event).severity, Severity::High);
}

#[test]
fn an_exception_says_who_agreed_to_it_and_where() {
    let yaml = with(
        "exceptions:
  - reason: Bootstrap pipeline
    owner: platform-security
    approved_by: ciso
    ticket: SEC-142
    expires: 2026-12-31
    match: {awsRegion: eu-central-1}
",
    );
    let by = found(&yaml, &event()).suppressed.unwrap();
    assert_eq!(by.kind, SuppressionKind::Exception);
    assert_eq!(by.approved_by.as_deref(), Some("ciso"));
    assert_eq!(by.ticket.as_deref(), Some("SEC-142"));
    assert_eq!(by.ends, "2027-01-01T00:00:00Z".parse().ok());
}

#[test]
fn evidence_is_the_field_its_value_and_the_clause_that_asked() {
    let set = rules(
        "
id: a-rule
title: A rule
severity: high
match:
  eventName: [CreateProject, UpdateProject]
  errorCode: {exists: false}
",
    );
    let finding = finding(&set.rules[0], &event(), 1);
    let fields: Vec<_> = finding
        .fields
        .iter()
        .map(|field| {
            let clause = set.sources().slice(field.clause);
            (field.path.to_string(), field.value.clone(), clause)
        })
        .collect();
    assert_eq!(
        fields,
        [
            (
                "eventName".to_owned(),
                Some(json!("CreateProject")),
                "eventName: [CreateProject, UpdateProject]"
            ),
            ("errorCode".to_owned(), None, "errorCode: {exists: false}"),
        ]
    );
}

#[test]
fn a_message_names_fields_and_matched_elements() {
    let yaml = r#"
id: a-rule
title: A rule
severity: high
match:
  requestParameters.environment.environmentVariables:
    any_element: {type: PLAINTEXT}
message: "{{{eventName}}} by {errorCode}: {matched.name} of {requestParameters.environment.environmentVariables.type}"
"#;
    assert_eq!(
        found(yaml, &event()).message,
        "{CreateProject} by -: STAGE, DB_PASSWORD of PLAINTEXT, PLAINTEXT"
    );
}

#[test]
fn credentials_are_masked_in_message_evidence_and_excerpt() {
    let yaml = r#"
id: a-rule
title: A rule
severity: high
match:
  requestParameters.environment.environmentVariables:
    any_element: {name: DB_PASSWORD, value: {exists: true}}
message: "{matched.value} {matched} {requestParameters.environment.environmentVariables.value}"
"#;
    let finding = found(yaml, &event());
    assert!(finding.message.contains("[masked"), "{}", finding.message);
    assert!(!format!("{finding:?}").contains("correct-horse"));
}

#[test]
fn a_matched_entry_is_masked_by_its_key() {
    let yaml = r#"
id: a-rule
title: A rule
severity: high
match:
  requestParameters.variables:
    any_entry: {key: {glob: "*PASSWORD"}}
message: "{matched} {matched.value}"
"#;
    let mut event = event();
    event["requestParameters"]["variables"] = json!({"DB_PASSWORD": "correct-horse"});
    let finding = found(yaml, &event);
    assert!(
        finding.message.starts_with("DB_PASSWORD=[masked"),
        "{}",
        finding.message
    );
    assert!(!format!("{:?}", finding.fields).contains("correct-horse"));
}

#[test]
fn what_the_rule_calls_sensitive_shows_nowhere() {
    let yaml = r#"
id: a-rule
title: A rule
severity: high
sensitive: [userIdentity.arn, requestParameters.environment, requestParameters.name]
match:
  requestParameters.name: demo
  requestParameters.environment.environmentVariables:
    any_element: {value: prod}
message: "{userIdentity.arn} {requestParameters.name} {matched.value} {requestParameters.environment.computeType}"
"#;
    let finding = found(yaml, &event());
    assert_eq!(finding.event.principal.as_deref(), Some("[masked]"));
    let shown = format!(
        "{:?} {:?} {} {}",
        finding.fields,
        finding.event,
        finding.message,
        finding.shown.value()
    );
    for hidden in ["Developer/alice", "demo", "prod", "BUILD_GENERAL1_SMALL"] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
}

#[test]
fn an_exception_covers_events_by_their_own_time() {
    let yaml = with(
        "exceptions:
  - reason: Bootstrap pipeline
    owner: platform-security
    starts: 2026-11-01
    expires: 2026-11-23
    match: {userIdentity.sessionContext.sessionIssuer.userName: Developer}
",
    );
    let covered_at = |time: &str| {
        let mut event = event();
        event["eventTime"] = json!(time);
        found(&yaml, &event).suppressed
    };
    let suppression = covered_at("2026-11-23T23:59:59Z").unwrap();
    assert_eq!(suppression.owner, "platform-security");
    assert_eq!(suppression.reason, "Bootstrap pipeline");
    assert_eq!(
        suppression.ends,
        Some("2026-11-24T00:00:00Z".parse().unwrap())
    );
    assert!(covered_at("2026-11-01T00:00:00Z").is_some());
    assert_eq!(covered_at("2026-10-31T23:59:59Z"), None);
    assert_eq!(covered_at("2026-11-24T00:00:00Z"), None);
    assert_eq!(covered_at("yesterday"), None, "no time lies in no period");

    let mut other = event();
    other["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"] = json!("Admin");
    assert_eq!(found(&yaml, &other).suppressed, None);
}

#[test]
fn the_fingerprint_follows_the_key_and_nothing_else() {
    let name = |yaml: &str, change: fn(&mut Value)| {
        let mut event = event();
        change(&mut event);
        found(yaml, &event).fingerprint
    };
    let keyed = with("key: [requestParameters.name]\n");
    for yaml in [PLAIN, &keyed] {
        let first = name(yaml, |_| ());
        assert_eq!(first.len(), 32);
        assert_eq!(first, name(yaml, |e| e["eventID"] = json!("another")));
        assert_eq!(
            first,
            name(yaml, |e| e["eventTime"] = json!("2027-01-01T00:00:00Z"))
        );
        assert_ne!(first, name(&yaml.replace("a-rule", "b-rule"), |_| ()));
    }
    assert_ne!(
        name(PLAIN, |_| ()),
        name(PLAIN, |e| e["awsRegion"] = json!("us-east-1"))
    );
    assert_eq!(
        name(PLAIN, |_| ()),
        name(PLAIN, |e| e["requestParameters"]["name"] = json!("other"))
    );
    assert_ne!(
        name(&keyed, |_| ()),
        name(&keyed, |e| e["requestParameters"]["name"] = json!("other"))
    );
    assert_eq!(
        name(&keyed, |_| ()),
        name(&keyed, |e| e["awsRegion"] = json!("us-east-1"))
    );
}

#[test]
fn a_key_with_a_sensitive_value_still_tells_findings_apart() {
    let yaml = with("key: [requestParameters.name]\nsensitive: [requestParameters.name]\n");
    let mut other = event();
    other["requestParameters"]["name"] = json!("other");
    assert_ne!(
        found(&yaml, &event()).fingerprint,
        found(&yaml, &other).fingerprint
    );
}
