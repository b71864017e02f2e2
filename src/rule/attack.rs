//! Which techniques ATT&CK has, by their ids.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Ids alone, and on the first line where they come from.
static LISTED: &str = include_str!("attack/techniques.txt");

static TECHNIQUES: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let lines = LISTED.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).collect()
});

/// Whether ATT&CK for Enterprise has a technique of this id.
pub fn is_technique(id: &str) -> bool {
    TECHNIQUES.contains(id)
}

/// The ids of all techniques, sorted.
pub fn techniques() -> impl Iterator<Item = &'static str> {
    TECHNIQUES.iter().copied()
}
