//! `trailgate check`: load rules and point at every mistake.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use trailgate::diagnostic::{Diagnostic, Level, render_json};
use trailgate::finding::counted;
use trailgate::pack;
use trailgate::rule::{
    FailedRule, Loaded, Rule, RuleSet, Settings, TestInput, expired_exceptions, load_with,
    read_rules, unknown_calls,
};
use trailgate::testing::{build_event, build_events};

use super::Exit;
use super::config_options::ConfigOptions;
use super::rule_options::LogsourceOptions;
use super::terminal::Terminal;

/// Check rules: load them and point at every mistake
///
/// All mistakes of all files are reported at once, each with its place and what
/// to do. Errors keep a rule from loading and end with exit code 3; warnings are
/// what a careful reader would ask about. Names of calls and their parameters are
/// held against a catalogue of the AWS API.
#[derive(Debug, Args)]
#[command(after_help = concat!("\
Examples:
  trailgate check rules/
  trailgate check rules/ --format json | jq '.diagnostics[]'

The catalogue of the AWS API: ", include_str!("../event/api/models.version")))]
pub(crate) struct Arguments {
    /// Rules files, or directories that hold some [default: those of the configuration]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// How to write the diagnostics
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,

    /// Fail on warnings too
    #[arg(long)]
    deny_warnings: bool,

    #[command(flatten)]
    logsource: LogsourceOptions,

    #[command(flatten)]
    config: ConfigOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object, for tools
    Json,
}

pub(crate) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Exit {
    let configuration = match arguments.config.load(terminal) {
        Ok(configuration) => configuration,
        Err(exit) => return exit,
    };
    let paths = match configuration.paths_or(&arguments.paths, terminal) {
        Ok(paths) => paths,
        Err(exit) => return exit,
    };
    let (files, unreadable) = read_rules(&paths);
    let count = files.len();
    let settings = Settings {
        sigma: arguments.logsource.applies(),
        ..configuration.settings([])
    };
    let mut loaded = load_with(pack::rules_files(), files, settings);
    // A list of the configuration may be for other rules than these.
    let unused = |problem: &Diagnostic| {
        problem.level == Level::Warning && configuration.wrote(problem.span())
    };
    loaded.diagnostics.retain(|problem| !unused(problem));
    for diagnostic in &unreadable {
        let failed = FailedRule::unread(&diagnostic.message);
        loaded.set.failed.push(failed);
    }
    loaded.diagnostics.splice(0..0, unreadable);
    let now = jiff::Timestamp::now();
    let surroundings: Vec<_> = loaded
        .set
        .all()
        .flat_map(|rule| {
            let calls = unknown_calls(rule, loaded.set.sources());
            let events = test_events(&loaded.set, rule);
            expired_exceptions(rule, now)
                .into_iter()
                .chain(calls)
                .chain(events)
        })
        .collect();
    for problem in surroundings {
        // What stands in a macro is said once, however many rules use it.
        if !loaded.diagnostics.contains(&problem) {
            loaded.diagnostics.push(problem);
        }
    }
    match arguments.format {
        Format::Text => text(&loaded, count, terminal),
        Format::Json => json(&loaded, count, terminal),
    }
    let worst = loaded
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.level)
        .max();
    match worst {
        Some(Level::Error) => Exit::RULES,
        Some(Level::Warning) if arguments.deny_warnings => Exit::RULES,
        _ => Exit::CLEAN,
    }
}

/// What is wrong with the events that a rule's tests name: files that are not
/// there, changes that cannot be made.
fn test_events(set: &RuleSet, rule: &Rule) -> Vec<Diagnostic> {
    let folder = set.folder(rule);
    let problems = rule.tests.iter().filter_map(|test| match &test.input {
        TestInput::Event(event) => build_event(event, folder).err(),
        TestInput::Events(events) => build_events(events, folder).err(),
    });
    problems.map(|problem| *problem).collect()
}

fn text(loaded: &Loaded, files: usize, terminal: &mut Terminal) {
    let style = terminal.style();
    for diagnostic in &loaded.diagnostics {
        let drawn = trailgate::diagnostic::render_text(diagnostic, loaded.set.sources(), style);
        terminal.line(&drawn);
    }
    let count = |level: Level| {
        loaded
            .diagnostics
            .iter()
            .filter(|d| d.level == level)
            .count()
    };
    let mut parts = vec![
        counted(loaded.set.all().count() as u64, "rule"),
        counted(files as u64, "file"),
        counted(count(Level::Error) as u64, "error"),
        counted(count(Level::Warning) as u64, "warning"),
    ];
    let elsewhere = loaded.set.not_applicable.len();
    if elsewhere > 0 {
        parts.insert(1, format!("{elsewhere} not applicable"));
    }
    if count(Level::Notice) > 0 {
        parts.push(counted(count(Level::Notice) as u64, "notice"));
    }
    terminal.line(&parts.join(", "));
}

fn json(loaded: &Loaded, files: usize, terminal: &mut Terminal) {
    let sources = loaded.set.sources();
    let diagnostics: Vec<_> = loaded
        .diagnostics
        .iter()
        .map(|diagnostic| render_json(diagnostic, sources))
        .collect();
    let report = serde_json::json!({
        "schema": "trailgate-check/1",
        "files": files,
        "rules": loaded.set.all().map(|rule| rule.id.value.as_str()).collect::<Vec<_>>(),
        "not_applicable": loaded.set.not_applicable.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>(),
        "failed": loaded.set.failed.iter().map(|failed| failed.name.as_str()).collect::<Vec<_>>(),
        "diagnostics": diagnostics,
    });
    terminal.line(&report.to_string());
}
