//! Names of members: text that comes from outside and leads nowhere.

/// The name as people get it: what is no text and what would move a terminal's
/// cursor is replaced.
pub(crate) fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name)
        .chars()
        .map(|c| {
            if c.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

/// Whether a folder would not show the file: a name on the way to it begins with
/// a dot, `.` and `..` apart.
pub(crate) fn is_hidden(name: &[u8]) -> bool {
    name.split(|byte| *byte == b'/')
        .any(|part| part.starts_with(b".") && part != b"." && part != b"..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_without_what_moves_a_cursor() {
        assert_eq!(
            shown(b"a\x1b[2J\n/b\xff.json"),
            "a\u{fffd}[2J\u{fffd}/b\u{fffd}.json"
        );
        assert_eq!(shown("größe/☃.json".as_bytes()), "größe/☃.json");
    }

    #[test]
    fn hidden_names_are_those_a_folder_hides() {
        for name in ["._a.json", "__MACOSX/._a.json", ".git/a", "a/.b/c"] {
            assert!(is_hidden(name.as_bytes()), "{name}");
        }
        for name in [
            "a.json",
            "./a.json",
            "../../a.json",
            "a/./b",
            "a..json",
            "/a",
        ] {
            assert!(!is_hidden(name.as_bytes()), "{name}");
        }
    }
}
