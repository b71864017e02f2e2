//! What verifying a copy came to, for people and for tools.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::text::problems::Problems;
use super::text::summary::{line, verdict};
use super::text::words::{Paint, visible};
use crate::diagnostic::{SourceMap, Style, render_json};
use crate::finding::{counted, grouped};
use crate::integrity::{ChainReport, Level, LogCounts, QueryResultReport, Report};

/// The version of the objects. Fields may be added under it; none is taken away or
/// changes its meaning.
pub const VERIFY_SCHEMA: &str = "trailgate-verify/1";

/// Writes a report for people: the chains, the problems, the sums and the verdict.
///
/// # Errors
///
/// Those of the writer.
pub fn integrity_text(report: &Report, out: &mut impl Write, style: Style) -> io::Result<()> {
    let paint = Paint {
        colour: style.colour,
    };
    for chain in &report.chains {
        write!(out, "{}", chain_text(chain, style, paint))?;
        writeln!(out)?;
    }
    for result in &report.query_results {
        write!(out, "{}", result_text(result, style, paint))?;
        writeln!(out)?;
    }
    let mut problems = Problems::default();
    report
        .problems
        .iter()
        .for_each(|problem| problems.add(problem));
    problems.write(out, &SourceMap::new(), style)?;
    if let Some(text) = left_out(report) {
        write!(out, "{}", line("Left out", &text, style, paint))?;
    }
    write!(out, "{}", line("Proof", &proof(report), style, paint))?;
    write!(out, "{}", verdict(&report.verdict, clean(report), style))?;
    out.flush()
}

fn chain_text(chain: &ChainReport, style: Style, paint: Paint) -> String {
    let name = &chain.name;
    let mut head = format!(
        "account {}, {}, trail {}",
        name.account, name.region, name.trail
    );
    if name.home_region != name.region {
        head.push_str(&format!(" of {}", name.home_region));
    }
    if let Some(organization) = &name.organization {
        head.push_str(&format!(", organization {organization}"));
    }
    if name.backfill {
        head.push_str(", digests written later");
    }
    let mut text = format!("{}\n", paint.bold(&visible(&head)));
    text.push_str(&line("  Chain", &chain_level(chain), style, paint));
    text.push_str(&line("  Digests", &digests(chain), style, paint));
    text.push_str(&line("  Logs", &logs(&chain.logs), style, paint));
    if let Some(key) = &chain.unsigned_tail {
        let said = match chain.level {
            Level::Signed => "unsigned: no signature of the newest digest is at hand",
            _ => "nothing vouches for the newest digest",
        };
        text.push_str(&line("  Tail", &format!("{said}, {key}"), style, paint));
    }
    if let Some(place) = &chain.begins_after {
        let said = format!("after {place}, which is not in the copy");
        text.push_str(&line("  Begins", &said, style, paint));
    }
    text
}

fn chain_level(chain: &ChainReport) -> String {
    match chain.level {
        Level::Signed => "signed".to_owned(),
        Level::HashChain => {
            "hash chain only: not every digest has a signature that was verified".to_owned()
        }
        Level::Unverifiable => {
            "unverifiable: not every digest has something to vouch for it".to_owned()
        }
    }
}

/// `4, 2026-01-05T10:00:00Z to 2026-01-05T14:00:00Z; 3 signed, 1 unverified`
fn digests(chain: &ChainReport) -> String {
    let counts = &chain.digests;
    let mut text = grouped(counts.total());
    if let (Some(first), Some(last)) = (chain.first, chain.last) {
        text.push_str(&format!(", {first} to {last}"));
    }
    let parts = [
        (counts.signed, "signed"),
        (counts.hashed, "by hash only"),
        (counts.unverified, "unverified"),
    ];
    format!("{text}; {}", those_there(&parts))
}

/// `6; 5 intact (4 under a signature), 1 altered`
fn logs(counts: &LogCounts) -> String {
    if counts.listed == 0 {
        return "none are listed".to_owned();
    }
    let signed = match counts.signed {
        0 => String::new(),
        signed if signed == counts.intact => " under a signature".to_owned(),
        signed => format!(" ({} under a signature)", grouped(signed)),
    };
    let mut parts = Vec::new();
    if counts.intact > 0 {
        parts.push(format!("{} intact{signed}", grouped(counts.intact)));
    }
    let rest = [
        (counts.altered, "altered"),
        (counts.missing, "missing"),
        (counts.moved, "moved"),
        (counts.unread, "not read"),
    ];
    let rest = those_there(&rest);
    parts.extend((!rest.is_empty()).then_some(rest));
    format!("{}; {}", grouped(counts.listed), parts.join(", "))
}

fn those_there(parts: &[(u64, &str)]) -> String {
    let there = parts.iter().filter(|(count, _)| *count > 0);
    let said: Vec<String> = there
        .map(|(count, what)| format!("{} {what}", grouped(*count)))
        .collect();
    said.join(", ")
}

fn result_text(result: &QueryResultReport, style: Style, paint: Paint) -> String {
    let head = format!("query results of {}", result.list);
    let level = match result.level {
        Level::Signed => "signed",
        Level::HashChain => "hashes only: the signature was not verified",
        Level::Unverifiable => "unverifiable",
    };
    let files = format!(
        "{}; {} intact",
        grouped(result.files),
        grouped(result.intact)
    );
    format!(
        "{}\n{}{}",
        paint.bold(&visible(&head)),
        line("  List", level, style, paint),
        line("  Files", &files, style, paint)
    )
}

