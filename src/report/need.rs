//! Which data events a rule cannot match without.

use std::collections::BTreeSet;

use crate::event::DataPlane;
use crate::rule::Rule;
use crate::rule::clause::{Clause, ClauseKind, Operator, Test};
use crate::rule::correlation::{Asks, StepSource, WindowKind};
use crate::rule::selector::Selector;

/// What there must be data events of for a rule to find anything; see [`data_events`].
/// A sequence needs those of each of its steps.
pub(super) fn of_rule(rule: &Rule) -> Option<BTreeSet<DataPlane>> {
    let asks = rule.correlation.as_ref().map(|of| (&of.asks, &of.steps));
    if let Some((Asks::Window { kind, .. }, steps)) = asks
        && let WindowKind::Sequence { places, least, .. } = kind
        && places.len() <= *least
    {
        let needed = places.iter().filter_map(|place| {
            let sources = steps.get(*place)?.sources.iter();
            let ways = sources.map(|source| match source {
                StepSource::Correlation { rule, .. } => of_rule(rule),
                StepSource::Match(_) | StepSource::Rule { .. } => {
                    source.condition().and_then(data_events)
                }
            });
            ways.reduce(|all, way| Some(&all? | &way?)).flatten()
        });
        return needed.reduce(|all, place| &all | &place);
    }
    data_events(&rule.condition)
}

/// What there must be data events of for the condition to hold: `None` where it may
/// hold without any, nothing in particular where any kind will do. Told by the
/// sources and names that the condition lists; what it says by patterns is not looked
/// into.
pub(super) fn data_events(condition: &Clause) -> Option<BTreeSet<DataPlane>> {
    let mut together = Vec::new();
    gather(condition, &mut together);
    let asked = Asked::of(&together);
    if let Some(planes) = asked.planes() {
        return Some(planes);
    }
    let parts = together.iter().filter_map(|clause| match &clause.kind {
        ClauseKind::Any(ways) if !ways.is_empty() => ways
            .iter()
            .map(data_events)
            .try_fold(BTreeSet::new(), |all, way| Some(&all | &way?)),
        _ => None,
    });
    parts.reduce(|all, part| &all | &part)
}

/// The clauses that must all hold.
fn gather<'a>(clause: &'a Clause, together: &mut Vec<&'a Clause>) {
    match &clause.kind {
        ClauseKind::All(clauses) => clauses.iter().for_each(|clause| gather(clause, together)),
        ClauseKind::Macro { body, .. } => gather(body, together),
        _ => together.push(clause),
    }
}

/// What is asked of the fields that tell which call an event is.
#[derive(Default)]
struct Asked<'a> {
    sources: Option<Vec<&'a str>>,
    names: Option<Vec<&'a str>>,
    /// Whether it must be a data event by its own word.
    data: bool,
}

impl<'a> Asked<'a> {
    fn of(clauses: &[&'a Clause]) -> Self {
        let mut asked = Asked::default();
        for clause in clauses {
            let ClauseKind::Field { selector, test } = &clause.kind else {
                continue;
            };
            let Some(values) = listed(test) else {
                continue;
            };
            match field(selector) {
                Some("eventSource") => asked.sources = Some(values),
                Some("eventName") => asked.names = Some(values),
                Some("eventCategory") => asked.data |= values == ["Data"],
                Some("managementEvent") => asked.data |= values == ["false"],
                _ => {}
            }
        }
        asked
    }

    fn planes(&self) -> Option<BTreeSet<DataPlane>> {
        let sources = self.sources.as_deref();
        if self.data {
            let of = |source: &&str| DataPlane::of_event(Some("Data"), source, "");
            return Some(sources.unwrap_or_default().iter().filter_map(of).collect());
        }
        let names = self.names.as_deref()?;
        match sources {
            None => names.iter().map(|name| DataPlane::of_name(name)).collect(),
            Some(sources) => {
                let calls = sources
                    .iter()
                    .flat_map(|source| names.iter().map(move |name| (source, name)));
                calls
                    .map(|(source, name)| DataPlane::of_call(source, name))
                    .collect()
            }
        }
    }
}

/// The values of which the field must have one.
fn listed(test: &Test) -> Option<Vec<&str>> {
    test.predicates
        .iter()
        .find_map(|predicate| match &predicate.op {
            Operator::Equals(values) if !values.items.is_empty() => Some(
                values
                    .items
                    .iter()
                    .map(|item| item.value.as_str())
                    .collect(),
            ),
            _ => None,
        })
}

fn field(selector: &Selector) -> Option<&str> {
    match selector.dotted_keys()?.as_slice() {
        [key] => Some(key),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::testing::rules;
    use rstest::rstest;

    #[rstest]
    #[case::by_source_and_name(
        "{eventSource: s3.amazonaws.com, eventName: [GetObject, DeleteObject]}",
        Some(vec![DataPlane::S3])
    )]
    #[case::by_name_alone("{eventName: {equals: putitem, ignore_case: true}}", Some(vec![DataPlane::DynamoDb]))]
    #[case::by_category("{eventCategory: Data}", Some(vec![]))]
    #[case::by_an_old_field("{managementEvent: false, eventSource: sqs.amazonaws.com}", Some(vec![DataPlane::Other]))]
    #[case::one_way_or_the_other(
        "{any: [{eventSource: lambda.amazonaws.com, eventName: Invoke}, {eventName: Publish}]}",
        Some(vec![DataPlane::Lambda, DataPlane::Sns])
    )]
    #[case::a_way_without("{any: [{eventName: Publish}, {eventName: CreateTopic}]}", None)]
    #[case::a_name_that_is_none(
        "{eventSource: s3.amazonaws.com, eventName: [GetObject, DeleteBucket]}",
        None
    )]
    #[case::of_another_service("{eventSource: ec2.amazonaws.com, eventName: GetObject}", None)]
    #[case::what_must_not_be("{not: {eventName: GetObject}}", None)]
    #[case::any_event("{awsRegion: eu-central-1}", None)]
    fn a_rule_needs_the_data_events_that_it_lists(
        #[case] condition: &str,
        #[case] needed: Option<Vec<DataPlane>>,
    ) {
        let set = rules(&format!(
            "id: a\ntitle: A\nseverity: low\nmatch: {condition}\n"
        ));
        let needed = needed.map(BTreeSet::from_iter);
        assert_eq!(data_events(&set.rules[0].condition), needed);
    }
}
