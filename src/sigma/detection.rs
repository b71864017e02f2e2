//! Detections: selections by name, and the condition that joins them.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, Level, Spanned, did_you_mean};
use crate::rule::clause::{Clause, ClauseKind, Named};
use crate::yaml::{Entry, Fields, Node, NodeKind, get};

use super::Lowering;
use super::condition::{Expr, Target};
use super::metadata::is_blank;

/// The selections of one detection.
struct Selections<'n> {
    entries: Vec<&'n Entry>,
    used: BTreeSet<String>,
}

impl<'n> Selections<'n> {
    fn get(&self, name: &str) -> Option<&'n Entry> {
        let mut entries = self.entries.iter().copied();
        entries.find(|entry| entry.key.value == name)
    }

    fn of(&self, target: &Target) -> Vec<&'n Entry> {
        let entries = self.entries.iter().copied();
        entries
            .filter(|entry| target.takes(&entry.key.value))
            .collect()
    }

    fn names(&self) -> Vec<&'n str> {
        let entries = self.entries.iter();
        entries.map(|entry| entry.key.value.as_str()).collect()
    }
}

impl Lowering<'_, '_> {
    /// What stands under `detection`, or under `filter` beside `rules`.
    pub(super) fn detection(&mut self, node: &Node, what: &str) -> Option<Clause> {
        let entries = self.mapping(node, what)?;
        let mut selections = Selections {
            entries: Vec::with_capacity(entries.len()),
            used: BTreeSet::new(),
        };
        for entry in entries {
            match entry.key.value.as_str() {
                "condition" => {}
                "rules" if what == "`filter`" => {}
                "timeframe" => self.timeframe(entry),
                _ => selections.entries.push(entry),
            }
        }
        let Some(condition) = get(entries, "condition") else {
            self.missing_key(
                node.span.start_only(),
                what,
                "condition",
                "condition: selection",
            );
            return None;
        };
        let texts = self.texts(condition, "`condition`");
        if texts.is_empty() {
            return None;
        }
        let read: Vec<Option<Expr>> = texts.iter().map(|text| self.read_condition(text)).collect();
        let mut sound = read.iter().all(Option::is_some);
        let read: Vec<Expr> = read.into_iter().flatten().collect();
        for expr in &read {
            sound &= self.names_are_there(expr, &mut selections);
        }
        if sound {
            self.unused(&selections);
        }
        // What is wrong in a selection is said, whatever is wrong with the condition.
        let lowered = match read.as_slice() {
            [expr] if sound => self.expr(expr, &selections),
            several if sound => {
                let id = self.number(condition.span)?;
                let each: Vec<_> = several
                    .iter()
                    .map(|expr| self.expr(expr, &selections))
                    .collect();
                let each: Option<Vec<Clause>> = each.into_iter().collect();
                Some(self.clause(id, condition.span, ClauseKind::Any(each?)))
            }
            _ => None,
        };
        let unseen: Vec<&Entry> = selections
            .entries
            .iter()
            .copied()
            .filter(|entry| !sound || !selections.used.contains(&entry.key.value))
            .collect();
        let mut all_sound = true;
        for entry in unseen {
            all_sound &= self.selection(&entry.key.value, &entry.value).is_some();
        }
        lowered.filter(|_| all_sound)
    }

    fn timeframe(&mut self, entry: &Entry) {
        self.report(
            Diagnostic::new(
                Code::SigmaDeprecated,
                "`timeframe` belongs to counting, which Sigma has in correlations now",
            )
            .at(entry.key.span, "says nothing here")
            .help("take it away"),
        );
    }

    /// Whether every name in a condition is one of a selection.
    fn names_are_there(&mut self, expr: &Expr, selections: &mut Selections<'_>) -> bool {
        match expr {
            Expr::Name(name) => {
                if selections.get(&name.value).is_some() {
                    selections.used.insert(name.value.clone());
                    return true;
                }
                let known = selections.names();
                let near = did_you_mean(&name.value, known.iter().copied());
                let message = format!("no selection is named `{}`", name.value);
                self.no_selection(message, name.span, near, &known);
                false
            }
            Expr::Of { target, span, .. } => {
                let taken = selections.of(target);
                if !taken.is_empty() {
                    let names = taken.iter().map(|entry| entry.key.value.clone());
                    selections.used.extend(names);
                    return true;
                }
                let known = selections.names();
                let (message, place) = match target {
                    Target::Pattern(pattern) => (
                        format!("no selection is named like `{}`", pattern.value),
                        pattern.span,
                    ),
                    Target::Them => (
                        "there is no selection that `them` is about".to_owned(),
                        *span,
                    ),
                };
                self.no_selection(message, place, None, &known);
                false
            }
            Expr::Not(body, _) => self.names_are_there(body, selections),
            Expr::And(all, _) | Expr::Or(all, _) => {
                let mut sound = true;
                for expr in all {
                    sound &= self.names_are_there(expr, selections);
                }
                sound
            }
        }
    }

