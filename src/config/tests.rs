use std::path::Path;

use super::*;
use crate::diagnostic::{Diagnostic, SourceMap};
use crate::event::Asked;
use crate::finding::{Coverage, FailOn, SourceKind};
use crate::rule::Severity;

fn folders() -> Folders {
    Folders {
        shown: "..".into(),
        absolute: "/srv/audit".into(),
        working: "/srv/audit/ci".into(),
    }
}

fn read(text: &str) -> (Config, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let path = Path::new("../trailgate.yaml");
    let mut sources = SourceMap::new();
    let config = parse(path, text, &folders(), &mut sources, &mut diagnostics);
    (config, diagnostics)
}

fn sound(text: &str) -> Config {
    let (config, diagnostics) = read(text);
    assert_eq!(diagnostics, [], "{text}");
    config
}

#[test]
fn paths_start_at_the_file_and_are_told_as_seen_from_the_working_directory() {
    let config = sound("rules: [rules/, /etc/rules.yaml]\nbaseline: known.json\nstate: runs.db\n");
    let rules: Vec<_> = config.rules.iter().map(|path| path.value.clone()).collect();
    assert_eq!(
        rules,
        [Path::new("../rules/"), Path::new("/etc/rules.yaml")]
    );
    assert_eq!(config.baseline.unwrap().value, Path::new("../known.json"));
    assert_eq!(config.state.unwrap().value, Path::new("../runs.db"));
}

#[test]
fn one_path_stands_for_a_list_and_waivers_may_be_a_path_alone() {
    let config = sound("rules: rules\nwaivers: accepted.yaml\n");
    assert_eq!(config.rules[0].value, Path::new("../rules"));
    let waivers = config.waivers;
    assert_eq!(waivers.file.unwrap().value, Path::new("../accepted.yaml"));
    assert_eq!(waivers.longest, None);
    let waivers = sound("waivers: {file: accepted.yaml, longest: 90d}\n").waivers;
    assert_eq!(waivers.longest.unwrap().value.as_hours(), 90 * 24);
}

#[test]
fn an_account_keeps_its_leading_zero_and_a_name_may_stand_alone() {
    let config = sound("accounts:\n  012345678901: sandbox\n");
    let label = config.label("012345678901").unwrap();
    assert_eq!(label.name.as_deref(), Some("sandbox"));
    assert_eq!(config.label("12345678901"), None);
}

#[test]
fn a_gate_is_that_of_the_file_or_the_default() {
    assert_eq!(
        Config::default().gate().of(None),
        FailOn::At(Severity::High)
    );
    assert_eq!(sound("fail_on: none\n").gate().of(None), FailOn::Never);
    let config =
        sound("fail_on: {production: low}\naccounts: {111122223333: {environment: production}}\n");
    let gate = config.gate();
    assert_eq!(gate.of(Some("production")), FailOn::At(Severity::Low));
    assert_eq!(gate.of(None), FailOn::At(Severity::High));
}

#[test]
fn a_file_without_a_setting_sets_nothing() {
    for text in ["", "# nothing yet\n", "---\n"] {
        let config = sound(text);
        assert!(config.file.is_some());
        assert_eq!(settings(&config), settings(&Config::default()), "{text:?}");
    }
}

const EXPECT: &str = "
accounts:
  111122223333: payments
  444455556666: sandbox
expect:
  accounts: [payments, 444455556666, 111122223333]
  regions: [eu-central-1, us-east-1, eu-central-1]
  trails: [export/org, export/org]
";

/// What is silent when these accounts and regions were heard and these were asked for.
fn silent(heard: [&[&str]; 3], asked: [&[&str]; 2]) -> Vec<(SourceKind, bool, Vec<String>)> {
    let [accounts, regions, trails] = heard.map(|names| names.iter().map(|n| (*n).to_owned()));
    let coverage = Coverage {
        accounts: accounts.collect(),
        regions: regions.collect(),
        trails: trails.collect(),
        ..Coverage::default()
    };
    let [accounts, regions] = asked.map(|names| names.iter().map(|n| (*n).to_owned()));
    let asked = Asked {
        accounts: accounts.collect(),
        regions: regions.collect(),
        ..Asked::default()
    };
    let (expected, problems) = sound(EXPECT).held_to(&coverage, &asked);
    let kinds = expected.unwrap().0.into_iter();
    let kinds = kinds.map(|(kind, of)| {
        let silent = of.silent.into_iter().map(|one| one.shown);
        (kind, of.held, silent.collect::<Vec<_>>())
    });
    let kinds: Vec<_> = kinds.collect();
    assert_eq!(
        problems.len(),
        kinds.iter().map(|kind| kind.2.len()).sum::<usize>()
    );
    kinds
}

#[test]
fn what_is_expected_and_was_not_heard_is_silent() {
    use SourceKind::{Account, Region, Trail};
    let heard: [&[&str]; 3] = [
        &["111122223333", "999999999999"],
        &["us-east-1"],
        &["export/org"],
    ];
    assert_eq!(
        silent(heard, [&[], &[]]),
        [
            (Account, true, vec!["444455556666 (sandbox)".to_owned()]),
            (Region, true, vec!["eu-central-1".to_owned()]),
            (Trail, true, vec![]),
        ]
    );
    let nothing = silent([&[], &[], &[]], [&[], &[]]);
    let all: Vec<usize> = nothing.iter().map(|kind| kind.2.len()).collect();
    assert_eq!(all, [2, 2, 1], "what is named twice counts once");
}

#[test]
fn a_run_is_held_to_what_it_asks_about() {
    use SourceKind::{Account, Region, Trail};
    // Of one account: regions and trails might have been heard of through others.
    assert_eq!(
        silent([&[], &[], &[]], [&["111122223333"], &[]]),
        [
            (Account, true, vec!["111122223333 (payments)".to_owned()]),
            (Region, false, vec![]),
            (Trail, false, vec![]),
        ]
    );
    assert_eq!(
        silent([&[], &["us-east-1"], &[]], [&[], &["us-east-1"]]),
        [
            (Account, false, vec![]),
            (Region, true, vec![]),
            (Trail, false, vec![]),
        ]
    );
    // An account that is not expected says nothing of those that are.
    assert_eq!(
        silent([&[], &[], &[]], [&["999999999999"], &[]])[0],
        (Account, true, vec![])
    );
}

#[test]
fn the_schema_has_every_key_and_says_what_it_is_for() {
    let schema = json_schema();
    let properties = schema["properties"].as_object().unwrap();
    let keys: Vec<&str> = properties.keys().map(String::as_str).collect();
    assert_eq!(keys, CONFIG_KEYS);
    for (key, property) in properties {
        assert!(property["description"].is_string(), "{key}");
    }
}
