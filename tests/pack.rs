//! What `docs/coverage.md` says of the pack: which behaviours it covers, where it agrees
//! with what others labelled, which techniques it detects, and which of its rules the
//! matcher cannot look up. What is about real events is skipped where they are absent.

#![allow(clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use trailgate::engine::{Engine, Witness};
use trailgate::rule::{Loaded, RulesFile, load};

use crate::support::{data, files, lines, lists_of_the_pack, of_type, put, scan, stderr, stdout};

/// Lists of the pack that a test sets, with values.
type Lists<'a> = &'a [(&'a str, &'a str)];

fn page(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The part of the page below a heading of the second level.
fn section(heading: &str) -> String {
    let page = page("docs/coverage.md");
    let at = format!("\n## {heading}\n");
    let start = page.find(&at).unwrap() + at.len();
    let rest = &page[start..];
    rest[..rest.find("\n## ").unwrap_or(rest.len())].to_owned()
}

/// The rows of the tables of a text whose heading row begins with a word.
fn rows(text: &str, first: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if !line.starts_with('|') {
            inside = false;
        } else if line.starts_with(&format!("| {first} |")) {
            inside = true;
        } else if inside && !line.starts_with("| ---") {
            let line = line.trim_start_matches("| ").trim_end_matches('|');
            rows.push(
                line.split(" | ")
                    .map(|cell| cell.trim().to_owned())
                    .collect(),
            );
        }
    }
    assert!(!rows.is_empty(), "no table with {first}");
    rows
}

/// The words of a cell that are written as code.
fn codes(cell: &str) -> Vec<String> {
    let odd = cell.split('`').skip(1).step_by(2);
    odd.map(str::to_owned).collect()
}

fn pack() -> Loaded {
    load(trailgate::pack::rules_files(), &[])
}

fn ids(loaded: &Loaded) -> BTreeSet<String> {
    loaded.set.all().map(|rule| rule.id.value.clone()).collect()
}

/// The findings of a scan with the pack.
fn findings(paths: &[&Path], lists: Lists) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let mut arguments = ["-o", "jsonl", "--fail-on", "none", "--rule-profile", "all"]
        .map(str::to_owned)
        .to_vec();
    for (name, values) in lists {
        let path = put(folder.path(), name, values);
        arguments.extend(["--list".to_owned(), format!("{name}={}", path.display())]);
    }
    arguments.extend(paths.iter().map(|path| path.display().to_string()));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = scan(&arguments);
    assert!(
        matches!(output.status.code(), Some(0 | 4)),
        "{}",
        stderr(&output)
    );
    of_type(&stdout(&output), "finding")
}

fn text<'a>(finding: &'a Value, key: &str) -> &'a str {
    finding[key].as_str().unwrap_or_default()
}

#[test]
fn every_rule_stands_beside_a_behaviour() {
    let behaviours = rows(&section("Behaviours"), "behaviour");
    let more = rows(&section("Behaviours"), "beyond the list");
    let named = behaviours.iter().chain(&more);
    let named: BTreeSet<String> = named.flat_map(|row| codes(&row[1])).collect();
    let ids = ids(&pack());
    assert_eq!(
        named.difference(&ids).collect::<Vec<_>>(),
        [] as [&String; 0]
    );
    assert_eq!(
        ids.difference(&named).collect::<Vec<_>>(),
        [] as [&String; 0]
    );
    let covered = behaviours.iter().filter(|row| !row[1].is_empty()).count();
    let said = format!("{covered} of {} are covered", behaviours.len());
    assert!(section("Behaviours").contains(&said), "{said}");
    let said = format!("The {} rules under", ids.len());
    assert!(page("docs/coverage.md").contains(&said), "{said}");
}