fn left_out(report: &Report) -> Option<String> {
    let mut parts = Vec::new();
    if report.pending > 0 {
        let logs = counted(report.pending, "log file");
        parts.push(format!(
            "{logs} newer than the last digest, which the next one will list"
        ));
    }
    if report.other_files > 0 {
        let files = counted(report.other_files, "other file");
        let named = report.first_others.join(", ");
        let more = report.other_files - report.first_others.len() as u64;
        let more = match more {
            0 => String::new(),
            more => format!(" and {} more", grouped(more)),
        };
        parts.push(format!(
            "{files}, neither digests nor logs of events: {}{more}",
            visible(&named)
        ));
    }
    if report.skipped > 0 {
        parts.push(counted(report.skipped, "hidden or special file"));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// What no problem means, which depends on what was proven.
fn clean(report: &Report) -> &'static str {
    match report.level() {
        Level::Signed if report.tails() == 0 => "everything is as CloudTrail delivered it",
        Level::Signed => "everything before the unsigned tail is as CloudTrail delivered it",
        Level::HashChain => "nothing contradicts the hashes",
        Level::Unverifiable => "nothing was contradicted, and nothing proven",
    }
}

/// How much the answer proves.
fn proof(report: &Report) -> String {
    let tails = report.tails();
    let lost = report.digests_lost();
    match report.level() {
        Level::Signed if lost > 0 => format!(
            "signed where digests are there: CloudTrail's signatures say nothing of what was \
             delivered in the hours of {}",
            counted(lost, "missing or damaged digest")
        ),
        Level::Signed if tails == 0 => {
            "signed: what was delivered is listed under CloudTrail's signatures".to_owned()
        }
        Level::Signed => format!(
            "signed: what was delivered is listed under CloudTrail's signatures, but for {}; \
             `--object-metadata` has the signatures of the newest digests",
            counted(tails, "unsigned tail")
        ),
        Level::HashChain => "hash chain only: damage and careless changes show, but whoever can \
                             write every file can make them fit; `--public-keys` proves more"
            .to_owned(),
        Level::Unverifiable => {
            "unverifiable: not everything here has something to vouch for it".to_owned()
        }
    }
}

/// The report as one object.
pub fn integrity_json(report: &Report) -> Value {
    json!({
        "schema": VERIFY_SCHEMA,
        "chains": report.chains.iter().map(chain_object).collect::<Vec<_>>(),
        "query_results": report.query_results.iter().map(result_object).collect::<Vec<_>>(),
        "diagnostics": diagnostics(report).collect::<Vec<_>>(),
        "summary": summary(report),
    })
}

/// The report as one object for each chain, query result and problem, and a summary
/// at the end.
pub fn integrity_jsonl(report: &Report) -> Vec<Value> {
    let chains = report
        .chains
        .iter()
        .map(|chain| ("chain", chain_object(chain)));
    let results = report.query_results.iter();
    let results = results.map(|result| ("query_result", result_object(result)));
    let problems = diagnostics(report).map(|problem| ("diagnostic", problem));
    chains
        .chain(results)
        .chain(problems)
        .chain([("summary", summary(report))])
        .map(|(kind, object)| {
            let mut line = json!({"schema": VERIFY_SCHEMA, "type": kind});
            if let (Value::Object(line), Value::Object(object)) = (&mut line, object) {
                line.extend(object);
            }
            line
        })
        .collect()
}

fn diagnostics(report: &Report) -> impl Iterator<Item = Value> {
    let sources = SourceMap::new();
    report
        .problems
        .iter()
        .map(move |problem| json!(render_json(problem, &sources)))
}

fn chain_object(chain: &ChainReport) -> Value {
    let name = &chain.name;
    let logs = &chain.logs;
    json!({
        "account": name.account,
        "region": name.region,
        "trail": name.trail,
        "home_region": name.home_region,
        "organization": name.organization,
        "backfill": name.backfill,
        "level": chain.level.name(),
        "first": chain.first.map(|time| time.to_string()),
        "last": chain.last.map(|time| time.to_string()),
        "unsigned_tail": chain.unsigned_tail,
        "begins_after": chain.begins_after,
        "digests": {
            "total": chain.digests.total(),
            "signed": chain.digests.signed,
            "hash_chain": chain.digests.hashed,
            "unverifiable": chain.digests.unverified,
        },
        "logs": {
            "listed": logs.listed,
            "intact": logs.intact,
            "signed": logs.signed,
            "altered": logs.altered,
            "missing": logs.missing,
            "moved": logs.moved,
            "unread": logs.unread,
        },
    })
}

fn result_object(result: &QueryResultReport) -> Value {
    json!({
        "list": result.list,
        "level": result.level.name(),
        "files": result.files,
        "intact": result.intact,
    })
}

fn summary(report: &Report) -> Value {
    let reasons = report.verdict.reasons().iter();
    let reasons: Vec<Value> = reasons
        .map(|reason| json!({"exit_code": reason.failure.exit_code(), "why": reason.why}))
        .collect();
    json!({
        "level": report.level().name(),
        "unsigned_tails": report.tails(),
        "pending": report.pending,
        "other_files": report.other_files,
        "skipped": report.skipped,
        "verdict": {
            "exit_code": report.verdict.exit_code(),
            "reasons": reasons,
        },
    })
}
