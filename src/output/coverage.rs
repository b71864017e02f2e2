//! What rules stand for: as a table for people, as JSON, and as a layer for the ATT&CK
//! Navigator.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::text::words::{Paint, wrapped};
use crate::diagnostic::Style;
use crate::finding::counted;
use crate::report::{Coverage, CoveredControl, CoveredFramework};

/// The version of ATT&CK that the layer is for; that of the known techniques.
const ATTACK_VERSION: &str = "18";
/// The Navigator and the format of its layers.
const NAVIGATOR_VERSION: &str = "5.1.0";
const LAYER_VERSION: &str = "4.5";

/// Rules that are named behind a control before the rest is counted.
const NAMED: usize = 12;

/// Each framework with its controls and the rules behind them: `all`, or the first.
pub fn coverage_text(coverage: &Coverage, all: bool, style: Style) -> String {
    let paint = Paint {
        colour: style.colour,
    };
    let named = if all { usize::MAX } else { NAMED };
    let mut text = String::new();
    for framework in &coverage.frameworks {
        let title = framework
            .title
            .as_deref()
            .map_or(String::new(), |title| format!(": {title}"));
        let _ = writeln!(
            text,
            "{}{title}\n{}",
            paint.bold(&framework.name),
            paint.dim(&share(framework))
        );
        let width = framework
            .controls
            .iter()
            .map(|control| control.id.len())
            .max();
        for control in &framework.controls {
            text.push_str(&row(control, named, width.unwrap_or(0), style.width, paint));
        }
        text.push('\n');
    }
    let techniques = coverage.techniques.len();
    let _ = writeln!(
        text,
        "{} of ATT&CK",
        counted(techniques as u64, "technique")
    );
    text
}

fn share(framework: &CoveredFramework) -> String {
    format!(
        "a rule for {} of {}",
        framework.covered(),
        counted(framework.controls.len() as u64, "control")
    )
}

fn row(control: &CoveredControl, named: usize, width: usize, page: usize, paint: Paint) -> String {
    let evidence: Vec<_> = control.evidence.iter().map(|kind| kind.name()).collect();
    let mut about = control.title.clone().unwrap_or_default();
    if !evidence.is_empty() {
        let _ = write!(about, " ({})", evidence.join(", "));
    }
    let indent = width + 4;
    let id = format!("{:width$}", control.id);
    let rules = match control.rules.is_empty() {
        true => paint.bad("no rule"),
        false => wrapped(&rules(&control.rules, named), page, indent, indent),
    };
    let space = " ".repeat(indent);
    if about.is_empty() {
        return format!("  {id}  {rules}\n");
    }
    let about = wrapped(about.trim_start(), page, indent, indent);
    format!("  {id}  {about}\n{space}{rules}\n")
}

fn rules(rules: &[String], named: usize) -> String {
    let shown = rules.iter().take(named).map(String::as_str);
    let shown = shown.collect::<Vec<_>>().join(", ");
    match rules.len().saturating_sub(named) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// One object: frameworks with their controls and rules, and techniques with theirs.
pub fn coverage_json(coverage: &Coverage) -> Value {
    let frameworks = coverage.frameworks.iter().map(|framework| {
        let controls = framework.controls.iter().map(|control| {
            json!({
                "id": control.id,
                "title": control.title,
                "evidence": control.evidence.iter().map(|kind| kind.name()).collect::<Vec<_>>(),
                "rules": control.rules,
            })
        });
        json!({
            "name": framework.name,
            "title": framework.title,
            "covered": framework.covered(),
            "controls": controls.collect::<Vec<_>>(),
        })
    });
    let techniques = coverage.techniques.iter();
    json!({
        "schema": "trailgate-coverage/1",
        "frameworks": frameworks.collect::<Vec<_>>(),
        "techniques": techniques
            .map(|(id, rules)| json!({"id": id, "rules": rules}))
            .collect::<Vec<_>>(),
    })
}

/// A layer of the ATT&CK Navigator: the techniques that rules name, scored by how many
/// do, with the rules as their comments.
pub fn navigator_layer(coverage: &Coverage) -> Value {
    let most = coverage
        .techniques
        .values()
        .map(Vec::len)
        .max()
        .unwrap_or(1);
    let techniques = coverage.techniques.iter().map(|(id, rules)| {
        json!({
            "techniqueID": id,
            "score": rules.len(),
            "comment": rules.join(", "),
            "enabled": true,
            "showSubtechniques": !id.contains('.'),
        })
    });
    json!({
        "name": "trailgate",
        "versions": {
            "attack": ATTACK_VERSION,
            "navigator": NAVIGATOR_VERSION,
            "layer": LAYER_VERSION,
        },
        "domain": "enterprise-attack",
        "description": "Techniques that rules of trailgate name; the score is how many rules do.",
        "filters": {"platforms": ["IaaS", "SaaS", "Identity Provider"]},
        "sorting": 3,
        "hideDisabled": false,
        "techniques": techniques.collect::<Vec<_>>(),
        "gradient": {"colors": ["#cfe8ff", "#0b62a8"], "minValue": 0, "maxValue": most},
        "legendItems": [],
        "showTacticRowBackground": false,
        "selectTechniquesAcrossTactics": true,
        "selectSubtechniquesWithParent": false,
    })
}
