//! Baselines: the findings that are known, in a file that people review.
//!
//! In come findings of a run; out comes a [`Baseline`], sorted, one entry a line.
//! Of a later run it says which findings it knows, which are new and which of its
//! entries were not seen. An entry covers events up to the moment it was made: a
//! later event is new, whatever its name.

mod changes;
mod file;
mod gather;
mod known;
mod model;
#[cfg(test)]
mod tests;

pub use changes::{Updated, prune, update};
pub use file::{SCHEMA, VERSION};
pub use gather::{Gathered, LeftOut};
pub use known::Known;
pub use model::{Baseline, Entry};
