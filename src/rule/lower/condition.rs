//! Conditions: mappings of selectors, macros and any/all/none/not.

use crate::diagnostic::{Code, Diagnostic, Span, did_you_mean};
use crate::yaml::{Entry, Fields, Node};

use super::super::clause::{Clause, ClauseKind, Named};
use super::{Lowerer, OPERATORS, Scope};

/// The keys of a condition that are no selectors.
const STRUCTURE: [&str; 5] = ["any", "all", "none", "not", "macros"];
/// The key of a condition that says how all in it compares.
const IGNORE_CASE: &str = "ignore_case";

impl Lowerer<'_> {
    /// A mapping whose entries must all hold.
    pub(crate) fn condition(&mut self, node: &Node, what: &str, scope: Scope) -> Option<Clause> {
        if node.as_sequence().is_some() {
            self.wrong_type(
                node,
                what,
                "a mapping",
                Some(
                    "for alternatives put the list under `any:`, to demand every one under `all:`"
                        .to_owned(),
                ),
            );
            return None;
        }
        let entries = self.mapping(node, what)?;
        let id = self.number(node.span)?;
        let around = self.manner;
        let own = entries.iter().find(|entry| entry.key.value == IGNORE_CASE);
        if let Some(entry) = own
            && let Some(ignore_case) = self.boolean(&entry.value, "`ignore_case`")
        {
            self.manner.ignore_case = ignore_case;
        }
        let asked = entries
            .iter()
            .filter(|entry| entry.key.value != IGNORE_CASE);
        let mut clauses = Vec::with_capacity(entries.len());
        let mut complete = true;
        for entry in asked {
            match self.entry(entry, scope) {
                Some(parts) => clauses.extend(parts),
                None => complete = false,
            }
        }
        self.manner = around;
        if complete && clauses.is_empty() {
            self.report(
                Diagnostic::new(
                    Code::Empty,
                    format!("{what} has `ignore_case` and nothing else"),
                )
                .at(node.span, "nothing is asked here")
                .help("add a field beside it: `eventName: StopLogging`"),
            );
            return None;
        }
        complete.then(|| self.clause(id, node.span, ClauseKind::All(clauses)))
    }

    fn entry(&mut self, entry: &Entry, scope: Scope) -> Option<Vec<Clause>> {
        let span = entry.span();
        let key = entry.key.value.as_str();
        match key {
            "macros" => return self.macros(&entry.value, scope),
            "any" | "all" | "none" => {
                let id = self.number(span)?;
                let list = self.conditions(entry, scope)?;
                let kind = match key {
                    "any" => ClauseKind::Any(list),
                    "all" => ClauseKind::All(list),
                    _ => ClauseKind::None(list),
                };
                return Some(vec![self.clause(id, span, kind)]);
            }
            "not" => {
                let id = self.number(span)?;
                let body = self.condition(&entry.value, "`not`", scope)?;
                return Some(vec![self.clause(id, span, ClauseKind::Not(Box::new(body)))]);
            }
            _ => {}
        }
        let id = self.number(span)?;
        if self.misplaced_word(entry, scope) {
            return None;
        }
        let selector = self.tested_selector(key, entry.key.span, scope);
        let test = self.test(&entry.value, &format!("`{key}`"), scope, self.manner);
        let (selector, test) = (selector?, test?);
        Some(vec![self.clause(
            id,
            span,
            ClauseKind::Field { selector, test },
        )])
    }

    /// The list under `any`, `all` or `none`.
    fn conditions(&mut self, entry: &Entry, scope: Scope) -> Option<Vec<Clause>> {
        let what = format!("`{}`", entry.key.value);
        if entry.value.as_mapping().is_some() {
            let help = format!(
                "write `{}:` and below it one `- field: value` a line",
                entry.key.value
            );
            self.wrong_type(&entry.value, &what, "a list", Some(help));
            return None;
        }
        let items = self.list(&entry.value, &what)?;
        let lowered: Vec<_> = items
            .iter()
            .map(|item| self.condition(item, &format!("an entry of {what}"), scope))
            .collect();
        lowered.into_iter().collect()
    }

    fn macros(&mut self, node: &Node, scope: Scope) -> Option<Vec<Clause>> {
        let names = self.texts(node, "`macros`");
        if names.is_empty() {
            return None;
        }
        let lowered: Vec<_> = names
            .iter()
            .map(|name| self.macro_use(&name.value, name.span, scope))
            .collect();
        lowered.into_iter().collect()
    }

    fn macro_use(&mut self, name: &str, span: Span, scope: Scope) -> Option<Clause> {
        let definitions = self.definitions;
        let Some(definition) = definitions.macros.get(name) else {
            let near = did_you_mean(name, definitions.macros.keys().map(String::as_str));
            let known: Vec<_> = definitions.macros.keys().map(String::as_str).collect();
            self.report(
                Diagnostic::new(Code::UnknownMacro, format!("no macro is named `{name}`"))
                    .at(span, "not defined in any rules file")
                    .help(match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None if known.is_empty() => {
                            "define it under a top-level `macros:` in any rules file".to_owned()
                        }
                        None => format!("the macros are: {}", known.join(", ")),
                    }),
            );
            return None;
        };
        if self.macro_stack.iter().any(|open| open == name) {
            let chain = self.macro_stack.join("` uses `");
            self.report(
                Diagnostic::new(
                    Code::RecursiveMacro,
                    format!("the macro `{name}` uses itself"),
                )
                .at(span, format!("`{chain}` uses `{name}`"))
                .help("take one of the uses away"),
            );
            return None;
        }
        self.used_macros.insert(name.to_owned());
        let id = self.number(span)?;
        self.macro_stack.push(name.to_owned());
        // What a macro says is the same wherever it is named.
        let around = std::mem::take(&mut self.manner);
        let body = self.condition(&definition.body, &format!("the macro `{name}`"), scope);
        self.manner = around;
        self.macro_stack.pop();
        let kind = ClauseKind::Macro {
            name: name.to_owned(),
            of: Named::Macro,
            body: Box::new(body?),
        };
        Some(self.clause(id, span, kind))
    }

    /// Checks a macro that no rule uses. What its selectors start from depends
    /// on the use, so they are not held against the catalogue of fields.
    pub(crate) fn unused_macro(&mut self, definition: &super::MacroDefinition) {
        let name = &definition.name.value;
        self.macro_stack.push(name.clone());
        self.condition(
            &definition.body,
            &format!("the macro `{name}`"),
            Scope::Element,
        );
        self.macro_stack.pop();
    }

    /// Words of the language where a selector should stand.
    fn misplaced_word(&mut self, entry: &Entry, scope: Scope) -> bool {
        let key = entry.key.value.as_str();
        let is_operator = OPERATORS.contains(&key) || key == "list";
        let items = entry.value.as_sequence();
        let near_structure = items
            .filter(|items| items.iter().all(|item| item.as_mapping().is_some()))
            .and_then(|_| {
                structure_of_other_languages(key).or_else(|| did_you_mean(key, STRUCTURE))
            });
        let help = if is_operator && scope == Scope::Element {
            format!("to test the element itself, write `this: {{{key}: ...}}`")
        } else if is_operator && scope == Scope::Event {
            format!("name the field first: `eventName: {{{key}: ...}}`")
        } else if is_operator {
            format!("test the entry's parts: `key: {{{key}: ...}}` or `value: {{{key}: ...}}`")
        } else if let Some(near) = near_structure {
            format!("did you mean `{near}`?")
        } else {
            return false;
        };
        let message = if is_operator {
            format!("the operator `{key}` stands where a field must")
        } else {
            format!("`{key}` is no field")
        };
        self.report(
            Diagnostic::new(Code::MisplacedSelector, message)
                .at(entry.key.span, "not a field")
                .help(help),
        );
        true
    }
}

/// What `any`, `all` and `none` are called elsewhere.
fn structure_of_other_languages(key: &str) -> Option<&'static str> {
    Some(match key.to_lowercase().as_str() {
        "or" | "any_of" | "anyof" | "one_of" | "oneof" => "any",
        "and" | "all_of" | "allof" => "all",
        "nor" | "none_of" | "noneof" | "not_any" => "none",
        _ => return None,
    })
}
