//! Findings for tools: JSON Lines and one JSON document, both written as the
//! findings come. `docs/finding-schema.md` describes the objects.

mod configured;
mod correlation;
mod finding;
mod standing;
mod summary;

use std::io::{self, Write};

use serde::Serialize;

use self::finding::FindingObject;
use self::summary::SummaryObject;
use super::Sink;
use super::few::Few;
use crate::diagnostic::{Diagnostic, JsonDiagnostic, SourceMap, render_json};
use crate::finding::{Finding, Summary};

/// The version of the objects. Fields may be added under it; none is taken away
/// or changes its meaning.
pub const SCHEMA: &str = "trailgate/1";

/// A line of JSON Lines: the object with the schema and its own type in front.
#[derive(Serialize)]
struct Line<'a, T> {
    schema: &'static str,
    r#type: &'a str,
    #[serde(flatten)]
    object: T,
}

/// One object a line: findings, then diagnostics as they come, and a summary at
/// the end. Every line is flushed, for those who read along.
pub struct JsonLinesSink<'a, W> {
    out: W,
    sources: &'a SourceMap,
    problems: Few,
}

impl<'a, W: Write> JsonLinesSink<'a, W> {
    /// Writes to `out`; clauses are quoted from `sources`.
    pub fn new(out: W, sources: &'a SourceMap) -> Self {
        JsonLinesSink {
            out,
            sources,
            problems: Few::default(),
        }
    }

    fn line(&mut self, r#type: &str, object: impl Serialize) -> io::Result<()> {
        let line = Line {
            schema: SCHEMA,
            r#type,
            object,
        };
        serde_json::to_writer(&mut self.out, &line)?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }
}

impl<W: Write> Sink for JsonLinesSink<'_, W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        self.line("finding", FindingObject::new(finding, self.sources))
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) -> io::Result<()> {
        for problem in self.problems.take(diagnostic) {
            self.line("diagnostic", render_json(&problem, self.sources))?;
        }
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        for problem in self.problems.end() {
            self.line("diagnostic", render_json(&problem, self.sources))?;
        }
        self.line("summary", SummaryObject::new(summary))
    }
}

/// One document `{schema, findings, diagnostics, summary}`, a finding a line.
/// Diagnostics are kept until the findings are over.
pub struct JsonSink<'a, W> {
    out: W,
    sources: &'a SourceMap,
    begun: bool,
    problems: Few,
    diagnostics: Vec<JsonDiagnostic>,
}

impl<'a, W: Write> JsonSink<'a, W> {
    /// Writes to `out`; clauses are quoted from `sources`.
    pub fn new(out: W, sources: &'a SourceMap) -> Self {
        JsonSink {
            out,
            sources,
            begun: false,
            problems: Few::default(),
            diagnostics: Vec::new(),
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        write!(self.out, "{{\"schema\":\"{SCHEMA}\",\"findings\":[")
    }

    fn keep(&mut self, problems: &[Diagnostic]) {
        let rendered = problems.iter();
        self.diagnostics
            .extend(rendered.map(|problem| render_json(problem, self.sources)));
    }
}

impl<W: Write> Sink for JsonSink<'_, W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        if self.begun {
            self.out.write_all(b",\n")?;
        } else {
            self.begin()?;
            self.out.write_all(b"\n")?;
            self.begun = true;
        }
        serde_json::to_writer(&mut self.out, &FindingObject::new(finding, self.sources))?;
        Ok(())
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) -> io::Result<()> {
        let problems = self.problems.take(diagnostic);
        self.keep(&problems);
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let problems = self.problems.end();
        self.keep(&problems);
        if !self.begun {
            self.begin()?;
        }
        self.out.write_all(b"],\n\"diagnostics\":")?;
        serde_json::to_writer(&mut self.out, &self.diagnostics)?;
        self.out.write_all(b",\n\"summary\":")?;
        serde_json::to_writer(&mut self.out, &SummaryObject::new(summary))?;
        self.out.write_all(b"}\n")?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests;
