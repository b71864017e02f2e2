//! The rule pack built into the library.
//!
//! Out come the texts of the rules under `rules/`, prepared by the build script
//! without their tests: a scan never runs them, and line numbers stay as they
//! are in the files.

use crate::rule::{Origin, RulesFile};

include!(concat!(env!("OUT_DIR"), "/pack.rs"));

/// The rules files of the pack, under names that begin with `rules/`.
pub fn rules_files() -> Vec<RulesFile> {
    PACK.iter()
        .map(|(name, text)| RulesFile {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
            origin: Origin::Embedded,
            folder: None,
        })
        .collect()
}
