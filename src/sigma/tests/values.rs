//! Selections, modifiers and values.

use super::*;

#[test]
fn values_are_compared_without_regard_to_case_unless_it_is_asked_for() {
    let event = json!({"eventName": "DeleteTrail"});
    assert!(selects("{eventName: deletetrail}", &event));
    assert!(selects("{eventName: [other, DELETE*]}", &event));
    assert!(!selects("{eventName|cased: deletetrail}", &event));
    assert!(selects("{eventName|cased: DeleteTrail}", &event));
    assert!(!selects("{eventName|re: deletetrail}", &event));
    assert!(selects("{eventName|re|i: deletetrail}", &event));
}

#[test]
fn null_is_a_missing_field_or_a_null_and_exists_tells_the_two_apart() {
    let (missing, null) = (json!({}), json!({"errorCode": null}));
    let (empty, full) = (json!({"errorCode": ""}), json!({"errorCode": "a"}));
    let of =
        |selection: &str| [&missing, &null, &empty, &full].map(|event| selects(selection, event));
    assert_eq!(of("{errorCode: null}"), [true, true, false, false]);
    assert_eq!(of("{errorCode|neq: null}"), [false, false, true, true]);
    assert_eq!(of("{errorCode: ''}"), [false, false, true, false]);
    assert_eq!(of("{errorCode: '*'}"), [false, false, true, true]);
    assert_eq!(of("{errorCode|exists: true}"), [false, true, true, true]);
    assert_eq!(of("{errorCode|exists: no}"), [true, false, false, false]);
    assert_eq!(of("{errorCode|neq: a}"), [true, true, true, false]);
}

#[test]
fn all_asks_each_value_by_itself_so_other_elements_may_hold() {
    let event = json!({"requestParameters": {"groups": ["alpha", "beta"]}});
    let field = "requestParameters.groups|contains";
    assert!(selects(&format!("{{{field}|all: [alp, bet]}}"), &event));
    assert!(!selects(&format!("{{{field}|all: [alp, gam]}}"), &event));
    assert!(selects(&format!("{{{field}: [alp, gam]}}"), &event));
}

#[test]
fn text_is_asked_of_numbers_and_booleans_too() {
    let event = json!({"requestParameters": {"port": 8443, "on": true}});
    assert!(selects("{requestParameters.port: 8443}", &event));
    assert!(selects("{requestParameters.port: '8443'}", &event));
    assert!(selects("{requestParameters.port|endswith: 43}", &event));
    assert!(selects("{requestParameters.port: '84??'}", &event));
    assert!(selects("{requestParameters.port|re: '^8'}", &event));
    assert!(!selects("{requestParameters.port|startswith: 44}", &event));
    assert!(selects("{requestParameters.on|startswith: TR}", &event));
    assert!(selects("{requestParameters.port|gte: 8000}", &event));
}

#[test]
fn keywords_are_looked_for_in_every_field() {
    let event = json!({"requestParameters": {"a": [{"b": "needle in hay"}, 404]}});
    assert!(selects("[other, NEEDLE]", &event));
    assert!(selects("needle*hay", &event));
    assert!(selects("[404]", &event));
    assert!(
        !selects("['requestParameters']", &event),
        "names are no values"
    );
    assert!(selects(
        "{'|all': [needle, hay, iam.amazonaws.com]}",
        &event
    ));
    assert!(!selects("{'|all': [needle, straw]}", &event));
    assert!(selects("{'|re': 'n.+y$'}", &event));
    assert!(selects("[{eventName: Other}, needle]", &event));
}

#[test]
fn fields_are_compared_with_each_other() {
    let event = json!({"sourceIPAddress": "Ana", "userAgent": "x ana y", "awsRegion": "ana"});
    assert!(selects("{sourceIPAddress|fieldref: awsRegion}", &event));
    assert!(!selects(
        "{sourceIPAddress|fieldref|cased: awsRegion}",
        &event
    ));
    assert!(selects(
        "{userAgent|fieldref|contains: sourceIPAddress}",
        &event
    ));
    assert!(!selects(
        "{userAgent|fieldref|startswith: sourceIPAddress}",
        &event
    ));
    assert!(selects("{userAgent|fieldref|neq: sourceIPAddress}", &event));
}

