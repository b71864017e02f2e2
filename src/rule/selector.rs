//! Selectors: which nodes of an event a test is about.

use jsonpath_rust::parser::model::JpQuery;

use crate::diagnostic::Span;

/// A selector as written, with the path it stands for.
#[derive(Debug, Clone)]
pub struct Selector {
    /// The source text, quotes of the YAML key removed.
    pub text: String,
    /// Where it is written.
    pub span: Span,
    /// What the path starts from.
    pub root: Root,
    /// The path from there.
    pub path: Path,
}

/// Where a path starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Root {
    /// The event: every selector outside blocks, and `$...` anywhere.
    Event,
    /// The element that the innermost block looks at: `this`, or a plain path in a block.
    Element,
    /// The key of the entry that the innermost `any_entry` looks at.
    EntryKey,
    /// The value of that entry.
    EntryValue,
}

/// A path: steps where it can be said so, an RFC 9535 query otherwise.
#[derive(Debug, Clone)]
pub enum Path {
    /// Dotted paths, and JSONPath of names, indices and wildcards.
    Steps(Vec<Step>),
    /// The rest of JSONPath; always from the event's root.
    Query(Box<JpQuery>),
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// A key of a dotted path: the object's member; on an array, the member of
    /// each element that is an object (one level).
    Key(String),
    /// A name in a JSONPath: the object's member; nothing on an array.
    Member(String),
    /// An index in a JSONPath, negative from the end; nothing on an object.
    Index(i64),
    /// `*` in a JSONPath: every member of an object, every element of an array.
    Wildcard,
}

impl Selector {
    /// The names to look up in the catalogue of fields: those from the event's
    /// root, array elements passed through, up to where any name may stand.
    pub fn catalogue_keys(&self) -> Vec<&str> {
        let (Root::Event, Path::Steps(steps)) = (self.root, &self.path) else {
            return Vec::new();
        };
        let mut keys = Vec::with_capacity(steps.len());
        for step in steps {
            match step {
                Step::Key(key) | Step::Member(key) => keys.push(key.as_str()),
                Step::Index(_) => {}
                Step::Wildcard => break,
            }
        }
        keys
    }

    /// The keys of a dotted path from the event's root, if that is what this is.
    pub fn dotted_keys(&self) -> Option<Vec<&str>> {
        match (self.root, &self.path) {
            (Root::Event, Path::Steps(steps)) => steps
                .iter()
                .map(|step| match step {
                    Step::Key(key) => Some(key.as_str()),
                    _ => None,
                })
                .collect(),
            _ => None,
        }
    }
}
