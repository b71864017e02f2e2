use super::*;
use crate::diagnostic::Level;
use crate::reference::evaluate;
use crate::rule::{Loaded, RulesFile, TestInput, load};
use crate::testing;
use proptest::prelude::*;

fn loaded(text: &str) -> Loaded {
    let file = RulesFile::of_user("draft.yaml", text);
    load(vec![file], &[])
}

/// Loads without a warning and passes its tests.
fn holds_up(text: &str) {
    let loaded = loaded(text);
    let found: Vec<_> = loaded
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.level > Level::Notice)
        .collect();
    assert!(found.is_empty(), "{found:#?}\n{text}");
    let rule = loaded.set.all().next().unwrap();
    let outcomes = testing::run(&loaded.set, rule);
    assert_eq!(outcomes.len(), 3);
    assert!(
        outcomes.iter().all(testing::TestOutcome::passed),
        "{outcomes:#?}\n{text}"
    );
    assert!(testing::coverage(rule, &outcomes).gaps.is_empty());
}

fn event() -> Value {
    json!({
        "eventVersion": "1.11",
        "eventSource": "s3.amazonaws.com",
        "eventName": "PutBucketAcl",
        "readOnly": false,
        "userIdentity": {"type": "IAMUser", "userName": "ana"},
        "requestParameters": {
            "bucketName": "logs",
            "x-amz-acl": "public-read",
            "a.b": "12",
            "password": "correct horse",
            "AccessControlPolicy": {"Grants": [{"Permission": "READ"}, {"Permission": "WRITE"}]},
            "no": null,
            "count": 2,
        },
        "responseElements": null,
    })
}

#[test]
fn a_blank_rule_holds_up() {
    holds_up(&blank("my-rule"));
}

#[test]
fn a_rule_drafted_from_an_event_holds_up_and_hides_credentials() {
    let text = from_event("bucket-acl", &event()).unwrap();
    holds_up(&text);
    assert!(!text.contains("correct horse"));
    insta::assert_snapshot!(text);
}

#[test]
fn every_clause_that_is_offered_holds_on_the_event() {
    let event = event();
    let text = from_event("bucket-acl", &event).unwrap();
    let (before, rest) = text.split_once("  # Narrow it down").unwrap();
    let (offered, after) = rest.split_once("\n\n").unwrap();
    let mut clauses: Vec<_> = offered.lines().skip(1).collect();
    assert!(clauses.len() > 5, "{clauses:?}");
    let uncommented: String = clauses
        .drain(..)
        .map(|line| line.replacen("# ", "", 1) + "\n")
        .collect();
    let loaded = loaded(&format!("{before}{uncommented}\n{after}"));
    let errors: Vec<_> = loaded.diagnostics.iter().filter(|d| d.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let rule = loaded.set.all().next().unwrap();
    assert!(evaluate(&rule.condition, &event).value, "{uncommented}");
}

#[test]
fn an_event_that_does_not_say_what_was_called_gives_no_draft() {
    assert_eq!(
        from_event("x", &json!({"eventSource": "s3.amazonaws.com"})),
        None
    );
    assert_eq!(from_event("x", &json!({"eventName": "PutObject"})), None);
}

#[test]
fn a_title_is_made_of_the_id() {
    assert_eq!(title("bucket-made-public"), "Bucket made public");
}

fn any_event() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "(yes|no|null|~|0x1|012|1e3|- a|a: b|a #b|@x|\\{a|\\[|!t|&a|%)".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn an_event_reads_back_as_it_is(inner in any_event()) {
        let event = json!({"eventSource": "a.amazonaws.com", "eventName": "B", "requestParameters": inner});
        let text = draft("a-rule", "a.amazonaws.com", "B", &event);
        let loaded = loaded(&text);
        let errors: Vec<_> = loaded.diagnostics.iter().filter(|d| d.is_error()).collect();
        prop_assert!(errors.is_empty(), "{:#?}\n{}", errors, text);
        let rule = loaded.set.all().next().unwrap();
        let TestInput::Event(written) = &rule.tests[0].input else {
            panic!("{rule:?}");
        };
        let built = testing::build_event(written, None).unwrap();
        prop_assert_eq!(built, event, "{}", text);
    }
}
