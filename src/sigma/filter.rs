//! Filters: conditions that narrow rules from outside.

use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::rule::clause::{Clause, ClauseKind, Named};
use crate::rule::{Definitions, Lowerer};
use crate::yaml::{Fields, Node, get};

use super::{Logsource, Lowering};

/// A filter, not lowered yet: it is numbered as part of each rule it narrows.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    title: String,
    id: Option<String>,
    authors: Vec<String>,
    logsource: Logsource,
    rules: Which,
    node: Node,
    span: Span,
}

/// The rules that a filter is for.
#[derive(Debug, Clone)]
enum Which {
    Any,
    Named(Vec<Spanned<String>>),
}

impl Filter {
    /// Reads a filter and finds what is wrong with it; `None` where it cannot be used.
    pub(crate) fn read(
        document: &Node,
        definitions: &Definitions,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Filter> {
        let mut base = Lowerer::new(definitions);
        let mut lowering = Lowering::new(&mut base);
        let filter = lowering.filter(document);
        let sound = filter
            .as_ref()
            .is_some_and(|filter| lowering.detection(&filter.node, "`filter`").is_some());
        let leftovers = base.finish();
        let failed = leftovers.diagnostics.iter().any(Diagnostic::is_error);
        diagnostics.extend(leftovers.diagnostics);
        filter.filter(|_| sound && !failed)
    }

    /// What stands under its `filter`.
    pub(super) fn node(&self) -> &Node {
        &self.node
    }

    /// Which filter it is and whose, for what is made of it.
    pub(super) fn credit(&self) -> String {
        let mut line = format!("Sigma filter `{}`", self.title);
        if let Some(id) = &self.id {
            line.push_str(&format!(" {id}"));
        }
        if !self.authors.is_empty() {
            line.push_str(&format!(" by {}", self.authors.join(", ")));
        }
        line
    }

    /// Whether it narrows a rule; `names` are the rule's id and name.
    pub(crate) fn narrows(&self, names: &[&str], logsource: &Logsource, any: bool) -> bool {
        let meant = match &self.rules {
            Which::Any => true,
            Which::Named(rules) => rules.iter().any(|rule| {
                names
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(&rule.value))
            }),
        };
        meant && (any || self.logsource.covers(logsource))
    }

    /// What to say of the rules that it names and that it narrows none of.
    pub(crate) fn unmet(&self, met: impl Fn(&str) -> bool) -> Vec<Diagnostic> {
        let problem = |message: String, span: Span| {
            Diagnostic::new(Code::SigmaUnusedFilter, message)
                .at(span, "narrows nothing")
                .help("name rules that are loaded, by id or name, and of a logsource that the filter has too; or write `rules: any`")
        };
        match &self.rules {
            Which::Any if met("") => Vec::new(),
            Which::Any => vec![problem(
                format!("the filter `{}` narrows no rule", self.title),
                self.span.start_only(),
            )],
            Which::Named(rules) => rules
                .iter()
                .filter(|rule| !met(&rule.value))
                .map(|rule| {
                    problem(
                        format!("the filter `{}` finds no rule `{}`", self.title, rule.value),
                        rule.span,
                    )
                })
                .collect(),
        }
    }
}

const FILTER_KEYS: [&str; 12] = [
    "title",
    "id",
    "name",
    "description",
    "author",
    "date",
    "modified",
    "logsource",
    "filter",
    "references",
    "status",
    "taxonomy",
];

impl Lowering<'_, '_> {
    fn filter(&mut self, document: &Node) -> Option<Filter> {
        let what = "the filter";
        let entries = self.mapping(document, what)?;
        self.misspelt_keys(entries, &FILTER_KEYS);
        let title = get(entries, "title").and_then(|node| self.spanned_text(node, "`title`"));
        if get(entries, "title").is_none() {
            let example = "title: Our own scanner";
            self.missing_key(document.span.start_only(), what, "title", example);
        }
        if get(entries, "logsource").is_none() {
            let example = "logsource: {product: aws, service: cloudtrail}";
            self.missing_key(document.span.start_only(), what, "logsource", example);
        }
        let node = get(entries, "filter")?;
        let parts = self.mapping(node, "`filter`")?;
        let rules = match get(parts, "rules") {
            Some(rules) => {
                let rules = self.texts(rules, "`rules`");
                match rules.as_slice() {
                    [] => return None,
                    [any] if any.value.eq_ignore_ascii_case("any") => Which::Any,
                    _ => Which::Named(rules),
                }
            }
            None => {
                self.missing_key(node.span.start_only(), "`filter`", "rules", "rules: any");
                return None;
            }
        };
        let own_id = entries
            .iter()
            // An id that was made of the title stands where that does.
            .find(|entry| entry.key.value == "id" && entry.key.span != entry.value.span);
        let id = own_id.and_then(|entry| entry.value.as_text());
        let authors = self.optional_texts(entries, "author");
        Some(Filter {
            title: title?.value,
            id: id.map(str::to_owned),
            authors: authors.into_iter().map(|author| author.value).collect(),
            logsource: Logsource::of(document),
            rules,
            node: node.clone(),
            span: document.span,
        })
    }

    /// A rule's condition and those of the filters that narrow it.
    pub(super) fn narrowed(
        &mut self,
        span: Span,
        filters: &[Filter],
        condition: impl FnOnce(&mut Self) -> Option<Clause>,
    ) -> Option<Clause> {
        if filters.is_empty() {
            return condition(self);
        }
        let id = self.number(span)?;
        let mut each = vec![condition(self)?];
        for filter in filters {
            let id = self.number(filter.node.span)?;
            let body = Box::new(self.detection(&filter.node, "`filter`")?);
            let kind = ClauseKind::Macro {
                name: filter.title.clone(),
                of: Named::Filter,
                body,
            };
            each.push(self.clause(id, filter.node.span, kind));
        }
        Some(self.clause(id, span, ClauseKind::All(each)))
    }
}
