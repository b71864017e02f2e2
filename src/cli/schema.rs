//! `trailgate schema`: the rule format for editors.

use clap::Args;

use trailgate::{config, rule};

use super::Exit;
use super::terminal::Terminal;

/// Write the JSON Schema of the rule format or of the configuration, for editors
///
/// With it, an editor with a YAML language server completes keys, operators and
/// CloudTrail fields, explains them, and marks what is misspelt.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  trailgate schema > trailgate-rule.schema.json
  trailgate schema --config > trailgate-config.schema.json

Then write at the top of a rules file:
  # yaml-language-server: $schema=./trailgate-rule.schema.json")]
pub(crate) struct Arguments {
    /// Write that of the configuration, trailgate.yaml, instead
    #[arg(long)]
    config: bool,
}

pub(crate) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Exit {
    let schema = if arguments.config {
        config::json_schema()
    } else {
        rule::json_schema()
    };
    terminal.line(&format!("{schema:#}"));
    Exit::CLEAN
}