#[test]
fn every_rule_without_a_witness_is_listed() {
    // A rule that waits for a list is looked up as it will be once the list is set.
    let folder = tempfile::tempdir().unwrap();
    let lists = lists_of_the_pack(folder.path());
    let loaded = load(trailgate::pack::rules_files(), &lists);
    assert!(loaded.set.inactive.is_empty());
    let engine = Engine::new(&loaded.set);
    let found: BTreeMap<String, &str> = loaded
        .set
        .rules
        .iter()
        .zip(engine.plans())
        .filter_map(|(rule, plan)| match plan.witness {
            Witness::Other => Some((rule.id.value.clone(), "all but")),
            Witness::Nothing => Some((rule.id.value.clone(), "nothing")),
            Witness::EventName(_) | Witness::EventSource(_) => None,
        })
        .collect();
    let listed = rows(&section("Rules without a witness"), "rule");
    let listed: BTreeMap<String, &str> = listed
        .iter()
        .map(|row| (codes(&row[0]).remove(0), row[1].as_str()))
        .collect();
    assert_eq!(found, listed);
}

#[test]
fn tags_are_those_that_are_written_down() {
    let page = page("CONTRIBUTING.md");
    let written = page.split("**Tags**").nth(1).unwrap();
    let written = written.split("- `awareness`").next().unwrap();
    let written: BTreeSet<String> = codes(written).into_iter().collect();
    let loaded = pack();
    for rule in loaded.set.all() {
        let id = &rule.id.value;
        let raised = rule.severity_when.iter().map(|when| when.severity);
        let worst = raised.chain([rule.severity]).max().unwrap();
        let (last, others) = rule.tags.split_last().unwrap();
        let aware = last == "awareness";
        assert!(!others.iter().any(|tag| tag == "awareness"), "{id}");
        assert!(
            !aware || worst <= trailgate::rule::Severity::Low,
            "{id} is for attention"
        );
        assert!(
            aware || rule.severity > trailgate::rule::Severity::Info,
            "{id} is a record"
        );
        // The first is the service's, or an area; what follows is of the vocabulary, or
        // another service's. Services are those of folders, and of ids.
        for tag in &rule.tags {
            let known = tag == "awareness" || written.contains(tag) || is_service(tag, &loaded);
            assert!(known, "{id}: {tag}");
        }
    }
}

/// Whether a tag is the beginning of a rule's id, as services are.
fn is_service(tag: &str, loaded: &Loaded) -> bool {
    // What rules are about and none is named after.
    const MORE: [&str; 13] = [
        "cloudfront",
        "cloudshell",
        "route53",
        "rolesanywhere",
        "sns",
        "sqs",
        "sts",
        "elb",
        "config",
        "securityhub",
        "ecs",
        "batch",
        "organizations",
    ];
    MORE.contains(&tag)
        || loaded.set.all().any(|rule| {
            let rest = rule.id.value.strip_prefix(tag);
            rest.is_some_and(|rest| rest.starts_with('-'))
        })
}

/// A label of others: their rule, what they call the event, whether theirs reports it.
struct Label {
    theirs: String,
    name: String,
    expected: bool,
    event: Value,
}

