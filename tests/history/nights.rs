//! One night after the other: what is new, what is again, and what was clean.

use super::*;

#[test]
fn a_night_reads_what_is_new_and_says_what_it_saw_before() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("High", 0), event("Low", 1)]);
    let first = audit.scan(1, &[]);
    assert_eq!(
        (code(&first), inputs(&first), counts(&first)),
        (1, [1, 0], [2, 0, 0])
    );
    assert_eq!(
        document(&first)["findings"][0]["recurrence"]["state"],
        "new"
    );

    // The same user again, and another one.
    audit.deliver("b.json.gz", &[event("High", 7), event("High", 8)]);
    let second = audit.scan(2, &[]);
    assert_eq!(
        (code(&second), inputs(&second), counts(&second)),
        (1, [1, 1], [1, 1, 1])
    );
    let findings = document(&second)["findings"].clone();
    assert_eq!(findings.as_array().unwrap().len(), 2);
    assert_eq!(
        findings[0]["recurrence"],
        serde_json::json!({
            "state": "again",
            "first_seen": "2026-11-01T02:00:00Z",
            "last_seen": "2026-11-01T02:00:00Z",
        })
    );
    assert_eq!(findings[1]["recurrence"]["state"], "new");
    assert_eq!(
        summary(&second)["history"]["not_seen_since"],
        "2026-11-01T02:00:00Z"
    );
}

#[test]
fn a_night_without_anything_new_is_clean_and_says_so() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("High", 0)]);
    audit.scan(1, &[]);
    let output = audit.command(2).arg("logs").output().unwrap();
    assert_eq!(code(&output), 0);
    insta::assert_snapshot!(stdout(&output));
}

#[test]
fn a_waiver_is_not_called_unused_where_what_it_covers_was_read_before() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("High", 0)]);
    let waivers = "waivers: [{rule: level-high, match: {eventName: High}, reason: r, owner: o}]";
    put(audit.path(), "waivers.yaml", waivers);
    let unused = |night| {
        let output = audit.scan(night, &["--waivers", "waivers.yaml"]);
        let told = document(&output)["diagnostics"].to_string();
        told.contains("TG2504")
    };
    assert!(!unused(1));
    assert!(!unused(2));
    fs::remove_file(audit.path().join("logs/a.json.gz")).unwrap();
    audit.deliver("b.json.gz", &[event("Low", 0)]);
    assert!(unused(3), "all there is was read");
}

#[test]
fn an_export_without_an_event_never_becomes_clean() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[]);
    for night in 1..4 {
        assert_eq!(code(&audit.scan(night, &[])), 4, "{night}");
    }
    // Nor do events of another time make it so.
    audit.deliver("b.json.gz", &[event("Low", 0)]);
    assert_eq!(code(&audit.scan(4, &[])), 0);
    for night in 5..7 {
        assert_eq!(code(&audit.scan(night, &["--since", "24h"])), 4, "{night}");
    }
}

#[test]
fn other_rules_read_everything_again_and_say_why() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("High", 0), event("Other", 1)]);
    audit.scan(1, &[]);
    let more = format!(
        "{LEVELS}---\nid: other\ntitle: Other\nseverity: low\nmatch: {{eventName: Other}}\n"
    );
    put(audit.path(), "rules.yaml", more);
    let output = audit.scan(2, &[]);
    assert_eq!((inputs(&output), counts(&output)), ([1, 0], [1, 1, 0]));
    let notices = document(&output)["diagnostics"].clone();
    assert_eq!(notices[0]["code"], "TG2406");
    assert_eq!(notices[0]["level"], "notice");
    // The event counts once, however often it is read.
    let fingerprint = document(&output)["findings"][0]["fingerprint"].clone();
    let story = trailgate()
        .current_dir(audit.path())
        .args(["history", fingerprint.as_str().unwrap(), "-o", "json"])
        .output()
        .unwrap();
    let story = document(&story);
    assert_eq!(story["findings"][0]["runs"], 2);
    assert_eq!(story["findings"][0]["events"], 1);
    assert_eq!(inputs(&audit.scan(3, &[])), [0, 1]);
}
