//! The rule pack built into the library.
//!
//! Out come the texts of the rules under `rules/`, prepared by the build script
//! without their tests (a scan never runs them, and line numbers stay as they are in
//! the files) and with the steps of the YAML parser through them.

use crate::rule::{Origin, RulesFile, RulesText};

include!(concat!(env!("OUT_DIR"), "/pack.rs"));

/// The rules files of the pack, under names that begin with `rules/`.
pub fn rules_files() -> Vec<RulesFile> {
    PACK.iter()
        .map(|(name, text, recording)| {
            let text = RulesText::recorded(text, *recording);
            RulesFile::new(Origin::Embedded, *name, text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::PACK;
    use crate::diagnostic::SourceMap;
    use crate::yaml;

    #[test]
    fn the_recordings_read_as_the_parser_does() {
        for (name, text, recording) in PACK {
            let source = SourceMap::default().add((*name).to_owned(), *text);
            let mut problems = Vec::new();
            let parsed = yaml::parse(source, text, &mut problems);
            let recording = recording.unwrap_or_else(|| panic!("{name} is not recorded"));
            let replayed = yaml::replay(source, text, recording, &mut problems).unwrap();
            assert_eq!(replayed.sound, parsed.sound, "{name}");
            assert!(replayed.damaged.is_empty() && problems.is_empty(), "{name}");
        }
    }
}
