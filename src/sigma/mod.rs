//! Sigma: rules in the format that many tools share, run as they are.
//!
//! In come documents of rules files that are Sigma by what they say; out come the
//! same [`Rule`](crate::rule::Rule)s that native text gives, lowered into the same
//! typed model, and diagnostics that point into the Sigma text. Nothing behind the
//! model knows the difference.
//!
//! `document` tells the documents of a file apart and merges the global ones of old
//! files; `logsource` says which rules are about CloudTrail; `rule` and `metadata` read
//! what stands around a detection; `detection`, `item` and `modifier` lower its
//! selections, `value`, `placeholder`, `text` and `encoding` their values; `condition`
//! reads what joins them, `filter` what narrows rules from outside, and `correlation`
//! what several events together show. [`convert`] writes what was loaded as native rules.

mod condition;
pub mod convert;
mod correlation;
mod detection;
mod document;
mod encoding;
mod filter;
mod item;
mod logsource;
mod lowering;
mod metadata;
mod modifier;
mod placeholder;
mod rule;
#[cfg(test)]
mod tests;
mod text;
mod value;

pub(crate) use correlation::{Named, Names};
pub(crate) use document::{Form, forms};
pub(crate) use filter::Filter;
pub use logsource::Applies;
pub(crate) use logsource::Logsource;
pub(crate) use lowering::Lowering;
pub use modifier::MODIFIERS;
