//! Rules and their verdicts in words.
//!
//! In come rules, and events; out comes text for people: what a rule asks
//! ([`rule_in_words`]), all that is known of it ([`rule_page`]), all rules as pages to
//! browse ([`rule_pages`]), and why one does or does not match an event, clause by clause
//! ([`verdict`]), or several of them together ([`Together`]). Values of events are masked
//! as everywhere. Nothing here evaluates: the trees are those of the reference evaluator,
//! and what events come to together is folded as in a scan.

mod page;
mod pages;
mod plain;
mod together;
mod tree;
mod verdict;
mod words;

pub use page::{rule_in_words, rule_page};
pub use pages::{PAGE_MARK, rule_pages};
pub use together::Together;
pub use tree::condition_tree;
pub use verdict::verdict;

#[cfg(test)]
mod tests;
