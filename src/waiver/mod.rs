//! Waivers: findings that are accepted for a time, told in a file of their own.
//!
//! In comes a YAML file whose entries say which findings, why, by whom and until
//! when; out come [`Waivers`], which the engine asks about each finding while the
//! event is at hand, and diagnostics about what did not fit. A file with a mistake
//! gives no waivers at all: what does not load must not hide anything.

mod lower;
mod model;
mod read;
mod remarks;
#[cfg(test)]
mod tests;

pub use model::{State, Waiver, Waivers};
pub use remarks::{expired, expiring, unused};
