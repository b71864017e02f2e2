//! One entry of a selection: a field, its modifiers and its values; or keywords,
//! which are asked of every field.
//!
//! A value may stand for several, as with `windash` or a placeholder: those are
//! alternatives whatever `all` says of the values themselves.

use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::rule::clause::{Clause, ClauseKind, Operator, Predicate, Test};
use crate::rule::selector::{Path, Root, Selector, Step};
use crate::rule::unknown_field;
use crate::rule::value::Values;
use crate::yaml::{Entry, Fields, Node, NodeKind};

use super::Lowering;
use super::modifier::{Chain, Comparison};
use super::value::{Asked, Leaf};

/// The selector of keywords: every value of the event, however deep.
const ANY_FIELD: &str = "$..*";

/// One question with the place of its values.
struct Question {
    op: Operator,
    span: Span,
}

impl Lowering<'_, '_> {
    /// An entry of the mapping of a selection.
    pub(super) fn item(&mut self, entry: &Entry) -> Option<Clause> {
        let key = &entry.key;
        let mut parts = Vec::new();
        let mut start = 0;
        for part in key.value.split('|') {
            parts.push(self.spanned(&key.value, key.span, start, start + part.len()));
            start += part.len() + 1;
        }
        let (field, modifiers) = parts.split_first()?;
        let selector = match field.value {
            "" => Some(any_field(key.span)),
            _ => self.field(field),
        };
        let chain = self.chain(modifiers, key.span, !field.value.is_empty());
        let (selector, chain) = (selector?, chain?);
        if field.value.is_empty() && modifiers.is_empty() {
            self.misfit(
                key.span,
                "a value without a field",
                "name a field, or write a list of keywords",
            );
            return None;
        }
        self.asked(
            &selector,
            &chain,
            &entry.value,
            entry.span(),
            field.value.is_empty(),
        )
    }

    /// Keywords: texts of which one must stand in any field.
    pub(super) fn keywords(&mut self, nodes: &[Node], span: Span) -> Option<Clause> {
        let chain = self.chain(&[], span, false)?;
        let each: Vec<_> = nodes
            .iter()
            .map(|node| self.value(node, &chain, true))
            .collect();
        let each: Option<Vec<Asked>> = each.into_iter().collect();
        self.together(&any_field(span), &chain, each?, span)
    }

    fn asked(
        &mut self,
        selector: &Selector,
        chain: &Chain,
        node: &Node,
        span: Span,
        keywords: bool,
    ) -> Option<Clause> {
        let nodes = match &node.kind {
            NodeKind::Sequence(_) => self.list(node, &format!("`{}`", selector.text))?,
            _ => std::slice::from_ref(node),
        };
        if chain.all && node.as_sequence().is_none() {
            let mut alone = Diagnostic::new(Code::SigmaMisfit, "`all` with a single value")
                .at(node.span, "one value is always all of them")
                .help("take `all` away, or write a list of values");
            alone.level = crate::diagnostic::Level::Warning;
            self.report(alone);
        }
        let in_list = node.as_sequence().is_some();
        let each: Vec<_> = nodes
            .iter()
            .map(|value| {
                if in_list && value.is_null() {
                    self.null_in_list(value.span);
                    return None;
                }
                self.value(value, chain, keywords)
            })
            .collect();
        let each: Option<Vec<Asked>> = each.into_iter().collect();
        self.together(selector, chain, each?, span)
    }

    /// The values of an entry as one clause.
    fn together(
        &mut self,
        selector: &Selector,
        chain: &Chain,
        each: Vec<Asked>,
        span: Span,
    ) -> Option<Clause> {
        let groups: Vec<Vec<Question>> = if chain.all {
            each.into_iter()
                .map(|asked| questions(asked, chain, span))
                .collect()
        } else {
            let mut all = Asked::default();
            for asked in each {
                all.leaves.extend(asked.leaves);
                all.lists.extend(asked.lists);
            }
            vec![questions(all, chain, span)]
        };
        if let [group] = groups.as_slice()
            && let [question] = group.as_slice()
        {
            let id = self.number(span)?;
            let mut test = test_of(question);
            if chain.negated {
                test = Test {
                    span,
                    predicates: vec![Predicate {
                        span,
                        op: Operator::Not(Box::new(test)),
                    }],
                };
            }
            let selector = selector.clone();
            return Some(self.clause(id, span, ClauseKind::Field { selector, test }));
        }
        if !chain.negated {
            return self.groups(selector, &groups, span);
        }
        let id = self.number(span)?;
        let body = Box::new(self.groups(selector, &groups, span)?);
        Some(self.clause(id, span, ClauseKind::Not(body)))
    }

    fn groups(
        &mut self,
        selector: &Selector,
        groups: &[Vec<Question>],
        span: Span,
    ) -> Option<Clause> {
        if let [group] = groups {
            return self.alternatives(selector, group, span);
        }
        let id = self.number(span)?;
        let each: Option<Vec<Clause>> = groups
            .iter()
            .map(|group| {
                let place = group.iter().map(|question| question.span).reduce(Span::to);
                self.alternatives(selector, group, place.unwrap_or(span))
            })
            .collect();
        Some(self.clause(id, span, ClauseKind::All(each?)))
    }

