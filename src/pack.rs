//! The rule pack built into the library.
//!
//! Out come the texts of the rules under `rules/`, prepared by the build script
//! without their tests (a scan never runs them, and line numbers stay as they are in
//! the files) and with the steps of the YAML parser through them.

use crate::rule::{Origin, RulesFile, RulesText};

/// A file of the pack.
struct Packed {
    name: &'static str,
    text: &'static str,
    recording: Option<&'static [u8]>,
    /// The ids of its rules, where it defines nothing that other files may use.
    ids_alone: Option<&'static [&'static str]>,
}

include!(concat!(env!("OUT_DIR"), "/pack.rs"));

/// The rules files of the pack, under names that begin with `rules/`.
pub fn rules_files() -> Vec<RulesFile> {
    PACK.iter()
        .map(|packed| {
            let text = RulesText::recorded(packed.text, packed.recording, packed.ids_alone);
            RulesFile::new(Origin::Embedded, packed.name, text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{PACK, Packed};
    use crate::diagnostic::SourceMap;
    use crate::yaml;

    #[test]
    fn the_recordings_read_as_the_parser_does() {
        for Packed {
            name,
            text,
            recording,
            ..
        } in PACK
        {
            let source = SourceMap::default().add((*name).to_owned(), *text);
            let mut problems = Vec::new();
            let parsed = yaml::parse(source, text, &mut problems);
            let recording = recording.unwrap_or_else(|| panic!("{name} is not recorded"));
            let replayed = yaml::replay(source, text, recording, &mut problems).unwrap();
            assert_eq!(replayed.sound, parsed.sound, "{name}");
            assert!(replayed.damaged.is_empty() && problems.is_empty(), "{name}");
        }
    }

    #[test]
    fn files_that_are_said_to_define_nothing_hold_rules_alone() {
        let mut alone = 0;
        for packed in PACK {
            let source = SourceMap::default().add(packed.name.to_owned(), packed.text);
            let documents = yaml::parse(source, packed.text, &mut Vec::new()).sound;
            let Some(ids) = packed.ids_alone else {
                continue;
            };
            alone += 1;
            let of_documents: Vec<_> = documents
                .iter()
                .map(|document| document.get("id").and_then(yaml::Node::as_text))
                .collect();
            let ids: Vec<_> = ids.iter().copied().map(Some).collect();
            assert_eq!(of_documents, ids, "{}", packed.name);
            for key in ["macros", "lists", "frameworks", "profiles", "trailgate"] {
                let defines = documents.iter().any(|document| document.get(key).is_some());
                assert!(!defines, "{} defines {key}", packed.name);
            }
        }
        assert!(alone > 400, "{alone}");
    }
}
