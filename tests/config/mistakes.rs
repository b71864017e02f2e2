//! Every mistake in a configuration is pointed out.

use rstest::rstest;

use super::*;

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
