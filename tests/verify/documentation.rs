//! What docs/verify.md shows is what is printed.

use std::path::Path;

use super::run;

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The blocks of the page: the kind and the text of each.
fn blocks() -> Vec<(String, String)> {
    let page = std::fs::read_to_string(project().join("docs/verify.md")).unwrap();
    let parts: Vec<&str> = page.split("```").collect();
    let fenced = parts.iter().skip(1).step_by(2);
    fenced
        .map(|part| {
            let (kind, text) = part.split_once('\n').unwrap();
            (kind.to_owned(), text.to_owned())
        })
        .collect()
}

#[test]
fn the_page_shows_what_is_printed() {
    let blocks = blocks();
    let mut shown = 0;
    for pair in blocks.windows(2) {
        let [(console, command), (text, expected)] = pair else {
            continue;
        };
        if console != "console" || text != "text" {
            continue;
        }
        let command = command.trim().strip_prefix("$ trailgate ").unwrap();
        let arguments: Vec<&str> = command.split_whitespace().collect();
        let (_, printed) = run(project(), &arguments);
        assert!(
            printed.contains(expected.as_str()),
            "{command} prints\n{printed}"
        );
        shown += 1;
    }
    assert_eq!(shown, 3);
}

#[test]
fn every_option_that_the_page_names_is_one() {
    let help = ["verify", "scan"].map(|command| run(project(), &[command, "--help"]).1);
    let help = help.concat();
    let page = std::fs::read_to_string(project().join("docs/verify.md")).unwrap();
    for option in page
        .split(['`', ' ', '\n', '='])
        .filter(|word| word.starts_with("--") && !word.starts_with("---"))
    {
        let of_aws = [
            "--region",
            "--start-time",
            "--end-time",
            "--bucket",
            "--key",
            "--arg",
        ];
        assert!(
            of_aws.contains(&option) || help.contains(option),
            "{option} is no option"
        );
    }
}
