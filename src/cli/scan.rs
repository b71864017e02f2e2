//! `trailgate scan`: run the rules over exports.

mod following;
mod proof;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use trailgate::codec::Limits;
use trailgate::diagnostic::{Code, Diagnostic, Level};
use trailgate::engine::{
    Engine, Output, ScanOptions, ScanReport, Stop, Unevaluated, follow, scan_watched,
};
use trailgate::finding::{
    Allowed, FailOn, InactiveRule, NotEvaluated, Summary, expired_exceptions,
};
use trailgate::output::{stats_json, stats_text};
use trailgate::rule::RuleSet;
use trailgate::shape::Shape;
use trailgate::source::follow::Watch;
use trailgate::source::{Discovery, Skipped};

use super::Exit;
use super::asked::AskedOptions;
use super::inputs::{self, S3Options};
use super::interrupt;
use super::outputs::{
    Format, Making, OutputOption, Outputs, SarifOptions, Writing, parse_output, with_text,
};
use super::progress::{Line, ProgressOption};
use super::rule_options::{ChosenRules, RuleOptions, parse_severity};
use super::terminal::Terminal;
use following::FollowOption;
use proof::{Proof, VerifyOption};

/// Run the rules over CloudTrail exports
///
/// Reads files, directories, glob patterns, `-` (standard input) and objects in S3
/// (`s3://bucket/prefix`): gzip, zstd or plain, in zip and tar archives, Records objects, arrays, single records or
/// JSON Lines, and records wrapped as EventBridge, CloudWatch Logs,
/// lookup-events and others do. Exits 0 only
/// when everything was read, every rule ran and nothing was found at or above
/// `--fail-on`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trailgate scan export/\n  \
    trailgate scan 'logs/**/*.json.gz' --fail-on medium -o jsonl=findings.jsonl\n  \
    trailgate scan s3://bucket/AWSLogs/ --since 24h\n  \
    trailgate scan --follow /var/log/cloudtrail -o jsonl\n\n\
    Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage, 3 a rule does not load,\n\
    4 input not read in full or without an event. docs/exit-codes.md says more.")]
pub(crate) struct Arguments {
    /// Files, directories, glob patterns, `s3://bucket/prefix`, or `-` for standard
    /// input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    rules: RuleOptions,

    /// Fail on findings of at least this severity; `none` never fails on findings
    #[arg(long, value_name = "SEVERITY", default_value = "high", value_parser = parse_fail_on)]
    fail_on: FailOn,

    /// Write findings as text, json, jsonl, sarif, junit, github, markdown, csv or
    /// ocsf, to a file or to standard output (may be repeated)
    #[arg(short, long = "output", value_name = "FORMAT[=PATH]", value_parser = parse_output)]
    output: Vec<OutputOption>,

    #[command(flatten)]
    sarif: SarifOptions,

    /// Write no text to standard output
    #[arg(short, long)]
    quiet: bool,

    /// Judge on this many threads, whose output is that of one [default: the
    /// number of processors]
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    /// Take it to be clean when there is not a single event
    #[arg(long)]
    allow_empty: bool,

    /// Take it to be clean when rules could not be evaluated on records whose shape
    /// lost what the rules ask for
    #[arg(long)]
    allow_not_evaluated: bool,

    /// The time the run is made for: RFC 3339 or a date; decides which
    /// exceptions have expired, and what `--since 24h` means [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_now)]
    now: Option<Timestamp>,

    /// The size that one record may have, such as 512KiB or 16MiB
    #[arg(long, value_name = "SIZE", default_value = "16MiB", value_parser = parse_size)]
    max_record: u64,

    /// How many times its size an input may decode to, beyond 16 MiB
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_ratio)]
    max_ratio: u64,

    /// The size that one input may decode to, with all members of an archive
    #[arg(long, value_name = "SIZE", default_value = "256GiB", value_parser = parse_size)]
    max_decoded: u64,

    /// The memory that decoding Zstandard data may take for its window
    #[arg(long, value_name = "SIZE", default_value = "128MiB", value_parser = parse_size)]
    max_window: u64,

    /// How many archives a file may be in, one inside another
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_depth,
        value_parser = clap::value_parser!(u8).range(1..=16))]
    max_depth: u8,

    /// How many members one archive may have, with those of the archives in it
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_members)]
    max_members: u64,

    /// The shape that every record must have: a record in another is an error
    /// [default: each record shows its own]
    #[arg(long, value_name = "NAME", value_parser = parse_shape)]
    shape: Option<Shape>,

    #[command(flatten)]
    asked: AskedOptions,

    #[command(flatten)]
    s3: S3Options,

    /// Say on standard error what the rules were made into, what was met and
    /// asked, and where the time went
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, require_equals = true,
        default_missing_value = "text", value_enum)]
    stats: Option<StatsFormat>,

    #[command(flatten)]
    progress: ProgressOption,

    #[command(flatten)]
    verify: VerifyOption,

    #[command(flatten)]
    follow: FollowOption,
}

