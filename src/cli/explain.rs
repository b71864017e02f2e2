//! `trailgate explain`: what a rule asks, and why it does or does not match.

use clap::Args;

use trailgate::explain::{rule_in_words, verdict};
use trailgate::rule::InactiveRule;

use super::Exit;
use super::event_choice::EventChoice;
use super::rules::RuleFiles;
use super::terminal::Terminal;

/// Say what a rule matches, or why it does or does not match an event
///
/// With an event, every clause is shown with a tick or a cross and the value it
/// saw. Without one, the rule is put in plain words.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 explained, matching or not; 2 no such rule, 3 a rule does not load, 4 no such event.

Examples:
  trailgate explain cis-03-root-use
  trailgate explain cis-03-root-use event.json
  trailgate explain cis-03-root-use export/a.json.gz:17
  trailgate explain cis-03-root-use export/ --event-id 7e96f0e7-4d78-423d-b3f5-391370685b30
  pbpaste | trailgate explain my-rule --rules my-rule.yaml -")]
pub(crate) struct Arguments {
    /// The rule's id
    #[arg(value_name = "RULE")]
    rule: String,

    /// The event: a file that holds one, FILE:N for the record numbered N (from 1, as
    /// findings say it), or `-` for standard input
    #[arg(value_name = "EVENT")]
    event: Option<String>,

    /// Look in EVENT, a file or a directory, for the event with this id
    #[arg(long, value_name = "ID", requires = "event")]
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
    let Some(event) = &arguments.event else {
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
