//! `trailgate scan`: run the rules over exports.

mod configured;
mod correlating;
mod following;
mod history;
mod proof;
mod reading;
mod standing;
mod summing_up;
mod survey;
mod taken_in;

use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};

use trailgate::engine::{Engine, Output, ScanOptions, Stop, follow, scan_watched};
use trailgate::event::{Asked, parse_duration};
use trailgate::finding::{Allowed, FailOn, Summary, expired_exceptions};
use trailgate::output::{stats_json, stats_text};
use trailgate::rule::RuleSet;
use trailgate::waiver::Waivers;

use super::Exit;
use super::asked::{AskedOptions, parse_time};
use super::config_options::ConfigOptions;
use super::inputs::{self, S3Options};
use super::interrupt;
use super::outputs::{
    Format, Making, OutputOption, Outputs, SarifOptions, parse_output, with_text,
};
use super::progress::{Line, ProgressOption};
use super::rule_options::{RuleOptions, parse_severity};
use super::terminal::Terminal;
use configured::{Configured, count_overrides};
use correlating::{Correlating, Found};
use following::FollowOption;
use history::{History, StateOption};
use proof::VerifyOption;
use reading::ReadingOptions;
pub(crate) use reading::parse_size;
use standing::{Standing, StandingOptions};
use summing_up::{count_rules, input_problems, no_events, no_rules, skipped, take_over};
pub(crate) use survey::{Survey, SurveyOptions};
use taken_in::Inputs;