/// How to write what a scan took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StatsFormat {
    /// A table for people
    Text,
    /// One JSON object, for tools
    Json,
}

pub(crate) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Exit {
    let ChosenRules { set, diagnostics } = match arguments.rules.load() {
        Ok(chosen) => chosen,
        Err((problems, sources)) => {
            terminal.diagnostics(&problems, &sources);
            return Exit::USAGE;
        }
    };
    let rule_errors: Vec<Diagnostic> = diagnostics
        .into_iter()
        .filter(Diagnostic::is_error)
        .collect();
    terminal.diagnostics(&rule_errors, set.sources());
    if set.rules.is_empty() && set.failed.is_empty() {
        terminal.diagnostics(&[no_rules(&set)], set.sources());
        return Exit::USAGE;
    }
    let now = arguments.now.unwrap_or_else(Timestamp::now);
    let asked = match arguments.asked.asked(now) {
        Ok(asked) => asked,
        Err(why) => {
            let problem = Diagnostic::new(Code::Usage, why);
            let problem = problem.help("say an earlier `--since` or a later `--until`");
            terminal.diagnostics(&[problem], set.sources());
            return Exit::USAGE;
        }
    };
    let margin = arguments.asked.delivery_margin();
    let watch = arguments.follow.watch(&arguments.paths);
    let discovery = match &watch {
        Some(_) => following::streams(&arguments.paths),
        None => inputs::found(&arguments.paths, &asked, margin, &arguments.s3),
    };
    let options = arguments.options();
    let proof = Proof::of(
        &arguments.verify,
        &arguments.paths,
        &discovery,
        options.jobs,
        options.limits,
    );
    let proof = match proof {
        Ok(proof) => proof,
        Err(problem) => {
            terminal.diagnostics(&[*problem], set.sources());
            return Exit::USAGE;
        }
    };
    let by_delivery = asked.until.is_some() && arguments.paths.iter().any(|p| inputs::is_remote(p));
    let summary = Summary {
        expired_exceptions: expired_exceptions(set.all(), now),
        delivery_margin: by_delivery.then_some(margin),
        asked,
        ..Summary::default()
    };
    let making = Making {
        set: &set,
        fail_on: arguments.fail_on,
        now,
        sarif: &arguments.sarif,
        writing: match &watch {
            Some(_) => Writing::Following,
            None if discovery.has_stdin() => Writing::Streaming,
            None => Writing::AtTheEnd,
        },
    };
    match Outputs::open(&arguments.outputs(), &making, terminal) {
        Ok(outputs) => {
            let inputs = Inputs {
                discovery,
                proof,
                watch,
            };
            gate(
                arguments,
                &set,
                &rule_errors,
                inputs,
                summary,
                outputs,
                terminal,
            )
        }
        Err(problem) => {
            terminal.diagnostics(&[*problem], set.sources());
            Exit::USAGE
        }
    }
}

/// What is read, and what vouches for it.
struct Inputs {
    discovery: Discovery,
    proof: Option<Proof>,
    watch: Option<Watch>,
}

