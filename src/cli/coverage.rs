//! `trailgate coverage`: which controls and techniques the rules stand for.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use trailgate::diagnostic::{Code, Diagnostic};
use trailgate::output::{coverage_json, coverage_text, navigator_layer};
use trailgate::report::Coverage;

use super::Exit;
use super::config_options::ConfigOptions;
use super::destination::Destination;
use super::rule_options::RuleOptions;
use super::terminal::Terminal;

/// Show which controls of which frameworks the rules give evidence for
///
/// Every control for which a log can give evidence is listed with the rules behind it,
/// those without a rule included. Rules that are added count as those of the pack do.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trailgate coverage
  trailgate coverage --framework pci-dss-4.0.1 --rules my-rules/
  trailgate coverage --attack-navigator layer.json
  trailgate coverage --format json | jq '.frameworks[].controls[] | select(.rules == [])'")]
pub(crate) struct Arguments {
    /// Write the techniques as a layer for the ATT&CK Navigator too
    #[arg(long, value_name = "FILE")]
    attack_navigator: Option<PathBuf>,

    /// How to write the table
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,

    #[command(flatten)]
    rules: RuleOptions,

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
    let configuration = arguments.config.load(terminal);
    let loaded = configuration.and_then(|of| arguments.rules.load_to_read(&of, terminal));
    let (set, errors) = match loaded {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    terminal.diagnostics(&errors, set.sources());
    let mut coverage = Coverage::of(&set);
    if let Some(path) = &arguments.attack_navigator
        && let Err(reason) = write(path, &navigator_layer(&coverage))
    {
        let message = format!("`{}` cannot be written: {reason}", path.display());
        let problem = Diagnostic::new(Code::OutputUnwritable, message)
            .help("name a file in a directory that exists and may be written to");
        terminal.diagnostics(&[problem], set.sources());
        return Exit::USAGE;
    }
    let chosen = &arguments.rules.choice.frameworks;
    coverage.keep(chosen);
    match arguments.format {
        Format::Text => terminal.write(&coverage_text(
            &coverage,
            !chosen.is_empty(),
            terminal.style(),
        )),
        Format::Json => terminal.line(&coverage_json(&coverage).to_string()),
    }
    if let (Some(left_out), Format::Text) = (&set.left_out, arguments.format) {
        terminal.line(&left_out.to_string());
    }
    if errors.is_empty() {
        Exit::CLEAN
    } else {
        Exit::RULES
    }
}

fn write(path: &Path, layer: &serde_json::Value) -> Result<(), String> {
    let written = Destination::open(Some(path)).and_then(|mut file| {
        writeln!(file, "{layer:#}")?;
        file.commit()
    });
    written.map_err(|error| error.to_string())
}
