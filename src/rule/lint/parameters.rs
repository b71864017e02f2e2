//! Request parameters that the calls in question do not have.

use crate::diagnostic::{Code, Diagnostic, SourceMap, Span, did_you_mean};
use crate::event::api::{Call, Member, Request};

use super::super::clause::{Clause, ClauseKind, Operator, Test};
use super::super::selector::{Path, Root, Selector, Step};
use super::conjunction::Conjunction;

const FIELD: &str = "requestParameters";

/// Looks at the parameters that an AND asks for. `calls` are all that it can be about.
pub(super) fn check(
    conjunction: &Conjunction<'_, '_>,
    calls: &[Call<'static>],
    sources: &SourceMap,
    found: &mut Vec<Diagnostic>,
) {
    let requests: Option<Vec<_>> = calls.iter().map(Call::requests).collect();
    // A call of which too little is known may have any.
    let Some(requests) = requests else {
        return;
    };
    let mut check = Check {
        requests: requests.into_iter().flatten().collect(),
        calls,
        sources,
        found,
    };
    for field in &conjunction.fields {
        check.field(field.selector, field.test);
    }
}

struct Check<'a> {
    requests: Vec<Request<'static>>,
    calls: &'a [Call<'static>],
    sources: &'a SourceMap,
    found: &'a mut Vec<Diagnostic>,
}

impl Check<'_> {
    fn field(&mut self, selector: &Selector, test: &Test) {
        let is_parameter = selector.root == Root::Event && !selector.text.starts_with('$');
        if let (true, Path::Steps(steps)) = (is_parameter, &selector.path)
            && let [Step::Key(first), rest @ ..] = steps.as_slice()
            && first == FIELD
        {
            let levels = self.requests.clone();
            self.walk(selector, FIELD.len(), rest, levels, test);
        }
    }

    /// Follows the steps from a level; `from` is where their text begins.
    fn walk(
        &mut self,
        selector: &Selector,
        from: usize,
        steps: &[Step],
        mut levels: Vec<Request<'static>>,
        test: &Test,
    ) {
        let written = self.sources.slice(selector.span).to_owned();
        let mut from = written.find(&selector.text).unwrap_or(0) + from;
        for step in steps {
            let Step::Key(key) = step else {
                return;
            };
            let start = written.get(from..).and_then(|rest| rest.find(key.as_str()));
            let start = from + start.unwrap_or(0);
            from = start + key.len();
            let members: Vec<_> = levels.iter().map(|level| level.member(key)).collect();
            if members
                .iter()
                .all(|member| matches!(member, Member::Unknown))
            {
                let span = Span {
                    source: selector.span.source,
                    start: selector.span.start + u32::try_from(start).unwrap_or(0),
                    end: selector.span.start + u32::try_from(from).unwrap_or(0),
                };
                self.unknown(key, span, &levels);
                return;
            }
            levels = members.iter().filter_map(level).collect();
            if levels.is_empty() || members.iter().any(|it| matches!(it, Member::Value)) {
                return;
            }
        }
        self.blocks(test, &levels);
    }

    /// What blocks ask of the elements that stand at a level.
    fn blocks(&mut self, test: &Test, levels: &[Request<'static>]) {
        for predicate in &test.predicates {
            match &predicate.op {
                Operator::AnyElement(block)
                | Operator::EveryElement(block)
                | Operator::NoElement(block) => self.block(block, levels),
                Operator::Not(inner) => self.blocks(inner, levels),
                _ => {}
            }
        }
    }

    fn block(&mut self, clause: &Clause, levels: &[Request<'static>]) {
        match &clause.kind {
            ClauseKind::All(list) | ClauseKind::Any(list) | ClauseKind::None(list) => {
                list.iter().for_each(|clause| self.block(clause, levels));
            }
            ClauseKind::Not(body) | ClauseKind::Macro { body, .. } => self.block(body, levels),
            ClauseKind::Field { selector, test } => {
                if let (Root::Element, Path::Steps(steps)) = (selector.root, &selector.path) {
                    self.walk(selector, 0, steps, levels.to_vec(), test);
                }
            }
        }
    }

    fn unknown(&mut self, key: &str, span: Span, levels: &[Request<'static>]) {
        let mut keys: Vec<String> = levels.iter().flat_map(Request::keys).collect();
        keys.sort();
        keys.dedup();
        let whose = match self.calls {
            [call] => format!("`{}` has", call.name()),
            [first, second] if first.name() == second.name() => format!("`{}` has", first.name()),
            _ => "these calls have".to_owned(),
        };
        let help = match did_you_mean(key, keys.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if keys.is_empty() => "there are no parameters here".to_owned(),
            None => format!("there are: {}", shortened(&keys)),
        };
        self.found.push(
            Diagnostic::new(
                Code::UnknownParameter,
                format!("{whose} no request parameter `{key}`"),
            )
            .at(span, "not among the known parameters")
            .help(help),
        );
    }
}

fn level(member: &Member<'static>) -> Option<Request<'static>> {
    match member {
        Member::Level(request) => Some(*request),
        Member::Value | Member::Unknown => None,
    }
}

/// The first of many names, and how many more there are.
fn shortened(keys: &[String]) -> String {
    const MOST: usize = 12;
    let shown = keys.iter().take(MOST).map(String::as_str);
    let shown = shown.collect::<Vec<_>>().join(", ");
    match keys.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
