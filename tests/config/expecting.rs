//! What is expected to have sent events.

use rstest::rstest;

use super::*;

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
