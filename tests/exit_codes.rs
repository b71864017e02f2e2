//! The exit code of `scan`, one by one, and the same whatever the outputs; and
//! that the summary names every reason.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::LazyLock;

use crate::support::{
    self, LEVELS, SEVERITIES, event, gzip, lines, names, put, records, stderr, stdout,
};
use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Inputs and rules of every kind; nothing writes to it after it is made.
static WORLD: LazyLock<TempDir> = LazyLock::new(|| {
    let world = tempfile::tempdir().unwrap();
    let root = world.path();
    put(root, "clean.json", records(&[event("Nothing", 1)]));
    for (name, number) in ["Info", "Low", "Medium", "High", "Critical"]
        .iter()
        .zip(2..)
    {
        let file = format!("{}.json", name.to_lowercase());
        put(root, &file, records(&[event(name, number)]));
    }
    let many: Vec<Value> = (0..400).map(|n| event("Nothing", n)).collect();
    let whole = gzip(lines(&many).as_bytes());
    put(root, "truncated.json.gz", &whole[..whole.len() * 2 / 3]);
    let bad = format!(
        "{}\n{{\"eventName\": \"Hi\n{}\n",
        event("High", 10),
        event("Nothing", 11)
    );
    put(root, "bad-record.jsonl", bad);
    put(root, "page.html", "<html><body>Access denied</body></html>");
    let bus: Vec<Value> = (20..23)
        .map(|n| json!({"detail-type": "AWS API Call via CloudTrail", "source": "aws.iam", "detail": event("High", n)}))
        .collect();
    put(root, "eventbridge.jsonl", lines(&bus));
    put(
        root,
        "cut.jsonl",
        r#"{"CloudTrailEvent":"{\"eventName\":"}"#,
    );
    let lake: Vec<Value> = (20..23)
        .map(|n| json!({"class_uid": 6003, "metadata": {"uid": n}}))
        .collect();
    put(root, "ocsf.jsonl", lines(&lake));
    let mut future = event("High", 30);
    future["eventVersion"] = json!("2.0");
    put(root, "future.json", records(&[future]));
    put(root, "no-events.json", records(&[]));
    put(root, "nothing.json", "");
    put(root, "other.json", "{\"name\": \"no event\"}");
    put(
        root,
        "digest.json",
        json!({"digestS3Object": "d", "logFiles": []}).to_string(),
    );
    put(root, "rules/levels.yaml", LEVELS);
    put(
        root,
        "rules/broken.yaml",
        "id: broken\ntitle: Broken\nseverity: hihg\nmatch: {eventName: High}\n",
    );
    put(root, "rules/not-yaml.yaml", "id: [\n");
    put(
        root,
        "rules/unset.yaml",
        "id: unset\ntitle: Unset\nseverity: low\nmatch: {sourceIPAddress: {list: nobody_set_it}}\n",
    );
    put(root, "networks.txt", "10.0.0.0/8\n");
    std::fs::create_dir(root.join("empty")).unwrap();
    world
});

fn run(arguments: &str, outputs: &[String]) -> Output {
    let root = WORLD.path().to_str().unwrap();
    let arguments = arguments
        .replace("LEVELS", "--no-default-rules --rules @/rules/levels.yaml")
        .replace('@', root);
    support::trailgate()
        .arg("scan")
        .args(arguments.split_whitespace())
        .args(outputs)
        .output()
        .unwrap()
}

/// A way of asking for outputs; `DIR` is a folder of its own.
const OUTPUTS: [&[&str]; 17] = [
    &[],
    &["-q"],
    &["-o", "text"],
    &["-o", "json"],
    &["-o", "jsonl"],
    &["-o", "sarif"],
    &["-o", "junit"],
    &["-o", "github"],
    &["-o", "markdown"],
    &["-o", "csv"],
    &["-o", "ocsf"],
    &["-o", "html"],
    &["-o", "text=DIR/out.txt"],
    &["-o", "json=DIR/out.json"],
    &["-o", "jsonl=DIR/out.jsonl", "-q"],
    &[
        "-o",
        "json=DIR/out.json",
        "-o",
        "jsonl=DIR/out.jsonl",
        "-o",
        "text=DIR/out.txt",
        "-o",
        "text",
    ],
    &[
        "-o",
        "sarif=DIR/out.sarif",
        "-o",
        "junit=DIR/out.junit",
        "-o",
        "github=DIR/out.github",
        "-o",
        "markdown=DIR/out.markdown",
        "-o",
        "csv=DIR/out.csv",
        "-o",
        "ocsf=DIR/out.ocsf",
        "-o",
        "html=DIR/out.html",
    ],
];

