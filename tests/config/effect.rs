//! What settings do, and where they are shown.

use super::*;

#[test]
fn the_settings_are_shown_with_where_each_comes_from() {
    let folder = project(&format!(
        "{RULES}{ACCOUNTS}
lists:
  known_networks: {{file: networks.txt}}
fail_on: {{default: low, production: none}}
overrides:
  level-low: {{severity: info, reason: Noise}}
  level-high: {{enabled: false, reason: Reviewed in SEC-142}}
waivers: {{file: waivers.yaml, longest: 90d}}
baseline: known.json
state: runs.db
expect: {{accounts: all, regions: [eu-central-1], trails: [export/org]}}
"
    ));
    put(folder.path(), "networks.txt", "10.0.0.0/8\n");
    let output = run_in(folder.path(), &["config"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    insta::assert_snapshot!("settings", stdout(&output));
    let output = run_in(folder.path(), &["config", "-o", "json"]);
    let object: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(object["schema"], "trailgate-config/1");
    assert_eq!(object["file"], "trailgate.yaml");
    let settings = object["settings"].as_array().unwrap();
    assert!(settings.contains(&json!({
        "setting": "fail_on.production",
        "value": "none",
        "from": {"file": "trailgate.yaml", "line": 10},
    })));
    let output = run_in(folder.path(), &["config", "--no-config"]);
    insta::assert_snapshot!("settings_without_a_file", stdout(&output));
}

#[test]
fn the_nearest_file_above_is_read_unless_one_is_named_or_none_is_wanted() {
    let folder = project(&format!("{RULES}fail_on: none\n"));
    let root = folder.path();
    let below = root.join("export/own");
    let ends_with = |arguments: &[&str]| code(&run_in(&below, arguments));
    assert_eq!(ends_with(&["scan", "sandbox.json"]), 0);
    // Without it the rules of the folder are not known.
    let without = ["scan", "sandbox.json", "--no-config", "-o", "jsonl"];
    assert_eq!(
        of_type(&stdout(&run_in(&below, &without)), "finding").len(),
        0
    );
    put(
        root,
        "ci/strict.yaml",
        "default_rules: false\nrules: ../rules/\nfail_on: high\n",
    );
    let named = ["scan", "sandbox.json", "--config", "../../ci/strict.yaml"];
    assert_eq!(ends_with(&named), 1);
    assert_eq!(
        ends_with(&["scan", "sandbox.json", "--config", "missing.yaml"]),
        2
    );
    assert_eq!(
        ends_with(&["scan", "sandbox.json", "--config", "a.yaml", "--no-config"]),
        2
    );
}

#[test]
fn options_win_over_the_file() {
    let folder = project(&format!(
        "{RULES}{ACCOUNTS}fail_on: {{default: high, production: medium, development: none}}\n\
         overrides: {{level-medium: {{enabled: false, reason: Reviewed}}}}\n"
    ));
    let ends_with = |more: &[&str]| {
        let arguments = [&["scan", "export", "-q"], more].concat();
        code(&run_in(folder.path(), &arguments))
    };
    assert_eq!(ends_with(&[]), 0);
    // One threshold for all environments.
    assert_eq!(ends_with(&["--fail-on", "high"]), 1);
    // Who names a rule wants it to run.
    assert_eq!(ends_with(&["--rule", "level-medium"]), 1);
    assert_eq!(ends_with(&["--rule", "level-m*"]), 2);
    assert_eq!(ends_with(&["--exclude-rule", "level-medium"]), 0);
    assert_eq!(ends_with(&["--no-config", "--rule", "cis-03-root-use"]), 0);
}

#[test]
fn a_list_of_an_option_wins_over_the_file_and_the_file_over_the_rules() {
    let folder =
        project("default_rules: false\nrules: listed.yaml\nlists: {places: [us-east-1]}\n");
    let rule = "id: listed\ntitle: Listed\nseverity: low\nmatch: {awsRegion: {list: places}}\n---\n\
                lists: {places: [ap-south-1]}\n";
    put(folder.path(), "listed.yaml", rule);
    put(folder.path(), "places.txt", "eu-central-1\n");
    let found = |more: &[&str]| {
        let arguments = [&["scan", "export", "-o", "jsonl"], more].concat();
        of_type(&stdout(&run_in(folder.path(), &arguments)), "finding").len()
    };
    assert_eq!(found(&[]), 1);
    assert_eq!(found(&["--list", "places=places.txt"]), 2);
}

#[test]
fn an_override_shows_in_the_summary_and_on_the_finding() {
    let folder = project(&format!(
        "{RULES}{ACCOUNTS}overrides:
  level-high: {{enabled: false, reason: Reviewed in SEC-142}}
  level-medium: {{severity: critical, reason: Money moves there}}
  cis-03-root-use: {{severity: low, reason: Of the pack that is left out}}
"
    ));
    let output = run_in(folder.path(), &["scan", "export"]);
    assert_eq!(code(&output), 1);
    insta::assert_snapshot!("overridden", stdout(&output));
    let output = run_in(folder.path(), &["scan", "export", "-o", "jsonl"]);
    let finding = &of_type(&stdout(&output), "finding")[0];
    assert_eq!(finding["severity"], "critical");
    assert_eq!(finding["written_severity"], "medium");
    let rules = &summary(&output)["rules"];
    assert_eq!(rules["off"][0]["id"], "level-high");
    assert_eq!(rules["off"][0]["place"], "trailgate.yaml:8");
    assert_eq!(rules["changed"][0]["written"], "medium");
}

#[test]
fn a_rule_that_is_off_is_in_every_output_with_its_reason_and_can_steer_nothing() {
    let folder = project(&format!(
        "{RULES}fail_on: none\noverrides:\n  level-high: {{enabled: false, reason: \"Reviewed \\e[2J::error::gone\"}}\n"
    ));
    for format in [
        "text", "json", "jsonl", "junit", "github", "markdown", "csv",
    ] {
        let output = run_in(folder.path(), &["scan", "export", "-o", format]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let text = stdout(&output);
        assert!(text.contains("level-high"), "{format}:\n{text}");
        assert!(text.contains("Reviewed"), "{format}:\n{text}");
        assert!(!text.contains('\u{1b}'), "{format}:\n{text}");
        let commands = text.lines().filter(|line| line.starts_with("::error"));
        assert_eq!(commands.count(), 0, "{format}:\n{text}");
    }
    let sarif = run_in(folder.path(), &["scan", "export", "-o", "sarif"]);
    let log: Value = serde_json::from_str(&stdout(&sarif)).unwrap();
    let rules = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    let off = rules
        .iter()
        .find(|rule| rule["id"] == "level-high")
        .unwrap();
    assert_eq!(off["defaultConfiguration"]["enabled"], false);
}

#[test]
fn rules_and_explain_go_by_the_file_and_tests_by_the_rule_as_written() {
    let folder = project(&format!(
        "{RULES}overrides:
  level-high: {{enabled: false, reason: Reviewed in SEC-142}}
  tested: {{severity: low, reason: Noise}}
"
    ));
    let tested = "id: tested\ntitle: Tested\nseverity: high\nmatch: {eventName: Low}\ntests:\n  \
                  - {name: one, expect: match, severity: high, event: {eventName: Low}}\n";
    put(folder.path(), "rules/tested.yaml", tested);
    let list = run_in(folder.path(), &["rules", "list"]);
    insta::assert_snapshot!("rules_list", stdout(&list));
    for command in [
        &["explain", "level-high"][..],
        &["rules", "show", "level-high"],
    ] {
        let output = run_in(folder.path(), command);
        assert_eq!(code(&output), 0);
        assert_eq!(
            stderr(&output),
            "level-high is switched off by trailgate.yaml:4:3: Reviewed in SEC-142\n"
        );
    }
    // Without a path the rules of the file; its overrides are not what tests are about.
    let output = run_in(folder.path(), &["test", "--rule", "tested"]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    let output = run_in(folder.path(), &["check"]);
    assert!(
        stdout(&output).contains("6 rules, 2 files, 0 errors"),
        "{}",
        stdout(&output)
    );
    for command in ["check", "test"] {
        let output = run_in(folder.path(), &[command, "--no-config"]);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains("no rules file is named"));
    }
}

#[test]
fn a_folder_of_rules_may_hold_the_configuration() {
    let folder = project("rules: .\ndefault_rules: false\n");
    let output = run_in(folder.path(), &["check", "."]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    assert_eq!(code(&run_in(folder.path(), &["scan", "export"])), 1);
}

#[test]
fn an_environment_has_its_own_threshold() {
    let fails = |fail_on: &str| {
        let folder = project(&format!("{RULES}{ACCOUNTS}fail_on: {fail_on}\n"));
        let output = run_in(folder.path(), &["scan", "export", "-o", "jsonl"]);
        let reasons = summary(&output)["verdict"]["reasons"].clone();
        let reasons = reasons.as_array().unwrap().iter();
        let reasons = reasons.map(|reason| reason["why"].as_str().unwrap().to_owned());
        (code(&output), reasons.collect::<Vec<_>>())
    };
    assert_eq!(
        fails("{production: medium}"),
        (
            1,
            vec![
                "1 finding at or above medium in production".to_owned(),
                "1 finding at or above high in other accounts".to_owned(),
            ]
        )
    );
    assert_eq!(
        fails("{default: none, production: low}"),
        (
            1,
            vec!["2 findings at or above low in production".to_owned()]
        )
    );
    assert_eq!(fails("{development: none}"), (0, vec![]));
    assert_eq!(fails("none"), (0, vec![]));
}

#[test]
fn accounts_are_named_in_every_output() {
    let folder = project(&format!("{RULES}{ACCOUNTS}fail_on: none\n"));
    for format in [
        "text", "json", "jsonl", "sarif", "junit", "github", "markdown", "csv", "ocsf",
    ] {
        let output = run_in(folder.path(), &["scan", "export", "-o", format]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let text = stdout(&output);
        for name in ["payments", "sandbox", "production", "development"] {
            assert!(text.contains(name), "{format} does not say {name}:\n{text}");
        }
    }
}

#[test]
fn without_accounts_a_table_has_no_columns_for_their_names() {
    let folder = project(RULES);
    let output = run_in(folder.path(), &["scan", "export", "-o", "csv"]);
    let text = stdout(&output);
    assert!(text.lines().next().unwrap().ends_with(",tags"), "{text}");
}

/// The file and the line of the first result.
fn anchor(sarif: &str) -> (String, u64) {
    let log: Value = serde_json::from_str(sarif).unwrap();
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    let file = place["artifactLocation"]["uri"].as_str().unwrap();
    (
        file.to_owned(),
        place["region"]["startLine"].as_u64().unwrap(),
    )
}

#[test]
fn results_of_the_pack_are_shown_at_the_configuration_that_there_is() {
    let folder =
        project("overrides:\n  cis-05-cloudtrail-change: {severity: low, reason: Noise}\n");
    let root = folder.path();
    let mut stop = event("StopLogging", 1);
    stop["eventSource"] = "cloudtrail.amazonaws.com".into();
    put(root, "logs/a.json", records(&[stop]));
    let arguments = ["scan", "a.json", "-o", "sarif", "--rule", "cis-*"];
    let at_root = run_in(
        root,
        &["scan", "logs/a.json", "-o", "sarif", "--rule", "cis-*"],
    );
    assert_eq!(anchor(&stdout(&at_root)), ("trailgate.yaml".to_owned(), 2));
    // From a folder of the repository it is told from the root of that.
    std::fs::create_dir(root.join(".git")).unwrap();
    let below = run_in(&root.join("logs"), &arguments);
    assert_eq!(anchor(&stdout(&below)), ("trailgate.yaml".to_owned(), 2));
    put(root, "ci/strict.yaml", "fail_on: low\n");
    let arguments = [
        "scan",
        "a.json",
        "-o",
        "sarif",
        "--rule",
        "cis-*",
        "--config",
        "../ci/strict.yaml",
    ];
    let named = run_in(&root.join("logs"), &arguments);
    assert_eq!(anchor(&stdout(&named)), ("ci/strict.yaml".to_owned(), 1));
}
