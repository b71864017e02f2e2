//! The page on configurations, and the schema, are true.

use super::*;

/// The YAML blocks of the page, with their lines.
fn examples() -> Vec<(usize, String)> {
    let page = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md"),
    )
    .unwrap();
    let mut examples = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in page.lines().enumerate() {
        match &mut open {
            None if line == "```yaml" => open = Some((index + 1, String::new())),
            None => {}
            Some(_) if line == "```" => examples.extend(open.take()),
            Some((_, text)) => text.push_str(&format!("{line}\n")),
        }
    }
    examples
}

#[test]
fn every_example_of_the_page_is_read_and_fits_the_schema() {
    let schema = run_in(Path::new("."), &["schema", "--config"]);
    let schema: Value = serde_json::from_str(&stdout(&schema)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let examples = examples();
    assert!(examples.len() >= 5, "{}", examples.len());
    for (line, text) in examples {
        let folder = project(&text);
        put(folder.path(), "lists/networks.txt", "203.0.113.0/24\n");
        put(folder.path(), "lists/office.csv", "cidr\n203.0.113.0/24\n");
        let rule = "id: listed\ntitle: Listed\nseverity: low\n\
                    match: {sourceIPAddress: {cidr: {list: offices}}}\n";
        put(folder.path(), "listed.yaml", rule);
        let output = run_in(folder.path(), &["config"]);
        assert_eq!(code(&output), 0, "line {line}:\n{}", stderr(&output));
        assert_eq!(stderr(&output), "", "line {line}");
        let mut sources = trailgate::diagnostic::SourceMap::new();
        let source = sources.add("example", text.as_str());
        let tree = trailgate::yaml::parse(source, &text, &mut Vec::new());
        let object = tree.sound[0].to_json();
        let errors: Vec<_> = validator
            .iter_errors(&object)
            .map(|e| e.to_string())
            .collect();
        assert_eq!(errors, [""; 0], "line {line}:\n{text}");
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let schema = run_in(Path::new("."), &["schema", "--config"]);
    let schema: Value = serde_json::from_str(&stdout(&schema)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for wrong in [
        json!({"zebra": 1}),
        json!({"fail_on": "hihg"}),
        json!({"overrides": {"a": {"enabled": false}}}),
        json!({"overrides": {"a": {"reason": "b"}}}),
        json!({"accounts": {"12345678901": "a"}}),
        json!({"expect": {"zones": ["a"]}}),
        json!({"waivers": {"longst": "90d"}}),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn every_key_is_documented() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    let page = std::fs::read_to_string(page).unwrap();
    for key in trailgate::config::CONFIG_KEYS {
        assert!(
            page.contains(&format!("| `{key}` |")),
            "no line about {key}"
        );
    }
}