fn outputs(wanted: &[&str], folder: &Path) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    wanted.iter().map(|o| o.replace("DIR", folder)).collect()
}

/// The summary of everything that was written as JSON.
fn summaries(output: &Output, wanted: &[&str], folder: &Path) -> Vec<Value> {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let mut found = Vec::new();
    for option in wanted {
        let text = match option.split_once('=') {
            None => stdout(output),
            Some((format, _)) => read(&format!("out.{}", format.replace("text", "txt"))),
        };
        if option.starts_with("jsonl") {
            found.extend(support::of_type(&text, "summary"));
        } else if option.starts_with("json") {
            found.push(serde_json::from_str::<Value>(&text).unwrap()["summary"].clone());
        }
    }
    found
}

/// Every text that was written for people.
fn texts(output: &Output, wanted: &[&str], folder: &Path) -> Vec<String> {
    let file: PathBuf = folder.join("out.txt");
    let mut texts: Vec<String> = std::fs::read_to_string(file).into_iter().collect();
    if wanted.is_empty() || wanted.contains(&"text") {
        texts.push(stdout(output));
    }
    if wanted.contains(&"-q") || wanted == ["-o", "json"] || wanted == ["-o", "jsonl"] {
        texts.push(stderr(output));
    }
    texts
}

#[rstest]
#[case::clean("LEVELS @/clean.json", &[])]
#[case::below_the_threshold("LEVELS @/medium.json", &[])]
#[case::at_the_threshold("LEVELS @/high.json", &[1])]
#[case::above_the_threshold("LEVELS @/critical.json", &[1])]
#[case::never_on_findings("LEVELS @/critical.json --fail-on none", &[])]
#[case::an_inactive_embedded_rule_alone("@/clean.json", &[])]
#[case::a_broken_rule("LEVELS --rules @/rules/broken.yaml @/clean.json", &[3])]
#[case::rules_that_are_no_yaml("LEVELS --rules @/rules/not-yaml.yaml @/clean.json", &[3])]
#[case::rules_that_are_not_there("LEVELS --rules @/rules/nowhere.yaml @/clean.json", &[3])]
#[case::a_list_that_a_user_rule_needs("LEVELS --rules @/rules/unset.yaml @/clean.json", &[3])]
#[case::a_list_that_a_named_embedded_rule_needs("--rule api-call-from-unknown-network @/clean.json", &[3])]
#[case::a_list_that_is_set("--rule api-call-from-unknown-network --list known_networks=@/networks.txt @/clean.json --fail-on none", &[])]
#[case::a_missing_path("LEVELS @/clean.json @/nowhere", &[4])]
#[case::a_pattern_without_a_match("LEVELS @/clean.json @/*.nothing", &[4])]
#[case::an_empty_folder("LEVELS @/empty", &[4, 4])]
#[case::an_empty_folder_beside_events("LEVELS @/empty @/clean.json", &[4])]
#[case::a_truncated_gzip("LEVELS @/truncated.json.gz", &[4, 4])]
#[case::a_bad_record_among_good_ones("LEVELS --fail-on none @/bad-record.jsonl", &[4])]
#[case::not_json("LEVELS @/page.html @/clean.json", &[4])]
#[case::events_in_a_shape_that_is_not_read("LEVELS @/ocsf.jsonl @/clean.json", &[4])]
#[case::events_in_a_wrapper("LEVELS @/eventbridge.jsonl", &[1])]
#[case::a_wrapper_whose_record_is_cut("LEVELS @/cut.jsonl @/clean.json", &[4])]
#[case::a_record_in_another_shape_than_asked_for("LEVELS @/eventbridge.jsonl @/clean.json --shape eventbridge", &[4, 1])]
#[case::a_record_of_another_major_version("LEVELS @/future.json @/clean.json", &[4])]
#[case::no_event_in_records("LEVELS @/no-events.json", &[4])]
#[case::no_event_in_an_empty_file("LEVELS @/nothing.json", &[4, 4])]
#[case::an_empty_file_beside_events("LEVELS @/nothing.json @/clean.json", &[4])]
#[case::no_event_in_other_json("LEVELS @/other.json", &[4])]
#[case::no_event_in_a_digest("LEVELS @/digest.json", &[4])]
#[case::no_event_allowed("LEVELS --allow-empty @/no-events.json @/nothing.json @/digest.json @/empty", &[])]
#[case::allowed_empty_is_no_missing_path("LEVELS --allow-empty @/nowhere", &[4])]
#[case::allowed_empty_is_no_damage("LEVELS --allow-empty @/page.html", &[4])]
#[case::allowed_empty_is_no_unread_event("LEVELS --allow-empty @/ocsf.jsonl", &[4])]
#[case::rules_before_findings("LEVELS --rules @/rules/broken.yaml @/high.json", &[3, 1])]
#[case::input_before_findings("LEVELS @/bad-record.jsonl", &[4, 1])]
#[case::rules_before_input_before_findings("LEVELS --rules @/rules/broken.yaml --rules @/rules/unset.yaml @/high.json @/nowhere @/bad-record.jsonl", &[3, 3, 4, 4, 1])]
fn exit_code_and_reasons(#[case] arguments: &str, #[case] reasons: &[u8]) {
    let code = reasons.first().copied().unwrap_or(0);
    for wanted in OUTPUTS {
        let folder = tempfile::tempdir().unwrap();
        let output = run(arguments, &outputs(wanted, folder.path()));
        let context = format!("{arguments} {wanted:?}\n{}", stderr(&output));
        assert_eq!(output.status.code(), Some(code.into()), "{context}");
        for summary in summaries(&output, wanted, folder.path()) {
            let verdict = &summary["verdict"];
            assert_eq!(verdict["exit_code"], code, "{context}");
            let named = verdict["reasons"].as_array().unwrap().iter();
            let named: Vec<u64> = named.map(|r| r["exit_code"].as_u64().unwrap()).collect();
            let expected: Vec<u64> = reasons.iter().map(|&r| r.into()).collect();
            assert_eq!(named, expected, "{context} {verdict}");
        }
        for text in texts(&output, wanted, folder.path()) {
            match reasons {
                [] => assert!(!text.contains("exit 1"), "{context} {text}"),
                [only] => assert!(text.contains(&format!("exit {only}: ")), "{context} {text}"),
                several => {
                    for reason in several {
                        assert!(text.contains(&format!(" {reason}: ")), "{context} {text}");
                    }
                }
            }
        }
        let left: Vec<String> = names(folder.path());
        assert!(left.iter().all(|name| name.starts_with("out.")), "{left:?}");
    }
}

