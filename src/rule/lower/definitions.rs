//! Macros and lists: what rules may name.
//!
//! In come the top-level `macros:` and `lists:` of all rules files, and the
//! lists that the user set; out comes one [`Definitions`] for all rules.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, SourceMap, Span, Spanned};
use crate::yaml::{Entry, Fields, Node, get};

use super::super::files::read_at_most;
use super::Lowerer;
use super::framework::FrameworkDefinition;
use super::profile::ProfileDefinition;

/// A list of a million networks takes some 20 MiB; a larger file is the wrong one.
const LARGEST_LIST: u64 = 64 << 20;

/// All macros, lists, frameworks and profiles, and the texts they were written in.
#[derive(Debug, Clone, Default)]
pub struct Definitions {
    /// The texts that spans point into.
    pub sources: SourceMap,
    /// By name.
    pub macros: BTreeMap<String, MacroDefinition>,
    /// By name.
    pub lists: BTreeMap<String, ListDefinition>,
    /// By name.
    pub frameworks: BTreeMap<String, FrameworkDefinition>,
    /// By name.
    pub profiles: BTreeMap<String, ProfileDefinition>,
}

/// A macro: lowered anew in every rule that uses it.
#[derive(Debug, Clone)]
pub struct MacroDefinition {
    /// Where its name is written.
    pub name: Spanned<String>,
    /// Its condition.
    pub body: Node,
}

/// A named list of values.
#[derive(Debug, Clone)]
pub struct ListDefinition {
    /// Where its name is written; `None` if only the user's options name it.
    pub name_span: Option<Span>,
    /// What it is for.
    pub description: Option<String>,
    /// The values; `None` while it is declared and not set.
    pub values: Option<Vec<Spanned<String>>>,
    /// Whether it may be empty.
    pub allow_empty: bool,
    /// The column that a CSV file must have.
    pub column: Option<String>,
    /// Whether the user's options set it, over whatever the files say.
    pub overridden: bool,
}

/// A file that holds a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFile {
    /// Where it is.
    pub path: PathBuf,
    /// Which column of a CSV file; without one, lines are values.
    pub column: Option<String>,
}

/// A list that is set over whatever the rules files say.
#[derive(Debug, Clone)]
pub struct SetList {
    /// Its name.
    pub name: String,
    /// Where that is written; `None` for an option.
    pub name_span: Option<Span>,
    /// What it holds.
    pub values: ListValues,
    /// Whether it may be empty, also where its declaration does not say so.
    pub allow_empty: bool,
}

/// What a list is set to.
#[derive(Debug, Clone)]
pub enum ListValues {
    /// Values at hand.
    Written(Vec<Spanned<String>>),
    /// Those in a file, and where it is named.
    File(ListFile, Option<Span>),
}

/// As an option sets it.
impl From<(String, ListFile)> for SetList {
    fn from((name, file): (String, ListFile)) -> Self {
        SetList {
            name,
            name_span: None,
            values: ListValues::File(file, None),
            allow_empty: false,
        }
    }
}

