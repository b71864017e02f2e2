//! Findings for people.
//!
//! Findings are grouped by rule and written at the end, the worst first: a few
//! of each rule in full, the rest counted, and a line for each rule that has
//! nothing but `info`. A stream has no end to wait for, so
//! there each is written as it comes. After them stand the problems with the
//! input, and the summary.

pub(super) mod controls;
mod excerpt;
mod finding;
mod graphics;
mod group;
pub(crate) mod problems;
pub(crate) mod summary;
pub(crate) mod words;

use std::collections::BTreeMap;
use std::io::{self, Write};

use self::group::Group;
use self::problems::Problems;
use super::Sink;
use super::standing::KnownFindings;
use crate::diagnostic::{Diagnostic, SourceMap, Style};
use crate::finding::{Finding, Summary};
use crate::rule::Severity;

/// How findings are written for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextOptions {
    /// Colours and width.
    pub style: Style,
    /// How many findings of a rule are written in full; the worst, then the first.
    pub in_full: usize,
    /// Write each finding as it comes, in a few lines.
    pub streaming: bool,
}

impl Default for TextOptions {
    fn default() -> Self {
        TextOptions {
            style: Style::default(),
            in_full: 3,
            streaming: false,
        }
    }
}

/// Writes for people. Keeps `in_full` findings for each rule and counts the rest.
pub struct TextSink<'a, W> {
    out: W,
    sources: &'a SourceMap,
    options: TextOptions,
    groups: BTreeMap<String, Group>,
    known: KnownFindings,
    problems: Problems,
}

impl<'a, W: Write> TextSink<'a, W> {
    /// Writes to `out`; clauses are shown in `sources`.
    pub fn new(out: W, sources: &'a SourceMap, options: TextOptions) -> Self {
        TextSink {
            out,
            sources,
            options,
            groups: BTreeMap::new(),
            known: KnownFindings::default(),
            problems: Problems::default(),
        }
    }

    fn write_groups(&mut self) -> io::Result<()> {
        let mut groups: Vec<(String, Group)> =
            std::mem::take(&mut self.groups).into_iter().collect();
        groups.sort_by(|(a_id, a), (b_id, b)| b.worst().cmp(&a.worst()).then(a_id.cmp(b_id)));
        // What is there for the record must not bury what somebody should look at.
        let records = groups.partition_point(|(_, group)| group.worst() > Some(Severity::Info));
        let records = groups.split_off(records);
        for (_, group) in groups {
            let text = group.rendered(self.sources, self.options.style);
            self.out.write_all(text.as_bytes())?;
        }
        let records = group::records(records.iter().map(|(_, group)| group), self.options.style);
        self.out.write_all(records.as_bytes())?;
        let known = group::known(&self.known, self.options.style);
        self.out.write_all(known.as_bytes())
    }
}

impl<W: Write> Sink for TextSink<'_, W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        if self.options.streaming {
            let text = finding::compact(finding, self.sources, self.options.style);
            writeln!(self.out, "{text}")?;
            return self.out.flush();
        }
        // A covered finding is counted in the summary.
        if !self.known.take(finding) && finding.suppressed.is_none() {
            self.groups
                .entry(finding.rule.clone())
                .or_insert_with(|| Group::new(self.options.in_full))
                .add(finding);
        }
        Ok(())
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) -> io::Result<()> {
        if self.options.streaming {
            problems::write_one(diagnostic, &mut self.out, self.sources, self.options.style)?;
            return self.out.flush();
        }
        self.problems.add(diagnostic);
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        self.write_groups()?;
        std::mem::take(&mut self.problems).write(
            &mut self.out,
            self.sources,
            self.options.style,
        )?;
        let text = summary::rendered(summary, self.options.style);
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests;
