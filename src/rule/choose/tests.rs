use super::super::model::Origin;
use super::super::set::{Loaded, RulesFile, load};
use super::*;
use rstest::rstest;

const PROFILES: &str = "profiles:\n  default: {without_tags: [awareness]}\n  all: {severity: info}\n  \
    cis: {folders: [cis], frameworks: [cis-aws-*]}\n  iam: {tags: [iam], without_tags: [awareness]}\n  \
    detection: {severity: medium}\n";

fn rule(id: &str, more: &str) -> String {
    format!("id: {id}\ntitle: A\n{more}\nmatch: {{eventSource: iam.amazonaws.com}}\n")
}

/// Five rules of the pack, and one of the user's.
fn loaded() -> Loaded {
    let file = |name: &str, text: String, origin| RulesFile::new(origin, name, text);
    let embedded = [
        file("rules/profiles.yaml", PROFILES.to_owned(), Origin::Embedded),
        file(
            "rules/cis/plain.yaml",
            rule("plain", "severity: low"),
            Origin::Embedded,
        ),
        file(
            "rules/iam/record.yaml",
            rule("record", "severity: info\ntags: [iam, awareness]"),
            Origin::Embedded,
        ),
        file(
            "rules/iam/worse.yaml",
            rule(
                "worse",
                "severity: low\ntags: [iam]\nseverity_when: [{severity: high, match: {errorCode: a}}]",
            ),
            Origin::Embedded,
        ),
        file(
            "rules/root/mapped.yaml",
            rule(
                "mapped",
                "severity: high\ncontrols: {cis-aws-5.0: ['4.3'], soc2: [CC6.1]}",
            ),
            Origin::Embedded,
        ),
    ];
    let own = file(
        "own.yaml",
        rule("own", "severity: info\ntags: [awareness]"),
        Origin::User,
    );
    let loaded = load(embedded.into_iter().chain([own]).collect(), &[]);
    let errors: Vec<_> = loaded.diagnostics.iter().filter(|d| d.is_error()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    loaded
}

fn profile(name: &str, asked_for: bool) -> Option<Profile> {
    Some(Profile {
        name: name.to_owned(),
        asked_for,
    })
}

fn kept(choice: &Choice) -> (Vec<String>, u64) {
    let mut set = loaded().set;
    set.keep(choice).unwrap();
    let ids = set.all().map(|rule| rule.id.value.clone()).collect();
    (ids, set.left_out.map_or(0, |left_out| left_out.rules))
}

#[rstest]
#[case::by_default("default", false, &["plain", "worse", "mapped", "own"], 1)]
#[case::asked_for_it_covers_own_rules_too("default", true, &["plain", "worse", "mapped"], 2)]
#[case::every_rule("all", true, &["plain", "record", "worse", "mapped", "own"], 0)]
#[case::by_folder_or_framework("cis", true, &["plain", "mapped"], 3)]
#[case::by_tag("iam", true, &["worse"], 4)]
#[case::by_the_worst_severity("detection", true, &["worse", "mapped"], 3)]
fn a_profile_chooses(
    #[case] name: &str,
    #[case] asked_for: bool,
    #[case] ids: &[&str],
    #[case] left_out: u64,
) {
    let choice = Choice {
        profile: profile(name, asked_for),
        ..Choice::default()
    };
    let (kept, count) = kept(&choice);
    assert_eq!(
        (kept, count),
        (ids.iter().map(|id| (*id).to_owned()).collect(), left_out)
    );
}

#[test]
fn the_default_steps_back_where_rules_are_chosen_in_another_way() {
    let choice = Choice {
        tags: vec!["awareness".to_owned()],
        profile: profile("default", false),
        ..Choice::default()
    };
    assert_eq!(kept(&choice).0, ["record", "own"]);
    let choice = Choice {
        rules: vec!["rec*".to_owned()],
        profile: profile("default", false),
        ..Choice::default()
    };
    assert_eq!(kept(&choice).0, ["record"]);
}

#[test]
fn what_was_asked_for_holds_together_with_a_profile() {
    let choice = Choice {
        severity: Some(Severity::High),
        profile: profile("cis", true),
        ..Choice::default()
    };
    assert_eq!(kept(&choice), (vec!["mapped".to_owned()], 1));
}

#[test]
fn a_framework_chooses_the_rules_that_name_it() {
    for name in ["cis-aws-5.0", "cis-aws-*", "soc2"] {
        let choice = Choice {
            frameworks: vec![name.to_owned()],
            ..Choice::default()
        };
        assert_eq!(kept(&choice).0, ["mapped"], "{name}");
    }
}

#[test]
fn names_that_there_are_not_are_errors_with_what_was_meant() {
    let helps = |choice: &Choice| {
        let problems = loaded().set.keep(choice).unwrap_err();
        problems[0].help.clone().unwrap()
    };
    let choice = Choice {
        profile: profile("detecton", true),
        ..Choice::default()
    };
    assert_eq!(helps(&choice), "did you mean `detection`?");
    let choice = Choice {
        frameworks: vec!["soc3".to_owned()],
        ..Choice::default()
    };
    assert_eq!(helps(&choice), "did you mean `soc2`?");
}