#[rstest]
fn findings_fail_at_and_above_the_threshold(
    #[values("info", "low", "medium", "high", "critical", "none")] threshold: &str,
) {
    let rank = |name: &str| SEVERITIES.iter().position(|&s| s == name);
    for severity in SEVERITIES {
        let fails = rank(threshold).is_some_and(|threshold| rank(severity) >= Some(threshold));
        let arguments = format!("LEVELS --fail-on {threshold} @/{severity}.json");
        let output = run(&arguments, &[]);
        assert_eq!(output.status.code(), Some(fails.into()), "{arguments}");
    }
}

#[rstest]
#[case::an_option_that_is_none("LEVELS @/high.json --frobnicate", "--frobnicate")]
#[case::no_path("LEVELS", "<PATH>")]
#[case::a_format_that_is_none("LEVELS @/high.json -o jsno=x", "did you mean `json`?")]
#[case::a_severity_that_is_none("LEVELS @/high.json --fail-on severe", "critical, or none")]
#[case::a_size_that_is_none("LEVELS @/high.json --max-record big", "16MiB")]
#[case::a_time_that_is_none("LEVELS @/high.json --now yesterday", "2026-01-31")]
#[case::no_jobs("LEVELS @/high.json --jobs 0", "--jobs")]
#[case::a_list_without_a_path("LEVELS @/high.json --list networks", "NAME=PATH")]
#[case::a_rule_that_is_none("LEVELS @/high.json --rule level-hihg", "did you mean `level-high`?")]
#[case::a_rule_to_leave_out_that_is_none(
    "LEVELS @/high.json --exclude-rule nothing-like-it",
    "nothing-like-it"
)]
#[case::a_tag_that_is_none("@/high.json --tag codebuidl", "did you mean `codebuild`?")]
#[case::no_rule_left("LEVELS @/high.json --exclude-rule level-*", "no rule is left to run")]
#[case::no_rule_at_all("--no-default-rules @/high.json", "no rule is left to run")]
#[case::wrong_usage_before_broken_rules(
    "LEVELS --rules @/rules/broken.yaml @/nowhere --rule nothing-like-it",
    "nothing-like-it"
)]
fn wrong_usage(#[case] arguments: &str, #[case] says: &str) {
    for wanted in OUTPUTS {
        let folder = tempfile::tempdir().unwrap();
        let output = run(arguments, &outputs(wanted, folder.path()));
        assert_eq!(output.status.code(), Some(2), "{arguments} {wanted:?}");
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
        assert_eq!(names(folder.path()), [""; 0], "{arguments} {wanted:?}");
    }
}