/// The lists of a configuration, written as in rules files; relative files start
/// at `folder`. Each must have values.
pub(crate) fn set_lists(
    node: &Node,
    folder: &Path,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<SetList> {
    let empty = Definitions::default();
    let mut lowerer = Lowerer::new(&empty);
    let entries = lowerer.mapping(node, "`lists`").unwrap_or_default();
    let set = entries
        .iter()
        .filter_map(|entry| {
            let written = lowerer.list_entry(entry)?;
            let values = match (written.file, written.values) {
                (Some(file), _) => {
                    let path = folder.join(&file.value);
                    let column = written.column;
                    ListValues::File(ListFile { path, column }, Some(file.span))
                }
                (None, Some(values)) => ListValues::Written(values),
                (None, None) => {
                    let what = format!("the list `{}`", entry.key.value);
                    lowerer.missing_key(entry.value.span, &what, "values", "values: [a, b]");
                    return None;
                }
            };
            Some(SetList {
                name: entry.key.value.clone(),
                name_span: Some(entry.key.span),
                values,
                allow_empty: written.allow_empty,
            })
        })
        .collect();
    diagnostics.extend(lowerer.finish().diagnostics);
    set
}

impl Definitions {
    /// The text under a span.
    pub(crate) fn written(&self, span: Span) -> &str {
        self.sources.slice(span)
    }

    /// Adds the macros of one document.
    pub(crate) fn add_macros(&mut self, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
        let empty = Definitions::default();
        let mut lowerer = Lowerer::new(&empty);
        for entry in lowerer.mapping(node, "`macros`").unwrap_or_default() {
            let definition = MacroDefinition {
                name: entry.key.clone(),
                body: entry.value.clone(),
            };
            if let Some(first) = self.macros.get(&entry.key.value) {
                diagnostics.push(defined_twice("macro", entry, Some(first.name.span)));
            } else {
                self.macros.insert(entry.key.value.clone(), definition);
            }
        }
        diagnostics.extend(lowerer.finish().diagnostics);
    }

    /// Adds the lists of one document; relative files start at `folder`.
    pub(crate) fn add_lists(
        &mut self,
        node: &Node,
        folder: Option<&Path>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let empty = Definitions::default();
        let mut lowerer = Lowerer::new(&empty);
        let entries = lowerer.mapping(node, "`lists`").unwrap_or_default();
        let read: Vec<_> = entries
            .iter()
            .map(|entry| (entry, lowerer.list_entry(entry)))
            .collect();
        diagnostics.extend(lowerer.finish().diagnostics);
        for (entry, written) in read {
            let Some(written) = written else { continue };
            if let Some(first) = self.lists.get(&entry.key.value) {
                diagnostics.push(defined_twice("list", entry, first.name_span));
                continue;
            }
            let mut definition = ListDefinition {
                name_span: Some(entry.key.span),
                description: written.description,
                values: written.values,
                allow_empty: written.allow_empty,
                column: written.column.clone(),
                overridden: false,
            };
            if let Some(file) = written.file {
                let path = folder.map_or(PathBuf::from(&file.value), |folder| {
                    folder.join(&file.value)
                });
                let source = ListFile {
                    path,
                    column: written.column,
                };
                match self.read_list(&source, Some(file.span)) {
                    Ok(values) => definition.values = Some(values),
                    Err(diagnostic) => {
                        diagnostics.push(*diagnostic);
                        continue;
                    }
                }
            }
            diagnostics.extend(empty_list(
                &entry.key.value,
                &definition,
                Some(entry.key.span),
            ));
            self.lists.insert(entry.key.value.clone(), definition);
        }
    }

    /// Sets a list from outside, over whatever the rules files say.
    pub(crate) fn set_list(&mut self, list: &SetList, diagnostics: &mut Vec<Diagnostic>) {
        let declared = self.lists.get(&list.name).cloned();
        let (values, column) = match &list.values {
            ListValues::Written(values) => (values.clone(), None),
            ListValues::File(file, named_at) => {
                let declared = declared.as_ref().and_then(|d| d.column.clone());
                let column = declared.filter(|_| is_csv(&file.path));
                let column = file.column.clone().or(column);
                let source = ListFile {
                    path: file.path.clone(),
                    column: column.clone(),
                };
                match self.read_list(&source, *named_at) {
                    Ok(values) => (values, column),
                    Err(diagnostic) => return diagnostics.push(*diagnostic),
                }
            }
        };
        let may_be_empty = declared.as_ref().is_some_and(|d| d.allow_empty);
        let definition = ListDefinition {
            name_span: declared.as_ref().and_then(|d| d.name_span),
            description: declared.as_ref().and_then(|d| d.description.clone()),
            values: Some(values),
            allow_empty: may_be_empty || list.allow_empty,
            column,
            overridden: true,
        };
        let place = list.name_span.or(definition.name_span);
        diagnostics.extend(empty_list(&list.name, &definition, place));
        self.lists.insert(list.name.clone(), definition);
    }

    /// Sets a list to values at hand, as a rule's own test does.
    pub(crate) fn set_values(&mut self, name: &str, values: Vec<Spanned<String>>) {
        if let Some(definition) = self.lists.get_mut(name) {
            definition.values = Some(values);
            definition.overridden = true;
        }
    }

    fn read_list(
        &mut self,
        file: &ListFile,
        named_at: Option<Span>,
    ) -> Result<Vec<Spanned<String>>, Box<Diagnostic>> {
        let name = file.path.display().to_string();
        let unreadable = |message: String, help: &str| {
            let mut diagnostic = Diagnostic::new(Code::ListUnreadable, message).help(help);
            if let Some(span) = named_at {
                diagnostic = diagnostic.at(span, "named here");
            }
            Box::new(diagnostic)
        };
        let read = read_at_most(&file.path, LARGEST_LIST).and_then(|bytes| {
            String::from_utf8(bytes)
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
        });
        let text = read.map_err(|error| {
            unreadable(
                format!("the list file `{name}` cannot be read: {error}"),
                "a relative path starts at the rules file, or for --list at the working directory; the file is UTF-8 text",
            )
        })?;
        let source = self.sources.add(name.clone(), text.as_str());
        let place = |start: usize, end: usize| Span::new(source, start, end);
        match (&file.column, is_csv(&file.path)) {
            (None, false) => Ok(lines(&text, place)),
            (column, _) => cells(&text, column.as_deref(), place).map_err(|message| {
                unreadable(
                    format!("the list file `{name}`: {message}"),
                    "name a column that its first line has",
                )
            }),
        }
    }
}

/// A `lists:` entry as written.
struct WrittenList {
    values: Option<Vec<Spanned<String>>>,
    file: Option<Spanned<String>>,
    column: Option<String>,
    description: Option<String>,
    allow_empty: bool,
}

impl Lowerer<'_> {
    fn list_entry(&mut self, entry: &Entry) -> Option<WrittenList> {
        let what = format!("the list `{}`", entry.key.value);
        let mut written = WrittenList {
            values: None,
            file: None,
            column: None,
            description: None,
            allow_empty: false,
        };
        if let Some(items) = entry.value.as_sequence() {
            written.values = Some(self.list_values(items, &what));
            return Some(written);
        }
        let entries = self.mapping(&entry.value, &what)?;
        self.known_keys(
            entries,
            &["values", "file", "column", "description", "allow_empty"],
            &what,
        );
        if let (Some(_), Some(file)) = (get(entries, "values"), get(entries, "file")) {
            self.report(
                Diagnostic::new(
                    Code::DuplicateDefinition,
                    format!("{what} has both `values` and `file`"),
                )
                .at(file.span, "a second source of values")
                .help("keep one of the two"),
            );
        }
        if let Some(node) = get(entries, "values") {
            match node.as_sequence() {
                Some(items) => written.values = Some(self.list_values(items, &what)),
                None => self.wrong_type(node, "`values`", "a list", None),
            }
        }
        written.file = get(entries, "file").and_then(|node| self.spanned_text(node, "`file`"));
        written.column =
            get(entries, "column").and_then(|node| self.text(node, "`column`").map(str::to_owned));
        written.description = get(entries, "description").and_then(|node| {
            self.text(node, "`description`")
                .map(|text| text.trim_end().to_owned())
        });
        written.allow_empty = get(entries, "allow_empty")
            .and_then(|node| self.boolean(node, "`allow_empty`"))
            .unwrap_or(false);
        Some(written)
    }

    fn list_values(&mut self, items: &[Node], what: &str) -> Vec<Spanned<String>> {
        items
            .iter()
            .filter_map(|item| self.spanned_text(item, &format!("an entry of {what}")))
            .collect()
    }
}

