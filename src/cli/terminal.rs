//! Where text goes: standard output and standard error, with colours and width
//! as the terminal and the environment say. A reader that goes away is quiet.

use std::io::{self, IsTerminal, Write};

use trailgate::diagnostic::{Diagnostic, SourceMap, Style, render_text};

use super::Colour;

/// The two outputs of the process.
pub(crate) struct Terminal {
    out_style: Style,
    err_style: Style,
    out_open: bool,
}

/// Wide enough for ARNs, narrow enough to read; a terminal's own width wins below it.
const WIDEST: usize = 120;
/// What is assumed where there is no terminal.
const DEFAULT_WIDTH: usize = 100;

impl Terminal {
    pub(crate) fn new(colour: Colour) -> Self {
        let style = |is_terminal: bool| {
            let wanted = match colour {
                Colour::Always => true,
                Colour::Never => false,
                Colour::Auto => is_terminal && colours_wanted(),
            };
            let width = if is_terminal {
                terminal_width()
            } else {
                DEFAULT_WIDTH
            };
            Style {
                colour: wanted,
                width: width.clamp(40, WIDEST),
            }
        };
        Terminal {
            out_style: style(io::stdout().is_terminal()),
            err_style: style(io::stderr().is_terminal()),
            out_open: true,
        }
    }

    /// How to draw on standard output.
    pub(crate) fn style(&self) -> Style {
        self.out_style
    }

    /// Writes a line to standard output.
    pub(crate) fn line(&mut self, text: &str) {
        self.write(&format!("{text}\n"));
    }

    /// Writes to standard output. Once the reader has gone away nothing more is
    /// written, and the run goes on: its exit code still counts.
    pub(crate) fn write(&mut self, text: &str) {
        if !self.out_open {
            return;
        }
        let mut out = io::stdout().lock();
        if out
            .write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .is_err()
        {
            self.out_open = false;
        }
    }

    /// Writes a line to standard error.
    pub(crate) fn note(&mut self, text: &str) {
        // Standard error is the last place to complain in: nothing is left to do.
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// Writes diagnostics to standard error.
    pub(crate) fn diagnostics(&mut self, diagnostics: &[Diagnostic], sources: &SourceMap) {
        for diagnostic in diagnostics {
            self.note(&render_text(diagnostic, sources, self.err_style));
        }
    }
}

/// Whether a line on standard error can be drawn anew.
pub(crate) fn can_draw() -> bool {
    io::stderr().is_terminal() && !is_dumb()
}

/// The columns of the terminal that standard error is.
pub(crate) fn error_width() -> usize {
    terminal_size::terminal_size_of(io::stderr())
        .map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0))
}

/// <https://no-color.org>: any value that is not empty; a dumb terminal has none.
fn colours_wanted() -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !no_color && !is_dumb()
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

fn terminal_width() -> usize {
    terminal_size::terminal_size().map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0))
}
