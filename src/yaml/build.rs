//! From the steps of the parser, or of a recording, to the tree.

use std::collections::HashMap;

use super::recording::Replay;
use super::step::{Step, StepKind, Steps};
use super::{Entry, Node, NodeKind, Scalar, trap};
use crate::diagnostic::{Code, Diagnostic, SourceId, Span, Spanned};

/// How many nodes the aliases of one document may add: enough for any shared
/// block, too few for an alias bomb.
const ALIAS_BUDGET: usize = 20_000;

/// What a text holds.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    /// The documents, empty ones left out.
    pub sound: Vec<Node>,
    /// Those that are not to be used.
    pub damaged: Vec<Damaged>,
}

/// A document that is not to be used: it is no YAML, or says what it cannot.
#[derive(Debug, Clone)]
pub struct Damaged {
    /// As much of it as there is.
    pub root: Option<Node>,
    /// The place of its first error.
    pub span: Span,
}

/// Reads all documents of a text, and reports what is wrong with each.
pub fn parse(source: SourceId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Documents {
    let mut documents = Documents::default();
    let mut builder = Builder::new(source, text);
    let mut steps = Steps::of(text);
    while let Some(step) = steps.next() {
        match step {
            Ok(step) => builder.step(step),
            Err(error) => {
                builder.problems.push(trap::explain(source, text, &error));
                builder.finish(&mut documents, diagnostics);
                // Without a next document there is nothing left to read.
                if !steps.next_document() {
                    break;
                }
                continue;
            }
        }
        if builder.document_ended {
            builder.finish(&mut documents, diagnostics);
        }
    }
    builder.finish(&mut documents, diagnostics);
    documents
}

/// What [`parse`] makes of a text, by the recording of its steps; `None` where the
/// bytes are no recording of it.
pub fn replay(
    source: SourceId,
    text: &str,
    recording: &[u8],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Documents> {
    let mut documents = Documents::default();
    let mut builder = Builder::new(source, text);
    let mut problems = Vec::new();
    for step in Replay::of(text, recording) {
        builder.step(step?);
        if builder.document_ended {
            builder.finish(&mut documents, &mut problems);
        }
    }
    builder.finish(&mut documents, &mut problems);
    diagnostics.extend(problems);
    Some(documents)
}

/// A container under construction.
enum Open {
    Sequence {
        start: usize,
        anchor: usize,
        items: Vec<Node>,
    },
    Mapping {
        start: usize,
        anchor: usize,
        entries: Vec<Entry>,
        key: Option<Node>,
    },
}

struct Builder<'t> {
    source: SourceId,
    text: &'t str,
    stack: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    alias_nodes: usize,
    problems: Vec<Diagnostic>,
    document_ended: bool,
    /// The aliases expand too far, which is said once.
    too_large: bool,
}

impl<'t> Builder<'t> {
    fn new(source: SourceId, text: &'t str) -> Self {
        Builder {
            source,
            text,
            stack: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            alias_nodes: 0,
            problems: Vec::new(),
            document_ended: false,
            too_large: false,
        }
    }

    /// Ends a document: hands over its tree and its problems.
    fn finish(&mut self, documents: &mut Documents, diagnostics: &mut Vec<Diagnostic>) {
        let done = std::mem::replace(self, Builder::new(self.source, self.text));
        match done.problems.iter().find(|problem| problem.is_error()) {
            Some(first) => documents.damaged.push(Damaged {
                span: first.span().unwrap_or(Span::new(self.source, 0, 0)),
                root: done.root,
            }),
            None => documents
                .sound
                .extend(done.root.filter(|root| !root.is_null())),
        }
        diagnostics.extend(done.problems);
    }

    fn step(&mut self, step: Step<'_>) {
        let place = Span::new(self.source, step.bytes.start, step.bytes.end);
        match step.kind {
            StepKind::Scalar {
                text,
                quoted,
                anchor,
                tag,
            } => {
                self.refuse_tag(tag.as_deref(), place);
                let place = if quoted { place } else { self.trimmed(place) };
                let scalar = Scalar {
                    text: text.into_owned(),
                    quoted,
                };
                self.node(
                    Node {
                        span: place,
                        kind: NodeKind::Scalar(scalar),
                    },
                    anchor,
                );
            }
            StepKind::Sequence { anchor, tag } => {
                self.refuse_tag(tag.as_deref(), place);
                let start = place.start as usize;
                self.stack.push(Open::Sequence {
                    start,
                    anchor,
                    items: Vec::new(),
                });
            }
            StepKind::Mapping { anchor, tag } => {
                self.refuse_tag(tag.as_deref(), place);
                let start = place.start as usize;
                self.stack.push(Open::Mapping {
                    start,
                    anchor,
                    entries: Vec::new(),
                    key: None,
                });
            }
            StepKind::End => self.close(place),
            StepKind::Alias(id) => self.alias(id, place),
            StepKind::Unresolved(name) => {
                self.problems.push(trap::alias(self.text, place, &name));
                self.node(
                    Node {
                        span: place,
                        kind: NodeKind::Scalar(Scalar::default()),
                    },
                    0,
                );
            }
            StepKind::DocumentEnd => self.document_ended = true,
        }
    }

    /// Plain scalars may come with the white space that follows them.
    fn trimmed(&self, span: Span) -> Span {
        let range = span.start as usize..span.end as usize;
        let text = self.text.get(range.clone()).unwrap_or("");
        Span::new(
            self.source,
            range.start,
            range.start + text.trim_end().len(),
        )
    }

    fn refuse_tag(&mut self, tag: Option<&str>, place: Span) {
        if let Some(tag) = tag {
            self.problems.push(trap::tag(self.text, place, tag));
        }
    }

    fn alias(&mut self, id: usize, place: Span) {
        let Some(target) = self.anchors.get(&id) else {
            self.problems.push(
                Diagnostic::new(
                    Code::YamlUnsupported,
                    "this alias stands inside what it names",
                )
                .at(place, "used here, before its anchor is complete")
                .help("write the value out, or name a smaller part of it"),
            );
            return self.node(
                Node {
                    span: place,
                    kind: NodeKind::Scalar(Scalar::default()),
                },
                0,
            );
        };
        self.alias_nodes += count(target);
        if self.alias_nodes > ALIAS_BUDGET {
            if !self.too_large {
                self.too_large = true;
                self.problems.push(
                    Diagnostic::new(
                        Code::YamlTooLarge,
                        "the aliases of this document expand too far",
                    )
                    .at(place, format!("past {ALIAS_BUDGET} nodes here"))
                    .help("use `macros:` or `lists:` for what many rules share"),
                );
            }
            return self.node(
                Node {
                    span: place,
                    kind: NodeKind::Scalar(Scalar::default()),
                },
                0,
            );
        }
        // The copy stands where the alias is; what it holds stays where it was written.
        let copy = Node {
            span: place,
            kind: target.kind.clone(),
        };
        self.node(copy, 0);
    }

    fn close(&mut self, end: Span) {
        let Some(open) = self.stack.pop() else { return };
        // A block container ends where its last child does: the parser's own
        // end is at the next token, past comments and blank lines.
        let spanned = |start: usize, last: Option<Span>| {
            let mut stop = last.map_or(end.end, |last| last.end) as usize;
            if matches!(
                self.text.as_bytes().get(end.start as usize),
                Some(b']' | b'}')
            ) {
                stop = end.end as usize;
            }
            Span::new(self.source, start, stop.max(start))
        };
        match open {
            Open::Sequence {
                start,
                anchor,
                items,
            } => {
                let span = spanned(start, items.last().map(|item| item.span));
                self.node(
                    Node {
                        span,
                        kind: NodeKind::Sequence(items),
                    },
                    anchor,
                );
            }
            Open::Mapping {
                start,
                anchor,
                entries,
                ..
            } => {
                let span = spanned(start, entries.last().map(Entry::span));
                let entries = self.merged(entries);
                self.node(
                    Node {
                        span,
                        kind: NodeKind::Mapping(entries),
                    },
                    anchor,
                );
            }
        }
    }

    fn node(&mut self, node: Node, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Open::Sequence { items, .. }) => items.push(node),
            Some(Open::Mapping {
                key: key @ None, ..
            }) => *key = Some(node),
            Some(Open::Mapping { key, entries, .. }) => {
                let Some(key) = key.take() else { return };
                match key.kind {
                    NodeKind::Scalar(scalar) => entries.push(Entry {
                        key: Spanned::new(scalar.text, key.span),
                        value: node,
                    }),
                    _ => self.problems.push(trap::complex_key(self.text, key.span)),
                }
            }
        }
    }

    /// Applies `<<` and refuses keys that stand twice. Own keys win over merged
    /// ones, earlier merged mappings over later ones. What wins comes later, so that it
    /// wins too where keys are paths and one lies in another.
    fn merged(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let (merges, own): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .partition(|entry| entry.key.value == "<<");
        let mut first_seen: HashMap<String, Span> = HashMap::new();
        let mut kept: Vec<Entry> = Vec::with_capacity(own.len());
        for entry in own {
            match first_seen.get(&entry.key.value) {
                Some(first) => self.problems.push(
                    Diagnostic::new(
                        Code::YamlDuplicateKey,
                        format!("the key `{}` stands twice in one mapping", entry.key.value),
                    )
                    .at(entry.key.span, "again here")
                    .at(*first, "first here")
                    .help("keep one; to test a field in two ways, put both under `all:`"),
                ),
                None => {
                    first_seen.insert(entry.key.value.clone(), entry.key.span);
                    kept.push(entry);
                }
            }
        }
        let mut merged: Vec<Entry> = Vec::new();
        for merge in merges {
            let sources = match merge.value.kind {
                NodeKind::Sequence(items) => items,
                _ => vec![merge.value],
            };
            for source in sources {
                match source.kind {
                    NodeKind::Mapping(mut entries) => {
                        entries.retain(|entry| !first_seen.contains_key(&entry.key.value));
                        let keys = entries.iter().map(|entry| &entry.key);
                        first_seen.extend(keys.map(|key| (key.value.clone(), key.span)));
                        entries.append(&mut merged);
                        merged = entries;
                    }
                    _ => self.problems.push(
                        Diagnostic::new(Code::YamlUnsupported, "`<<` merges mappings only")
                            .at(source.span, "no mapping")
                            .help("name an anchor on a mapping: `<<: *name`"),
                    ),
                }
            }
        }
        merged.extend(kept);
        merged
    }
}

impl Default for Scalar {
    /// A plain nothing, which stands for what was refused.
    fn default() -> Self {
        Scalar {
            text: String::new(),
            quoted: false,
        }
    }
}

fn count(node: &Node) -> usize {
    1 + match &node.kind {
        NodeKind::Scalar(_) => 0,
        NodeKind::Sequence(items) => items.iter().map(count).sum(),
        NodeKind::Mapping(entries) => entries.iter().map(|entry| 1 + count(&entry.value)).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::diagnostic::SourceMap;

    #[test]
    fn what_wins_in_a_merge_comes_later() {
        let text = "a: &a {x: 1, p: a}\nb: &b {y: 2, p: b}\nc: {z: 3, <<: [*a, *b], x: 4}\n";
        let source = SourceMap::default().add("a.yaml".to_owned(), text);
        let documents = parse(source, text, &mut Vec::new());
        let merged = documents.sound[0].get("c").unwrap().to_json();
        assert_eq!(merged.to_string(), r#"{"y":2,"p":"a","z":3,"x":4}"#);
    }
}
