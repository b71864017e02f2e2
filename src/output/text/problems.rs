//! Problems for people: a few of each kind in full, the rest counted.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::words;
use crate::diagnostic::{Code, Diagnostic, SourceMap, Style, render_text};

/// How many problems of one kind are written in full.
pub(super) const SHOWN: usize = 5;

/// Problems that wait to be written.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    shown: Vec<Diagnostic>,
    more: BTreeMap<Code, u64>,
}

impl Problems {
    /// Keeps a problem, or counts it where enough of its kind are kept.
    pub(crate) fn add(&mut self, problem: &Diagnostic) {
        let same_kind = |known: &&Diagnostic| known.code == problem.code;
        if self.shown.iter().filter(same_kind).count() < SHOWN {
            self.shown.push(problem.clone());
        } else {
            *self.more.entry(problem.code).or_default() += 1;
        }
    }

    /// What was kept, in the order it came.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &Diagnostic> {
        self.shown.iter()
    }

    /// How many more there were, by kind.
    pub(crate) fn more(&self) -> impl Iterator<Item = (Code, u64)> {
        self.more.iter().map(|(code, count)| (*code, *count))
    }

    /// Writes what was kept, and how many more there are.
    pub(crate) fn write(
        self,
        out: &mut impl Write,
        sources: &SourceMap,
        style: Style,
    ) -> io::Result<()> {
        for problem in &self.shown {
            write_one(problem, out, sources, style)?;
        }
        for (code, count) in self.more {
            writeln!(out, "{code}: {count} more of the kind: {}\n", code.title())?;
        }
        Ok(())
    }
}

/// Writes one problem, with nothing in it that could steer a terminal.
pub(super) fn write_one(
    problem: &Diagnostic,
    out: &mut impl Write,
    sources: &SourceMap,
    style: Style,
) -> io::Result<()> {
    let visible = |text: &str| words::visible(text).into_owned();
    let safe = Diagnostic {
        message: visible(&problem.message),
        place: problem.place.as_deref().map(visible),
        help: problem.help.as_deref().map(visible),
        ..problem.clone()
    };
    let text = render_text(&safe, sources, style);
    writeln!(out, "{}\n", text.trim_end())
}