#[rstest]
#[case::both_to_standard_output(&["-o", "json", "-o", "jsonl"], "standard output")]
#[case::standard_output_by_its_other_name(&["-o", "json=-", "-o", "text"], "standard output")]
#[case::both_to_one_file(&["-o", "json=DIR/a", "-o", "jsonl=DIR/a"], "two outputs go to")]
#[case::one_file_written_in_two_ways(&["-o", "json=DIR/a", "-o", "jsonl=DIR/../DIR_NAME/./a"], "two outputs go to")]
#[case::a_folder_that_is_not_there(&["-o", "json=DIR/nowhere/out.json"], "No such file or directory")]
#[case::a_folder_as_a_file(&["-o", "jsonl=DIR"], "is a directory")]
#[case::a_file_as_a_folder(&["-o", "text=DIR/../DIR_NAME.file/out.txt"], "cannot be written")]
fn outputs_that_cannot_be(#[case] wanted: &[&str], #[case] says: &str) {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("folder");
    std::fs::create_dir(&folder).unwrap();
    put(parent.path(), "folder.file", "");
    let wanted: Vec<String> = outputs(wanted, &folder)
        .iter()
        .map(|option| option.replace(&format!("{}_NAME", folder.display()), "folder"))
        .collect();
    let output = run("LEVELS @/high.json", &wanted);
    assert_eq!(output.status.code(), Some(2), "{wanted:?}");
    let said = stderr(&output);
    assert!(said.contains(says), "{said}");
    assert!(!said.contains(".trailgate-"), "{said}");
    assert_eq!(stdout(&output), "");
    assert_eq!(names(&folder), [""; 0]);
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_fails_while_it_is_written_comes_first_and_the_rest_is_still_named() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = ["-o", "jsonl=/dev/full", "-o", "json"].map(str::to_owned);
    let output = run(
        "LEVELS --rules @/rules/broken.yaml @/high.json @/nowhere",
        &wanted,
    );
    assert_eq!(output.status.code(), Some(2));
    let document: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let reasons = document["summary"]["verdict"]["reasons"]
        .as_array()
        .unwrap();
    let codes: Vec<u64> = reasons
        .iter()
        .map(|r| r["exit_code"].as_u64().unwrap())
        .collect();
    assert_eq!(codes, [2, 3, 4, 1]);

    let kept = put(folder.path(), "kept.json", "before");
    let kept = format!("json={}", kept.display());
    let wanted = ["-o", "jsonl=/dev/full", "-o", "text", "-o", &kept].map(str::to_owned);
    let output = run("LEVELS @/high.json", &wanted);
    assert_eq!(output.status.code(), Some(2));
    let text = stdout(&output);
    assert!(
        text.contains("exit 2") && text.contains("1: 1 finding"),
        "{text}"
    );
    assert!(text.contains("/dev/full cannot be written"), "{text}");
}

#[test]
fn standard_output_that_cannot_be_written_is_a_failure_and_not_a_panic() {
    if !cfg!(target_os = "linux") {
        return;
    }
    for format in [
        "text", "json", "jsonl", "sarif", "junit", "github", "markdown", "csv", "ocsf", "html",
    ] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let high = WORLD.path().join("high.json");
        let output = support::trailgate()
            .arg("scan")
            .arg(high)
            .args(["-o", format])
            .stdout(full)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{format}");
        assert!(stderr(&output).contains("standard output cannot be written"));
    }
}

#[test]
fn an_output_replaces_what_a_link_leads_to_and_keeps_the_link() {
    let folder = tempfile::tempdir().unwrap();
    let real = put(folder.path(), "real.json", "before");
    let link = folder.path().join("link.json");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&real, &link).unwrap();
    #[cfg(not(unix))]
    return;
    let wanted = ["-o".to_owned(), format!("json={}", link.display())];
    assert_eq!(run("LEVELS @/high.json", &wanted).status.code(), Some(1));
    assert!(link.is_symlink());
    let document = std::fs::read_to_string(&real).unwrap();
    assert!(document.starts_with("{\"schema\""), "{document}");
}