fn labels(root: &Path) -> Vec<Label> {
    let text = std::fs::read_to_string(root.join("panther-labelled/tests.jsonl")).unwrap();
    text.lines()
        .enumerate()
        .map(|(number, line)| {
            let mut label: Value = serde_json::from_str(line).unwrap();
            let mut event = label["event"].take();
            if event.get("eventName").is_none() && event["detail"].is_object() {
                event = event["detail"].take();
            }
            // Some are the same event once more, which counts once in a scan.
            event["eventID"] = format!("label-{number}").into();
            Label {
                theirs: text_of(&label["rule_id"]),
                name: text_of(&label["test"]),
                expected: label["expected"].as_bool().unwrap(),
                event,
            }
        })
        .collect()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Values at a pointer in the labelled events of a rule of theirs.
fn values(labels: &[Label], theirs: &str, expected: bool, pointer: &str) -> String {
    let chosen = labels
        .iter()
        .filter(|l| l.theirs == theirs && l.expected == expected);
    let found = chosen.filter_map(|label| label.event.pointer(pointer)?.as_str());
    found.map(|value| format!("{value}\n")).collect()
}

fn rank(severity: &str) -> usize {
    crate::support::SEVERITIES
        .iter()
        .position(|name| *name == severity)
        .unwrap()
}

#[test]
fn labels_agree_but_for_those_that_are_explained() {
    let Some(root) = data() else { return };
    let labels = labels(&root);
    let folder = tempfile::tempdir().unwrap();
    let events: Vec<Value> = labels.iter().map(|label| label.event.clone()).collect();
    let path = put(folder.path(), "labelled.jsonl", lines(&events));
    let watched = values(
        &labels,
        "AWS.CloudTrail.IAMAssumeRoleBlacklistIgnored",
        true,
        "/requestParameters/roleArn",
    );
    let images = values(
        &labels,
        "AWS.EC2.Vulnerable.XZ.Image.Launched",
        false,
        "/requestParameters/instancesSet/items/0/imageId",
    );
    let lists = [
        ("watched_roles", watched.as_str()),
        ("allowed_images", images.as_str()),
        ("instance_networks", "10.0.0.0/8"),
        ("console_users", "nobody"),
    ];
    let mut reported: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for finding in findings(&[&path], &lists) {
        let event = reported
            .entry(text(&finding, "event_id").to_owned())
            .or_default();
        event.insert(
            text(&finding, "rule").to_owned(),
            rank(text(&finding, "severity")),
        );
    }
    let map = page("tests/pack/labelled.csv");
    let mut map = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(map.as_bytes());
    let map: BTreeMap<String, (Vec<String>, String, String)> = map
        .records()
        .map(|row| {
            let row = row.unwrap();
            let ours = row[1].split_whitespace().map(str::to_owned).collect();
            (
                row[0].to_owned(),
                (ours, row[2].to_owned(), row[3].to_owned()),
            )
        })
        .collect();
    let ids = ids(&pack());
    let mut differ = BTreeSet::new();
    let mut agree_at_any = 0;
    for label in &labels {
        let (ours, from, only) = &map[&label.theirs];
        for id in ours {
            assert!(ids.contains(id), "{id} is no rule");
        }
        let looked_at = ["eventName", "eventSource"]
            .iter()
            .any(|key| text(&label.event, key).starts_with(only.as_str()));
        let said = reported.get(text(&label.event, "eventID"));
        let reports_from = |least: usize| {
            looked_at
                && ours.iter().any(|id| {
                    let severity = said.and_then(|said| said.get(id));
                    severity.is_some_and(|severity| *severity >= least)
                })
        };
        agree_at_any += usize::from(reports_from(0) == label.expected);
        let reports = !from.is_empty() && reports_from(rank(from));
        if reports != label.expected {
            differ.insert((label.theirs.clone(), label.name.clone()));
        }
    }
    let section = section("Events that others labelled");
    let explained: BTreeSet<(String, String)> = rows(&section, "their rule")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    assert_eq!(differ, explained);
    let said = format!("{} of {} agree", labels.len() - differ.len(), labels.len());
    assert!(section.contains(&said), "{said}");
    let said = format!("attempts that failed included, {agree_at_any}\ndo");
    assert!(section.contains(&said), "{said}");
}

#[test]
fn every_technique_is_detected_by_the_rule_that_is_named() {
    let Some(root) = data() else { return };
    let named: BTreeMap<String, (String, String)> =
        rows(&section("Attack techniques"), "technique")
            .into_iter()
            .map(|row| (row[0].clone(), (codes(&row[1]).remove(0), row[2].clone())))
            .collect();
    let folder = root.join("stratus-red-team");
    let mut found: BTreeMap<(String, String), usize> = BTreeMap::new();
    for finding in findings(&[&folder], &[]) {
        let file = Path::new(text(&finding, "file")).file_stem().unwrap();
        let key = (
            file.to_str().unwrap().to_owned(),
            text(&finding, "rule").to_owned(),
        );
        let severity = rank(text(&finding, "severity"));
        let worst = found.entry(key).or_default();
        *worst = severity.max(*worst);
    }
    let recorded: BTreeSet<String> = files(&folder)
        .iter()
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(recorded, named.keys().cloned().collect());
    for (technique, (rule, severity)) in named {
        let worst = found.get(&(technique.clone(), rule.clone()));
        assert_eq!(worst, Some(&rank(&severity)), "{technique}: {rule}");
    }
}

/// The sets of the table, in its order.
const SETS: [&str; 7] = [
    "invictus",
    "stratus-red-team",
    "traildiscover",
    "panther-labelled",
    "streamalert",
    "otrf",
    "trailscraper",
];

#[test]
fn findings_per_data_set_are_those_of_the_table() {
    let Some(root) = data() else { return };
    let mut counts: BTreeMap<String, [u64; SETS.len()]> = BTreeMap::new();
    for (place, set) in SETS.iter().enumerate() {
        for finding in findings(&[&root.join(set)], &[]) {
            for row in [format!("`{}`", text(&finding, "rule")), "all".to_owned()] {
                counts.entry(row).or_default()[place] += 1;
            }
        }
    }
    let cell = |count: &u64| {
        if *count == 0 {
            String::new()
        } else {
            count.to_string()
        }
    };
    let print = |row: &[String]| println!("| {} |", row.join(" | "));
    let mut table: Vec<Vec<String>> = Vec::new();
    for (row, counts) in counts {
        let mut cells = vec![row];
        cells.extend(counts.iter().map(cell));
        print(&cells);
        table.push(cells);
    }
    let mut written = rows(&section("Findings per data set"), "rule");
    written.sort();
    for row in &mut written {
        // The table writes the sum of nothing as a zero.
        row.iter_mut()
            .filter(|cell| *cell == "0")
            .for_each(String::clear);
    }
    table.sort();
    assert_eq!(table, written);
}

/// Reading and what services do of themselves are for the record. These are not: they read
/// secrets, or show that who reads should not be there.
const MORE_THAN_READING: [&str; 11] = [
    "cis-01-unauthorized-api-calls",
    "cis-03-root-use",
    "credentials-used-by-attack-tool",
    "ec2-password-data-read",
    "ec2-user-data-read",
    "instance-credentials-used-by-person",
    "network-vpce-public-source",
    "secretsmanager-secret-read-by-person",
    "secretsmanager-secrets-read-in-batch",
    "ssm-secure-parameters-decrypted",
    "sts-caller-identity-by-secret-scanner",
];

#[test]
fn reading_is_no_more_than_a_record() {
    let Some(root) = data() else { return };
    let sets: Vec<_> = SETS.iter().map(|set| root.join(set)).collect();
    let sets: Vec<&Path> = sets.iter().map(AsRef::as_ref).collect();
    const READING: [&str; 6] = ["Get", "List", "Describe", "BatchGet", "Lookup", "Simulate"];
    let mut above = BTreeSet::new();
    // Much reading at once is what some rules about several events are for.
    let loaded = pack();
    let together = loaded.set.all().filter(|rule| rule.correlation.is_some());
    let together: BTreeSet<&str> = together.map(|rule| rule.id.value.as_str()).collect();
    for finding in findings(&sets, &[]) {
        let name = text(&finding, "event_name");
        let reads = READING.iter().any(|verb| name.starts_with(verb));
        // These two hand out credentials.
        let reads = reads && !matches!(name, "GetFederationToken" | "GetSessionToken");
        let rule = text(&finding, "rule");
        let more = MORE_THAN_READING.contains(&rule) || together.contains(rule);
        if reads && text(&finding, "severity") != "info" && !more {
            above.insert((rule.to_owned(), name.to_owned()));
        }
    }
    assert_eq!(above, BTreeSet::new());
}

#[test]
fn every_rule_of_the_pack_is_in_a_file_of_its_name() {
    for file in trailgate::pack::rules_files() {
        let RulesFile { name, text, .. } = file;
        let id = text.lines().find_map(|line| line.strip_prefix("id: "));
        let Some(id) = id else { continue };
        assert!(name.ends_with(&format!("/{id}.yaml")), "{name}: {id}");
        assert_eq!(
            text.lines().filter(|line| line.starts_with("id: ")).count(),
            1,
            "{name}"
        );
    }
}
