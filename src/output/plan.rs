//! How a rule is run, as people and tools read it: `trailgate rules show --plan`.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::engine::{Answered, Left, Names, Operator, Plan, Predicate, Question, Term, Witness};
use crate::finding::{counted, grouped};

/// Values that are named before the rest is counted.
const MOST_NAMES: usize = 5;

/// A page for people.
pub fn plan_text(rule: &str, plan: &Plan) -> String {
    let mut text = format!(
        "{rule}, one of {} that are run\n\nWitness\n",
        counted(plan.rules as u64, "rule")
    );
    let (what, why) = witness(&plan.witness);
    let _ = writeln!(text, "  {what}\n  {why}");
    let _ = writeln!(
        text,
        "  {} so too",
        others(plan.beside, "is looked up", "are looked up")
    );
    text.push_str("\nAsked, the cheaper first, until something does not hold\n");
    for alike in plan.terms.chunk_by(|a, b| a.answered == b.answered) {
        let _ = writeln!(text, "  {}", how(alike[0].answered));
        for term in alike {
            question(&mut text, &term.question, 4);
        }
    }
    if plan.terms.is_empty() {
        text.push_str("  nothing\n");
    }
    text.push_str("\nWhat is left then is parsed, and the reference evaluator decides.\n");
    text
}

fn others(count: usize, is: &str, are: &str) -> String {
    match count {
        0 => format!("no other rule {is}"),
        1 => format!("1 other rule {is}"),
        more => format!("{} other rules {are}", grouped(more as u64)),
    }
}

/// What a rule is looked up by, and why by that.
fn witness(witness: &Witness) -> (String, &'static str) {
    match witness {
        Witness::EventName(names) => (
            format!("eventName is {}", one_of(names)),
            "an event of another name cannot match, and a name is rarer than a source",
        ),
        Witness::EventSource(sources) => (
            format!("eventSource is {}", one_of(sources)),
            "an event of another source cannot match; no one name is asked for",
        ),
        Witness::Other => (
            "none to look up".to_owned(),
            "source and name are asked something else than to be one of some: each new pair \
             of the two is asked once",
        ),
        Witness::Nothing => (
            "none".to_owned(),
            "nothing is asked of source and name alone: every event meets the rule",
        ),
    }
}

fn one_of(names: &Names) -> String {
    let shown = names.values.iter().take(MOST_NAMES);
    let shown = shown.map(String::as_str).collect::<Vec<_>>().join(" or ");
    let case = if names.ignore_case {
        ", in any case"
    } else {
        ""
    };
    match names.values.len().saturating_sub(MOST_NAMES) {
        0 => format!("{shown}{case}"),
        more => format!("{shown} or {more} more{case}"),
    }
}

fn how(answered: Answered) -> &'static str {
    match answered {
        Answered::ByPair => "once for each pair of source and name",
        Answered::ByValue => {
            "by value: what a value of the field comes to is remembered where that pays"
        }
        Answered::ByEvent => {
            "of each event that is left, where source and name leave several fields to look at"
        }
        Answered::ByReference => "by the reference evaluator alone, on the parsed record",
    }
}

fn question(text: &mut String, asked: &Question, indent: usize) {
    let mut line = |words: &str| {
        let _ = writeln!(text, "{:indent$}{words}", "");
    };
    let each = match asked {
        Question::Predicate(one) => return line(&predicate(one)),
        Question::Unwalked => return line("a JSONPath selector that is not walked"),
        Question::All(each) => {
            line("all of");
            each
        }
        Question::Any(each) => {
            line("any of");
            each
        }
    };
    for one in each {
        question(text, one, indent + 2);
    }
}

fn predicate(predicate: &Predicate) -> String {
    let not = if predicate.negated { " not" } else { "" };
    let mut words = format!(
        "{}{not} {}",
        predicate.field,
        operators(&predicate.operators)
    );
    if predicate.shared > 0 {
        let _ = write!(
            words,
            "; {} this too",
            others(predicate.shared, "asks", "ask")
        );
    }
    if let Some(left) = predicate.left {
        let _ = write!(words, "; {}", reason(left));
    }
    words
}

fn operators(operators: &[Operator]) -> String {
    let each = operators.iter().map(|operator| {
        let mut words = operator.name.to_owned();
        if let Some(values) = operator.values {
            let _ = write!(words, " ({})", counted(values as u64, "value"));
        }
        if !operator.inner.is_empty() {
            let _ = write!(words, " {}", self::operators(&operator.inner));
        }
        words
    });
    each.collect::<Vec<_>>().join(" and ")
}

fn reason(left: Left) -> &'static str {
    match left {
        Left::Below => "what stands further down is left to the reference",
        Left::Block => "what is inside is left to the reference",
        Left::OtherField => "the other field is left to the reference",
    }
}

/// One object for tools.
pub fn plan_json(rule: &str, plan: &Plan) -> Value {
    let (field, values) = match &plan.witness {
        Witness::EventName(names) => (json!("eventName"), json!(names.values)),
        Witness::EventSource(sources) => (json!("eventSource"), json!(sources.values)),
        Witness::Other | Witness::Nothing => (Value::Null, json!([])),
    };
    let (_, why) = witness(&plan.witness);
    json!({
        "schema": "trailgate-plan/1",
        "rule": rule,
        "rules": plan.rules,
        "witness": {"field": field, "values": values, "why": why, "other_rules": plan.beside},
        "terms": plan.terms.iter().map(term_object).collect::<Vec<_>>(),
    })
}

fn term_object(term: &Term) -> Value {
    let answered = match term.answered {
        Answered::ByPair => "pair",
        Answered::ByValue => "value",
        Answered::ByEvent => "event",
        Answered::ByReference => "reference",
    };
    json!({"answered_by": answered, "asks": question_object(&term.question)})
}

fn question_object(question: &Question) -> Value {
    let objects = |each: &[Question]| each.iter().map(question_object).collect::<Vec<_>>();
    match question {
        Question::Predicate(one) => json!({
            "field": one.field,
            "negated": one.negated,
            "operators": operator_objects(&one.operators),
            "other_rules": one.shared,
            "left_to_the_reference": one.left.map(reason),
        }),
        Question::All(each) => json!({"all": objects(each)}),
        Question::Any(each) => json!({"any": objects(each)}),
        Question::Unwalked => json!({"left_to_the_reference": "a selector that is not walked"}),
    }
}

fn operator_objects(operators: &[Operator]) -> Vec<Value> {
    let each = operators.iter().map(|operator| {
        json!({
            "name": operator.name,
            "values": operator.values,
            "inner": operator_objects(&operator.inner),
        })
    });
    each.collect()
}

#[cfg(test)]
mod tests;
