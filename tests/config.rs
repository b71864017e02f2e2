//! The configuration: its mistakes, where it is found, and what it does to a run.

use std::path::Path;
use std::process::Output;

use crate::support::{LEVELS, event, of_type, put, records, stderr, stdout, trailgate};
use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

/// An event of an account and a region.
fn event_of(name: &str, number: u64, account: &str, region: &str) -> Value {
    let mut event = event(name, number);
    event["recipientAccountId"] = account.into();
    event["userIdentity"]["accountId"] = account.into();
    event["awsRegion"] = region.into();
    event
}

/// A folder with a configuration, rules and an export of two accounts.
fn project(configuration: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "trailgate.yaml", configuration);
    put(root, "rules/levels.yaml", LEVELS);
    let payments = [
        event_of("Medium", 1, "111122223333", "eu-central-1"),
        event_of("Low", 2, "111122223333", "eu-central-1"),
    ];
    put(root, "export/org/payments.json", records(&payments));
    let sandbox = [event_of("High", 3, "444455556666", "us-east-1")];
    put(root, "export/own/sandbox.json", records(&sandbox));
    folder
}

fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    trailgate()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// The summary of a scan with `-o jsonl`.
fn summary(output: &Output) -> Value {
    of_type(&stdout(output), "summary").remove(0)
}

const RULES: &str = "default_rules: false\nrules: rules/\n";

const ACCOUNTS: &str = "
accounts:
  111122223333: {name: payments, environment: production}
  444455556666: {name: sandbox, environment: development}
";

