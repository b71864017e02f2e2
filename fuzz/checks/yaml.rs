//! The loader on any text: it ends, says the same each time, and whatever it
//! points at lies in its source.

use std::path::{Path, PathBuf};

use trailgate::config::{self, Folders};
use trailgate::diagnostic::{SourceMap, Span, Style, render_json, render_text};
use trailgate::rule::{Loaded, Origin, RulesFile, load};
use trailgate::sigma::convert::convert;
use trailgate::yaml::{self, Node, NodeKind};

pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let loaded = load_text(text);
    diagnostics_are_sound(&loaded);
    rules_are_sound(&loaded);
    conversions_are_sound(&loaded);
    tree_is_sound(text);
    configuration_is_sound(text);
    assert_eq!(shown(&loaded), shown(&load_text(text)), "loaded twice");
}

fn load_text(text: &str) -> Loaded {
    let file = RulesFile {
        name: "rule.yaml".to_owned(),
        text: text.to_owned().into(),
        origin: Origin::User,
        // Lists and events of files are not found there.
        folder: Some(PathBuf::from("/nowhere")),
    };
    load(vec![file], &[])
}

fn shown(loaded: &Loaded) -> String {
    let set = &loaded.set;
    let diagnostics = &loaded.diagnostics;
    format!("{diagnostics:?}\n{:?}\n{:?}", set.rules, set.failed)
}

fn diagnostics_are_sound(loaded: &Loaded) {
    let sources = loaded.set.sources();
    let style = Style {
        colour: false,
        width: 100,
    };
    for diagnostic in &loaded.diagnostics {
        for label in &diagnostic.labels {
            lies_in(sources, label.span, diagnostic);
        }
        assert!(!diagnostic.message.is_empty(), "{diagnostic:?}");
        assert!(diagnostic.help.is_some(), "{diagnostic:?}");
        assert!(!render_text(diagnostic, sources, style).is_empty());
        assert!(serde_json::to_string(&render_json(diagnostic, sources)).is_ok());
    }
    let failed = !loaded.set.failed.is_empty();
    let errors = loaded.diagnostics.iter().any(|d| d.is_error());
    assert_eq!(failed, errors, "{:?}", loaded.diagnostics);
}

fn rules_are_sound(loaded: &Loaded) {
    for rule in loaded.set.all() {
        for span in [rule.span, rule.id.span, rule.condition.span] {
            lies_in(loaded.set.sources(), span, &rule.id);
        }
    }
}

/// What is written of Sigma rules is YAML of one document, and whatever is said of the
/// others lies in the text.
fn conversions_are_sound(loaded: &Loaded) {
    let conversion = convert(&loaded.set);
    for problem in &conversion.problems {
        for label in &problem.labels {
            lies_in(loaded.set.sources(), label.span, problem);
        }
        assert!(problem.help.is_some(), "{problem:?}");
    }
    for rule in &conversion.rules {
        let source = SourceMap::new().add("native.yaml", rule.text.as_str());
        let mut problems = Vec::new();
        let documents = yaml::parse(source, &rule.text, &mut problems);
        assert!(problems.is_empty(), "{problems:?}\n{}", rule.text);
        assert_eq!(documents.sound.len(), 1, "{}", rule.text);
    }
}

/// The same text as a configuration.
fn configuration_is_sound(text: &str) {
    let folders = Folders {
        shown: PathBuf::from("/nowhere"),
        absolute: PathBuf::from("/nowhere"),
        working: PathBuf::from("/nowhere"),
    };
    let mut sources = SourceMap::new();
    let mut diagnostics = Vec::new();
    let path = Path::new("trailgate.yaml");
    let config = config::parse(path, text, &folders, &mut sources, &mut diagnostics);
    for diagnostic in &diagnostics {
        for label in &diagnostic.labels {
            lies_in(&sources, label.span, diagnostic);
        }
        assert!(diagnostic.help.is_some(), "{diagnostic:?}");
    }
    for setting in config::settings(&config) {
        if let Some(place) = setting.place {
            lies_in(&sources, place, &setting);
        }
    }
}

fn tree_is_sound(text: &str) {
    let mut sources = SourceMap::new();
    let source = sources.add("rule.yaml", text);
    let documents = yaml::parse(source, text, &mut Vec::new());
    let damaged = documents.damaged.iter();
    let roots = damaged.filter_map(|damaged| damaged.root.as_ref());
    for root in documents.sound.iter().chain(roots) {
        node_is_sound(&sources, root);
    }
}

fn node_is_sound(sources: &SourceMap, node: &Node) {
    lies_in(sources, node.span, node);
    match &node.kind {
        NodeKind::Scalar(_) => {}
        NodeKind::Sequence(items) => items.iter().for_each(|item| node_is_sound(sources, item)),
        NodeKind::Mapping(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                lies_in(sources, entry.key.span, &entry.key);
                node_is_sound(sources, &entry.value);
                let mut others = entries[..index].iter();
                assert!(
                    others.all(|other| other.key.value != entry.key.value),
                    "twice: {:?}",
                    entry.key
                );
            }
        }
    }
}

/// Whether a span is a range of whole characters of its source.
fn lies_in(sources: &SourceMap, span: Span, what: &impl std::fmt::Debug) {
    let range = span.start as usize..span.end as usize;
    let text = sources.text(span.source);
    assert!(text.get(range).is_some(), "{span:?} of {what:?}");
}
