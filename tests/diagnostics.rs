//! Every diagnostic about rules: what a person sees, and the bytes it points at.
//!
//! A case is a file `tests/diagnostics/CODE-what.yaml`. Its `# expect:` lines say
//! which diagnostics come, in order, and the text that each points at; the
//! snapshot beside it is what is drawn.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};
use trailgate::diagnostic::{Code, Diagnostic, SourceMap, Style, render_json, render_text};
use trailgate::rule::{Loaded, Origin, RulesFile, expired_exceptions, load, read_rules};

const STYLE: Style = Style {
    colour: false,
    width: 100,
};
/// Codes that reading and loading do not give: `trailgate test` does.
const NOT_OF_LOADING: [Code; 1] = [Code::TestEventUnreadable];

struct Case {
    name: String,
    text: String,
}

impl Case {
    fn all() -> Vec<Case> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
        let mut paths: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
            .collect();
        paths.sort();
        let case = |path: &PathBuf| Case {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            text: fs::read_to_string(path).unwrap(),
        };
        paths.iter().map(case).collect()
    }

    fn code(&self) -> &str {
        self.name.split('-').next().unwrap()
    }

    /// Code and text of the primary label, as the `# expect:` lines say.
    fn expected(&self) -> Vec<(String, String)> {
        let lines = self.text.lines();
        lines
            .filter_map(|line| line.strip_prefix("# expect: "))
            .map(|line| {
                let (code, text) = line.split_once(' ').unwrap();
                (code.to_owned(), serde_json::from_str(text).unwrap())
            })
            .collect()
    }

    /// What is said of the case. The checks of what every rule should have are
    /// for the cases about them; the others would only be longer for it.
    fn diagnose(&self) -> (Vec<Diagnostic>, SourceMap) {
        let about_completeness = ["TG1801", "TG1806"].contains(&self.code());
        let loaded = load(
            vec![RulesFile {
                name: "rule.yaml".to_owned(),
                text: self.text.clone(),
                origin: if about_completeness {
                    Origin::User
                } else {
                    Origin::Embedded
                },
                folder: Some(PathBuf::from("rules")),
            }],
            &[],
        );
        let mut found = loaded.diagnostics;
        found.extend(loaded.set.inactive.iter().map(|rule| rule.diagnostic()));
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        let expired = loaded.set.rules.iter();
        found.extend(expired.flat_map(|rule| expired_exceptions(rule, now)));
        (found, loaded.set.definitions.sources)
    }
}

fn drawn(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let drawn: Vec<_> = diagnostics
        .iter()
        .map(|diagnostic| render_text(diagnostic, sources, STYLE))
        .collect();
    drawn.join("\n")
}

fn user_file(name: &str, text: &str) -> RulesFile {
    RulesFile {
        name: name.to_owned(),
        text: text.to_owned(),
        origin: Origin::User,
        folder: None,
    }
}

/// Loads one text and leaves out what is said of every rule without tests.
fn load_text(text: &str) -> Loaded {
    let mut loaded = load(vec![user_file("rule.yaml", text)], &[]);
    loaded
        .diagnostics
        .retain(|d| !matches!(d.code, Code::NoTests | Code::MissingText));
    loaded
}

fn codes(loaded: &Loaded) -> Vec<Code> {
    loaded.diagnostics.iter().map(|d| d.code).collect()
}

fn help_of(text: &str) -> String {
    let loaded = load_text(text);
    let mut errors = loaded.diagnostics.iter();
    let first = errors.find(|d| d.code != Code::UnusedDefinition).unwrap();
    first.help.clone().unwrap_or_default()
}

fn rule(condition: &str) -> String {
    format!("id: a\ntitle: A\nseverity: low\nmatch: {condition}\n")
}

#[test]
fn every_case_is_drawn_as_its_snapshot() {
    insta::with_settings!({
        snapshot_path => "diagnostics",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        for case in Case::all() {
            let (diagnostics, sources) = case.diagnose();
            insta::assert_snapshot!(case.name.clone(), drawn(&diagnostics, &sources));
        }
    });
}

