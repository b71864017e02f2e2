//! Operators on one node, or on the lack of one: which of them look at the
//! node itself, which at an array's elements, which at what is inside.

use serde_json::Value;

use super::trace::{Answer, PredicateDetail};
use super::{Node, Scope, Truth, kind, scalar};
use crate::event::Loss;
use crate::rule::clause::{Kind, Operator, Relation, Test};
use crate::rule::selector::Selector;
use crate::rule::value::fold;

impl Scope<'_> {
    /// What one operator says. Of nothing, every operator is false but
    /// `exists: false`, `is: missing`, `no_element`, and `not` of what is false.
    pub fn operator(&self, op: &Operator, node: Option<Node<'_>>) -> Answer<PredicateDetail> {
        match op {
            Operator::Equals(values) => self.each(node, |v| scalar::equals(values, v)),
            Operator::Contains(values) => self.each(node, |v| scalar::contains(values, v)),
            Operator::ContainsAll(values) => self.each(node, |v| scalar::contains_all(values, v)),
            Operator::StartsWith(values) => self.each(node, |v| scalar::starts_with(values, v)),
            Operator::EndsWith(values) => self.each(node, |v| scalar::ends_with(values, v)),
            Operator::Glob(values) => self.each(node, |v| scalar::glob(values, v)),
            Operator::Regex(values) => self.each(node, |v| scalar::regex(values, v)),
            Operator::Order(order, bound) => self.each(node, |v| scalar::order(*order, *bound, v)),
            Operator::Schedule(schedule) => self.each(node, |v| scalar::schedule(schedule, v)),
            Operator::TimePart(part, counts) => {
                self.each(node, |v| scalar::time_part(*part, counts, v))
            }
            Operator::Cidr(values) => self.each(node, |v| scalar::cidr(values, v)),
            Operator::PrefixLength(counts) => self.each(node, |v| scalar::prefix_length(counts, v)),
            Operator::Account(test) => self.each(node, |v| self.account(test, v)),
            Operator::SameAs {
                selector,
                relation,
                ignore_case,
            } => self.each(node, |v| self.same_as(selector, *relation, *ignore_case, v)),
            Operator::Length(counts) => {
                let length = node.and_then(|node| scalar::length(node.value));
                let holds = |length: u64| counts.iter().all(|count| count.admits(length));
                self.whole(length.is_some_and(holds))
            }
            Operator::Exists(wanted) => {
                let exists = node.is_some_and(|node| !node.value.is_null());
                self.whole(exists == *wanted)
            }
            Operator::Is(kinds) => self.is(kinds, node),
            Operator::AnyElement(block) => self.any_element(block, node),
            Operator::EveryElement(block) => self.every_element(block, node),
            Operator::NoElement(block) => {
                let any = self.any_element(block, node);
                Answer {
                    truth: !any.truth,
                    ..any
                }
            }
            Operator::AnyEntry(block) => self.any_entry(block, node),
            Operator::Json(block) => self.json(block, node),
            Operator::Not(test) => {
                let inner = self.predicates(&test.predicates, node);
                Answer {
                    truth: !inner.all,
                    trace: inner.traces.map(PredicateDetail::Not),
                }
            }
        }
    }

    /// An operator that looks at the node itself.
    fn whole(&self, holds: bool) -> Answer<PredicateDetail> {
        Answer {
            truth: holds.into(),
            trace: self.tracing.then_some(PredicateDetail::Node),
        }
    }

    /// An operator that takes one value: on an array, some element must
    /// satisfy it, one level deep.
    fn each<T: Into<Truth>>(
        &self,
        node: Option<Node<'_>>,
        holds: impl Fn(&Value) -> T,
    ) -> Answer<PredicateDetail> {
        let (truth, detail) = match node.map(|node| node.value) {
            None => (Truth::FALSE, PredicateDetail::Node),
            Some(Value::Array(elements)) => {
                let mut any = Truth::FALSE;
                let mut satisfied = Vec::new();
                for (index, element) in elements.iter().enumerate() {
                    let truth = holds(element).into();
                    any = any | truth;
                    if self.tracing && truth.value {
                        satisfied.push(index);
                    }
                }
                (any, PredicateDetail::Elements(satisfied))
            }
            Some(value) => (holds(value).into(), PredicateDetail::Node),
        };
        Answer {
            truth,
            trace: self.tracing.then_some(detail),
        }
    }

    /// `is`: the node itself is of one of the kinds that are asked of a whole,
    /// or it or an element is of one of the others.
    fn is(&self, kinds: &[Kind], node: Option<Node<'_>>) -> Answer<PredicateDetail> {
        let of_whole = kinds.iter().any(|asked| match node {
            None => *asked == Kind::Missing,
            Some(node) => asked.is_of_whole() && kind::is(*asked, node.value),
        });
        if of_whole {
            return self.whole(true);
        }
        self.each(node, |value| {
            let mut asked = kinds.iter().filter(|asked| !asked.is_of_whole());
            asked.any(|asked| kind::is(*asked, value))
        })
    }

    /// `account`: the test on the account id that the value holds; a value
    /// without one is like a field that is missing.
    fn account(&self, test: &Test, value: &Value) -> Truth {
        let account = value.as_str().and_then(kind::account_id);
        let account = account.map(|id| Value::String(id.to_owned()));
        let node = account.as_ref().map(|value| Node {
            value,
            place: self.element.place,
        });
        self.derived(test, node)
    }

    /// `same_as`: some node of the other selector, or an element of it, has the
    /// same text, or one that this text stands to as asked.
    fn same_as(
        &self,
        selector: &Selector,
        relation: Relation,
        ignore_case: bool,
        value: &Value,
    ) -> Truth {
        let Some(text) = scalar::text(value) else {
            return Truth::FALSE;
        };
        let mut found = false;
        self.select(selector, &mut |other| {
            let others = match other.value {
                Value::Array(elements) => elements.as_slice(),
                lone => std::slice::from_ref(lone),
            };
            found |= others.iter().filter_map(scalar::text).any(|other| {
                relation.holds(&text, &other)
                    || (ignore_case && relation.holds(&fold(&text), &fold(&other)))
            });
        });
        // A node that is the same is enough; of those that were lost nobody knows.
        let lost = !found && self.loss_of(selector) != Loss::None;
        Truth::from(found).or_lost(lost)
    }
}
