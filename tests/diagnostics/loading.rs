//! Several files, several documents, and texts of every make.

use super::*;

#[test]
fn one_id_in_two_files_points_at_both() {
    let text = rule("{eventSource: a.amazonaws.com}");
    let files = vec![user_file("one.yaml", &text), user_file("two.yaml", &text)];
    let loaded = load(files, &[]);
    let twice: Vec<_> = loaded
        .diagnostics
        .into_iter()
        .filter(|d| d.code == Code::DuplicateId)
        .collect();
    insta::assert_snapshot!(drawn(&twice, &loaded.set.definitions.sources), @r"
    TG1105

      × two rules have the id `a`
       ╭─[two.yaml:1:5]
     1 │ id: a
       ·     ┬
       ·     ╰── again here
     2 │ title: A
       ╰────
      help: ids name findings across runs: give one of the two another id

    Advice: 
      ☞ first here
       ╭─[one.yaml:1:5]
     1 │ id: a
       ·     ─
     2 │ title: A
       ╰────
    ");
}

#[test]
fn all_errors_of_all_files_come_at_once() {
    let bad = rule("{sourceIpAddress: 192.0.2.1, eventName: {zebra: a}}\nbanana: x");
    let clash = rule("{readOnly: true, all: [{eventName: A}, {eventName: B}]}\nsevrity: low")
        .replace("id: a", "id: b");
    let files = vec![
        user_file("one.yaml", &bad),
        user_file("two.yaml", "id: [broken\n"),
        user_file("three.yaml", &clash),
    ];
    let loaded = load(files, &[]);
    let sources = &loaded.set.definitions.sources;
    let errors = loaded.diagnostics.iter().filter(|d| d.is_error());
    let found: Vec<_> = errors
        .map(|d| (sources.name(d.span().unwrap().source), d.code))
        .collect();
    assert_eq!(
        found,
        [
            ("one.yaml", Code::UnknownField),
            ("one.yaml", Code::UnknownOperator),
            ("one.yaml", Code::UnknownKey),
            ("two.yaml", Code::YamlSyntax),
            ("three.yaml", Code::NeverMatches),
            ("three.yaml", Code::UnknownKey),
        ]
    );
    assert_eq!(loaded.set.failed.len(), 3);
}

#[test]
fn an_error_in_a_definition_fails_although_every_rule_loads() {
    for definitions in [
        "lists: {a: {file: not-there.txt}}",
        "lists: {a: []}",
        "macros: {m: {eventNam: x}, n: {macros: [o]}}",
        "trailgate: 2\nmacros: {m: {eventName: x}}",
    ] {
        let loaded = load_text(&format!(
            "{definitions}\n---\n{}",
            rule("{eventName: CreateUser}")
        ));
        assert_eq!(loaded.set.rules.len(), 1, "{definitions}");
        assert!(!loaded.set.failed.is_empty(), "{definitions}");
    }
}

#[test]
fn rules_may_name_what_the_pack_defines_and_their_own_comes_first() {
    let own = "macros: {human_principal: {userIdentity.type: Root}}";
    let using = rule(
        "{macros: [human_principal], sourceIPAddress: {is: ip, not: {cidr: {list: known_networks}}}}",
    );
    let beside = |text: String| {
        let files = vec![user_file("own.yaml", &text)];
        trailgate::rule::load_beside(trailgate::pack::rules_files(), files, &[])
    };
    for text in [using.clone(), format!("{own}\n---\n{using}")] {
        let loaded = beside(text);
        assert!(
            loaded.diagnostics.iter().all(|d| !d.is_error()),
            "{:?}",
            loaded.diagnostics
        );
        assert_eq!(
            loaded.set.inactive.len(),
            1,
            "the list is declared and not set"
        );
        assert!(
            loaded.set.rules.is_empty(),
            "no rule of the pack comes along"
        );
        assert!(!codes(&loaded).contains(&Code::UnusedDefinition));
    }
}

#[test]
fn a_damaged_document_does_not_lose_the_others() {
    let good = rule("{eventSource: a.amazonaws.com}");
    let damaged = [
        "x: [", "x: @y", "\tx: y", "x: \"y", "? [a]: b", "x: *y", "x: !y z",
    ];
    for text in damaged {
        let loaded = load_text(&format!("{text}\n---\n{good}"));
        let ids: Vec<_> = loaded.set.rules.iter().map(|r| &r.id.value).collect();
        assert_eq!(ids, ["a"], "{text}");
        assert_eq!(loaded.set.failed.len(), 1, "{text}");
    }
}

#[test]
fn a_file_without_a_document_holds_no_rule_and_no_error() {
    for text in [
        "",
        "\n",
        "# nothing yet\n",
        "---\n",
        "---\n---\n# a\n",
        "\u{feff}",
    ] {
        let loaded = load_text(text);
        assert_eq!(codes(&loaded), [], "{text:?}");
        assert_eq!(loaded.set.all().count(), 0);
    }
}

/// The same mistake under a byte order mark, with Windows newlines, behind other
/// characters than ASCII, behind an alias: the span is that of the word.
#[test]
fn spans_hold_whatever_comes_before() {
    let text = "id: a\ntitle: Ünïcödé 日本\nseverity: low\nmatch: {userAgent: ü, eventNam: A}\n";
    let shapes = [
        text.to_owned(),
        text.replace('\n', "\r\n"),
        format!("\u{feff}{text}"),
        format!("\u{feff}{}", text.replace('\n', "\r\n")),
        format!("# ünï\n---\n{text}"),
        text.replace("{userAgent", "&x {userAgent"),
    ];
    for shape in shapes {
        let loaded = load_text(&shape);
        assert_eq!(codes(&loaded), [Code::UnknownField], "{shape:?}");
        let label = &loaded.diagnostics[0].labels[0];
        assert_eq!(
            loaded.set.sources().slice(label.span),
            "eventNam",
            "{shape:?}"
        );
    }
}

#[test]
fn an_alias_is_quoted_where_it_stands() {
    let text = "id: a\ntitle: A\nseverity: low\nmatch:\n  all:\n    - userAgent: &names [x]\n    - errorCode: *names\n    - errorCode: *names\n";
    let loaded = load_text(text);
    assert_eq!(codes(&loaded), [Code::RedundantClause]);
    let spans: Vec<_> = loaded.diagnostics[0]
        .labels
        .iter()
        .map(|label| loaded.set.sources().slice(label.span))
        .collect();
    assert_eq!(spans, ["errorCode: *names", "errorCode: *names"]);
}

#[test]
fn a_very_long_line_is_named_and_not_drawn() {
    let names = vec!["SomeEventName"; 20_000].join(" ");
    let text = rule(&format!("{{userAgent: '{names}', eventNam: A}}"));
    let loaded = load_text(&text);
    let drawn = render_text(&loaded.diagnostics[0], loaded.set.sources(), STYLE);
    insta::assert_snapshot!(drawn, @r"
    TG1202

      × CloudTrail records have no field `eventNam` at the top of a record (at rule.yaml:4:280023)
      help: did you mean `eventName`?
    ");
}

#[test]
fn deep_nesting_is_refused_without_a_crash() {
    let deep = |open: &str, close: &str| {
        rule(&format!(
            "{}{{eventName: A}}{}",
            open.repeat(5_000),
            close.repeat(5_000)
        ))
    };
    for text in [
        deep("{not: ", "}"),
        deep("[", "]"),
        deep("{a: {json: ", "}}"),
    ] {
        assert_eq!(codes(&load_text(&text)), [Code::YamlTooLarge]);
    }
    let block: String = (0..200)
        .map(|level| format!("{}a:\n", " ".repeat(level)))
        .collect();
    assert_eq!(codes(&load_text(&block)), [Code::YamlTooLarge]);
}

#[test]
fn anchors_and_merges_share_parts() {
    let text = "id: a\ntitle: A\nseverity: low\nmatch:\n  any:\n    - &base {eventSource: a.amazonaws.com, eventName: A}\n    - {<<: *base, eventName: B}\n";
    let loaded = load_text(text);
    assert_eq!(codes(&loaded), []);
    assert_eq!(loaded.set.rules.len(), 1);
}

#[test]
fn paths_without_rules_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let (files, found) = read_rules(&[folder.path().to_owned(), folder.path().join("none.yaml")]);
    assert!(files.is_empty());
    let found: Vec<_> = found.iter().map(|d| (d.code, d.help.is_some())).collect();
    assert_eq!(
        found,
        [(Code::NoRules, true), (Code::RulesUnreadable, true)]
    );
}