#[test]
fn every_case_points_at_the_very_bytes() {
    let mut wrong = Vec::new();
    for case in Case::all() {
        let (diagnostics, sources) = case.diagnose();
        let found: Vec<_> = diagnostics
            .iter()
            .map(|diagnostic| {
                let json: Value = json!(render_json(diagnostic, &sources));
                let label = &json["labels"][0];
                let at = |key: &str| label[key].as_u64().unwrap() as usize;
                let text = &case.text[at("start")..at("end")];
                let before = &case.text[..at("start")];
                assert_eq!(
                    at("line"),
                    before.matches('\n').count() + 1,
                    "{}",
                    case.name
                );
                let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
                assert_eq!(at("column"), column, "{}", case.name);
                (json["code"].as_str().unwrap().to_owned(), text.to_owned())
            })
            .collect();
        if found != case.expected() {
            wrong.push(format!(
                "{}: expected {:?}, found {found:?}",
                case.name,
                case.expected()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_about_rules_has_a_case() {
    let cases = Case::all();
    let elsewhere = [Code::RulesUnreadable, Code::NoRules];
    for code in Code::ALL {
        if code.as_str() >= "TG2000" || NOT_OF_LOADING.contains(code) || elsewhere.contains(code) {
            continue;
        }
        let has_case = cases.iter().any(|case| case.code() == code.as_str());
        assert!(has_case, "{code} has no case in tests/diagnostics");
    }
}

#[test]
fn every_case_is_about_its_code_and_helps() {
    for case in Case::all() {
        let (diagnostics, _) = case.diagnose();
        let about = |d: &&Diagnostic| d.code.as_str() == case.code();
        assert!(diagnostics.iter().any(|d| about(&d)), "{}", case.name);
        for diagnostic in &diagnostics {
            assert!(diagnostic.help.is_some(), "{} has no help", case.name);
        }
    }
}

#[test]
fn what_is_near_is_suggested_and_what_is_far_is_not() {
    let test = |expect: &str| {
        let tests = format!("tests: [{{name: a, expect: {expect}, event: {{eventName: A}}}}]\n");
        rule("{eventSource: iam.amazonaws.com}") + &tests
    };
    let named = |macros: &str, list: &str| {
        format!(
            "macros: {{people: {{userIdentity.type: IAMUser}}}}\nlists: {{names: [a]}}\n---\n{}",
            rule(&format!(
                "{{macros: [{macros}], userIdentity.userName: {{list: {list}}}}}"
            ))
        )
    };
    let severity = |word: &str| rule("{eventSource: a.amazonaws.com}").replace("low", word);
    let key = |word: &str| rule("{eventSource: a.amazonaws.com}") + word + ": x\n";
    let near = [
        (key("titel"), "title"),
        (severity("crtical"), "critical"),
        (severity("High"), "high"),
        (rule("{eventName: {start_with: a}}"), "starts_with"),
        (rule("{sourceIpAddress: 192.0.2.1}"), "sourceIPAddress"),
        (
            rule("{userIdentity.acountId: '1'}"),
            "userIdentity.accountId",
        ),
        (rule("{sourceIPAddress: {is: privateip}}"), "private_ip"),
        (test("nomatch"), "no_match"),
        (named("peple", "names"), "people"),
        (named("people", "name"), "names"),
    ];
    for (text, meant) in near {
        let help = help_of(&text);
        let wanted = format!("did you mean `{meant}`?");
        assert!(help.starts_with(&wanted), "{text}: {help}");
    }
    let far = [
        key("banana"),
        severity("urgent"),
        rule("{eventName: {zebra: a}}"),
        rule("{zebra: a}"),
        rule("{sourceIPAddress: {is: tall}}"),
        test("explosion"),
        named("strangers", "names"),
        named("people", "zebras"),
    ];
    for text in far {
        let help = help_of(&text);
        assert!(!help.contains("did you mean"), "{text}: {help}");
    }
}

/// The traps of YAML: what the help shows, put in the place of what was written,
/// makes a rule that loads.
#[test]
fn the_spelling_that_the_help_shows_loads() {
    let in_match = |line: &str| format!("id: a\ntitle: A\nseverity: low\nmatch:\n  {line}\n");
    let traps = [
        (in_match("userIdentity.userName: {not: @x}"), "@x", "\"@x\""),
        (in_match("requestParameters.Principal: *"), ": *", "\"*\""),
        (in_match("userAgent: {glob: [*x*]}"), "*x*", "\"*x*\""),
        (
            in_match("eventSource: a.amazonaws.com") + "message: {userIdentity.arn} did\n",
            "{userIdentity.arn} did",
            "\"{userIdentity.arn} did\"",
        ),
        (
            in_match("requestParameters.\"x-amz-acl\".b: public"),
            "",
            "",
        ),
        (
            in_match("\"requestParameters\".\"x-amz-acl\": public"),
            "\"requestParameters\".\"x-amz-acl\"",
            "'\"requestParameters\".\"x-amz-acl\"'",
        ),
        (
            in_match("requestParameters.x-amz-acl: public"),
            "requestParameters.x-amz-acl",
            "'requestParameters.\"x-amz-acl\"'",
        ),
        (in_match("userAgent: !x"), "!x", "\"!x\""),
        (in_match("userAgent: a: b"), "a: b", "\"a: b\""),
        (
            in_match("userAgent: \"a\" and b"),
            "\"a\" and b",
            "'\"a\" and b'",
        ),
    ];
    for (text, wrong, right) in traps {
        let loaded = load_text(&text);
        if wrong.is_empty() {
            // Quotes inside a plain key are text to YAML and quotes to a selector.
            assert_eq!(codes(&loaded), [], "{text}");
            continue;
        }
        assert!(loaded.diagnostics[0].is_error(), "{text}");
        let help = help_of(&text);
        assert!(help.contains(right), "{text}: {help}");
        let mended = text.replacen(
            wrong,
            &wrong.replace(wrong.trim_start_matches(": "), right),
            1,
        );
        assert_eq!(codes(&load_text(&mended)), [], "{mended}");
    }
}

#[test]
fn null_and_missing_are_kinds_without_quotes() {
    for kinds in ["null", "[null, missing]", "\"null\""] {
        let text = rule(&format!("{{errorCode: {{is: {kinds}}}}}"));
        assert_eq!(codes(&load_text(&text)), [], "{text}");
    }
    for nothing in ["", "~"] {
        let text = rule(&format!("{{errorCode: {{is: {nothing}}}}}"));
        assert_eq!(codes(&load_text(&text)), [Code::NullValue], "{text}");
    }
}

/// What looks like a contradiction or a slip and is none.
#[test]
fn the_lint_is_quiet_where_nothing_is_wrong() {
    let conditions = [
        // Below requestParameters an array may hold both.
        "{all: [{requestParameters.a: x}, {requestParameters.a: y}]}",
        "{requestParameters.a.b: {exists: false}, any: [{requestParameters.a.b: x}]}",
        "{all: [{requestParameters.a.b: {exists: false}}, {requestParameters.a.b: x}]}",
        "{all: [{resources.type: 'AWS::S3::Bucket'}, {resources.type: 'AWS::IAM::Role'}]}",
        "{all: [{requestParameters.a: {gt: 5}}, {requestParameters.a: {lt: 3}}]}",
        // Alternatives.
        "{any: [{eventSource: a.amazonaws.com}, {eventSource: b.amazonaws.com}]}",
        "{eventSource: a.amazonaws.com, none: [{eventSource: b.amazonaws.com}]}",
        // A null is absent and null.
        "{errorCode: {exists: false, is: null}}",
        "{errorCode: {exists: false, not: x}}",
        // Values that the other admits.
        "{userAgent: {equals: ABC, starts_with: a, ignore_case: true}}",
        "{all: [{userAgent: {equals: ABC, ignore_case: true}}, {userAgent: abc}]}",
        "{userIdentity.accountId: {in: ['1', '2'], not: ['2', '3']}}",
        "{requestParameters.a: {equals: Abc, ignore_case: true, not: {account: Abc}}}",
        "{requestParameters.n: {equals: 22, not: {starts_with: '2'}}}",
        "{requestParameters.n: {gte: 5, lte: 5}}",
        "{requestParameters.n: {gt: 5, lt: 6}}",
        "{requestParameters.n: {length: {gt: 3, lt: 5}}}",
        "{readOnly: 'true', managementEvent: [true, false]}",
        "{readOnly: {equals: True, ignore_case: true}}",
        // Addresses.
        "{sourceIPAddress: {is: ip, not: {cidr: 10.0.0.0/8}}}",
        "{sourceIPAddress: {is: [ipv4, ipv6], not: {cidr: 10.0.0.0/8}}}",
        "{sourceIPAddress: {cidr: 10.0.0.0/8, not: {cidr: 10.1.0.0/16}}}",
        "{all: [{sourceIPAddress: {is: public_ip}}, {sourceIPAddress: {not: {cidr: 192.0.2.0/24}}}]}",
        "{sourceIPAddress: {is: ip}, any: [{sourceIPAddress: {not: {cidr: 192.0.2.0/24}}}, {errorCode: x}]}",
        "{sourceIPAddress: {is: ip}, none: [{sourceIPAddress: {cidr: 192.0.2.0/24}}]}",
        "{none: [{sourceIPAddress: {not: {cidr: 192.0.2.0/24}}}]}",
        "{requestParameters.a: {any_element: {cidrIp: {is: ip, not: {cidr: 10.0.0.0/8}}}}}",
        // Event names.
        "{eventName: ConsoleLogin}",
        "{eventName: {starts_with: Delete}}",
        "{any: [{eventSource: a.amazonaws.com, eventName: A}, {eventSource: b.amazonaws.com, eventName: B}]}",
        "{eventName: A, any: [{eventSource: a.amazonaws.com}, {eventSource: b.amazonaws.com}]}",
        "{eventSource: a.amazonaws.com, none: [{eventName: A}]}",
        // Values.
        "{eventSource: {not: s3}, userIdentity.type: {not: root}}",
        "{eventSource: {glob: 's3*'}, awsRegion: us-gov-east-1}",
        "{awsRegion: mx-central-1, eventType: AwsVpceEvent, eventCategory: NetworkActivity}",
        "{userIdentity.type: {equals: root, ignore_case: true}}",
        "{userAgent: ['*/*'], requestParameters.principal: '*'}",
        "{userAgent: {regex: '^$'}}",
        "{userAgent: {contains: [abc, Abc]}}",
    ];
    for condition in conditions {
        let text = rule(condition);
        let loaded = load_text(&text);
        assert_eq!(codes(&loaded), [], "{condition}: {:?}", loaded.diagnostics);
    }
}

#[test]
fn the_lint_sees_through_macros_nesting_and_case() {
    use Code::*;
    let cases = [
        (
            "{all: [{all: [{awsRegion: us-east-1}]}, {awsRegion: us-east-2}]}",
            NeverMatches,
        ),
        (
            "{all: [{'$.awsRegion': us-east-1}, {awsRegion: us-east-2}]}",
            NeverMatches,
        ),
        (
            "{all: [{requestParameters.a: {exists: false}}, {requestParameters.a: x}]}",
            NeverMatches,
        ),
        (
            "{all: [{requestParameters.a.b: x}, {requestParameters.a.b: {not: [x, y]}}]}",
            NeverMatches,
        ),
        (
            "{all: [{requestParameters.a.b: x}, {requestParameters.a.b: {not: {glob: 'x*'}}}]}",
            NeverMatches,
        ),
        (
            "{userAgent: {equals: ABC, not: abc, ignore_case: true}}",
            NeverMatches,
        ),
        ("{userAgent: {equals: abc, regex: '^x'}}", NeverMatches),
        ("{userAgent: {equals: abc, is: missing}}", NeverMatches),
        (
            "{requestParameters.a: {length: 3, not: {length: {gt: 5, lt: 5}}}}",
            NeverMatches,
        ),
        (
            "{requestParameters.a: {any_element: {b: {gt: 5, lt: 3}}}}",
            NeverMatches,
        ),
        (
            "{any: [{errorCode: x}, {errorCode: {exists: false, contains: y}}]}",
            NeverMatches,
        ),
        ("{readOnly: {not: 'no'}}", NeverMatches),
        ("{not: {sourceIPAddress: {cidr: 10.0.0.0/8}}}", NegatedCidr),
        (
            "{requestParameters.a: {any_element: {cidrIp: {not: {cidr: 10.0.0.0/8}}}}}",
            NegatedCidr,
        ),
        ("{userAgent: {length: {gte: 0}}}", AlwaysMatches),
        (
            "{sourceIPAddress: {cidr: [10.0.0.0/8, 10.0.0.0/8]}}",
            RedundantClause,
        ),
        (
            "{userAgent: {equals: [abc, ABC], ignore_case: true}}",
            RedundantClause,
        ),
        (
            "{any: [{errorCode: x, awsRegion: us-east-1}, {errorCode: x,  awsRegion: us-east-1}]}",
            RedundantClause,
        ),
        (
            "{any: [{eventName: A}, {eventSource: b.amazonaws.com}]}",
            NoEventSource,
        ),
    ];
    for (condition, code) in cases {
        let loaded = load_text(&rule(condition));
        assert_eq!(
            codes(&loaded),
            [code],
            "{condition}: {:?}",
            loaded.diagnostics
        );
    }
    let with_macro = "macros: {east: {awsRegion: us-east-1}}\n---\n".to_owned()
        + &rule("{macros: [east], awsRegion: us-east-2}");
    assert_eq!(codes(&load_text(&with_macro)), [NeverMatches]);
}

#[test]
fn values_of_named_lists_are_not_held_against_a_rule() {
    let text = "lists: {a: [x], b: [y], none: {allow_empty: true, values: []}}\n---\n".to_owned()
        + &rule(
            "{all: [{userAgent: {list: a}}, {userAgent: {list: b}}, {userAgent: [x, {list: a}]}, {errorCode: {equals: x, not: {list: none}}}]}",
        );
    assert_eq!(codes(&load_text(&text)), []);
}

#[test]
fn severities_and_exceptions_are_linted_too() {
    let text = rule("{eventSource: iam.amazonaws.com, eventName: CreateUser}")
        + "severity_when: [{severity: high, match: {readOnly: 'no'}}]\n"
        + "exceptions: [{reason: A, owner: B, match: {sourceIPAddress: {not: {cidr: 10.0.0.0/8}}}}]\n";
    assert_eq!(
        codes(&load_text(&text)),
        [Code::NeverMatches, Code::NegatedCidr]
    );
}

#[test]
fn the_embedded_pack_is_not_asked_for_tests() {
    let file = RulesFile {
        origin: Origin::Embedded,
        ..user_file("rule.yaml", &rule("{eventSource: a.amazonaws.com}"))
    };
    assert_eq!(load(vec![file], &[]).diagnostics, []);
}

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

/// Whether every label lies in its source, on the boundaries of characters.
fn spans_are_sound(loaded: &Loaded) -> Result<(), TestCaseError> {
    let sources = loaded.set.sources();
    for diagnostic in &loaded.diagnostics {
        for label in &diagnostic.labels {
            let text = sources.text(label.span.source);
            let range = label.span.start as usize..label.span.end as usize;
            prop_assert!(text.get(range).is_some(), "{:?}", diagnostic);
        }
        prop_assert!(!render_text(diagnostic, sources, STYLE).is_empty());
        prop_assert!(diagnostic.help.is_some(), "{:?}", diagnostic);
    }
    Ok(())
}

/// Rules to damage: all cases, and a rule with most of the language in it.
static SEEDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let whole = "id: whole\ntitle: Whole\nseverity: low\nseverity_when:\n  - {severity: high, match: {readOnly: true}}\ndescription: |\n  Ünïcödé, and: more\nmatch:\n  eventSource: a.amazonaws.com\n  '$.requestParameters[\"x-amz-acl\"]': {glob: [\"*x*\", 'y?'], ignore_case: true}\n  requestParameters.list: {any_element: {this: {regex: '^é+$'}, cidrIp: {is: ip, not: {cidr: 10.0.0.0/8}}}}\n  requestParameters.doc: {json: {Statement: {any_element: {Effect: Allow}}}}\n  eventTime: {schedule: {days: [mon-fri], from: \"08:00\", zone: Europe/Berlin}}\n  any:\n    - &one {userAgent: {length: {gte: 3}}}\n    - {<<: *one, errorCode: {exists: false}}\nexceptions:\n  - {reason: R, owner: O, expires: 2027-01-31, match: {userIdentity.userName: x}}\nmessage: \"{userIdentity.arn} did {{it}}\"\ntests:\n  - {name: a, expect: match, event: {eventName: A}}\n";
    let mut seeds: Vec<String> = Case::all().into_iter().map(|case| case.text).collect();
    seeds.push(whole.to_owned());
    seeds
});

const PIECES: &[&str] = &[
    "",
    " ",
    "\n",
    "\r\n",
    "\t",
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    ",",
    "\"",
    "'",
    "*",
    "&a ",
    "*a",
    "!",
    "@",
    "%",
    "#",
    " #",
    "|",
    ">",
    "- ",
    "---\n",
    "...",
    "? ",
    "<<: *a",
    "$",
    "$.",
    "not: ",
    "é",
    "日本",
    "\u{feff}",
    "\u{0}",
    "~",
    "null",
    "{list: x}",
    "this",
    "\\",
    "\u{2028}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text_never_panics_the_loader(text in any::<String>()) {
        spans_are_sound(&load_text(&text))?;
    }

    #[test]
    fn text_of_yaml_pieces_never_panics_the_loader(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)
    ) {
        spans_are_sound(&load_text(&pieces.concat()))?;
        spans_are_sound(&load_text(&rule(&pieces.concat())))?;
    }

    #[test]
    fn damaged_rules_never_panic_the_loader(
        seed in any::<prop::sample::Index>(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..6_usize, prop::sample::select(PIECES)), 1..4),
    ) {
        let mut text: Vec<char> = seed.get(&SEEDS).chars().collect();
        for (at, length, piece) in cuts {
            let at = at.index(text.len() + 1);
            let end = (at + length).min(text.len());
            text.splice(at..end, piece.chars());
        }
        spans_are_sound(&load_text(&text.into_iter().collect::<String>()))?;
    }
}
