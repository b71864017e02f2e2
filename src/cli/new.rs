//! `trailgate new`: a rule to begin with.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use trailgate::diagnostic::{Code, Diagnostic, SourceMap};
use trailgate::draft;
use trailgate::rule::{RulesFile, load};

use super::Exit;
use super::destination::Destination;
use super::event_choice::EventChoice;
use super::terminal::Terminal;

/// Write a new rule, commented and with tests
///
/// With an event, the rule is drafted from it: what was called, its other fields
/// as clauses to choose from, and the event itself as a test, credentials masked.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trailgate new bucket-made-public
  trailgate new bucket-made-public --event export/a.json.gz:17 -o rules/s3.yaml")]
pub(crate) struct Arguments {
    /// The rule's id: lower-case letters, digits, `-`, `_` and `.`
    #[arg(value_name = "ID")]
    id: String,

    /// Draft the rule from an event: a file that holds one, FILE:N for the record
    /// numbered N, or `-` for standard input
    #[arg(long, value_name = "EVENT")]
    event: Option<String>,

    /// Look in EVENT, a file or a directory, for the event with this id
    #[arg(long, value_name = "ID", requires = "event")]
    event_id: Option<String>,

    /// Where to write; `-` is standard output [default: ID.yaml]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Overwrite a file that is there
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Exit {
    let text = match write_text(arguments, terminal) {
        Ok(text) => text,
        Err(exit) => return exit,
    };
    let path = match &arguments.output {
        Some(path) => path.clone(),
        None => PathBuf::from(format!("{}.yaml", arguments.id)),
    };
    if path.as_os_str() == "-" {
        terminal.write(&text);
        return Exit::CLEAN;
    }
    let refuse = |message: String, help: &str, terminal: &mut Terminal| {
        let problem = Diagnostic::new(Code::OutputUnwritable, message).help(help);
        terminal.diagnostics(&[problem], &SourceMap::new());
        Exit::USAGE
    };
    let shown = path.display();
    if path.exists() && !arguments.force {
        let help = "name another file with -o, or overwrite it with --force";
        return refuse(format!("`{shown}` is there already"), help, terminal);
    }
    let written = Destination::open(Some(&path)).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.commit()
    });
    if let Err(error) = written {
        let help = "name a file in a directory that exists and may be written to";
        return refuse(
            format!("`{shown}` cannot be written: {error}"),
            help,
            terminal,
        );
    }
    terminal.line(&format!(
        "wrote {shown}; next: `trailgate check {shown}`, then `trailgate test {shown}`"
    ));
    Exit::CLEAN
}

fn write_text(arguments: &Arguments, terminal: &mut Terminal) -> Result<String, Exit> {
    let text = match &arguments.event {
        None => draft::blank(&arguments.id),
        Some(event) => drafted(arguments, event, terminal)?,
    };
    let file = RulesFile::of_user(format!("{}.yaml", arguments.id), text.as_str());
    let loaded = load(vec![file], &[]);
    let errors: Vec<_> = loaded
        .diagnostics
        .into_iter()
        .filter(Diagnostic::is_error)
        .collect();
    if errors.is_empty() {
        return Ok(text);
    }
    // The draft is sound but for what came from outside: the id.
    terminal.diagnostics(&errors, loaded.set.sources());
    Err(Exit::USAGE)
}

fn drafted(arguments: &Arguments, event: &str, terminal: &mut Terminal) -> Result<String, Exit> {
    let found = EventChoice::new(event, arguments.event_id.as_deref())
        .find()
        .map_err(|nothing| {
            terminal.diagnostics(&nothing.problems, &SourceMap::new());
            nothing.exit
        })?;
    terminal.diagnostics(&found.remarks, &SourceMap::new());
    draft::from_event(&arguments.id, &found.record).ok_or_else(|| {
        let problem = Diagnostic::new(
            Code::UnknownEvent,
            "the event has no `eventSource` or no `eventName`",
        )
        .in_place(found.place)
        .help("a rule begins with what was called; name a CloudTrail event");
        terminal.diagnostics(&[problem], &SourceMap::new());
        Exit::INPUT
    })
}