/// Run the rules over CloudTrail exports
///
/// Reads files, directories, glob patterns, `-` (standard input) and objects in S3
/// (`s3://bucket/prefix`): gzip, zstd or plain, in zip and tar archives; Records
/// objects, arrays, single records or JSON Lines, records wrapped as EventBridge,
/// CloudWatch Logs, lookup-events and others do, and tables in CSV and Parquet.
/// Exits 0 only when everything was read, every rule ran and nothing was found at or
/// above `--fail-on`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trailgate scan export/\n  \
    trailgate scan 'logs/**/*.json.gz' --fail-on medium -o jsonl=findings.jsonl\n  \
    trailgate scan s3://bucket/AWSLogs/ --since 24h\n  \
    trailgate scan --follow /var/log/cloudtrail -o jsonl\n  \
    trailgate scan s3://bucket/AWSLogs/ --since 36h --state trailgate.db\n\n\
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
    /// [default: what the configuration says, or high]
    #[arg(long, value_name = "SEVERITY", value_parser = parse_fail_on)]
    fail_on: Option<FailOn>,

    /// Write findings as text, json, jsonl, sarif, junit, github, markdown, csv,
    /// ocsf or html, to a file or to standard output (may be repeated)
    #[arg(short, long = "output", value_name = "FORMAT[=PATH]", value_parser = parse_output)]
    output: Vec<OutputOption>,

    #[command(flatten)]
    sarif: SarifOptions,

    #[command(flatten)]
    config: ConfigOptions,

    #[command(flatten)]
    standing: StandingOptions,

    /// Write no text to standard output
    #[arg(short, long)]
    quiet: bool,

    /// Take it to be clean when there is not a single event, or an input has nothing in
    /// it
    #[arg(long)]
    allow_empty: bool,

    /// Take it to be clean when rules could not be evaluated on records whose shape
    /// lost what the rules ask for
    #[arg(long)]
    allow_not_evaluated: bool,

    /// The time the run is made for: RFC 3339 or a date; decides which
    /// exceptions and waivers have expired, and what `--since 24h` means [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    now: Option<Timestamp>,

    #[command(flatten)]
    reading: ReadingOptions,

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

    /// How much later than others events may come and still count in what several
    /// events show together: with `--state` to the next run, with `--follow` while it
    /// goes on
    #[arg(long, value_name = "DURATION", default_value = "20m", value_parser = parse_duration)]
    allowed_lateness: SignedDuration,

    #[command(flatten)]
    state: StateOption,
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
    let configuration = match arguments.config.load(terminal) {
        Ok(configuration) => configuration,
        Err(exit) => return exit,
    };
    let chosen = match arguments.rules.load(&configuration) {
        Ok(chosen) => chosen,
        Err((problems, sources)) => {
            terminal.diagnostics(&problems, &sources);
            return Exit::USAGE;
        }
    };
    let rule_problems = chosen.to_say(&configuration);
    // The process ends with the run: to free hundreds of rules one by one before that
    // takes a twentieth of a short one.
    let mut set = ManuallyDrop::new(chosen.set);
    terminal.diagnostics(&rule_problems, set.sources());
    if set.rules.is_empty() && set.failed.is_empty() {
        terminal.diagnostics(&[no_rules(&set)], set.sources());
        return Exit::USAGE;
    }
    let now = arguments.now.unwrap_or_else(Timestamp::now);
    let config = &configuration.config;
    let standing = match arguments.standing.load(config, &mut set, now) {
        Ok(standing) => standing,
        Err(problems) => {
            terminal.diagnostics(&problems, set.sources());
            return Exit::USAGE;
        }
    };
    let (inputs, asked) = match Inputs::of(arguments, config, &set, now) {
        Ok(inputs) => inputs,
        Err(problem) => {
            terminal.diagnostics(&[*problem], set.sources());
            return Exit::USAGE;
        }
    };
    let summary = Summary {
        expired_exceptions: expired_exceptions(set.all(), now),
        expired_waivers: standing.expired(),
        delivery_margin: arguments.margin(&asked),
        asked,
        ..Summary::default()
    };
    let configured = Configured::new(&configuration.config);
    let making = Making {
        set: &set,
        gate: configured.gate(arguments.fail_on),
        configuration: &configuration,
        now,
        sarif: &arguments.sarif,
        writing: inputs.writing(),
        standing: standing.is_some(),
        waivers: standing.in_force(),
        keeps_history: inputs.history.is_some(),
    };
    let rules = Rules {
        set: &set,
        configured: &configured,
        standing,
    };
    match Outputs::open(&arguments.outputs(), &making, terminal) {
        Ok(mut outputs) => {
            for problem in &rule_problems {
                outputs.each_for_tools(|sink| sink.diagnostic(problem));
            }
            gate(arguments, rules, inputs, summary, outputs, terminal)
        }
        Err(problem) => {
            terminal.diagnostics(&[*problem], set.sources());
            Exit::USAGE
        }
    }
}

/// What is run, and what is accepted or known of what it finds.
struct Rules<'a> {
    set: &'a RuleSet,
    configured: &'a Configured<'a>,
    standing: Standing,
}

