//! The cases: drawn as their snapshots, pointing at the very bytes.

use super::*;
use serde_json::{Value, json};
use trailgate::diagnostic::render_json;

#[test]
fn every_case_is_drawn_as_its_snapshot() {
    insta::with_settings!({
        snapshot_path => ".",
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
    let elsewhere = [
        Code::RulesUnreadable,
        Code::NoRules,
        Code::SigmaNotConverted,
    ];
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