    fn alternatives(
        &mut self,
        selector: &Selector,
        group: &[Question],
        span: Span,
    ) -> Option<Clause> {
        let id = self.number(span)?;
        if let [question] = group {
            let (selector, test) = (selector.clone(), test_of(question));
            return Some(self.clause(id, span, ClauseKind::Field { selector, test }));
        }
        let mut each = Vec::with_capacity(group.len());
        for question in group {
            let id = self.number(question.span)?;
            let (selector, test) = (selector.clone(), test_of(question));
            each.push(self.clause(id, question.span, ClauseKind::Field { selector, test }));
        }
        Some(self.clause(id, span, ClauseKind::Any(each)))
    }

    pub(super) fn null_in_list(&mut self, span: Span) {
        self.report(
            Diagnostic::new(Code::NullValue, "a value of the list is null")
                .at(span, "null, or nothing at all")
                .help("Sigma has null only as a value of its own: write a selection with `field: null` and join the two with `or`; the text is written \"null\""),
        );
    }

    /// The field of an event that a name of Sigma stands for: keys with dots between.
    pub(super) fn field(&mut self, field: &Spanned<&str>) -> Option<Selector> {
        // In quotes a key may have dots of its own, as in native selectors.
        let keys: Vec<String> = match field.value.contains('"') {
            true => match self.base.quoted_keys(field.value, field.span) {
                Ok(keys) => keys,
                Err(problem) => {
                    self.report(*problem);
                    return None;
                }
            },
            false => field.value.split('.').map(str::to_owned).collect(),
        };
        if keys.iter().any(|key| key.trim().is_empty()) {
            self.report(
                Diagnostic::new(
                    Code::BadSelector,
                    format!("a key is missing in the field `{}`", field.value),
                )
                .at(field.span, "cannot be read")
                .help("write keys with one dot between them: `userIdentity.type`"),
            );
            return None;
        }
        let plain = |key: &str| {
            key.chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '@'))
        };
        let written: Vec<String> = keys
            .iter()
            .map(|key| match plain(key) {
                true => key.clone(),
                false => format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\"")),
            })
            .collect();
        let selector = Selector {
            text: written.join("."),
            span: field.span,
            root: Root::Event,
            path: Path::Steps(keys.into_iter().map(Step::Key).collect()),
        };
        if let Some(unknown) = unknown_field(&selector) {
            self.report(unknown);
        }
        Some(selector)
    }
}

fn any_field(span: Span) -> Selector {
    let path = match jsonpath_rust::parser::parse_json_path(ANY_FIELD) {
        Ok(query) => Path::Query(Box::new(query)),
        // The query is a constant, and its test sees to it.
        Err(_) => Path::Steps(Vec::new()),
    };
    Selector {
        text: ANY_FIELD.to_owned(),
        span,
        root: Root::Event,
        path,
    }
}

fn test_of(question: &Question) -> Test {
    let predicates = vec![Predicate {
        span: question.span,
        op: question.op.clone(),
    }];
    Test {
        span: question.span,
        predicates,
    }
}

/// The alternatives by what they ask, in the order in which each is first met.
fn questions(asked: Asked, chain: &Chain, whole: Span) -> Vec<Question> {
    let ignore_case = !chain.cased;
    let regex_ignores = match &chain.test {
        Comparison::Regex(flags, _) => flags.ignore_case,
        _ => ignore_case,
    };
    let lists = asked.lists;
    let mut questions: Vec<Question> = Vec::new();
    for Spanned { value, span } in asked.leaves {
        // What a list holds is written elsewhere.
        let asked_at = if lists.is_empty() { span } else { whole };
        macro_rules! put {
            ($op:ident, $item:expr, $ignore_case:expr) => {{
                let item = Spanned::new($item, span);
                let same = questions.iter_mut().find_map(|question| {
                    let Operator::$op(values) = &mut question.op else {
                        return None;
                    };
                    Some((&mut question.span, values))
                });
                match same {
                    Some((place, values)) => {
                        *place = place.to(asked_at);
                        values.items.push(item);
                    }
                    None => questions.push(Question {
                        span: asked_at,
                        op: Operator::$op(Values {
                            items: vec![item],
                            ignore_case: $ignore_case,
                            scalars: true,
                            lists: lists.clone(),
                        }),
                    }),
                }
            }};
        }
        match value {
            Leaf::Equals(text) => put!(Equals, text, ignore_case),
            Leaf::StartsWith(text) => put!(StartsWith, text, ignore_case),
            Leaf::EndsWith(text) => put!(EndsWith, text, ignore_case),
            Leaf::Contains(text) => put!(Contains, text, ignore_case),
            Leaf::Glob(glob) => put!(Glob, glob, ignore_case),
            Leaf::Regex(pattern) => put!(Regex, pattern, regex_ignores),
            Leaf::Cidr(network) => put!(Cidr, network, false),
            Leaf::Other(op) => questions.push(Question { op, span }),
        }
    }
    if questions.is_empty() {
        // A list without values: nothing is one of them.
        questions.push(Question {
            span: whole,
            op: Operator::Equals(Values {
                items: Vec::new(),
                ignore_case,
                scalars: true,
                lists,
            }),
        });
    }
    questions
}
