//! The compliance report as one HTML page that needs nothing beside itself.
//!
//! In come findings, problems and the summary, as for every sink; out comes a page
//! with its style, its script and its data inside. Without the script it says the same,
//! events of findings apart. Everything that came from an event or a rule goes through
//! [`markup::Html`], which escapes it.

mod bars;
mod base;
mod charts;
mod controls;
mod findings;
mod markup;
mod page;
mod rules;

use std::io::{self, Write};

use super::Sink;
use super::text::problems::Problems;
use crate::diagnostic::Diagnostic;
use crate::finding::{Finding, Summary};
use crate::report::{Collector, Keep, Options};
use crate::rule::RuleSet;

/// Writes the page, after everything was read.
pub struct HtmlSink<'a, W> {
    out: W,
    /// Taken when the report is made.
    collector: Option<Collector<'a>>,
    problems: Problems,
}

impl<'a, W: Write> HtmlSink<'a, W> {
    /// Writes to `out`.
    pub fn new(out: W, set: &'a RuleSet, options: Options) -> Self {
        HtmlSink {
            out,
            collector: Some(Collector::new(set, options, Keep::PAGE)),
            problems: Problems::default(),
        }
    }
}

impl<W: Write> Sink for HtmlSink<'_, W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        if let Some(collector) = &mut self.collector {
            collector.take(finding);
        }
        Ok(())
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) -> io::Result<()> {
        self.problems.add(diagnostic);
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        if let Some(collector) = self.collector.take() {
            let report = collector.finish(summary);
            page::write(&report, &self.problems, &mut self.out)?;
        }
        self.out.flush()
    }
}

#[cfg(test)]
pub(super) mod tests;