fn empty_list(name: &str, list: &ListDefinition, span: Option<Span>) -> Option<Diagnostic> {
    let is_empty = list.values.as_ref().is_some_and(Vec::is_empty);
    if !is_empty || list.allow_empty {
        return None;
    }
    let diagnostic = Diagnostic::new(Code::EmptyList, format!("the list `{name}` has no entry"))
        .help("a rule that uses it could never match, or always; if that is meant, define it with `allow_empty: true`");
    Some(match span {
        Some(span) => diagnostic.at(span, "defined here"),
        None => diagnostic,
    })
}

pub(super) fn defined_twice(kind: &str, entry: &Entry, first: Option<Span>) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::DuplicateDefinition,
        format!("the {kind} `{}` is defined twice", entry.key.value),
    )
    .at(entry.key.span, "again here")
    .help("macros and lists are shared by all rules files: rename one or take it away");
    match first {
        Some(first) => diagnostic.at(first, "first here"),
        None => diagnostic,
    }
}

fn is_csv(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}

/// One value a line; blank lines and lines that begin with `#` are left out.
fn lines(text: &str, place: impl Fn(usize, usize) -> Span) -> Vec<Spanned<String>> {
    let mut at = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut values = Vec::new();
    for line in text[at..].split_inclusive('\n') {
        let value = line.trim();
        if !value.is_empty() && !value.starts_with('#') {
            let start = at + line.find(value).unwrap_or(0);
            values.push(Spanned::new(
                value.to_owned(),
                place(start, start + value.len()),
            ));
        }
        at += line.len();
    }
    values
}

/// A column of a CSV file: with a name the first line is a header; without one
/// every line's first cell is a value.
fn cells(
    text: &str,
    column: Option<&str>,
    place: impl Fn(usize, usize) -> Span,
) -> Result<Vec<Spanned<String>>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let offset = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut index = column.is_none().then_some(0);
    let mut values = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let Some(at) = index else {
            let wanted = column.unwrap_or_default();
            let found = record.iter().position(|cell| cell == wanted);
            index = Some(found.ok_or_else(|| {
                let columns = record.iter().collect::<Vec<_>>().join(", ");
                format!("it has no column `{wanted}`; its columns are: {columns}")
            })?);
            continue;
        };
        let value = record.get(at).unwrap_or("");
        if value.is_empty() {
            continue;
        }
        let start = record
            .position()
            .map_or(0, |position| position.byte() as usize)
            + offset;
        let start = start + text[start.min(text.len())..].find(value).unwrap_or(0);
        values.push(Spanned::new(
            value.to_owned(),
            place(start, start + value.len()),
        ));
    }
    match index {
        Some(_) => Ok(values),
        None => Err("it is empty".to_owned()),
    }
}
