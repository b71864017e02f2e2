//! `trailgate explain`: what a rule asks, and why it does or does not match.
use super::Exit;
use super::rules::RuleFiles;
use super::terminal::Terminal;
use clap::Args;

/// Say in plain words what a rule matches, or why it does or does not match an event
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The rule's id
    rule: String,
    #[command(flatten)]
    files: RuleFiles,
}

pub(crate) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Exit {
    match arguments.files.find(&arguments.rule, terminal) {
        Ok((set, rule)) => {
            terminal.write(&trailgate::explain::rule_in_words(
                &set,
                &rule,
                terminal.style(),
            ));
            Exit::CLEAN
        }
        Err(exit) => exit,
    }
}
