//! The first thing that a new user sees.

use crate::support::{scan, stderr, stdout};

#[test]
fn the_quickstart_shows_its_findings() {
    let output = scan(&["fixtures/quickstart", "--color", "never"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output), "");
    insta::assert_snapshot!("quickstart", stdout(&output));
}

#[test]
fn the_quickstart_is_as_wide_as_it_says_where_there_is_no_terminal() {
    let text = stdout(&scan(&["fixtures/quickstart"]));
    // Paths and identifiers stay whole, so that they can be copied; text does not.
    let prose = text.lines().filter(|line| {
        !line.contains('│')
            && !line.contains('╭')
            && !line.contains("    file ")
            && line.split_whitespace().count() > 2
    });
    let widest = prose.max_by_key(|line| line.chars().count()).unwrap();
    assert!((80..=100).contains(&widest.chars().count()), "{widest}");
}

#[test]
fn the_readme_and_the_quickstart_page_show_what_is_printed() {
    let printed = stdout(&scan(&["fixtures/quickstart", "--color", "never"]));
    for page in ["README.md", "docs/quickstart.md"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
        let text = std::fs::read_to_string(path).unwrap();
        let shown = text.split("```text\n").nth(1).unwrap();
        let shown = shown.split("\n```").next().unwrap();
        for piece in shown.split("\n...\n") {
            assert!(
                printed.contains(piece),
                "{page} shows what is not printed:\n{piece}"
            );
        }
    }
}
