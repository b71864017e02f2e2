//! Findings for tests: rules in YAML over events in JSON.

use serde_json::{Value, json};

use super::{CorrelationCounts, Finding, Place, build};
use crate::correlate::{AsOf, Correlator, Occurrence, signals};
use crate::diagnostic::SourceMap;
use crate::event::{self, Losses};
use crate::reference::evaluate;
use crate::rule::{Rule, RuleSet, RulesFile, load};

/// Loads rules that have no error.
pub(crate) fn rules(yaml: &str) -> RuleSet {
    let loaded = load(vec![RulesFile::of_user("rules/example.yaml", yaml)], &[]);
    let errors: Vec<_> = loaded.diagnostics.iter().filter(|d| d.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    loaded.set
}

/// The finding of a rule in an event that it must match.
pub(crate) fn finding(rule: &Rule, event: &Value, record: u64) -> Finding {
    assert!(evaluate(&rule.condition, event).value, "must match");
    let place = Place {
        file: "export/2026/11/23/a.json.gz".into(),
        record,
    };
    build(rule, event, crate::event::Losses::none(), place)
}

/// The findings of all rules in all events, in the order of the events.
pub(crate) fn scan(yaml: &str, events: &[Value]) -> (Vec<Finding>, SourceMap) {
    let set = rules(yaml);
    let mut findings = Vec::new();
    for (event, record) in events.iter().zip(1..) {
        for rule in &set.rules {
            if evaluate(&rule.condition, event).value {
                findings.push(finding(rule, event, record));
            }
        }
    }
    (findings, set.sources().clone())
}

/// The findings of the rules about several events, and what these could not tell.
pub(crate) fn correlated(set: &RuleSet, events: &[Value]) -> (Vec<Finding>, CorrelationCounts) {
    let mut correlator = Correlator::new(&set.rules, 1 << 20);
    for (event, record) in events.iter().zip(1..) {
        let place = Place {
            file: "export/2026/11/23/a.json.gz".into(),
            record,
        };
        let occurrence = Occurrence {
            event,
            losses: Losses::none(),
            place: &place,
            also: None,
        };
        for rule in &set.rules {
            if let Some(correlation) = &rule.correlation
                && evaluate(&rule.condition, event).value
            {
                for signal in signals(rule, correlation, occurrence).unwrap() {
                    correlator.add(signal).unwrap();
                }
            }
        }
    }
    let as_of = AsOf {
        reached: events.iter().filter_map(event::event_time).max(),
        ..AsOf::default()
    };
    let mut findings = Vec::new();
    let mut emit = |finding, _: &Value| findings.push(finding);
    let counts = correlator.finish(as_of, None, &mut emit).unwrap();
    (findings, counts)
}

/// A call by an assumed role, as CloudTrail records it.
pub(crate) fn event() -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:alice",
            "arn": "arn:aws:sts::111122223333:assumed-role/Developer/alice",
            "accountId": "111122223333",
            "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "userName": "Developer"},
                "attributes": {"creationDate": "2026-11-23T08:00:00Z", "mfaAuthenticated": "false"}
            }
        },
        "eventTime": "2026-11-23T09:12:44Z",
        "eventSource": "codebuild.amazonaws.com",
        "eventName": "CreateProject",
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": {
            "name": "demo",
            "environment": {
                "computeType": "BUILD_GENERAL1_SMALL",
                "environmentVariables": [
                    {"name": "STAGE", "value": "prod", "type": "PLAINTEXT"},
                    {"name": "DB_PASSWORD", "value": "correct-horse-battery", "type": "PLAINTEXT"}
                ]
            }
        },
        "eventID": "5f3c2a1e-8d4b-4c6f-9a7e-1b2c3d4e5f60",
        "readOnly": false,
        "recipientAccountId": "111122223333"
    })
}
