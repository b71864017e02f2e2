//! Every diagnostic about rules: what a person sees, and the bytes it points at.
//!
//! A case is a file `tests/diagnostics/CODE-what.yaml`. Its `# expect:` lines say
//! which diagnostics come, in order, and the text that each points at; the
//! snapshot beside it is what is drawn.

mod cases;
mod laws;
mod lint;
mod loading;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use trailgate::diagnostic::{Code, Diagnostic, SourceMap, Style, render_text};
use trailgate::rule::{
    Loaded, Origin, RulesFile, expired_exceptions, load, read_rules, unknown_calls,
};

const STYLE: Style = Style {
    colour: false,
    width: 100,
};
/// Codes that reading and loading do not give: `trailgate test` does.
const NOT_OF_LOADING: [Code; 2] = [Code::TestEventUnreadable, Code::UnnoticedChange];

struct Case {
    name: String,
    text: String,
}

impl Case {
    fn all() -> Vec<Case> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
        let mut paths: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
            .collect();
        paths.sort();
        let case = |path: &PathBuf| Case {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            text: fs::read_to_string(path).unwrap(),
        };
        paths.iter().map(case).collect()
    }

    fn code(&self) -> &str {
        self.name.split('-').next().unwrap()
    }

    /// Code and text of the primary label, as the `# expect:` lines say.
    fn expected(&self) -> Vec<(String, String)> {
        let lines = self.text.lines();
        lines
            .filter_map(|line| line.strip_prefix("# expect: "))
            .map(|line| {
                let (code, text) = line.split_once(' ').unwrap();
                (code.to_owned(), serde_json::from_str(text).unwrap())
            })
            .collect()
    }

    /// What is said of the case. The checks of what every rule should have are
    /// for the cases about them; the others would only be longer for it.
    fn diagnose(&self) -> (Vec<Diagnostic>, SourceMap) {
        let about_completeness = ["TG1801", "TG1806"].contains(&self.code());
        let loaded = load(
            vec![RulesFile {
                name: "rule.yaml".to_owned(),
                text: self.text.clone().into(),
                origin: Origin::User,
                folder: Some(PathBuf::from("rules")),
            }],
            &[],
        );
        let mut found = loaded.diagnostics;
        found
            .retain(|d| about_completeness || !matches!(d.code, Code::NoTests | Code::MissingText));
        found.extend(loaded.set.inactive.iter().map(|rule| rule.diagnostic()));
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        let expired = loaded.set.rules.iter();
        found.extend(expired.flat_map(|rule| expired_exceptions(rule, now)));
        // Cases about the rest name calls of no service.
        if ["TG1810", "TG1811", "TG1812"].contains(&self.code()) {
            let rules = loaded.set.rules.iter();
            found.extend(rules.flat_map(|rule| unknown_calls(rule, loaded.set.sources())));
        }
        (found, loaded.set.definitions.sources)
    }
}

fn drawn(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let drawn: Vec<_> = diagnostics
        .iter()
        .map(|diagnostic| render_text(diagnostic, sources, STYLE))
        .collect();
    drawn.join("\n")
}

fn user_file(name: &str, text: &str) -> RulesFile {
    RulesFile::of_user(name, text)
}

/// Loads one text and leaves out what is said of every rule without tests.
fn load_text(text: &str) -> Loaded {
    let mut loaded = load(vec![user_file("rule.yaml", text)], &[]);
    loaded
        .diagnostics
        .retain(|d| !matches!(d.code, Code::NoTests | Code::MissingText));
    loaded
}

fn codes(loaded: &Loaded) -> Vec<Code> {
    loaded.diagnostics.iter().map(|d| d.code).collect()
}

fn help_of(text: &str) -> String {
    let loaded = load_text(text);
    let mut errors = loaded.diagnostics.iter();
    let first = errors.find(|d| d.code != Code::UnusedDefinition).unwrap();
    first.help.clone().unwrap_or_default()
}

fn rule(condition: &str) -> String {
    format!("id: a\ntitle: A\nseverity: low\nmatch: {condition}\n")
}
