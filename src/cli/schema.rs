//! `trailgate schema`: the rule format for editors.

use clap::Args;

use trailgate::rule::json_schema;

use super::Exit;
use super::terminal::Terminal;

/// Write the JSON Schema of the rule format, for editors
///
/// With it, an editor with a YAML language server completes keys, operators and
/// CloudTrail fields, explains them, and marks what is misspelt.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  trailgate schema > trailgate-rule.schema.json

Then write at the top of a rules file:
  # yaml-language-server: $schema=./trailgate-rule.schema.json")]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments, terminal: &mut Terminal) -> Exit {
    terminal.line(&format!("{:#}", json_schema()));
    Exit::CLEAN
}
