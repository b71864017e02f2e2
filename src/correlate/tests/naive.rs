//! The obvious evaluator: it tries every window, and in it every subset of events.
//!
//! In come few events of one key; out come the spans of the episodes. Nothing is
//! shared with what it judges.

use super::cases::{Case, Event, Wanted};

/// An episode as both evaluators see it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub first: i64,
    pub last: i64,
    /// When its earliest window held.
    pub held: i64,
    /// How many events it has, where that is said by the windows alone.
    pub events: Option<usize>,
    /// The value that is new.
    pub value: Option<u8>,
}

/// What comes of events.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub episodes: Vec<Span>,
    /// The times of sequences of which nothing can be said yet.
    pub undetermined: Vec<i64>,
}

pub(super) fn answer(case: &Case) -> Answer {
    match &case.wanted {
        Wanted::AtLeast { .. } => Answer {
            episodes: merge(case, sliding(case)),
            ..Answer::default()
        },
        Wanted::Between { .. } => consecutive(case),
        Wanted::Sequence { .. } => sequences(case),
        Wanted::New { .. } => Answer {
            episodes: new_values(case),
            ..Answer::default()
        },
    }
}

/// The times at which something happened.
fn times(case: &Case) -> Vec<i64> {
    let mut times: Vec<i64> = case.events.iter().map(|event| event.time).collect();
    times.sort_unstable();
    times.dedup();
    times
}

/// The windows that hold: of each the events.
fn sliding(case: &Case) -> Vec<Vec<usize>> {
    let Wanted::AtLeast { bound } = case.wanted else {
        return Vec::new();
    };
    let mut windows = Vec::new();
    for end in times(case) {
        let inside: Vec<usize> = (0..case.events.len())
            .filter(|index| {
                let time = case.events[*index].time;
                end - case.within <= time && time <= end
            })
            .collect();
        let events: Vec<&Event> = inside.iter().map(|index| &case.events[*index]).collect();
        if case.measure.is_at_least(&events, bound) {
            windows.push(inside);
        }
    }
    windows
}

/// Windows with an event in common are one episode.
fn merge(case: &Case, windows: Vec<Vec<usize>>) -> Vec<Span> {
    let mut groups: Vec<(Vec<usize>, i64)> = Vec::new();
    let end = |window: &[usize]| window.iter().map(|i| case.events[*i].time).max().unwrap();
    for window in windows {
        let mut joined = (window.clone(), end(&window));
        let mut apart = Vec::new();
        for group in groups {
            if group.0.iter().any(|index| joined.0.contains(index)) {
                joined.1 = joined.1.min(group.1);
                joined.0.extend(group.0);
            } else {
                apart.push(group);
            }
        }
        joined.0.sort_unstable();
        joined.0.dedup();
        apart.push(joined);
        groups = apart;
    }
    let mut spans: Vec<Span> = groups
        .into_iter()
        .map(|(members, held)| {
            let times = || members.iter().map(|index| case.events[*index].time);
            Span {
                first: times().min().unwrap(),
                last: times().max().unwrap(),
                held,
                events: Some(members.len()),
                value: None,
            }
        })
        .collect();
    spans.sort();
    spans
}

/// Windows one after the other, the next with the first event that is in none.
fn consecutive(case: &Case) -> Answer {
    let Wanted::Between { least, most } = case.wanted else {
        return Answer::default();
    };
    let mut answer = Answer::default();
    let mut rest = case.events.clone();
    rest.sort_by_key(|event| event.time);
    while let Some(start) = rest.first().map(|event| event.time) {
        let (inside, after): (Vec<Event>, Vec<Event>) = rest
            .into_iter()
            .partition(|event| event.time <= start + case.within);
        rest = after;
        let events: Vec<&Event> = inside.iter().collect();
        let last = inside.iter().map(|event| event.time).max().unwrap();
        let holds = case.measure.is_at_least(&events, least);
        if !holds || !case.measure.is_at_most(&events, most) {
            continue;
        }
        if case.reached >= start + case.within {
            answer.episodes.push(Span {
                first: start,
                last,
                held: last,
                events: Some(inside.len()),
                value: None,
            });
        } else {
            answer.undetermined.push(last);
        }
    }
    answer.episodes.sort();
    answer
}

/// Every choice of a different event for each place, in every order that is allowed.
fn sequences(case: &Case) -> Answer {
    let Wanted::Sequence {
        places,
        ordered,
        least,
        absent,
    } = &case.wanted
    else {
        return Answer::default();
    };
    let mut choices = vec![Vec::new()];
    for place in places {
        // A place may stay empty where there are enough others.
        let mut longer = choices.clone();
        longer.retain(|_| *least < places.len());
        for choice in &choices {
            for (index, event) in case.events.iter().enumerate() {
                let follows = |last: &usize| !ordered || case.events[*last].time <= event.time;
                if event.steps >> place & 1 == 1
                    && !choice.contains(&index)
                    && choice.last().is_none_or(follows)
                {
                    longer.push([choice.clone(), vec![index]].concat());
                }
            }
        }
        choices = longer;
    }
    choices.retain(|choice| choice.len() >= *least);
    let time = |index: &usize| case.events[*index].time;
    let span = |choice: &[usize]| {
        let start = choice.iter().map(time).min().unwrap();
        (start, choice.iter().map(time).max().unwrap())
    };
    let mut answer = Answer::default();
    let mut found: Vec<(i64, i64)> = Vec::new();
    for end in times(case) {
        let complete: Vec<&Vec<usize>> = choices
            .iter()
            .filter(|choice| span(choice).1 == end && end - span(choice).0 <= case.within)
            .collect();
        let Some(start) = complete.iter().map(|choice| span(choice).0).max() else {
            continue;
        };
        if *absent == 0 {
            found.push((start, end));
            continue;
        }
        // Of sequences as tight as each other, any stands for all of them: cases
        // are made so that what must not follow is in none of them.
        let followed = case.events.iter().any(|event| {
            event.steps & absent != 0 && end <= event.time && event.time <= start + case.within
        });
        if followed {
            continue;
        }
        if case.reached >= start + case.within {
            found.push((start, end));
        } else {
            answer.undetermined.push(end);
        }
    }
    let mut spans: Vec<Span> = Vec::new();
    for (first, last) in found {
        match spans.last_mut().filter(|span| first <= span.last) {
            Some(span) => {
                span.first = span.first.min(first);
                span.last = last;
            }
            None => spans.push(Span {
                first,
                last,
                held: last,
                events: None,
                value: None,
            }),
        }
    }
    spans.sort();
    answer.episodes = spans;
    answer
}

fn new_values(case: &Case) -> Vec<Span> {
    let Wanted::New { history, learning } = case.wanted else {
        return Vec::new();
    };
    let mut spans = Vec::new();
    for time in times(case) {
        let mut values: Vec<u8> = case
            .events
            .iter()
            .filter(|event| event.time == time)
            .map(|event| event.value)
            .collect();
        values.sort_unstable();
        values.dedup();
        for value in values {
            let seen = case.events.iter().any(|event| {
                event.value == value && event.time < time && time - history <= event.time
            });
            let known = case
                .events
                .iter()
                .any(|event| event.time <= time - learning && event.time < time);
            if !seen && known {
                spans.push(Span {
                    first: time,
                    last: time,
                    held: time,
                    events: Some(1),
                    value: Some(value),
                });
            }
        }
    }
    spans.sort();
    spans
}