/// Scans and judges.
fn gate(
    arguments: &Arguments,
    set: &RuleSet,
    rule_errors: &[Diagnostic],
    inputs: Inputs,
    mut summary: Summary,
    mut outputs: Outputs<'_>,
    terminal: &mut Terminal,
) -> Exit {
    let Inputs {
        mut discovery,
        mut proof,
        watch,
    };
    count_rules(&mut summary, set);
    for problem in rule_errors {
        outputs.each_for_tools(|sink| sink.diagnostic(problem));
    }
    let named: Vec<String> = proof::names(&discovery.inputs).map(str::to_owned).collect();
    if let Some(proof) = &mut proof {
        for problem in proof.problems() {
            outputs.each(|sink| sink.diagnostic(problem));
        }
        for problem in proof.refuse(&mut discovery.inputs) {
            summary.inputs.failed += 1;
            outputs.each(|sink| sink.diagnostic(&problem));
        }
    }
    for problem in input_problems(&discovery, arguments.allow_empty) {
        summary.inputs.failed += u64::from(problem.is_error());
        outputs.each(|sink| sink.diagnostic(&problem));
    }
    let asked = summary.asked.clone();
    let engine = Engine::new(set).only(&asked);
    let progress = Arc::default();
    let known = watch.is_none().then_some(discovery.inputs.as_slice());
    let line = Line::start(&arguments.progress, known, &progress);
    let mut take = |output| match output {
        Output::Findings(mut findings) => {
            for finding in &mut findings {
                let file = &finding.place.file;
                finding.integrity = proof.as_ref().map(|proof| proof.vouches_for(file));
                summary.count(finding);
                outputs.each(|sink| sink.finding(finding));
            }
        }
        Output::Problem(problem) => outputs.each(|sink| sink.diagnostic(&problem)),
    };
    let mut emit = |output| line.around(|| take(output));
    let (inputs, options) = (&discovery.inputs, arguments.options());
    let report = match watch {
        Some(mut watch) => {
            let stop = Stop::new();
            interrupt::ends(&stop);
            follow(
                engine, &mut watch, inputs, options, &progress, &stop, &mut emit,
            )
        }
        None => scan_watched(engine, inputs, options, &progress, &mut emit),
    };
    drop(line);
    let stats = report.stats;
    let mut left_out = discovery.skipped;
    left_out.add(report.skipped);
    summary.skipped = skipped(left_out);
    take_over(&mut summary, report, engine);
    // Where something could not be read, that is why, and said already.
    if summary.has_nothing_to_judge() && !arguments.allow_empty {
        let problem = no_events(&summary);
        outputs.each(|sink| sink.diagnostic(&problem));
    }
    summary.judge(arguments.fail_on, arguments.allowed());
    if let Some(proof) = &proof {
        proof.conclude(&named, &mut summary);
    }
    let unwritten = outputs.finish(&mut summary);
    terminal.diagnostics(&unwritten, set.sources());
    if let (Some(format), Some(stats)) = (arguments.stats, stats) {
        terminal.note(&match format {
            StatsFormat::Text => stats_text(&stats, &summary),
            StatsFormat::Json => stats_json(&stats, &summary).to_string(),
        });
    }
    if !arguments.text_is_shown() {
        for reason in summary.verdict.reasons() {
            terminal.note(&format!("trailgate: exit {reason}"));
        }
    }
    Exit(summary.verdict.exit_code())
}

/// What was asked for and cannot be had. An empty directory is no error where
/// there need not be an event.
fn input_problems(discovery: &Discovery, allow_empty: bool) -> Vec<Diagnostic> {
    let mut empty = discovery.empty.clone();
    if allow_empty {
        empty.iter_mut().for_each(|p| p.level = Level::Warning);
    }
    let problems = discovery.problems.iter().cloned();
    problems.chain(empty).collect()
}

/// What directories and archives held that is not read, by kind; kinds without any are absent.
fn skipped(skipped: Skipped) -> BTreeMap<String, u64> {
    let kinds = [
        ("hidden", skipped.hidden),
        ("digest", skipped.digest),
        ("special", skipped.special),
        ("link", skipped.link),
        ("other_service", skipped.other_service),
    ];
    let met = kinds.into_iter().filter(|(_, count)| *count > 0);
    met.map(|(kind, count)| (kind.to_owned(), count as u64))
        .collect()
}

fn count_rules(summary: &mut Summary, set: &RuleSet) {
    summary.rules.active = set.rules.len() as u64;
    summary.rules.failed = set
        .failed
        .iter()
        .map(|failed| failed.name.clone())
        .collect();
    summary.rules.inactive = set
        .inactive
        .iter()
        .map(|inactive| InactiveRule {
            id: inactive.rule.id.value.clone(),
            lists: inactive
                .lists
                .iter()
                .map(|list| list.value.clone())
                .collect(),
        })
        .collect();
}

fn take_over(summary: &mut Summary, report: ScanReport, engine: Engine<'_>) {
    summary.inputs.read += report.inputs.read;
    summary.inputs.failed += report.inputs.failed;
    summary.inputs.members = report.inputs.members;
    summary.records = report.records;
    summary.coverage = report.coverage;
    summary.duplicates = report.duplicates;
    let rules = engine.rules();
    summary.not_evaluated = not_evaluated(report.unevaluated, engine);
    summary.undecided = report
        .undecided
        .into_iter()
        .filter_map(|(index, count)| Some((rules.get(index)?.id.value.clone(), count)))
        .collect();
}

