//! Running the rules for what is done with the findings elsewhere: no gate, no
//! outputs.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use trailgate::config::Config;
use trailgate::diagnostic::{Code, Diagnostic};
use trailgate::engine::{Engine, Output, ScanOptions, scan_watched};
use trailgate::finding::{Allowed, FailOn, Finding, Gate, Summary, Verdict};
use trailgate::rule::{RuleSet, Severity};
use trailgate::waiver::Waivers;

use super::correlating::{Correlating, Found};
use super::reading::ReadingOptions;
use super::summing_up::{count_rules, input_problems, no_events, no_rules, skipped, take_over};
use crate::cli::Exit;
use crate::cli::asked::{AskedOptions, parse_time};
use crate::cli::config_options::ConfigOptions;
use crate::cli::inputs::{self, S3Options};
use crate::cli::progress::{Line, ProgressOption};
use crate::cli::rule_options::RuleOptions;
use crate::cli::terminal::Terminal;
use crate::cli::waiver_options::WaiverOptions;

/// How many problems with the inputs are told.
const TOLD: usize = 20;

/// What is read, and what is run over it: the options of `scan` for that.
#[derive(Debug, Args)]
pub(crate) struct SurveyOptions {
    #[command(flatten)]
    rules: RuleOptions,

    #[command(flatten)]
    config: ConfigOptions,

    #[command(flatten)]
    waivers: WaiverOptions,

    /// The time the run is made for: RFC 3339 or a date [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    now: Option<Timestamp>,

    /// Take it to be whole when there is not a single event, or an input has nothing in
    /// it
    #[arg(long)]
    allow_empty: bool,

    #[command(flatten)]
    reading: ReadingOptions,

    #[command(flatten)]
    asked: AskedOptions,

    #[command(flatten)]
    s3: S3Options,

    #[command(flatten)]
    progress: ProgressOption,
}

/// Rules, waivers and the time, ready to run.
pub(crate) struct Survey<'a> {
    options: &'a SurveyOptions,
    pub(crate) config: Config,
    pub(crate) set: RuleSet,
    pub(crate) waivers: Option<Waivers>,
    pub(crate) now: Timestamp,
}

impl SurveyOptions {
    /// Loads the rules and the waivers, and says what is wrong with them.
    pub(crate) fn prepare(&self, terminal: &mut Terminal) -> Result<Survey<'_>, Exit> {
        let configuration = self.config.load(terminal)?;
        let chosen = match self.rules.load(&configuration) {
            Ok(chosen) => chosen,
            Err((problems, sources)) => {
                terminal.diagnostics(&problems, &sources);
                return Err(Exit::USAGE);
            }
        };
        let problems = chosen.to_say(&configuration);
        let mut set = chosen.set;
        terminal.diagnostics(&problems, set.sources());
        if set.rules.is_empty() && set.failed.is_empty() {
            terminal.diagnostics(&[no_rules(&set)], set.sources());
            return Err(Exit::USAGE);
        }
        let config = configuration.config;
        let waivers = self.waivers.load(&config, &mut set).map_err(|problems| {
            terminal.diagnostics(&problems, set.sources());
            Exit::USAGE
        })?;
        Ok(Survey {
            options: self,
            now: self.now.unwrap_or_else(Timestamp::now),
            set,
            waivers,
            config,
        })
    }
}

impl Survey<'_> {
    /// Runs the rules over the inputs. Gives what keeps the answer from being whole:
    /// inputs that were not read, rules that did not run.
    ///
    /// # Errors
    /// Options that do not fit each other, which is said.
    pub(crate) fn run(
        &self,
        paths: &[PathBuf],
        terminal: &mut Terminal,
        take: &mut dyn FnMut(Finding),
    ) -> Result<Verdict, Exit> {
        let options = self.options;
        let asked = options.asked.asked(self.now).map_err(|why| {
            let problem = Diagnostic::new(Code::Usage, why);
            let problem = problem.help("say an earlier `--since` or a later `--until`");
            terminal.diagnostics(&[problem], self.set.sources());
            Exit::USAGE
        })?;
        let margin = options.asked.delivery_margin();
        let discovery = inputs::found(paths, &asked, margin, &options.s3);
        let mut summary = Summary::default();
        count_rules(&mut summary, &self.set);
        let mut problems = input_problems(&discovery, options.allow_empty);
        summary.inputs.failed += problems.iter().filter(|p| p.is_error()).count() as u64;
        let engine = Engine::new(&self.set).only(&asked);
        let engine = match &self.waivers {
            Some(waivers) => engine.waiving(waivers),
            None => engine,
        };
        let (waivers, memory) = (self.waivers.as_ref(), options.reading.correlation_memory);
        let mut correlating = Correlating::new(&self.set, waivers, memory);
        let progress = Arc::default();
        let line = Line::start(&options.progress, Some(&discovery.inputs), &progress);
        let mut emit = |output| match output {
            Output::Findings(findings) => findings.into_iter().for_each(&mut *take),
            Output::Signals(signals) => correlating.take(signals, &mut |_| {}),
            Output::Problem(problem) => problems.push(problem),
            Output::Reached(_) | Output::End(_) => {}
        };
        let reading = ScanOptions {
            allow_nothing: options.allow_empty,
            ..options.reading.options()
        };
        let report = scan_watched(engine, &discovery.inputs, reading, &progress, &mut emit);
        drop(line);
        let mut left_out = discovery.skipped;
        left_out.add(report.skipped);
        summary.skipped = skipped(left_out);
        take_over(&mut summary, report, engine);
        let as_of = correlating.as_of(&summary, SignedDuration::ZERO);
        let mut take = |found, _: &mut Summary| match found {
            Found::Finding(finding) => take(*finding),
            Found::Problem(problem) => problems.push(problem),
            Found::Open(_) => {}
        };
        correlating.finish(as_of, &mut summary, &mut take);
        if summary.has_nothing_to_judge() && !options.allow_empty {
            problems.push(no_events(&summary));
        }
        let told = problems.len().min(TOLD);
        terminal.diagnostics(&problems[..told], self.set.sources());
        if problems.len() > told {
            terminal.note(&format!("and {} more problems", problems.len() - told));
        }
        let allowed = Allowed {
            empty: options.allow_empty,
            not_evaluated: false,
        };
        // No finding was counted: what is left is what kept the run from being whole.
        summary.judge(&Gate::from(FailOn::At(Severity::Info)), allowed);
        Ok(summary.verdict)
    }
}
