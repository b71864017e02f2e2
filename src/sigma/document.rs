//! The documents of a file: which are Sigma, and what each of them is.
//!
//! In come the documents of one rules file; out come those that stand for
//! themselves, each with its form. The global documents of old files are merged into
//! those that follow them. A Sigma document without an id gets one from its name or
//! title, so that its findings keep their fingerprints from run to run.

use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::yaml::{Entry, Node, NodeKind, Scalar};

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// In trailgate's own language, or nothing but definitions.
    Native,
    /// A Sigma rule.
    Rule,
    /// A Sigma correlation.
    Correlation,
    /// A Sigma filter.
    Filter,
}

/// Keys that only Sigma has.
const OF_SIGMA: [&str; 4] = ["detection", "logsource", "correlation", "filter"];
/// Keys that only trailgate's own language has.
const OF_TRAILGATE: [&str; 5] = ["match", "steps", "correlate", "severity", "severity_when"];

/// What a rule without a name or title and a file without a name are called.
const NAMELESS: &str = "sigma-rule";
/// Ids from names and titles are no longer than that.
const LONGEST_SLUG: usize = 90;

fn form(node: &Node) -> Form {
    let has = |key: &&str| node.get(key).is_some();
    if !OF_SIGMA.iter().any(has) || OF_TRAILGATE.iter().any(has) {
        Form::Native
    } else if has(&"correlation") {
        Form::Correlation
    } else if has(&"filter") {
        Form::Filter
    } else {
        Form::Rule
    }
}

/// The documents of a file and what they are. `name` is the file's.
pub(crate) fn forms(
    documents: Vec<Node>,
    name: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(Node, Form)> {
    let old = documents.iter().any(|node| action(node).is_some());
    let documents = match old {
        true => merged(documents, diagnostics),
        false => documents,
    };
    documents
        .into_iter()
        .map(|mut node| {
            let form = form(&node);
            if form != Form::Native {
                identify(&mut node, name);
            }
            (node, form)
        })
        .collect()
}

/// What an old file does with a document: the word and its place. A native document
/// has no such key.
fn action(node: &Node) -> Option<(&str, Span)> {
    let value = node.get("action")?;
    let text = value.as_text()?;
    matches!(text, "global" | "reset" | "repeat").then_some((text, value.span))
}

/// Merges global documents into those behind them, and repeated ones into the one
/// before.
fn merged(documents: Vec<Node>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Node> {
    let mut global: Option<Node> = None;
    let mut before: Option<Node> = None;
    let mut done = Vec::new();
    let mut shared_id = 0_u32;
    for node in documents {
        let doing = action(&node).map(|(word, span)| (word.to_owned(), span));
        if let Some((word, span)) = &doing {
            diagnostics.push(
                Diagnostic::new(
                    Code::SigmaDeprecated,
                    format!("`action: {word}` is of Sigma before 2022"),
                )
                .at(*span, "still read")
                .help("write each rule out in a document of its own, with its own id"),
            );
        }
        match doing.as_ref().map(|(word, _)| word.as_str()) {
            Some("global") => {
                let node = without_action(node);
                global = Some(match global.take() {
                    Some(global) => over(&global, node),
                    None => node,
                });
                continue;
            }
            Some("reset") => {
                global = None;
                before = None;
                let node = without_action(node);
                if node.as_mapping().is_none_or(<[Entry]>::is_empty) {
                    continue;
                }
                before = Some(node.clone());
                done.push(node);
                continue;
            }
            _ => {}
        }
        let own_id = node.get("id").is_some();
        let node = match (doing, &before) {
            (Some(_), Some(before)) => over(before, without_action(node)),
            (Some(_), None) => without_action(node),
            (None, _) => match &global {
                Some(global) => over(global, node),
                None => node,
            },
        };
        before = Some(node.clone());
        let mut node = node;
        if !own_id && node.get("id").is_some() {
            shared_id += 1;
            number_id(&mut node, shared_id);
        }
        done.push(node);
    }
    done
}

/// Rules that have their id of a global document are told apart by a number.
fn number_id(node: &mut Node, number: u32) {
    if number == 1 {
        return;
    }
    if let NodeKind::Mapping(entries) = &mut node.kind
        && let Some(entry) = entries.iter_mut().find(|entry| entry.key.value == "id")
        && let NodeKind::Scalar(scalar) = &mut entry.value.kind
    {
        scalar.text = format!("{}-{number}", scalar.text);
    }
}

fn without_action(mut node: Node) -> Node {
    if let NodeKind::Mapping(entries) = &mut node.kind {
        entries.retain(|entry| entry.key.value != "action");
    }
    node
}

/// A document with what another says laid over it, mapping by mapping.
fn over(below: &Node, above: Node) -> Node {
    let span = above.span;
    match (&below.kind, above.kind) {
        (NodeKind::Mapping(below), NodeKind::Mapping(above)) => {
            let mut entries = below.clone();
            for entry in above {
                let same = entries
                    .iter_mut()
                    .find(|of| of.key.value == entry.key.value);
                match same {
                    Some(of) => {
                        *of = Entry {
                            value: over(&of.value, entry.value),
                            key: entry.key,
                        }
                    }
                    None => entries.push(entry),
                }
            }
            Node {
                span,
                kind: NodeKind::Mapping(entries),
            }
        }
        (_, kind) => Node { span, kind },
    }
}

/// Gives a document an id where it has none, and makes one of capitals lower-case:
/// the ids of Sigma are UUIDs, in which case means nothing.
fn identify(node: &mut Node, file: &str) {
    let called = node.get("name").or_else(|| node.get("title")).cloned();
    let start = node.span.start_only();
    let NodeKind::Mapping(entries) = &mut node.kind else {
        return;
    };
    let id = entries.iter_mut().find(|entry| entry.key.value == "id");
    if let Some(entry) = id {
        if let NodeKind::Scalar(scalar) = &mut entry.value.kind {
            scalar.text = scalar.text.trim().to_ascii_lowercase();
        }
        return;
    }
    let place = called.as_ref().map_or(start, |called| called.span);
    let from_name = called.as_ref().and_then(Node::as_text).map(slug);
    let text = from_name
        .filter(|slug| !slug.is_empty())
        .unwrap_or_else(|| match slug(stem(file)) {
            empty if empty.is_empty() => NAMELESS.to_owned(),
            slug => slug,
        });
    entries.push(Entry {
        key: Spanned::new("id".to_owned(), place),
        value: Node {
            span: place,
            kind: NodeKind::Scalar(Scalar { text, quoted: true }),
        },
    });
}

fn stem(file: &str) -> &str {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Lower-case letters and digits with one dash between: `a-rule-of-ours`.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for character in text.chars().map(|c| c.to_ascii_lowercase()) {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= LONGEST_SLUG {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}
