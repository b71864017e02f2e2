//! `trailgate explain`: what a rule asks, and why it does or does not match.

use clap::Args;

use trailgate::diagnostic::{Code, Diagnostic};
use trailgate::explain::{rule_in_words, verdict};
use trailgate::rule::InactiveRule;

use super::Exit;
use super::event_choice::EventChoice;
use super::explain_together;
use super::rules::RuleFiles;
use super::terminal::Terminal;

/// Say what a rule matches, or why it does or does not match an event
///
/// With an event, every clause is shown with a tick or a cross and the value it
/// saw. A rule about several events is explained on all events of the files and
/// directories that are named: under each key what was found, or how near the
/// nearest window came. Without events, the rule is put in plain words.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 explained, matching or not; 2 no such rule, 3 a rule does not load, 4 no such event.

Examples:
  trailgate explain cis-03-root-use
  trailgate explain cis-03-root-use event.json
  trailgate explain cis-03-root-use export/a.json.gz:17
  trailgate explain cis-03-root-use export/ --event-id 7e96f0e7-4d78-423d-b3f5-391370685b30
  trailgate explain my-correlation export/ --rules my-correlation.yaml
  pbpaste | trailgate explain my-rule --rules my-rule.yaml -")]
pub(crate) struct Arguments {
    /// The rule's id
    #[arg(value_name = "RULE")]
    rule: String,

    /// The event: a file that holds one, FILE:N for the record numbered N (from 1, as
    /// findings say it), or `-` for standard input. Of a rule about several events: files
    /// and directories, of which all events are read
    #[arg(value_name = "EVENT")]
    events: Vec<String>,

    /// Look in EVENT, a file or a directory, for the event with this id
    #[arg(long, value_name = "ID", requires = "events")]
    event_id: Option<String>,

    #[command(flatten)]
    files: RuleFiles,
}

pub(crate) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Exit {
    let (set, rule) = match arguments.files.find(&arguments.rule, terminal) {
        Ok(found) => found,
        Err(exit) => return exit,
    };
    let style = terminal.style();
    let Some(event) = arguments.events.first() else {
        terminal.write(&rule_in_words(&set, &rule, style));
        return Exit::CLEAN;
    };
    let waiting = set
        .inactive
        .iter()
        .find(|inactive| inactive.rule.id.value == rule.id.value);
    if let Some(problem) = waiting.map(InactiveRule::diagnostic) {
        terminal.diagnostics(&[problem], set.sources());
        return Exit::RULES;
    }
    if rule.correlation.is_some() && arguments.event_id.is_none() {
        return explain_together::run(rule, &arguments.events, set.sources(), terminal);
    }
    if let Some(problem) = wrong_number(arguments, rule.correlation.is_some()) {
        terminal.diagnostics(&[problem], set.sources());
        return Exit::USAGE;
    }
    match EventChoice::new(event, arguments.event_id.as_deref()).find() {
        Ok(found) => {
            terminal.diagnostics(&found.remarks, set.sources());
            terminal.write(&verdict(
                &rule,
                &found.record,
                &found.losses,
                &found.place,
                style,
            ));
            Exit::CLEAN
        }
        Err(nothing) => {
            terminal.diagnostics(&nothing.problems, set.sources());
            nothing.exit
        }
    }
}

/// One event is not what a rule about several is explained on, and several are not
/// what another is.
fn wrong_number(arguments: &Arguments, together: bool) -> Option<Diagnostic> {
    let id = &arguments.rule;
    let (message, help) = if together {
        (
            format!("`{id}` is about several events, not about one"),
            "leave --event-id away, and name the files whose events belong together",
        )
    } else if arguments.events.len() > 1 {
        (
            format!("`{id}` is about one event, and several are named"),
            "name one: a file that holds a single event, or FILE:N",
        )
    } else {
        return None;
    };
    Some(Diagnostic::new(Code::Usage, message).help(help))
}
