//! A rule's own tests: run, compared and counted.
//!
//! In comes a rule set; out come the outcome of every test with all that was
//! seen on the way, which clauses of a rule no test exercises, and which changes
//! to it no test notices. An event that an exception covers, by its own time,
//! counts as not matched. A correlation is shown several events, with their times,
//! and runs as in a scan.

mod coverage;
mod event;
mod mutants;
mod report;
mod run;
mod together;

pub use coverage::{Gap, RuleCoverage, Side, coverage};
pub use event::build_event;
pub use mutants::{Mutation, RuleMutants, Survivor, mutants};
pub use report::{coverage_text, outcome_text};
pub use run::{Got, Mismatch, Seen, TestOutcome, run};
pub use together::{Built, build_events};