#[rstest]
#[case::unknown_key("fail-on: high\nrule: [a.yaml]\nzebra: 1\n")]
#[case::not_a_mapping("- rules\n")]
#[case::not_yaml("rules: [\n")]
#[case::two_documents("rules: rules/\n---\nrules: other/\n")]
#[case::another_version("trailgate: 2\n")]
#[case::null_value("rules:\n")]
#[case::paths_of_the_wrong_kind("rules: {path: a.yaml}\nbaseline: [a, b]\nstate: ''\n")]
#[case::default_rules_in_other_words("default_rules: no\n")]
#[case::severity_misspelt("fail_on: hihg\n")]
#[case::null_severity("fail_on: null\n")]
#[case::environment_misspelt(
    "fail_on: {defualt: low, prodction: none}\naccounts: {111122223333: {name: a, environment: production}}\n"
)]
#[case::environment_without_accounts("fail_on: {production: low}\n")]
#[case::environment_called_default("accounts: {111122223333: {environment: default}}\n")]
#[case::override_without_reason("overrides:\n  cis-03-root-use: {enabled: false}\n")]
#[case::override_of_nothing(
    "overrides:\n  cis-03-root-use: {reason: Reviewed}\n  cis-05-cloudtrail-change: {enabled: true, reason: Reviewed}\n"
)]
#[case::override_of_both(
    "overrides:\n  cis-03-root-use: {enabled: false, severity: low, reason: Reviewed}\n"
)]
#[case::override_misspelt(
    "overrides:\n  cis-03-root-use: {sevrity: lwo, disabled: true, reason: ''}\n"
)]
#[case::unknown_rule(
    "overrides:\n  cis-03-rot-use: {enabled: false, reason: Reviewed}\n  zebra: {severity: low, reason: Reviewed}\n"
)]
#[case::account_of_eleven_digits("accounts: {12345678901: sandbox, prod: payments}\n")]
#[case::account_without_a_label("accounts: {111122223333: }\n")]
#[case::account_with_another_key("accounts: {111122223333: {name: a, env: production}}\n")]
#[case::unknown_account(
    "accounts: {111122223333: payments}\nexpect: {accounts: [paymets, 99], zones: [a]}\n"
)]
#[case::all_of_no_accounts("expect: {accounts: all}\n")]
#[case::waivers_without_a_time("waivers: {file: a.yaml, longest: ninety days, owner: a}\n")]
#[case::list_without_values("lists:\n  known_networks: {description: Ours}\n  other: 10.0.0.0/8\n")]
fn every_mistake_is_pointed_out_and_exits_2(#[case] configuration: &str) {
    let name = std::thread::current().name().unwrap().to_owned();
    let name = name.rsplit("::").next().unwrap();
    let (_, name) = name
        .split_once('_')
        .and_then(|(_, rest)| rest.split_once('_'))
        .unwrap();
    let folder = project(configuration);
    put(folder.path(), "a.yaml", "");
    for command in [&["config"][..], &["scan", "export"]] {
        let output = run_in(folder.path(), command);
        assert_eq!(code(&output), 2, "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
        insta::assert_snapshot!(name, stderr(&output));
    }
}

#[test]
fn a_list_that_nothing_declares_is_pointed_out_and_a_bad_file_is_a_rule_that_cannot_run() {
    let folder = project("lists:\n  knwon_networks: [10.0.0.0/8]\n");
    let output = run_in(folder.path(), &["config"]);
    assert_eq!(code(&output), 0);
    insta::assert_snapshot!("misspelt_list", stderr(&output));
    let folder = project("lists:\n  known_networks: {file: missing.txt}\n");
    for command in [&["config"][..], &["scan", "export"]] {
        let output = run_in(folder.path(), command);
        assert_eq!(code(&output), 3);
        assert!(stderr(&output).contains("TG1407"), "{}", stderr(&output));
        assert!(stderr(&output).contains("trailgate.yaml:2:26"));
    }
}

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
fn what_was_expected_is_held_to_at_the_end_of_a_stream() {
    let folder = project(&format!(
        "{RULES}fail_on: none\nexpect: {{accounts: [444455556666], trails: [.]}}\n"
    ));
    let export = std::fs::File::open(folder.path().join("export/own/sandbox.json")).unwrap();
    let output = trailgate()
        .current_dir(folder.path())
        .args(["scan", "-", "-o", "jsonl"])
        .stdin(export)
        .output()
        .unwrap();
    // The account was heard; standard input is in no folder.
    assert_eq!(code(&output), 4);
    let expected = &summary(&output)["expected"];
    assert_eq!(expected["accounts"]["silent"], json!([]));
    assert_eq!(expected["trails"]["silent"], json!(["."]));
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

#[test]
fn what_was_expected_and_is_silent_exits_4_and_is_named_in_every_output() {
    let folder = project(&format!(
        "{RULES}fail_on: none
accounts:
  111122223333: payments
  444455556666: sandbox
  777788889999: {{name: archive, environment: production}}
expect:
  accounts: all
  regions: [eu-central-1, us-east-1, ap-south-1]
  trails: [export/org, export/own/, s3://audit-logs/org]
"
    ));
    let output = run_in(folder.path(), &["scan", "export"]);
    assert_eq!(code(&output), 4);
    insta::assert_snapshot!("silent", stdout(&output));
    for format in [
        "json", "jsonl", "sarif", "junit", "github", "markdown", "csv", "ocsf",
    ] {
        let output = run_in(folder.path(), &["scan", "export", "-o", format]);
        assert_eq!(code(&output), 4);
        let text = stdout(&output);
        for name in ["777788889999", "ap-south-1", "audit-logs"] {
            assert!(text.contains(name), "{format} does not say {name}:\n{text}");
        }
    }
    let expected = summary(&run_in(folder.path(), &["scan", "export", "-o", "jsonl"]));
    assert_eq!(
        expected["expected"]["trails"],
        json!({
            "expected": ["export/org", "export/own/", "s3://audit-logs/org"],
            "silent": ["s3://audit-logs/org"],
            "held": true,
        })
    );
}

#[rstest]
#[case::all(&["export"], 0)]
#[case::by_another_name(&["./export/../export"], 0)]
#[case::a_part(&["export/org"], 4)]
#[case::one_account(&["export", "--account", "444455556666"], 0)]
#[case::one_account_of_a_part(&["export/org", "--account", "444455556666"], 4)]
#[case::one_region(&["export", "--region", "us-east-1"], 0)]
#[case::a_time_with_all(&["export", "--since", "2026-02-03"], 0)]
#[case::a_time_with_some(&["export", "--since", "2026-02-03T00:00:03Z"], 4)]
fn a_run_is_held_to_what_was_asked(#[case] arguments: &[&str], #[case] expected: i32) {
    let folder = project(&format!(
        "{RULES}fail_on: none
expect:
  accounts: [111122223333, 444455556666]
  regions: [eu-central-1, us-east-1]
  trails: [export/org, export/own]
"
    ));
    let arguments = [&["scan", "-o", "jsonl"], arguments].concat();
    let output = run_in(folder.path(), &arguments);
    assert_eq!(code(&output), expected, "{}", stdout(&output));
}

#[test]
fn a_trail_in_an_archive_and_the_same_on_any_number_of_threads() {
    let folder = project(&format!(
        "{RULES}fail_on: none\nexpect: {{trails: [export.tar!org, export.tar!gone]}}\n"
    ));
    let mut builder = tar::Builder::new(Vec::new());
    let member = std::fs::read(folder.path().join("export/org/payments.json")).unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_size(member.len() as u64);
    let added = builder.append_data(&mut header, "org/a.json", member.as_slice());
    added.unwrap();
    put(folder.path(), "export.tar", builder.into_inner().unwrap());
    for jobs in ["1", "4"] {
        let arguments = [
            "scan",
            "export.tar",
            "export",
            "-o",
            "jsonl",
            "--jobs",
            jobs,
        ];
        let output = run_in(folder.path(), &arguments);
        let silent = &summary(&output)["expected"]["trails"]["silent"];
        assert_eq!(silent, &json!(["export.tar!gone"]));
    }
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

/// The YAML blocks of the page, with their lines.
fn examples() -> Vec<(usize, String)> {
    let page = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md"),
    )
    .unwrap();
    let mut examples = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in page.lines().enumerate() {
        match &mut open {
            None if line == "```yaml" => open = Some((index + 1, String::new())),
            None => {}
            Some(_) if line == "```" => examples.extend(open.take()),
            Some((_, text)) => text.push_str(&format!("{line}\n")),
        }
    }
    examples
}

#[test]
fn every_example_of_the_page_is_read_and_fits_the_schema() {
    let schema = run_in(Path::new("."), &["schema", "--config"]);
    let schema: Value = serde_json::from_str(&stdout(&schema)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let examples = examples();
    assert!(examples.len() >= 5, "{}", examples.len());
    for (line, text) in examples {
        let folder = project(&text);
        put(folder.path(), "lists/networks.txt", "203.0.113.0/24\n");
        put(folder.path(), "lists/office.csv", "cidr\n203.0.113.0/24\n");
        let rule = "id: listed\ntitle: Listed\nseverity: low\n\
                    match: {sourceIPAddress: {cidr: {list: offices}}}\n";
        put(folder.path(), "listed.yaml", rule);
        let output = run_in(folder.path(), &["config"]);
        assert_eq!(code(&output), 0, "line {line}:\n{}", stderr(&output));
        assert_eq!(stderr(&output), "", "line {line}");
        let mut sources = trailgate::diagnostic::SourceMap::new();
        let source = sources.add("example", text.as_str());
        let tree = trailgate::yaml::parse(source, &text, &mut Vec::new());
        let object = tree.sound[0].to_json();
        let errors: Vec<_> = validator
            .iter_errors(&object)
            .map(|e| e.to_string())
            .collect();
        assert_eq!(errors, [""; 0], "line {line}:\n{text}");
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let schema = run_in(Path::new("."), &["schema", "--config"]);
    let schema: Value = serde_json::from_str(&stdout(&schema)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for wrong in [
        json!({"zebra": 1}),
        json!({"fail_on": "hihg"}),
        json!({"overrides": {"a": {"enabled": false}}}),
        json!({"overrides": {"a": {"reason": "b"}}}),
        json!({"accounts": {"12345678901": "a"}}),
        json!({"expect": {"zones": ["a"]}}),
        json!({"waivers": {"longst": "90d"}}),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn every_key_is_documented() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    let page = std::fs::read_to_string(page).unwrap();
    for key in trailgate::config::CONFIG_KEYS {
        assert!(
            page.contains(&format!("| `{key}` |")),
            "no line about {key}"
        );
    }
}
