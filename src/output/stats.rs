//! What a scan took, as people and tools read it: `trailgate scan --stats`.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::engine::{Built, Stats, Times};
use crate::finding::{Summary, grouped};

/// All records, whatever they turned out to be.
fn records(summary: &Summary) -> u64 {
    let records = &summary.records;
    let others = records
        .unread
        .values()
        .chain(records.not_cloudtrail.values());
    let known = records.events + records.bad + records.insight + records.digest;
    known + records.unknown_version + others.sum::<u64>()
}

/// The counts in the order that they are written in: the key for tools, the words
/// for people, which are moved in where they are a part of what stands above.
fn counts(stats: &Stats, summary: &Summary) -> [(&'static str, &'static str, u64); 17] {
    let parsed = stats.parsed;
    let inputs = summary.inputs.read + summary.inputs.failed;
    [
        ("inputs", "inputs", inputs),
        ("bytes_read", "bytes read", stats.bytes_read),
        ("bytes_decoded", "bytes decoded", stats.bytes_decoded),
        (
            "bytes_passed_over",
            "  passed over",
            stats.bytes_passed_over,
        ),
        ("records", "records", records(summary)),
        ("events", "  events", summary.records.events),
        ("pairs", "pairs of source and name", stats.pairs),
        ("rules_met", "rules met", stats.rules_met),
        ("lookups", "look-ups by value", stats.lookups),
        (
            "predicates_asked",
            "predicates asked",
            stats.predicates_asked,
        ),
        (
            "predicates_remembered",
            "  known from the value",
            stats.predicates_remembered,
        ),
        (
            "predicates_repeated",
            "  known from the event",
            stats.predicates_repeated,
        ),
        ("values_learnt", "values learnt", stats.values_learnt),
        (
            "parsed_with_findings",
            "parsed, with findings",
            parsed.with_findings,
        ),
        ("parsed_undecided", "parsed, undecided", parsed.undecided),
        ("parsed_in_vain", "parsed, no rule matched", parsed.in_vain),
        (
            "parsed_unclear",
            "parsed, not plainly events",
            parsed.unclear,
        ),
    ]
}

fn stages(times: &Times) -> [(&'static str, &'static str, Duration); 6] {
    [
        ("compiling", "compiling rules", times.compiling),
        ("reading", "reading and decoding", times.reading),
        ("projecting", "framing and projecting", times.projecting),
        ("matching", "matching", times.matching),
        ("judging", "parsing and judging", times.judging),
        ("writing", "writing findings", times.writing),
    ]
}

fn built(built: &Built) -> [(&'static str, &'static str, u64); 7] {
    [
        ("rules", "rules", built.rules),
        ("by_name", "  looked up by event name", built.by_name),
        ("by_source", "  looked up by event source", built.by_source),
        (
            "by_other_names",
            "  chosen by source and name",
            built.by_other_names,
        ),
        (
            "of_every_event",
            "  met by every event",
            built.of_every_event,
        ),
        ("fields", "fields looked at", built.fields),
        ("predicates", "distinct predicates", built.predicates),
    ]
}

/// A table for people, without a newline at its end.
pub fn stats_text(stats: &Stats, summary: &Summary) -> String {
    let mut text = "built\n".to_owned();
    for (_, words, count) in built(&stats.built) {
        let _ = writeln!(text, "{words:<28}{:>15}", grouped(count));
    }
    let _ = writeln!(text, "\n{:<28}{:>15}{:>12}", "met", "in all", "an event");
    let events = summary.records.events.max(1) as f64;
    for (_, words, count) in counts(stats, summary) {
        let share = count as f64 / events;
        let _ = writeln!(text, "{words:<28}{:>15}{share:>12.2}", grouped(count));
    }
    let stages = stages(&stats.times);
    let all: Duration = stages.iter().map(|(_, _, time)| *time).sum();
    let _ = writeln!(
        text,
        "\n{:<28}{:>15}{:>12}",
        "time of all threads", "seconds", "share"
    );
    for (_, words, time) in stages {
        let share = 100.0 * time.as_secs_f64() / all.as_secs_f64().max(f64::MIN_POSITIVE);
        let _ = writeln!(
            text,
            "{words:<28}{:>15.4}{share:>10.1} %",
            time.as_secs_f64()
        );
    }
    let elapsed = stats.times.elapsed.as_secs_f64();
    let _ = write!(text, "{:<28}{elapsed:>15.4}", "elapsed");
    text
}

/// One object for tools. Times differ from run to run, which is why it is no part
/// of the summary.
pub fn stats_json(stats: &Stats, summary: &Summary) -> Value {
    let numbers = |each: &[(&str, &str, u64)]| -> Value {
        each.iter()
            .map(|(key, _, count)| ((*key).to_owned(), json!(count)))
            .collect()
    };
    let mut times: Map<_, _> = stages(&stats.times)
        .iter()
        .map(|(key, _, time)| ((*key).to_owned(), json!(time.as_secs_f64())))
        .collect();
    times.insert(
        "elapsed".to_owned(),
        json!(stats.times.elapsed.as_secs_f64()),
    );
    json!({
        "schema": "trailgate-stats/1",
        "built": numbers(&built(&stats.built)),
        "met": numbers(&counts(stats, summary)),
        "seconds": times,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Parsed;
    use crate::finding::{Inputs, Records};

    fn example() -> (Stats, Summary) {
        let stats = Stats {
            built: Built {
                rules: 1_000,
                fields: 35,
                predicates: 1_659,
                by_name: 898,
                by_source: 38,
                by_other_names: 4,
                of_every_event: 60,
            },
            bytes_read: 82_350_452,
            bytes_decoded: 483_950_699,
            bytes_passed_over: 51_782_525,
            pairs: 504,
            rules_met: 20_950_000,
            lookups: 6_480_334,
            predicates_asked: 2_029_269,
            predicates_remembered: 341_381,
            predicates_repeated: 123_190,
            values_learnt: 14_033,
            parsed: Parsed {
                with_findings: 240,
                undecided: 3,
                in_vain: 7,
                unclear: 11,
            },
            times: Times {
                compiling: Duration::from_micros(7_200),
                reading: Duration::from_micros(443_800),
                projecting: Duration::from_micros(594_700),
                matching: Duration::from_micros(812_700),
                judging: Duration::from_micros(66_900),
                writing: Duration::from_micros(3_500),
                elapsed: Duration::from_micros(1_015_800),
            },
        };
        let summary = Summary {
            inputs: Inputs {
                read: 299,
                failed: 1,
                ..Inputs::default()
            },
            records: Records {
                events: 300_000,
                bad: 2,
                ..Records::default()
            },
            ..Summary::default()
        };
        (stats, summary)
    }

    #[test]
    fn people_read_a_table_of_what_was_built_met_and_taken() {
        let (stats, summary) = example();
        insta::assert_snapshot!(stats_text(&stats, &summary));
    }

    #[test]
    fn tools_read_one_object() {
        let (stats, summary) = example();
        let object = stats_json(&stats, &summary);
        insta::assert_snapshot!(serde_json::to_string_pretty(&object).unwrap());
    }

    #[test]
    fn a_scan_of_nothing_has_no_shares() {
        let text = stats_text(&Stats::default(), &Summary::default());
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    }
}
