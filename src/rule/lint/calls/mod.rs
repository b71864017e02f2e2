//! Calls that the AWS API does not have.
//!
//! In come a rule and the catalogue of the API; out come warnings about names of calls,
//! event sources and parameters. Apart from the other checks because a scan never unpacks
//! the catalogue. A name outside it may be logged all the same, so all of this warns, and
//! only where the services in question are known well; names in named lists, and
//! parameters that a JSONPath asks for, are taken as they are.

mod patterns;
mod tests_of;

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, SourceMap, Spanned, did_you_mean};
use crate::event::api::{Api, Call, Source};

use super::super::clause::Operator;
use super::super::model::Rule;
use super::conjunction::Conjunction;
use super::contradiction::same_text;
use super::parameters;
use tests_of::{
    each_equal, exact_names, is_no_api_call, may_hold, named, own_tests, sources_of_branches,
    tests_of,
};

/// What services that date their API may write behind the name of a call.
const DATES: [&str; 4] = ["", "20150331", "20150331v2", "2020_05_31"];

/// The calls, event sources and parameters of a rule that no service is known to have.
pub fn unknown_calls(rule: &Rule, sources: &SourceMap) -> Vec<Diagnostic> {
    let api = Api::get();
    let mut found = Vec::new();
    let mut check = |conjunction: &Conjunction<'_, '_>| {
        let named = Named::of(api, conjunction);
        named.check_sources(conjunction, &mut found);
        named.check_calls(conjunction, &mut found);
        if let Some(calls) = named.calls(conjunction) {
            parameters::check(conjunction, &calls, sources, &mut found);
        }
    };
    let matched = Conjunction::of(&rule.condition, None);
    matched.walk(&mut check);
    for condition in super::further_conditions(rule) {
        Conjunction::of(condition, Some(&matched)).walk(&mut check);
    }
    found
}

