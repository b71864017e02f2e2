//! Outputs: what is done with findings.
//!
//! In come findings one at a time, in the order of the input, then what went
//! wrong with the input, then the summary; out goes text for people
//! ([`TextSink`], [`HtmlSink`]) or objects for tools ([`JsonSink`], [`JsonLinesSink`]) into any
//! [`std::io::Write`]. No output changes what a run comes to. Beside them, what
//! a scan took, how a rule is run, what verifying digests came to, and what a state
//! file knows.

mod anchor;
mod baseline;
mod correlated;
mod coverage;
mod csv;
mod few;
mod github;
#[cfg(feature = "state")]
mod history;
mod html;
#[cfg(feature = "integrity")]
mod integrity;
mod json;
#[cfg(feature = "cli")]
mod junit;
pub(crate) mod markdown;
mod ocsf;
mod plan;
mod sarif;
mod standing;
mod stats;
pub(crate) mod text;
mod waivers;
mod worst;

pub use anchor::{AnchorChoice, Anchors, CONFIGURATION};
pub use baseline::{BaselineChange, baseline_text};
pub use coverage::{coverage_json, coverage_text, navigator_layer};
pub use csv::CsvSink;
pub use github::GithubSink;
#[cfg(feature = "state")]
pub use history::{history_json, history_text, stories_json, stories_text};
pub use html::HtmlSink;
#[cfg(feature = "integrity")]
pub use integrity::{VERIFY_SCHEMA, integrity_json, integrity_jsonl, integrity_text};
pub use json::{JsonLinesSink, JsonSink, SCHEMA};
#[cfg(feature = "cli")]
pub use junit::JunitSink;
pub use markdown::MarkdownSink;
pub use ocsf::OcsfSink;
pub use plan::{plan_json, plan_text};
pub use sarif::SarifSink;
pub use stats::{stats_json, stats_text};
pub use text::{TextOptions, TextSink};
pub use waivers::{Hidden, WAIVERS_SCHEMA, waivers_json, waivers_text};

use std::io;

use crate::diagnostic::Diagnostic;
use crate::finding::{Finding, Summary};

/// Where findings go. Errors are those of the writer; after one, nothing more
/// should be written to the sink.
pub trait Sink {
    /// Takes a finding, suppressed ones too.
    fn finding(&mut self, finding: &Finding) -> io::Result<()>;

    /// Takes a problem with the input.
    fn diagnostic(&mut self, diagnostic: &Diagnostic) -> io::Result<()>;

    /// Takes the summary, after everything else, and flushes.
    fn finish(&mut self, summary: &Summary) -> io::Result<()>;
}

#[cfg(test)]
mod tests;
