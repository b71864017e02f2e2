//! What a correlation asks, in words.

use crate::finding::duration_text;
use crate::rule::correlation::{Asks, Correlation, Measure, Threshold, WindowKind};
use crate::rule::selector::Selector;
use crate::rule::value::Amount;

/// What is asked, in words.
pub fn words(correlation: &Correlation) -> String {
    match &correlation.asks {
        Asks::FirstSeen {
            fields, history, ..
        } => format!(
            "a new value of {} in {}",
            names(fields),
            duration_text(*history)
        ),
        Asks::Window { within, kind } => {
            let within = duration_text(within.value);
            match kind {
                WindowKind::Measure { measure, threshold } => {
                    let measured = measured(correlation, measure, threshold);
                    format!("{measured} within {within}")
                }
                WindowKind::Sequence {
                    places,
                    ordered,
                    least,
                    absent,
                } => {
                    let asked = match (*least < places.len(), *ordered) {
                        (true, _) => {
                            let all = steps(correlation, places, ", ");
                            format!("at least {least} of {all}, in that order,")
                        }
                        (false, true) => steps(correlation, places, ", then "),
                        (false, false) => steps(correlation, places, " and "),
                    };
                    if absent.is_empty() {
                        format!("{asked} within {within}")
                    } else {
                        let absent = steps(correlation, absent, " or ");
                        format!("{asked} within {within}, and no {absent} after it")
                    }
                }
            }
        }
    }
}

fn measured(correlation: &Correlation, measure: &Measure, threshold: &Threshold) -> String {
    let bounds = threshold.in_words();
    match measure {
        Measure::Count => format!("{bounds} events"),
        Measure::Steps => {
            let all: Vec<usize> = (0..correlation.steps.len()).collect();
            let every = Threshold::at_least(Amount::whole(all.len() as u64));
            match *threshold == every {
                true => steps(correlation, &all, " and "),
                false => format!("{bounds} of {}", steps(correlation, &all, ", ")),
            }
        }
        Measure::Distinct(fields) => format!("{bounds} values of {}", names(fields)),
        Measure::Sum(field) => format!("a sum of {} of {bounds}", field.text),
        Measure::Average(field) => format!("an average of {} of {bounds}", field.text),
        Measure::Percentile { field, percentile } => match measure.name() {
            "median" => format!("a median of {} of {bounds}", field.text),
            _ => format!(
                "a percentile {} of {} of {bounds}",
                percentile.amount(),
                field.text
            ),
        },
        Measure::Ratio { field, of } => format!(
            "a share of {bounds} of {} values of {}",
            of.len(),
            field.text
        ),
    }
}

fn names(fields: &[Selector]) -> String {
    let names: Vec<&str> = fields.iter().map(|field| field.text.as_str()).collect();
    names.join(" with ")
}

fn steps(correlation: &Correlation, places: &[usize], between: &str) -> String {
    let names = places
        .iter()
        .filter_map(|step| correlation.step_name(*step));
    names.collect::<Vec<_>>().join(between)
}
