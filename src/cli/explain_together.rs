//! `trailgate explain` of a correlation: on every event of the inputs.

use std::path::PathBuf;
use std::sync::Arc;

use trailgate::diagnostic::{Code, Diagnostic, SourceMap};
use trailgate::explain::Together;
use trailgate::rule::{Rule, RuleSet};
use trailgate::shape::Kind;
use trailgate::source::discover;

use super::Exit;
use super::every_record::{Content, Met, every_record};
use super::terminal::Terminal;

/// Explains what a rule makes of all events in some files and directories.
pub(super) fn run(
    rule: Rule,
    inputs: &[String],
    sources: &SourceMap,
    terminal: &mut Terminal,
) -> Exit {
    let style = terminal.style();
    let set = RuleSet::of(rule);
    let Some(mut together) = Together::new(&set) else {
        return Exit::CLEAN;
    };
    let paths: Vec<PathBuf> = inputs.iter().map(PathBuf::from).collect();
    let discovery = discover(&paths);
    if !discovery.problems.is_empty() {
        terminal.diagnostics(&discovery.problems, sources);
        return Exit::INPUT;
    }
    let mut problems = Vec::new();
    let mut read = 0_u64;
    let mut failed = None;
    for input in &discovery.inputs {
        let over = every_record(input, None, &mut |met| {
            match met {
                // Digests, Insights and what is none of CloudTrail's `scan` leaves too.
                Met::Record(Content::Record(_, kind, _), ..) if kind != Kind::Event => {}
                Met::Record(Content::Record(event, _, losses), number, file) => {
                    let file: Arc<str> = Arc::from(file);
                    read += 1;
                    failed = together.take(&event, &losses, &file, number).err();
                }
                Met::Record(Content::Unparsed(fault), number, file) => {
                    problems.push(fault.diagnostic(file, number));
                }
                Met::Record(Content::Fault(fault), number, file) => {
                    problems.push(fault.diagnostic(file, number));
                }
                Met::Damaged(problem) | Met::Fault(problem) => problems.push(problem),
            }
            failed.is_some()
        });
        if over {
            break;
        }
    }
    terminal.diagnostics(&problems, sources);
    let explained = match failed {
        Some(error) => Err(error),
        None => together.finish(style),
    };
    match explained {
        Ok(text) => {
            terminal.write(&text);
            if read == 0 { Exit::INPUT } else { Exit::CLEAN }
        }
        Err(error) => {
            let message = format!("signals of correlations cannot be kept on disk: {error}");
            let problem = Diagnostic::new(Code::SignalsUnwritable, message)
                .help("make room where temporary files are kept, or name fewer events");
            terminal.diagnostics(&[problem], sources);
            Exit::INPUT
        }
    }
}
