//! What a careful reader asks, and where nothing is to be asked.

use super::*;

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
