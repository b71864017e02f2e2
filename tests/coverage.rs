//! `trailgate coverage`: what the rules stand for, and that the pack's own names are right.

use std::collections::BTreeSet;
use std::process::Output;

use crate::support::{put, stderr, stdout, trailgate};
use serde_json::Value;
use trailgate::rule::{attack, load};
use trailgate::{pack, report::Coverage};

const RULE: &str = "id: key-made\ntitle: Access key made\nseverity: low\ndescription: a\n\
    remediation: b\nattack: [T1098.001]\ncontrols:\n  soc2: [CC6.1, CC6.2]\n  our-own: ['7']\n\
    match: {eventSource: iam.amazonaws.com, eventName: CreateAccessKey}\n";

/// Runs `trailgate coverage` with nothing but one rule.
fn coverage(more: &[&str]) -> (Output, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "rule.yaml", RULE);
    let output = trailgate()
        .current_dir(folder.path())
        .args(["coverage", "--no-default-rules", "--rules", "rule.yaml"])
        .args(more)
        .output()
        .unwrap();
    (output, folder)
}

#[test]
fn controls_are_listed_with_their_rules_and_those_without_one_too() {
    let (output, _folder) = coverage(&["--framework", "soc2", "--framework", "our-own"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    insta::assert_snapshot!(stdout(&output));
}

#[test]
fn tools_get_the_same() {
    let (output, _folder) = coverage(&["--format", "json", "--framework", "soc2"]);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["schema"], "trailgate-coverage/1");
    let soc2 = &report["frameworks"][0];
    assert_eq!(soc2["name"], "soc2");
    assert_eq!(soc2["covered"], 2);
    let controls = soc2["controls"].as_array().unwrap();
    let of = |id: &str| controls.iter().find(|control| control["id"] == id).unwrap();
    assert_eq!(of("CC6.2")["rules"], serde_json::json!(["key-made"]));
    assert_eq!(of("CC7.2")["rules"], serde_json::json!([]));
    assert_eq!(report["techniques"][0]["id"], "T1098.001");
}

#[test]
fn a_framework_that_is_none_is_wrong_usage() {
    let (output, _folder) = coverage(&["--framework", "soc3"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("did you mean `soc2`?"));
}

/// The fields of the format 4.5 of layers that the Navigator asks for.
#[test]
fn the_navigator_gets_a_layer() {
    let (output, folder) = coverage(&["--attack-navigator", "layer.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = std::fs::read_to_string(folder.path().join("layer.json")).unwrap();
    let layer: Value = serde_json::from_str(&text).unwrap();
    assert!(layer["name"].is_string());
    assert_eq!(layer["domain"], "enterprise-attack");
    assert_eq!(layer["versions"]["layer"], "4.5");
    let technique = &layer["techniques"][0];
    assert_eq!(technique["techniqueID"], "T1098.001");
    assert_eq!(technique["score"], 1);
    assert_eq!(technique["comment"], "key-made");
    assert_eq!(layer["gradient"]["maxValue"], 1);
}

/// A control that a rule names and its framework does not have is nobody's.
#[test]
fn every_control_and_technique_that_the_pack_names_exists() {
    let loaded = load(pack::rules_files(), &[]);
    let known = &loaded.set.definitions.frameworks;
    let mut wrong = BTreeSet::new();
    for rule in loaded.set.all() {
        for of in &rule.controls {
            for control in &of.controls {
                let framework = known.get(&of.framework);
                if framework.is_none_or(|framework| framework.control(control).is_none()) {
                    wrong.insert(format!("{}: {} {control}", rule.id.value, of.framework));
                }
            }
        }
        let techniques = rule.attack.iter().filter(|id| !attack::is_technique(id));
        wrong.extend(techniques.map(|id| format!("{}: {id}", rule.id.value)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_known_control_says_what_it_is_about_and_what_a_log_can_show() {
    let loaded = load(pack::rules_files(), &[]);
    let coverage = Coverage::of(&loaded.set);
    assert_eq!(coverage.frameworks.len(), 16);
    for framework in &coverage.frameworks {
        assert!(framework.title.is_some(), "{}", framework.name);
        for control in &framework.controls {
            let place = format!("{} {}", framework.name, control.id);
            let title = control.title.as_deref().unwrap_or_default();
            assert!((8..100).contains(&title.len()), "{place}: {title}");
            assert!(!control.evidence.is_empty(), "{place}");
        }
    }
}