#[test]
fn parts_of_times_are_compared() {
    let event = json!({"eventTime": "2026-01-05T09:51:36Z"});
    assert!(selects("{eventTime|hour: [8, 9]}", &event));
    assert!(selects(
        "{eventTime|hour|lt: 10, eventTime|minute|gte: 51}",
        &event
    ));
    assert!(!selects("{eventTime|month: 2}", &event));
    assert!(selects(
        "{eventTime|week: 2, eventTime|year: 2026, eventTime|day: 5}",
        &event
    ));
}

#[test]
fn what_a_glob_cannot_say_is_said_by_a_pattern() {
    let event = json!({"userAgent": "A*b.c"});
    assert!(selects(r"{userAgent: 'a\*?.*'}", &event));
    assert!(!selects(r"{userAgent: 'a\*?x*'}", &event));
    assert!(!selects(r"{userAgent|cased: 'a\*?.*'}", &event));
}

#[test]
fn placeholders_stand_for_the_values_of_lists() {
    let text = |item: &str| {
        let lists = "lists: {people: [ana, 'br*'], nets: [10.0.0.0/8]}\n";
        format!(
            "{lists}{}",
            rule(&format!("{{s: {{{item}}}, condition: s}}"))
        )
    };
    let event = json!({"userAgent": "x bruno y", "sourceIPAddress": "10.1.2.3"});
    assert!(matches(&text("userAgent|expand: 'x %people% y'"), &event));
    assert!(matches(
        &text("userAgent|contains|expand: '%people%'"),
        &event
    ));
    assert!(!matches(&text("userAgent|expand: '%people%'"), &event));
    assert!(matches(
        &text("sourceIPAddress|cidr|expand: '%nets%'"),
        &event
    ));
    let found = problems(&rule("{s: {userAgent|expand: '%people%'}, condition: s}"));
    let [problem] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(problem.code, Code::UnknownList);
    assert!(problem.message.contains("%people%"));
}

#[test]
fn encodings_are_applied_before_values_are_compared() {
    let event = json!({"userAgent": "xx dHJhaWw= yy"});
    assert!(selects("{userAgent|base64|contains: trail}", &event));
    assert!(!selects("{userAgent|wide|base64|contains: trail}", &event));
    let event = json!({"userAgent": super::super::encoding::base64(b"--whoami--")});
    assert!(selects("{userAgent|base64offset|contains: whoami}", &event));
}

#[test]
fn what_does_not_fit_is_refused() {
    let misfit = |item: &str| codes(&rule(&format!("{{s: {{{item}}}, condition: s}}")));
    for item in [
        "userAgent|contains|startswith: a",
        "userAgent|lt|gt: 1",
        "userAgent|i: a",
        "userAgent|i|re: a",
        "userAgent|re|cased: a",
        "userAgent|re: '*a'",
        "userAgent|re|windash: a",
        "userAgent|contains: null",
        "userAgent|exists: perhaps",
        "userAgent|exists|all: [true]",
        "userAgent|contains|base64: a",
        "userAgent|base64|wide: a",
        "userAgent|base64: 'a*'",
        "sourceIPAddress|cidr: 10.*",
        "'|cidr': 10.0.0.0/8",
        "'|exists': true",
        "userAgent|contains|contains: a",
        "userAgent|contains|re: a",
        "eventTime|gte|hour: 5",
        "userAgent|base64|windash: -a",
        "userAgent|fieldref: 'user*'",
        "userAgent|base64offset|contains: a",
        "userAgent|wide: ä",
    ] {
        assert_eq!(misfit(item), [Code::SigmaMisfit], "{item}");
    }
    assert_eq!(misfit("userAgent|all: a"), [Code::SigmaMisfit]);
    assert!(!problems(&rule("{s: {userAgent|all: a}, condition: s}"))[0].is_error());
    assert_eq!(misfit("userAgent: [a, null]"), [Code::NullValue]);
    assert_eq!(misfit("userAgent|gte: many"), [Code::BadBound]);
    assert_eq!(misfit("eventTime|hour: 24"), [Code::BadBound]);
    assert_eq!(
        misfit("userAgent|containz: a"),
        [Code::SigmaUnknownModifier]
    );
    assert_eq!(misfit("userAgent|re: '(a'"), [Code::BadRegex]);
    assert_eq!(misfit("sourceIPAddress|cidr: 10.0.0.1/8"), [Code::BadCidr]);
    assert_eq!(misfit("userAgent: []"), [Code::Empty]);
    assert_eq!(misfit("userAgent: {a: b}"), [Code::WrongType]);
    assert_eq!(misfit("sourceIpAddress: a"), [Code::UnknownField]);
}
