//! Fifty rules about several events, by the address that calls come from.
//!
//! The first is about every call that only reads, as rules about enumeration are; each
//! other is about one or two kinds of call. What they ask is not there, or hardly: what
//! is measured is what it costs to look for it.

use std::fmt::Write as _;

use trailgate::rule::RulesFile;

use super::calls;

/// How many rules there are.
pub const COUNT: usize = 50;

const WINDOWS: [&str; 4] = ["5m", "30m", "6h", "1d"];

/// The rules, in one file.
pub fn file() -> RulesFile {
    let calls = calls::seen();
    let mut text = String::from(
        "---\nid: correlated-00\ntitle: Enumeration\nseverity: medium\n\
         match: {eventName: {starts_with: [List, Describe, Get]}}\n\
         correlate: {by: [sourceIPAddress], within: 10m, distinct: {field: eventName, gte: 400}}\n",
    );
    for number in 1..COUNT {
        let call = |step: usize| {
            let call = &calls[(number * 5 + step) % calls.len()];
            format!(
                "{{eventSource: {}.amazonaws.com, eventName: {}}}",
                call.service, call.name
            )
        };
        let within = WINDOWS[number % WINDOWS.len()];
        let by = "by: [sourceIPAddress]";
        let body = match number % 5 {
            0 => format!(
                "match: {}\ncorrelate: {{{by}, within: {within}, distinct: {{field: userIdentity.arn, gte: 5000}}}}",
                call(0)
            ),
            1 => format!(
                "match: {}\ncorrelate: {{{by}, first_seen: {{field: awsRegion, history: 30d}}}}",
                call(0)
            ),
            2 => format!(
                "steps:\n  one: {{match: {}}}\n  two: {{match: {}}}\n  three: {{match: {{eventName: NeverCalled, eventSource: iam.amazonaws.com}}}}\ncorrelate: {{{by}, within: {within}, order: [one, two, three]}}",
                call(0),
                call(1)
            ),
            _ => format!(
                "match: {}\ncorrelate: {{{by}, within: {within}, count: {{gte: 1000000}}}}",
                call(0)
            ),
        };
        let _ = writeln!(
            text,
            "---\nid: correlated-{number:02}\ntitle: Correlation {number}\nseverity: medium\n{body}"
        );
    }
    RulesFile::of_user("correlations.yaml", text)
}
