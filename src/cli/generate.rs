//! `trailgate completions` and `trailgate man`: what is made from the command
//! line's own description.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use trailgate::diagnostic::{Code, Diagnostic, SourceMap};

use super::Exit;
use super::terminal::Terminal;

/// Write completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trailgate completions bash > ~/.local/share/bash-completion/completions/trailgate
  trailgate completions zsh > ~/.zfunc/_trailgate
  trailgate completions fish > ~/.config/fish/completions/trailgate.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Write the manual pages
///
/// Without --out the page of trailgate itself goes to standard output.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trailgate man | man -l -
  trailgate man --out ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// Write one page for each command into this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn completions(
    arguments: &Completions,
    mut command: clap::Command,
    terminal: &mut Terminal,
) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "trailgate", &mut script);
    terminal.write(&String::from_utf8_lossy(&script));
    Exit::CLEAN
}

pub(crate) fn man(arguments: &Man, command: clap::Command, terminal: &mut Terminal) -> Exit {
    let written = match &arguments.out {
        Some(folder) => std::fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(command, folder))
            .map_err(|error| format!("`{}` cannot be written to: {error}", folder.display())),
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command)
                .render(&mut page)
                .map(|()| terminal.write(&String::from_utf8_lossy(&page)))
                .map_err(|error| format!("the page cannot be written: {error}"))
        }
    };
    match written {
        Ok(()) => Exit::CLEAN,
        Err(message) => {
            let problem = Diagnostic::new(Code::OutputUnwritable, message)
                .help("name a directory that may be written to");
            terminal.diagnostics(&[problem], &SourceMap::new());
            Exit::USAGE
        }
    }
}
