//! Every example of the documentation loads, and every rule of the cookbook
//! passes its own tests.

use std::path::{Path, PathBuf};

use trailgate::diagnostic::{Diagnostic, Style, render_text};
use trailgate::rule::{Expectation, Loaded, Origin, Rule, RulesFile, load, read_rules};
use trailgate::testing;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// What the examples read, and rules that say what the page says in words.
fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/docs")
}

/// A fenced block of a page: its words behind the fence, its line, its text.
struct Block {
    kind: String,
    line: usize,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let text = std::fs::read_to_string(docs().join(page)).unwrap();
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(kind)) => {
                open = Some(Block {
                    kind: kind.to_owned(),
                    line: index + 1,
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{page} ends inside a block");
    blocks
}

fn drawn(loaded: &Loaded, diagnostics: &[Diagnostic]) -> String {
    let draw = |d: &Diagnostic| render_text(d, loaded.set.sources(), Style::default());
    diagnostics.iter().map(draw).collect()
}

fn indented(text: &str, by: &str) -> String {
    let line = |line: &str| match line {
        "" => "\n".to_owned(),
        line => format!("{by}{line}\n"),
    };
    text.lines().map(line).collect()
}

/// What has to stand around a fragment to make it a rules file. The word behind
/// `yaml` says what the fragment is a part of.
fn whole(block: &Block) -> Option<String> {
    const HEAD: &str = "id: example\ntitle: Example\nseverity: low\n";
    Some(match block.kind.strip_prefix("yaml")?.trim() {
        "" => block.text.clone(),
        // Keys of a rule beside `match`.
        "rule" => format!("{HEAD}match: {{eventName: CreateUser}}\n{}", block.text),
        // The `match` key, and keys beside it.
        "match" => format!("{HEAD}{}", block.text),
        // Entries of a match.
        "clauses" => format!("{HEAD}match:\n{}", indented(&block.text, "  ")),
        // Alternatives, each a match of its own: `- field: test`.
        "each" => format!("{HEAD}match:\n  any:\n{}", indented(&block.text, "    ")),
        other => panic!("line {}: what is `yaml {other}`?", block.line),
    })
}

fn load_text(name: String, text: String) -> Loaded {
    let file = RulesFile {
        name,
        text: text.into(),
        origin: Origin::User,
        folder: Some(fixtures()),
    };
    load(vec![file], &[])
}

/// The rows of the table under a heading with these words, cell by cell.
fn rows(page: &str, heading: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(docs().join(page)).unwrap();
    let lines = text.lines().skip_while(|line| *line != heading).skip(2);
    let rows: Vec<_> = lines
        .take_while(|line| line.starts_with("| "))
        .map(|line| {
            let cells = line.trim_matches('|').split(" | ");
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect();
    assert!(!rows.is_empty(), "no table {heading}");
    rows
}

/// The code in a cell.
fn code(cell: &str) -> &str {
    cell.trim_matches('`')
}

/// A rule around one line: a key of a rule, or a clause.
fn around(line: &str) -> String {
    let head = "id: example\ntitle: Example\nseverity: low\n";
    if line.starts_with("message:") {
        format!("{head}match: {{eventName: CreateUser}}\n{line}\n")
    } else {
        format!("{head}match:\n  {line}\n")
    }
}

fn errors(loaded: &Loaded) -> Vec<Diagnostic> {
    let errors = loaded.diagnostics.iter().filter(|d| d.is_error());
    errors.cloned().collect()
}

fn assert_loads(place: String, text: String) {
    let loaded = load_text(place.clone(), text);
    let errors = errors(&loaded);
    assert!(errors.is_empty(), "{place}\n{}", drawn(&loaded, &errors));
    assert_eq!(loaded.set.failed, [], "{place}");
}

#[test]
fn every_example_of_the_language_loads() {
    let mut count = 0;
    for block in blocks("rules.md") {
        if let Some(text) = whole(&block) {
            count += 1;
            assert_loads(format!("rules.md, line {}", block.line), text);
        }
    }
    assert!(count > 20, "only {count} examples were found");
}

#[test]
fn the_rules_of_the_page_pass_their_tests() {
    let mut count = 0;
    for block in blocks("rules.md") {
        let Some(text) = whole(&block) else { continue };
        let loaded = load_text(format!("rules.md, line {}", block.line), text);
        for rule in loaded.set.all() {
            count += pass(&loaded, rule);
        }
    }
    assert!(count >= 4, "only {count} tests were found");
}

#[test]
fn the_example_of_every_operator_loads() {
    for row in rows(
        "rules.md",
        "| operator | holds when the field is | example |",
    ) {
        let example = code(row.last().unwrap());
        assert!(
            example.contains(code(&row[0])) || row[0] == "`equals`",
            "{row:?}"
        );
        assert_loads(row[0].clone(), around(example));
    }
}

#[test]
fn every_trap_is_an_error_and_what_to_write_loads() {
    for row in rows("rules.md", "| written | what YAML makes of it | write |") {
        let trap = load_text(row[0].clone(), around(code(&row[0])));
        assert!(!errors(&trap).is_empty(), "{} loads", row[0]);
        assert_loads(row[2].clone(), around(code(&row[2])));
    }
}

#[test]
fn the_table_of_what_holds_is_true() {
    let (files, unreadable) = read_rules(&[fixtures().join("semantics.yaml")]);
    assert_eq!(unreadable, []);
    let loaded = load(files, &[]);
    let errors = errors(&loaded);
    assert!(errors.is_empty(), "{}", drawn(&loaded, &errors));
    for rule in &loaded.set.rules {
        assert!(pass(&loaded, rule) > 0, "{} has no tests", rule.id.value);
    }
    // Each rule is about one row, by its title.
    let mut titles: Vec<_> = loaded
        .set
        .rules
        .iter()
        .map(|rule| rule.title.clone())
        .collect();
    titles.dedup();
    let questions: Vec<_> = rows("rules.md", "| question | answer |")
        .into_iter()
        .map(|row| row[0].replace('`', ""))
        // Rules are evaluated on parsed records: the reader of records has tests of it.
        .filter(|question| question != "one key twice in a record")
        .collect();
    assert_eq!(titles, questions);
}

/// Runs the tests of a rule; how many there are.
fn pass(loaded: &Loaded, rule: &Rule) -> usize {
    let outcomes = testing::run(&loaded.set, rule);
    for outcome in &outcomes {
        let problems = outcome.seen.as_ref().err();
        let problems = problems.map(|problems| drawn(loaded, problems));
        assert!(
            outcome.passed(),
            "{}, {}: {:?} {}",
            rule.id.value,
            outcome.name,
            outcome.mismatches,
            problems.unwrap_or_default()
        );
    }
    outcomes.len()
}

#[test]
fn every_operator_and_every_key_of_a_rule_is_documented() {
    let page = std::fs::read_to_string(docs().join("rules.md")).unwrap();
    for operator in trailgate::rule::OPERATORS {
        let cell = format!("| `{operator}` |");
        assert!(
            page.contains(&cell),
            "no line about the operator {operator}"
        );
    }
    for key in trailgate::rule::RULE_KEYS {
        let cell = format!("| `{key}` |");
        assert!(page.contains(&cell), "no line about the key {key}");
    }
    for (kind, _) in trailgate::rule::clause::Kind::ALL {
        assert!(
            page.contains(&format!("`{kind}`")),
            "nothing on the kind {kind}"
        );
    }
}

fn cookbook() -> Loaded {
    let (files, unreadable) = read_rules(&[docs().join("cookbook")]);
    assert_eq!(unreadable, []);
    load(files, &[])
}

#[test]
fn the_cookbook_loads_without_a_warning() {
    let loaded = cookbook();
    assert_eq!(loaded.set.rules.len(), 12);
    let told: Vec<_> = loaded
        .diagnostics
        .iter()
        .filter(|d| d.level >= trailgate::diagnostic::Level::Warning)
        .cloned()
        .collect();
    assert!(told.is_empty(), "{}", drawn(&loaded, &told));
}

#[test]
fn every_rule_of_the_cookbook_passes_its_tests_on_both_sides() {
    let loaded = cookbook();
    for rule in &loaded.set.rules {
        for side in [Expectation::Match, Expectation::NoMatch] {
            let tests = rule.tests.iter().filter(|test| test.expect.value == side);
            assert!(tests.count() >= 2, "{} needs more tests", rule.id.value);
        }
        pass(&loaded, rule);
    }
}

#[test]
fn the_cookbook_page_shows_every_rule_as_it_is_in_its_file() {
    let mut files: Vec<(String, String)> = std::fs::read_dir(docs().join("cookbook"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    let page = std::fs::read_to_string(docs().join("cookbook.md")).unwrap();
    for (name, _) in &files {
        assert!(
            page.contains(&format!("(cookbook/{name})")),
            "the page does not link {name}"
        );
    }
    let shown = blocks("cookbook.md")
        .into_iter()
        .filter(|block| block.kind == "yaml");
    for block in shown {
        let at = files
            .iter()
            .position(|(_, text)| text.contains(&block.text));
        let Some(at) = at else {
            panic!("line {}: no file has this:\n{}", block.line, block.text);
        };
        files.remove(at);
    }
    assert!(files.is_empty(), "the page does not show {files:?}");
}

#[test]
fn a_file_is_named_after_its_rule() {
    for rule in cookbook().set.rules {
        let id = rule.id.value;
        assert!(docs().join(format!("cookbook/{id}.yaml")).exists(), "{id}");
    }
}

#[test]
fn what_the_library_page_shows_stands_in_the_example() {
    let example = include_str!("../examples/embed.rs");
    let blocks = blocks("library.md");
    let shown: Vec<_> = blocks.iter().filter(|b| b.kind == "rust").collect();
    assert!(!shown.is_empty());
    for block in shown {
        let indented = indented(&block.text, "    ");
        assert!(
            example.contains(&indented),
            "not in the example:\n{indented}"
        );
    }
}

#[test]
fn every_dependency_has_its_line() {
    let manifest = include_str!("../Cargo.toml");
    let page = std::fs::read_to_string(docs().join("dependencies.md")).unwrap();
    let mut in_dependencies = false;
    let mut named = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            in_dependencies = line.ends_with("dependencies]");
        } else if in_dependencies && let Some((name, _)) = line.split_once(" = ") {
            assert!(
                page.contains(&format!("| {name} |")),
                "{name} is not in docs/dependencies.md"
            );
            named.push(name);
        }
    }
    let rows = page.lines().filter(|line| line.starts_with("| "));
    for row in rows {
        let name = row.split('|').nth(1).unwrap().trim();
        let is_heading = matches!(name, "crate" | "---");
        assert!(
            is_heading || named.contains(&name),
            "{name} is no dependency any more"
        );
    }
}