    fn no_selection(
        &mut self,
        message: String,
        span: crate::diagnostic::Span,
        near: Option<&str>,
        known: &[&str],
    ) {
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "write a selection beside `condition`".to_owned(),
            None => format!("the selections are: {}", known.join(", ")),
        };
        self.report(
            Diagnostic::new(Code::SigmaUnknownSelection, message)
                .at(span, "not there")
                .help(help),
        );
    }

    fn unused(&mut self, selections: &Selections<'_>) {
        for entry in &selections.entries {
            let name = &entry.key.value;
            if !selections.used.contains(name) {
                self.report(
                    Diagnostic::new(
                        Code::SigmaUnusedSelection,
                        format!("the condition does not use the selection `{name}`"),
                    )
                    .at(entry.key.span, "has no effect")
                    .help("name it in the condition, or take it away"),
                );
            }
        }
    }

    fn expr(&mut self, expr: &Expr, selections: &Selections<'_>) -> Option<Clause> {
        match expr {
            Expr::Name(name) => {
                let entry = selections.get(&name.value)?;
                self.named(entry)
            }
            Expr::Of { all, target, span } => {
                let taken = selections.of(target);
                if let [only] = taken.as_slice() {
                    return self.named(only);
                }
                let id = self.number(*span)?;
                let each: Vec<_> = taken.iter().map(|entry| self.named(entry)).collect();
                let each: Option<Vec<Clause>> = each.into_iter().collect();
                let kind = match all {
                    true => ClauseKind::All(each?),
                    false => ClauseKind::Any(each?),
                };
                Some(self.clause(id, *span, kind))
            }
            Expr::Not(body, span) => {
                let id = self.number(*span)?;
                let body = self.expr(body, selections)?;
                Some(self.clause(id, *span, ClauseKind::Not(Box::new(body))))
            }
            Expr::And(all, span) => {
                let id = self.number(*span)?;
                let each = self.exprs(all, selections)?;
                Some(self.clause(id, *span, ClauseKind::All(each)))
            }
            Expr::Or(all, span) => {
                let id = self.number(*span)?;
                let each = self.exprs(all, selections)?;
                Some(self.clause(id, *span, ClauseKind::Any(each)))
            }
        }
    }

    fn exprs(&mut self, all: &[Expr], selections: &Selections<'_>) -> Option<Vec<Clause>> {
        let each: Vec<_> = all.iter().map(|expr| self.expr(expr, selections)).collect();
        each.into_iter().collect()
    }

    fn named(&mut self, entry: &Entry) -> Option<Clause> {
        let span = entry.span();
        let id = self.number(span)?;
        let body = self.selection(&entry.key.value, &entry.value)?;
        let kind = ClauseKind::Macro {
            name: entry.key.value.clone(),
            of: Named::Selection,
            body: Box::new(body),
        };
        Some(self.clause(id, span, kind))
    }

    /// A selection: a map is AND, a list is OR, texts are keywords.
    fn selection(&mut self, name: &str, node: &Node) -> Option<Clause> {
        let what = format!("the selection `{name}`");
        match &node.kind {
            NodeKind::Mapping(_) => self.map(node, &what),
            NodeKind::Scalar(_) => {
                self.text(node, &what)?;
                self.keywords(std::slice::from_ref(node), node.span)
            }
            NodeKind::Sequence(_) => {
                let items = self.list(node, &what)?;
                let is_map = |item: &&Node| item.as_mapping().is_some();
                let maps: Vec<&Node> = items.iter().filter(is_map).collect();
                let texts: Vec<Node> = items.iter().filter(|item| !is_map(item)).cloned().collect();
                if let Some(null) = texts.iter().find(|item| item.is_null()) {
                    self.null_in_list(null.span);
                    return None;
                }
                if let Some(wrong) = texts.iter().find(|item| item.as_text().is_none()) {
                    let entry = format!("an entry of {what}");
                    self.wrong_type(wrong, &entry, "a mapping", None);
                    return None;
                }
                match (maps.as_slice(), texts.as_slice()) {
                    ([only], []) => self.map(only, &what),
                    ([], texts) => self.keywords(texts, node.span),
                    (maps, texts) => {
                        let id = self.number(node.span)?;
                        let mut each: Vec<_> =
                            maps.iter().map(|map| self.map(map, &what)).collect();
                        if !texts.is_empty() {
                            each.push(self.keywords(texts, node.span));
                        }
                        let each: Option<Vec<Clause>> = each.into_iter().collect();
                        Some(self.clause(id, node.span, ClauseKind::Any(each?)))
                    }
                }
            }
        }
    }

    fn map(&mut self, node: &Node, what: &str) -> Option<Clause> {
        let entries = self.mapping(node, what)?;
        if let [only] = entries {
            return self.item(only);
        }
        let id = self.number(node.span)?;
        let each: Vec<_> = entries.iter().map(|entry| self.item(entry)).collect();
        let each: Option<Vec<Clause>> = each.into_iter().collect();
        Some(self.clause(id, node.span, ClauseKind::All(each?)))
    }

    /// Says that a key looks like a misspelt one of Sigma, which takes any.
    pub(super) fn misspelt_keys(&mut self, entries: &[Entry], known: &[&str]) {
        for entry in entries {
            let key = entry.key.value.as_str();
            if known.contains(&key) {
                continue;
            }
            if let Some(near) = did_you_mean(key, known.iter().copied()) {
                let mut problem = Diagnostic::new(
                    Code::SigmaMisspeltKey,
                    format!("Sigma has no key `{key}`, and takes any"),
                )
                .at(entry.key.span, "not read")
                .help(format!("did you mean `{near}`?"));
                problem.level = Level::Warning;
                self.report(problem);
            }
        }
    }

    /// The text of a node, with its place, where there is some.
    pub(super) fn optional(&mut self, entries: &[Entry], key: &str) -> Option<Spanned<String>> {
        let node = get(entries, key).filter(|node| !is_blank(node))?;
        self.spanned_text(node, &format!("`{key}`"))
    }
}