/// Scans and judges.
fn gate(
    arguments: &Arguments,
    rules: Rules<'_>,
    inputs: Inputs,
    mut summary: Summary,
    mut outputs: Outputs<'_>,
    terminal: &mut Terminal,
) -> Exit {
    let Inputs {
        mut discovery,
        mut proof,
        watch,
        mut history,
    } = inputs;
    let Rules {
        set,
        configured,
        standing,
    } = rules;
    count_rules(&mut summary, set);
    count_overrides(&mut summary, set);
    for problem in standing.expiring() {
        outputs.each(|sink| sink.diagnostic(&problem));
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
    if let Some(history) = &mut history {
        history.leave_out(&mut discovery, &mut summary, &mut outputs);
    }
    let asked = summary.asked.clone();
    let (waivers, mut settling) = standing.parts();
    let engine = Engine::new(set).only(&asked).expecting(configured.trails());
    let engine = waivers.engine(engine);
    let progress = Arc::default();
    let known = watch.is_none().then_some(discovery.inputs.as_slice());
    let line = Line::start(&arguments.progress, known, &progress);
    let options = ScanOptions {
        stats: arguments.stats.is_some(),
        ends: history.is_some(),
        allow_nothing: arguments.allow_empty,
        ..arguments.reading.options()
    };
    let mut correlating = arguments.correlating(set, waivers.waivers());
    if let Some(history) = &mut history {
        correlating.go_on(history, &mut summary, &mut outputs);
    }
    let mut found = |found: Found,
                     history: &mut Option<History>,
                     summary: &mut Summary,
                     outputs: &mut Outputs<'_>| {
        let mut finding = match found {
            Found::Finding(finding) => *finding,
            Found::Problem(problem) => return outputs.each(|sink| sink.diagnostic(&problem)),
            Found::Open(signal) => {
                return history.iter_mut().for_each(|h| h.leave_open(&signal));
            }
        };
        let file = &finding.place.file;
        finding.integrity = proof.as_ref().map(|proof| proof.vouches_for(file));
        configured.label(&mut finding);
        settling.settle(&mut finding);
        finding.recurrence = history.as_mut().and_then(|history| history.see(&finding));
        summary.count(&finding);
        outputs.each(|sink| sink.finding(&finding));
    };
    let mut take = |output| {
        if let Output::End(end) = output {
            return history.iter_mut().for_each(|history| history.end(&end));
        }
        let mut found = |it| found(it, &mut history, &mut summary, &mut outputs);
        match output {
            Output::Findings(findings) => {
                let findings = findings.into_iter().map(Box::new);
                findings.for_each(|finding| found(Found::Finding(finding)));
            }
            Output::Signals(signals) => correlating.take(signals, &mut found),
            Output::Reached(time) => correlating.reached(time, &mut found),
            Output::Problem(problem) => found(Found::Problem(problem)),
            Output::End(_) => {}
        }
    };
    let mut emit = |output| line.around(|| take(output));
    let inputs = &discovery.inputs;
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
    let lateness = match history {
        Some(_) => arguments.allowed_lateness,
        None => SignedDuration::ZERO,
    };
    let as_of = correlating.as_of(&summary, lateness);
    let mut take = |it, summary: &mut Summary| found(it, &mut history, summary, &mut outputs);
    if correlating.finish(as_of, &mut summary, &mut take) {
        history.iter_mut().for_each(|history| history.folded(as_of));
    }
    // Where something could not be read, that is why, and said already.
    if summary.has_nothing_to_judge() && !arguments.allow_empty {
        let problem = no_events(&summary);
        outputs.each(|sink| sink.diagnostic(&problem));
    }
    for problem in configured.hold(&mut summary) {
        outputs.each(|sink| sink.diagnostic(&problem));
    }
    for problem in settling.conclude(&waivers, set, &mut summary) {
        outputs.each(|sink| sink.diagnostic(&problem));
    }
    summary.judge(&configured.gate(arguments.fail_on), arguments.allowed());
    if let Some(proof) = &proof {
        proof.conclude(&named, &mut summary);
    }
    if let Some(history) = &mut history {
        history.record(&mut summary, &mut outputs);
    }
    let mut unwritten = outputs.finish(&mut summary);
    if let Some(history) = history {
        unwritten.extend(history.reported(&mut summary, unwritten.is_empty()));
    }
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

impl Arguments {
    /// How late after the interval what was listed may have been delivered; only
    /// buckets are listed by that.
    fn margin(&self, asked: &Asked) -> Option<SignedDuration> {
        let by_delivery = asked.until.is_some() && self.paths.iter().any(|p| inputs::is_remote(p));
        by_delivery.then(|| self.asked.delivery_margin())
    }

    /// What correlates, at the end or as events come.
    fn correlating<'r>(&self, set: &'r RuleSet, waivers: Option<&'r Waivers>) -> Correlating<'r> {
        let memory = self.reading.correlation_memory;
        if self.follow.is_asked() {
            Correlating::following(set, waivers, self.allowed_lateness, memory)
        } else {
            Correlating::new(set, waivers, memory)
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
