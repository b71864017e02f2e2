//! `trailgate shapes`: in which shape records are, and how that shows.

mod survey;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;

use trailgate::diagnostic::{SourceMap, render_json};
use trailgate::source::discover;

use super::Exit;
use super::terminal::Terminal;
use survey::Survey;

/// Say in which shape the records of files are, and how that shows
///
/// For each file, and each file in an archive: the lists and wrappers that its records are in, the fields that
/// they were told by, what the records are, and the first event in short.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 every file was read and holds CloudTrail records that can be read, 4 not so.

Examples:
  trailgate shapes export/events.json
  aws cloudtrail lookup-events | trailgate shapes -
  trailgate shapes export/ --format json | jq '.files[] | {file, shapes}'")]
pub(crate) struct Arguments {
    /// Files, directories, glob patterns, or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    paths: Vec<PathBuf>,

    /// How to write what was found
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object, for tools
    Json,
}

pub(crate) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Exit {
    let discovery = discover(&arguments.paths);
    let mut problems = discovery.problems;
    problems.extend(discovery.empty);
    let surveys: Vec<Survey> = discovery.inputs.iter().flat_map(Survey::all_of).collect();
    match arguments.format {
        Format::Text => {
            surveys.iter().for_each(|survey| survey.text(terminal));
            terminal.diagnostics(&problems, &SourceMap::new());
        }
        Format::Json => {
            let said = problems
                .iter()
                .map(|each| render_json(each, &SourceMap::new()));
            let files: Vec<_> = surveys.iter().map(Survey::json).collect();
            let report = json!({
                "schema": "trailgate-shapes/1",
                "files": files,
                "diagnostics": said.collect::<Vec<_>>(),
            });
            terminal.line(&report.to_string());
        }
    }
    if problems.is_empty() && surveys.iter().all(Survey::is_read) {
        Exit::CLEAN
    } else {
        Exit::INPUT
    }
}
