//! Documents of a file: logsources, global ones, filters.

use super::*;

const WINDOWS: &str = "title: Other\nid: 0b5e2f3c-1111-4222-8333-444455556666\nlogsource: {product: windows, service: security}\ndetection: {s: {EventID|foo: 1}, condition: s}\n";

#[test]
fn rules_about_other_logs_are_counted_and_not_read_on() {
    let text = format!(
        "{}---\n{WINDOWS}",
        rule("{s: {eventName: a}, condition: s}")
    );
    let loaded = loaded(&text);
    assert_eq!(loaded.set.rules.len(), 1);
    assert_eq!(loaded.set.failed, []);
    let [elsewhere] = loaded.set.not_applicable.as_slice() else {
        panic!("{:?}", loaded.set.not_applicable);
    };
    assert_eq!(elsewhere.id, "0b5e2f3c-1111-4222-8333-444455556666");
    assert_eq!(elsewhere.logsource, "product windows, service security");
}

#[test]
fn rules_of_which_none_applies_do_not_look_clean() {
    let loaded = loaded(WINDOWS);
    let codes: Vec<_> = loaded.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(codes, [Code::NothingApplies]);
    assert_eq!(loaded.set.failed.len(), 1);
    let forced = loaded_as(&WINDOWS.replace("|foo", ""), Applies::Any);
    assert_eq!(forced.set.rules.len(), 1);
    assert_eq!(forced.set.not_applicable, []);
}

#[test]
fn of_logsources_product_and_service_decide() {
    let applies = |logsource: &str| {
        let text = format!(
            "title: A\nlogsource: {logsource}\ndetection: {{s: {{eventName: a}}, condition: s}}\n"
        );
        loaded(&text).set.rules.len() == 1
    };
    assert!(applies("{product: aws, service: cloudtrail}"));
    assert!(applies(
        "{product: AWS, service: CloudTrail, definition: any}"
    ));
    assert!(applies("{product: aws}"));
    assert!(applies("{service: cloudtrail}"));
    assert!(!applies("{product: aws, service: route53}"));
    assert!(!applies("{product: gcp, service: cloudtrail}"));
    assert!(!applies("{category: process_creation}"));
}

#[test]
fn ids_are_made_of_names_or_titles_where_there_is_none() {
    let id = |head: &str| {
        let text = format!(
            "{head}logsource: {{product: aws}}\ndetection: {{s: {{eventName: a}}, condition: s}}\n"
        );
        loaded(&text).set.rules[0].id.value.clone()
    };
    assert_eq!(id("title: A Rule, of ours!\n"), "a-rule-of-ours");
    assert_eq!(id("title: A rule\nname: our_rule\n"), "our-rule");
    assert_eq!(id("title: ルール\n"), "example", "the file's name");
    assert_eq!(
        id("title: A\nid: 0B5E2F3C-1111-4222-8333-444455556666\n"),
        "0b5e2f3c-1111-4222-8333-444455556666"
    );
}

#[test]
fn global_documents_are_merged_into_those_behind_them() {
    let text = "action: global\ntitle: Both\nid: both\nlogsource: {product: aws}\ndetection: {condition: s}\n---\ndetection: {s: {eventName: a}}\n---\nlevel: high\ndetection: {s: {eventName: b}}\n---\naction: reset\n---\ntitle: Own\nlogsource: {product: aws}\ndetection: {s: {eventName: c}, condition: s}\n---\naction: repeat\nid: again\nlevel: low\n";
    let loaded = loaded(text);
    let ids: Vec<_> = loaded
        .set
        .rules
        .iter()
        .map(|r| r.id.value.as_str())
        .collect();
    assert_eq!(ids, ["both", "both-2", "own", "again"]);
    let old = loaded.diagnostics.iter();
    assert_eq!(old.filter(|d| d.code == Code::SigmaDeprecated).count(), 3);
    assert!(loaded.diagnostics.iter().all(|d| !d.is_error()));
    for name in ["a", "b", "c"] {
        assert!(matches(text, &json!({"eventName": name})));
    }
}

#[test]
fn filters_narrow_the_rules_that_they_name() {
    let filter = |rules: &str| {
        format!(
            "{}---\ntitle: Scanner\nlogsource: {{product: aws}}\nfilter:\n  rules: {rules}\n  ours: {{userAgent|startswith: scanner}}\n  condition: not ours\n",
            rule("{s: {eventName: a}, condition: s}")
        )
    };
    let ours = json!({"eventName": "a", "userAgent": "Scanner/1"});
    for rules in ["any", "example", "[example]"] {
        assert!(!matches(&filter(rules), &ours), "{rules}");
        assert!(
            matches(&filter(rules), &json!({"eventName": "a"})),
            "{rules}"
        );
        assert_eq!(codes(&filter(rules)), []);
    }
    assert!(matches(&filter("[other]"), &ours));
    assert_eq!(codes(&filter("[other]")), [Code::SigmaUnusedFilter]);
    let broken = filter("any").replace("not ours", "not theirs");
    let loaded = loaded(&broken);
    let failed: Vec<_> = loaded.set.failed.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(failed, ["scanner"]);
    assert_eq!(loaded.set.rules.len(), 1, "the rule runs as it is");
}

#[test]
fn native_rules_stand_beside_sigma_rules() {
    let native = "id: native\ntitle: Native\nseverity: low\nmatch: {eventName: b}\n---\n";
    let text = format!("{native}{}", rule("{s: {eventName: a}, condition: s}"));
    let loaded = loaded(&text);
    assert_eq!(loaded.set.rules.len(), 2);
    assert!(matches(&text, &json!({"eventName": "a"})));
    assert!(matches(&text, &json!({"eventName": "b"})));
}
