//! Correlations among the documents of a set: which rules they mean, and which of those
//! report by themselves.

use super::*;
use crate::rule::correlation::StepSource;

const WINDOWS: &str = "title: Other\nname: other\nlogsource: {product: windows, service: security}\ndetection: {s: {EventID: 1}, condition: s}\n";

fn single(name: &str) -> String {
    format!(
        "title: {name}\nname: {name}\nid: id-of-{name}\nlogsource: {{product: aws}}\ndetection: {{s: {{eventName: {name}}}, condition: s}}\n---\n"
    )
}

fn correlation(name: &str, rules: &str, more: &str) -> String {
    format!(
        "title: {name}\nname: {name}\ncorrelation:\n  type: event_count\n  rules: {rules}\n  group-by: sourceIPAddress\n  timespan: 5m\n  condition: {{gte: 3}}\n{more}---\n"
    )
}

fn ids(rules: &[crate::rule::Rule]) -> Vec<&str> {
    rules.iter().map(|rule| rule.id.value.as_str()).collect()
}

#[test]
fn rules_are_meant_by_id_or_name_in_any_case() {
    for name in ["fail", "FAIL", "id-of-fail", "ID-OF-FAIL"] {
        let text = single("fail") + &correlation("many", name, "");
        let loaded = loaded(&text);
        assert_eq!(codes(&text), [], "{name}");
        let correlation = loaded.set.rules[0].correlation.as_ref().unwrap();
        let [StepSource::Rule { id, .. }] = correlation.steps[0].sources.as_slice() else {
            panic!("{:?}", correlation.steps);
        };
        assert_eq!(id.value, "id-of-fail");
    }
}

#[test]
fn native_rules_may_be_meant_and_report_all_the_same() {
    let native = "id: native\ntitle: Native\nseverity: low\nmatch: {eventName: b}\n---\n";
    let text = format!(
        "{native}{}{}",
        single("fail"),
        correlation("many", "[native, fail]", "")
    );
    let loaded = loaded(&text);
    assert_eq!(ids(&loaded.set.rules), ["native", "many"]);
    assert_eq!(ids(&loaded.set.unreported), ["id-of-fail"]);
}

#[test]
fn rules_of_a_correlation_that_does_not_load_report_by_themselves() {
    let text = single("fail") + &correlation("many", "[fail, failing]", "");
    let loaded = loaded(&text);
    assert_eq!(ids(&loaded.set.rules), ["id-of-fail"]);
    assert_eq!(ids(&loaded.set.unreported), [""; 0]);
    assert_eq!(loaded.set.failed[0].name, "many");
}

#[test]
fn generate_stands_inside_or_beside_the_correlation() {
    for more in ["  generate: true\n", "generate: true\n", "generate: yes\n"] {
        let text = single("fail") + &correlation("many", "fail", more);
        assert_eq!(codes(&text), [], "{more}");
        assert_eq!(ids(&loaded(&text).set.rules), ["id-of-fail", "many"]);
    }
}

#[test]
fn who_names_a_rule_hears_of_it() {
    let text = single("fail") + &correlation("many", "fail", "");
    let chosen = |rule: &str| {
        let mut set = loaded(&text).set;
        let choice = crate::rule::Choice {
            rules: vec![rule.to_owned()],
            ..crate::rule::Choice::default()
        };
        set.choose(&choice).unwrap();
        set
    };
    assert_eq!(ids(&chosen("id-of-fail").rules), ["id-of-fail"]);
    assert_eq!(ids(&chosen("*").rules), ["many"]);
    let many = chosen("many");
    assert_eq!(ids(&many.rules), ["many"]);
    assert_eq!(ids(&many.unreported), [""; 0]);
}

#[test]
fn correlations_of_rules_about_other_logs_are_about_those() {
    let outer = correlation("outer", "inner", "");
    let text = format!(
        "{}{outer}{}{WINDOWS}",
        single("fail"),
        correlation("inner", "other", "")
    );
    let loaded_here = loaded(&text);
    let elsewhere = loaded_here.set.not_applicable.iter();
    let elsewhere: Vec<_> = elsewhere
        .map(|of| (of.id.as_str(), of.logsource.as_str()))
        .collect();
    let log = "product windows, service security";
    assert_eq!(elsewhere, [("other", log), ("inner", log), ("outer", log)]);
    assert_eq!(ids(&loaded_here.set.rules), ["id-of-fail"]);
    assert!(loaded_here.diagnostics.iter().all(|d| !d.is_error()));
    let mixed = format!(
        "{}{}{WINDOWS}",
        single("fail"),
        correlation("mixed", "[fail, other]", "")
    );
    let loaded_mixed = loaded(&mixed);
    let found = loaded_mixed.diagnostics.iter().filter(|d| d.is_error());
    assert_eq!(
        found.map(|d| d.code).collect::<Vec<_>>(),
        [Code::SigmaCorrelation]
    );
    assert_eq!(loaded_mixed.set.failed[0].name, "mixed");
    let forced = loaded_as(&mixed, Applies::Any);
    assert_eq!(ids(&forced.set.rules), ["mixed"]);
}

#[test]
fn a_filter_narrows_a_rule_where_a_correlation_names_it() {
    let filter = "title: Ours\nlogsource: {product: aws}\nfilter:\n  rules: fail\n  ours: {userAgent: scanner}\n  condition: not ours\n";
    let text = single("fail") + &correlation("many", "fail", "") + filter;
    assert_eq!(codes(&text), []);
    let loaded = loaded(&text);
    let engine = Engine::new(&loaded.set);
    let signals = |agent: &str| {
        let event = json!({
            "eventTime": "2026-01-05T09:51:36Z",
            "eventName": "fail",
            "sourceIPAddress": "192.0.2.1",
            "userAgent": agent,
        });
        engine.judge(&event, "a.json", 1).signals.len()
    };
    assert_eq!(signals("scanner"), 0);
    assert_eq!(signals("other"), 1);
}