/// The rules that were not evaluated on some records, by shape.
fn not_evaluated(unevaluated: Unevaluated, engine: Engine<'_>) -> Vec<NotEvaluated> {
    let entries = unevaluated.by_rule.into_iter();
    entries
        .filter_map(|((shape, index), missing)| {
            let rule = engine.rules().get(index)?;
            let may = rule.severity_when.iter().map(|entry| entry.severity);
            Some(NotEvaluated {
                rule: rule.id.value.clone(),
                severity: may.fold(rule.severity, Ord::max),
                shape: shape.name().to_owned(),
                records: missing.records,
                fields: missing.fields,
            })
        })
        .collect()
}

fn no_events(summary: &Summary) -> Diagnostic {
    let outside = summary.records.outside;
    if outside > 0 {
        let message = format!("none of {outside} events is one that was asked about");
        return Diagnostic::new(Code::NoEvents, message).help(
            "check `--since`, `--until`, `--account` and `--region`; where there need not be an \
             event, say `--allow-empty`",
        );
    }
    Diagnostic::new(Code::NoEvents, "not a single event was read").help(
        "check that the paths are those of the export; where there need not be an event, say \
         `--allow-empty`",
    )
}

fn no_rules(set: &RuleSet) -> Diagnostic {
    let inactive: Vec<_> = set
        .inactive
        .iter()
        .map(|inactive| inactive.rule.id.value.as_str())
        .collect();
    let help = if inactive.is_empty() {
        "choose less narrowly: `trailgate rules list` takes the same options".to_owned()
    } else {
        format!("set the lists that these need: {}", inactive.join(", "))
    };
    Diagnostic::new(Code::UnknownRule, "no rule is left to run").help(help)
}

impl Arguments {
    /// How inputs are read.
    fn options(&self) -> ScanOptions {
        ScanOptions {
            jobs: self.jobs.unwrap_or(ScanOptions::default().jobs),
            max_record: self.max_record,
            limits: Limits {
                max_ratio: self.max_ratio,
                max_decoded: self.max_decoded,
                max_window: self.max_window,
                max_depth: self.max_depth,
                max_members: self.max_members,
            },
            shape: self.shape,
            stats: self.stats.is_some(),
        }
    }

    fn allowed(&self) -> Allowed {
        Allowed {
            empty: self.allow_empty,
            not_evaluated: self.allow_not_evaluated,
        }
    }

    fn outputs(&self) -> Vec<OutputOption> {
        with_text(&self.output, self.quiet)
    }

    fn text_is_shown(&self) -> bool {
        let shown = |output: &OutputOption| output.path.is_none() && output.format == Format::Text;
        self.outputs().iter().any(shown)
    }
}

fn parse_fail_on(text: &str) -> Result<FailOn, String> {
    if text == "none" {
        return Ok(FailOn::Never);
    }
    parse_severity(text)
        .map(FailOn::At)
        .map_err(|error| format!("{error}, or none"))
}

fn parse_now(text: &str) -> Result<Timestamp, String> {
    let midnight = || format!("{text}T00:00:00Z");
    trailgate::event::parse_rfc3339(text)
        .or_else(|| trailgate::event::parse_rfc3339(&midnight()))
        .ok_or_else(|| "write a time such as 2026-01-31T08:00:00Z, or a date".to_owned())
}

fn parse_shape(text: &str) -> Result<Shape, String> {
    let known = || Shape::ALL.map(Shape::name).join(", ");
    Shape::of_name(text).ok_or_else(|| format!("the shapes are {}", known()))
}

/// Reads a size such as `16MiB`.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let help = || "write bytes, or a number with KiB, MiB or GiB: 16MiB".to_owned();
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let number: u64 = text[..digits].parse().map_err(|_| help())?;
    let unit = match text[digits..].trim() {
        "" | "B" => 1,
        "KiB" | "K" | "k" => 1 << 10,
        "MiB" | "M" => 1 << 20,
        "GiB" | "G" => 1 << 30,
        _ => return Err(help()),
    };
    number
        .checked_mul(unit)
        .filter(|size| *size > 0)
        .ok_or_else(help)
}