/// The calls that the rules names or could mean, each once, with their event sources.
pub fn named_calls(rule: &Rule) -> Vec<(&'static str, Call<'static>)> {
    let api = Api::get();
    let mut found: Vec<(&'static str, Call<'static>)> = Vec::new();
    let matched = Conjunction::of(&rule.condition, None);
    matched.walk(&mut |conjunction| {
        if conjunction.negated {
            return;
        }
        let named = Named::of(api, conjunction);
        for (source, call) in named.equal_to(conjunction) {
            let same =
                |known: &(&str, Call<'_>)| known.0 == source && known.1.name() == call.name();
            if !found.iter().any(same) {
                found.push((source, call));
            }
        }
    });
    found
}

/// The event sources that an AND is about.
struct Named {
    api: &'static Api,
    sources: Vec<(&'static str, &'static Source)>,
    /// Whether the AND says which.
    said: bool,
    /// Whether there are others beside them, of which nothing is known.
    others: bool,
}

impl Named {
    fn of(api: &'static Api, conjunction: &Conjunction<'_, '_>) -> Self {
        let mut tests = tests_of(conjunction, "eventSource");
        let alternatives = match tests.is_empty() {
            true => sources_of_branches(conjunction),
            false => Vec::new(),
        };
        let said = !tests.is_empty() || !alternatives.is_empty();
        let fits = |name: &str| {
            tests.iter().all(|test| may_hold(test, name))
                && (alternatives.is_empty() || alternatives.iter().any(|test| may_hold(test, name)))
        };
        let sources = api.sources().filter(|(name, _)| fits(name)).collect();
        tests.extend(&alternatives);
        let others = tests.iter().any(|test| {
            test.predicates.iter().any(|predicate| match &predicate.op {
                Operator::Equals(values) => {
                    let mut items = values.items.iter();
                    !values.lists.is_empty() || items.any(|item| api.source(&item.value).is_none())
                }
                _ => false,
            })
        });
        Named {
            api,
            sources,
            said,
            others,
        }
    }

    /// Names of event sources that are one slip away from one that there is.
    fn check_sources(&self, conjunction: &Conjunction<'_, '_>, found: &mut Vec<Diagnostic>) {
        for test in own_tests(conjunction, "eventSource") {
            each_equal(test, &mut |item, ignore_case| {
                let known: Vec<_> = self.api.sources().map(|(name, _)| name).collect();
                let same = |name: &&str| same_text(name, &item.value, ignore_case);
                if known.iter().any(same) {
                    return;
                }
                // The common end must not make two short names alike.
                let service = item.value.strip_suffix(".amazonaws.com");
                // Nor may one slip in three letters: there is a service for most of them.
                let service = service.filter(|service| service.len() > 3);
                let services = known
                    .iter()
                    .filter_map(|name| name.strip_suffix(".amazonaws.com"));
                let Some(near) = service.and_then(|service| did_you_mean(service, services)) else {
                    return;
                };
                let message = format!("no service is known to log as `{}`", item.value);
                found.push(
                    Diagnostic::new(Code::UnlikelyValue, message)
                        .at(item.span, "not among the known event sources")
                        .help(format!("did you mean `{near}.amazonaws.com`?")),
                );
            });
        }
    }

    fn check_calls(&self, conjunction: &Conjunction<'_, '_>, found: &mut Vec<Diagnostic>) {
        let open = self.others
            || self
                .sources
                .iter()
                .any(|(_, source)| source.takes_any_call());
        if (self.said && open) || self.sources.is_empty() || is_no_api_call(conjunction) {
            return;
        }
        for test in own_tests(conjunction, "eventName") {
            each_equal(test, &mut |item, ignore_case| {
                if !self.has(&item.value, ignore_case) {
                    found.push(self.unknown(item));
                }
            });
            self.check_patterns(test, found);
        }
    }

    fn has(&self, name: &str, ignore_case: bool) -> bool {
        let mut sources = self.sources.iter();
        sources.any(|(_, source)| {
            source.call(name).is_some()
                || (ignore_case
                    && source
                        .calls()
                        .iter()
                        .any(|call| same_text(call, name, true)))
        })
    }

    fn names(&self) -> BTreeSet<&'static str> {
        let sources = self.sources.iter();
        sources.flat_map(|(_, source)| source.calls()).collect()
    }

    fn unknown(&self, item: &Spanned<String>) -> Diagnostic {
        let name = &item.value;
        let elsewhere = self.api.sources_of(name);
        let near = || did_you_mean(name, self.names());
        let help = match (elsewhere.as_slice(), near()) {
            ([source], _) => format!("it is a call of `{source}`: mend one of the two"),
            ([first, second], _) => format!("it is a call of `{first}` and `{second}`"),
            ([], Some(near)) => format!("did you mean `{near}`?"),
            (_, Some(near)) => format!("did you mean `{near}`?"),
            ([first, ..], None) => format!("other services have it, such as `{first}`"),
            ([], None) => {
                "mend the name; if CloudTrail logs it, put it into a list under `lists:` and write \
                 `{list: NAME}`"
                    .to_owned()
            }
        };
        Diagnostic::new(
            Code::UnknownCall,
            self.says_no(&format!("is named `{name}`")),
        )
        .at(item.span, "not among the known calls")
        .help(help)
    }

    /// That no call of these services is so.
    fn says_no(&self, so: &str) -> String {
        match self.sources.as_slice() {
            [(source, _)] if self.said => format!("no call of `{source}` {so}"),
            _ if self.said => format!("no call of these services {so}"),
            _ => format!("no call of any service {so}"),
        }
    }

    /// The calls that the AND is about; `None` where there may be others.
    fn calls(&self, conjunction: &Conjunction<'_, '_>) -> Option<Vec<Call<'static>>> {
        if !self.said || self.others || self.sources.is_empty() {
            return None;
        }
        let tests = tests_of(conjunction, "eventName");
        let open = self
            .sources
            .iter()
            .any(|(_, source)| source.takes_any_call());
        let exact = tests.iter().find_map(|test| exact_names(test));
        if open && exact.is_none() {
            return None;
        }
        let mut calls = Vec::new();
        match exact {
            Some(names) => {
                for name in names {
                    if !tests.iter().all(|test| may_hold(test, name)) {
                        continue;
                    }
                    let of_sources = self.sources.iter();
                    let known: Vec<_> = of_sources.filter_map(|(_, it)| it.call(name)).collect();
                    if known.is_empty() {
                        return None;
                    }
                    calls.extend(known);
                }
            }
            None => {
                for (_, source) in &self.sources {
                    let fits = |name: &&str| {
                        let dated = |date: &&str| {
                            let name = format!("{name}{date}");
                            tests.iter().all(|test| may_hold(test, &name))
                        };
                        DATES.iter().any(dated)
                    };
                    let names = source.calls().into_iter().filter(fits);
                    calls.extend(names.filter_map(|name| source.call(name)));
                }
            }
        }
        (!calls.is_empty()).then_some(calls)
    }

    /// The calls that the AND names one by one.
    fn equal_to(&self, conjunction: &Conjunction<'_, '_>) -> Vec<(&'static str, Call<'static>)> {
        let mut calls = Vec::new();
        for test in own_tests(conjunction, "eventName") {
            for name in named(test) {
                // A prefix may end within the date.
                let undated = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
                let of =
                    |source: &'static Source| source.call(name).or_else(|| source.call(undated));
                let sources = self.sources.iter().filter(|_| self.said);
                calls.extend(sources.filter_map(|(name, source)| Some((*name, of(source)?))));
            }
        }
        calls
    }
}
