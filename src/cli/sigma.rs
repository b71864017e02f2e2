//! `trailgate sigma`: what is done with Sigma rules beside running them.

mod convert;

use clap::{Args, Subcommand};

use super::Exit;
use super::terminal::Terminal;

/// Make native rules of Sigma rules
///
/// Sigma rules run as they are: any rules path may name them.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Convert(convert::Arguments),
}

pub(crate) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Exit {
    match &arguments.command {
        Command::Convert(arguments) => convert::run(arguments, terminal),
    }
}
