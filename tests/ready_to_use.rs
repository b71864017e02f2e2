//! What is there to be taken as it is: the GitHub Action, hooks, a job for GitLab,
//! units for the nightly run. Each is in the documentation as it is in its file, and
//! what it runs is run here.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{self, stderr, stdout};
use serde_json::Value;
use tempfile::TempDir;
use trailgate::diagnostic::SourceMap;

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn file(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap()
}

fn yaml(text: &str) -> Value {
    let mut problems = Vec::new();
    let id = SourceMap::default().add("example.yaml", text);
    let documents = trailgate::yaml::parse(id, text, &mut problems);
    let errors: Vec<_> = problems
        .iter()
        .filter(|problem| problem.is_error())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    documents.sound.first().unwrap().to_json()
}

/// The fenced block of a page that begins so.
fn block(page: &str, beginning: &str) -> String {
    let text = file(page);
    let blocks = text.split("```").skip(1).step_by(2);
    let block = blocks.map(|block| block.split_once('\n').unwrap().1);
    let mut found = block.filter(|block| block.starts_with(beginning));
    found.next().unwrap().to_owned()
}

/// A runner of GitHub Actions with this repository as a job sees it.
struct Runner {
    folder: TempDir,
}

impl Runner {
    /// An empty repository with the workflow of the documentation, and an export.
    fn new(export: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let at = |path: &str| folder.path().join(path);
        for made in [
            "repo/.github/workflows",
            "repo/export",
            "temp/trailgate/bin",
        ] {
            fs::create_dir_all(at(made)).unwrap();
        }
        let workflow = block("docs/ci.md", "name: trailgate\non:");
        fs::write(at("repo/.github/workflows/trailgate.yml"), workflow).unwrap();
        fs::write(at("repo/export/events.json"), export).unwrap();
        std::os::unix::fs::symlink(
            env!("CARGO_BIN_EXE_trailgate"),
            at("temp/trailgate/bin/trailgate"),
        )
        .unwrap();
        Runner { folder }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    /// What the workflow gives to the action.
    fn with(&self) -> BTreeMap<String, String> {
        let workflow = yaml(&self.read("repo/.github/workflows/trailgate.yml"));
        let steps = workflow["jobs"]["scan"]["steps"].as_array().unwrap();
        let uses = |step: &&Value| {
            step["uses"]
                .as_str()
                .unwrap()
                .starts_with("OWNER/trailgate@")
        };
        let with = &steps.iter().find(uses).unwrap()["with"];
        let with = with.as_object().unwrap().iter();
        with.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect()
    }

    /// Runs a step of the action as a runner does: inputs that are not given have
    /// their defaults, and expressions are replaced in the variables alone.
    fn step(&self, name: &str, with: &BTreeMap<String, String>) -> Output {
        let action = yaml(&file("action.yml"));
        for name in with.keys() {
            assert!(action["inputs"].get(name).is_some(), "no input {name}");
        }
        let steps = action["runs"]["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["name"] == name).unwrap();
        let script = step["run"].as_str().unwrap();
        assert!(
            !script.contains("${{"),
            "an expression in a script: {script}"
        );
        let mut command = Command::new("bash");
        command
            .args(["-e", "-c", script])
            .current_dir(self.at("repo"))
            .env("GITHUB_ACTION_PATH", project())
            .env("RUNNER_TEMP", self.at("temp"))
            .env("GITHUB_OUTPUT", self.at("temp/output"))
            .env("GITHUB_STEP_SUMMARY", self.at("temp/summary.md"));
        for (variable, text) in step["env"].as_object().into_iter().flatten() {
            let text = text.as_str().unwrap();
            let input = text
                .strip_prefix("${{ inputs.")
                .and_then(|text| text.strip_suffix(" }}"))
                .unwrap();
            let default = || {
                action["inputs"][input]["default"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            };
            let value = with.get(input).cloned().unwrap_or_else(default);
            command.env(variable, value);
        }
        command.output().unwrap()
    }
}

/// Calls by their name and service, as a file holds them.
fn export(calls: &[(&str, &str)]) -> String {
    let record = |(number, (name, source)): (u64, &(&str, &str))| {
        let mut event = support::event(name, number);
        event["eventSource"] = format!("{source}.amazonaws.com").into();
        event
    };
    let records: Vec<_> = (1..).zip(calls).map(record).collect();
    support::records(&records)
}

fn quiet() -> String {
    export(&[("DescribeInstances", "ec2")])
}

/// What the pack finds severe.
fn loud() -> String {
    export(&[("DescribeInstances", "ec2"), ("StopLogging", "cloudtrail")])
}

#[test]
fn the_action_passes_where_nothing_is_found_as_in_the_documented_workflow() {
    let runner = Runner::new(&quiet());
    let output = runner.step("Scan", &runner.with());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(runner.read("temp/output"), "exit-code=0\n");
    assert!(stdout(&output).contains("trailgate: exit 0, 1 event evaluated"));
    let summary = runner.read("temp/summary.md");
    assert!(summary.starts_with("## trailgate: exit 0"), "{summary}");
    let sarif: Value = serde_json::from_str(&runner.read("repo/trailgate.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"], serde_json::json!([]));
    assert!(runner.read("repo/trailgate.xml").contains("<testsuites"));
}

#[test]
fn the_action_fails_on_findings_and_annotates_them() {
    let runner = Runner::new(&loud());
    let output = runner.step("Scan", &runner.with());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(runner.read("temp/output"), "exit-code=1\n");
    assert!(
        stdout(&output).contains("\n::error file="),
        "{}",
        stdout(&output)
    );
    let summary = runner.read("temp/summary.md");
    assert!(summary.starts_with("## trailgate: exit 1"), "{summary}");
}

#[test]
fn the_action_fails_with_4_where_there_is_nothing_to_scan() {
    let runner = Runner::new(&quiet());
    fs::remove_file(runner.at("repo/export/events.json")).unwrap();
    let output = runner.step("Scan", &runner.with());
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(runner.read("temp/output"), "exit-code=4\n");
}

#[test]
fn inputs_of_the_action_are_lines_and_never_a_part_of_a_script() {
    let runner = Runner::new(&export(&[("Medium", "example")]));
    fs::write(runner.at("repo/levels.yaml"), support::LEVELS).unwrap();
    fs::write(runner.at("repo/--help"), quiet()).unwrap();
    let mut with = runner.with();
    for (input, text) in [
        ("paths", "\n  export/\n\n  --help\n"),
        ("rules", "levels.yaml\n"),
        ("fail-on", "medium"),
        ("since", "2026-02-03"),
        (
            "arguments",
            "--no-default-rules\n--sarif-category=$(touch taken) `touch taken`; touch taken",
        ),
        ("sarif", "findings $(touch taken).sarif"),
    ] {
        with.insert(input.to_owned(), text.to_owned());
    }
    let output = runner.step("Scan", &with);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let sarif = runner.read("repo/findings $(touch taken).sarif");
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "level-medium");
    assert!(!runner.at("repo/taken").exists());
    let summary = runner.read("temp/summary.md");
    assert!(summary.contains("2 events of 2 inputs"), "{summary}");
}

#[test]
fn a_build_of_the_action_is_kept_under_a_name_that_changes_with_the_sources() {
    let runner = Runner::new(&quiet());
    for _ in 0..2 {
        let output = runner.step("Name the version", &BTreeMap::new());
        assert!(output.status.success(), "{}", stderr(&output));
    }
    let named = runner.read("temp/output");
    let names: Vec<_> = named.lines().collect();
    assert_eq!(names.len(), 2);
    assert_eq!(names[0], names[1]);
    let key = names[0].strip_prefix("key=").unwrap();
    assert!(
        key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{key}"
    );
}

/// Runs a line of a script in a folder, with the command on the path.
fn shell(script: &str, folder: &Path, variables: &[(&str, &str)]) -> Output {
    let command = Path::new(env!("CARGO_BIN_EXE_trailgate")).parent().unwrap();
    let path = format!("{}:{}", command.display(), std::env::var("PATH").unwrap());
    Command::new("sh")
        .args(["-e", "-c", script])
        .current_dir(folder)
        .env("PATH", path)
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

#[test]
fn the_hooks_check_and_test_the_rules_of_a_repository() {
    let hooks = yaml(&file(".pre-commit-hooks.yaml"));
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("rules")).unwrap();
    let rule = |expected: &str| {
        format!(
            "id: a\ntitle: A\nseverity: low\ndescription: Said.\nremediation: Do.\nmatch: {{eventSource: a.amazonaws.com, eventName: A}}\n\
             tests:\n  - {{name: one, expect: match, event: {{eventSource: a.amazonaws.com, eventName: {expected}}}}}\n  \
             - {{name: other, expect: no_match, event: {{eventSource: a.amazonaws.com, eventName: B}}}}\n"
        )
    };
    for (written, codes) in [
        (rule("A"), [0, 0]),
        (rule("B"), [0, 5]),
        (rule("A").replace("severity", "severty"), [3, 3]),
    ] {
        fs::write(folder.path().join("rules/a.yaml"), &written).unwrap();
        for (hook, code) in hooks.as_array().unwrap().iter().zip(codes) {
            let arguments = hook["args"].as_array().unwrap().iter();
            let words = [&hook["entry"]].into_iter().chain(arguments);
            let words: Vec<_> = words.map(|word| word.as_str().unwrap()).collect();
            let output = shell(&words.join(" "), folder.path(), &[]);
            let said = format!("{written}\n{}{}", stdout(&output), stderr(&output));
            assert_eq!(output.status.code(), Some(code), "{words:?}\n{said}");
        }
    }
}

#[test]
fn the_job_for_gitlab_fails_on_findings_and_leaves_its_reports() {
    let job = yaml(&file("integrations/trailgate.gitlab-ci.yml"))["trailgate"].clone();
    let script = job["script"][0].as_str().unwrap();
    let paths = job["variables"]["TRAILGATE_PATHS"].as_str().unwrap();
    for (events, code) in [(quiet(), 0), (loud(), 1)] {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("export")).unwrap();
        fs::write(folder.path().join("export/events.json"), events).unwrap();
        let output = shell(script, folder.path(), &[("TRAILGATE_PATHS", paths)]);
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        let artifacts = &job["artifacts"];
        let kept = artifacts["paths"].as_array().unwrap().iter();
        for name in kept.chain([&artifacts["reports"]["junit"]]) {
            let left = folder.path().join(name.as_str().unwrap());
            assert!(left.exists(), "{name}");
        }
    }
}

#[test]
fn the_nightly_units_run_what_they_say_night_after_night() {
    let unit = file("integrations/systemd/trailgate.service").replace("\\\n", " ");
    let line = |key: &str| {
        unit.lines()
            .find_map(|line| line.strip_prefix(key))
            .unwrap()
    };
    let started = line("ExecStart=/usr/local/bin/").to_owned();
    let cron = file("integrations/trailgate.cron");
    let scheduled = cron.lines().find(|line| line.starts_with("0 4 ")).unwrap();
    let scheduled = scheduled.strip_prefix("0 4 * * * trailgate cd /var/lib/trailgate && ");
    for command in [started.as_str(), scheduled.unwrap()] {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("export")).unwrap();
        let state = folder.path().to_str().unwrap();
        let variables = [("TRAILGATE_INPUT", "export"), ("STATE_DIRECTORY", state)];
        // The events are of the first seconds of the day before.
        let night = |command: &str, day: &str| {
            let command = command.replace(" --since", &format!(" --now {day}T01:00:00Z --since"));
            shell(&command, folder.path(), &variables)
        };
        fs::write(at("export/one.json"), loud()).unwrap();
        let output = night(command, "2026-02-04");
        assert_eq!(
            output.status.code(),
            Some(1),
            "{command}\n{}",
            stderr(&output)
        );
        let report = fs::read_to_string(at("report.html")).unwrap();
        assert!(report.contains("StopLogging"));
        assert!(at("trailgate.db").exists());
        fs::write(at("export/two.json"), quiet().replace("02-03", "02-04")).unwrap();
        let output = night(command, "2026-02-05");
        assert_eq!(
            output.status.code(),
            Some(0),
            "{command}\n{}",
            stderr(&output)
        );
    }
}

#[test]
fn the_documentation_shows_each_file_as_it_is() {
    for (page, shown) in [
        ("docs/ci.md", "integrations/trailgate.gitlab-ci.yml"),
        ("docs/ci.md", "Dockerfile"),
        ("docs/nightly.md", "integrations/systemd/trailgate.service"),
        ("docs/nightly.md", "integrations/systemd/trailgate.timer"),
        ("docs/nightly.md", "integrations/trailgate.cron"),
    ] {
        let beginning = file(shown);
        let beginning = beginning.lines().next().unwrap();
        assert_eq!(block(page, beginning), file(shown), "{shown} in {page}");
    }
}

#[test]
fn the_documentation_names_every_input_of_the_action_and_every_hook() {
    let page = file("docs/ci.md");
    let action = yaml(&file("action.yml"));
    for input in action["inputs"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("`{input}`")), "{input}");
    }
    for hook in yaml(&file(".pre-commit-hooks.yaml")).as_array().unwrap() {
        let id = hook["id"].as_str().unwrap();
        assert!(page.contains(&format!("- id: {id}\n")), "{id}");
    }
}
