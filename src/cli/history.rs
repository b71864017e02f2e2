//! `trailgate history`: what a state file knows of runs and findings.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use trailgate::diagnostic::{Code, Diagnostic, SourceMap};
use trailgate::output::{history_json, history_text, stories_json, stories_text};
use trailgate::state::{State, Story};

use super::Exit;
use super::config_options::ConfigOptions;
use super::terminal::Terminal;

/// Show the runs of a state file and how their findings develop, or the story of one
/// finding
///
/// A state file is what `trailgate scan --state PATH` writes. Nothing in it is
/// changed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trailgate history
  trailgate history --state nightly.db --last 90
  trailgate history cis-03-root-use
  trailgate history 4c1264793f71f6910dd958f4fda85a50 -o json")]
pub(crate) struct Arguments {
    /// A rule's id or a finding's fingerprint: what runs saw of it
    #[arg(value_name = "RULE|FINGERPRINT")]
    name: Option<String>,

    /// The state file [default: the one that the configuration names, or trailgate.db]
    #[arg(long, value_name = "PATH")]
    state: Option<PathBuf>,

    #[command(flatten)]
    config: ConfigOptions,

    /// Show this many runs, or findings of a rule, the latest
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    last: u64,

    /// How to write it
    #[arg(short, long = "output", value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    output: Format,
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
    let configured = configuration.config.state.map(|path| path.value);
    let path = arguments.state.clone().or(configured);
    let path = path.unwrap_or_else(|| PathBuf::from("trailgate.db"));
    match shown(arguments, &path, terminal) {
        Ok(text) => {
            terminal.write(&text);
            Exit::CLEAN
        }
        Err(problem) => {
            terminal.diagnostics(&[*problem], &SourceMap::new());
            Exit::USAGE
        }
    }
}

fn shown(
    arguments: &Arguments,
    path: &Path,
    terminal: &Terminal,
) -> Result<String, Box<Diagnostic>> {
    let state = State::existing(path)?;
    let style = terminal.style();
    let Some(name) = &arguments.name else {
        let runs = state.runs(arguments.last)?;
        return Ok(match arguments.output {
            Format::Text => {
                let (all, open) = (state.count_runs()?, state.open_events()?);
                history_text(&runs, all, &open, style)
            }
            Format::Json => format!("{}\n", history_json(&runs, &state.open_events()?)),
        });
    };
    let stories = state.stories(name, arguments.last)?;
    if stories.is_empty() {
        return Err(Box::new(never_seen(name)));
    }
    let all = state.count_stories(name)?;
    let sightings = match stories.as_slice() {
        [Story { fingerprint, .. }] => state.sightings(fingerprint, arguments.last)?,
        _ => Vec::new(),
    };
    Ok(match arguments.output {
        Format::Text => stories_text(&stories, &sightings, all, style),
        Format::Json => format!("{}\n", stories_json(&stories, &sightings)),
    })
}

fn never_seen(name: &str) -> Diagnostic {
    let message = format!("no run saw a finding of a rule or under a fingerprint `{name}`");
    Diagnostic::new(Code::UnknownRule, message)
        .help("`trailgate rules list` has the ids of rules; JSON and CSV outputs the fingerprints")
}
