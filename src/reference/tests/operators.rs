//! One operator on one value.

use serde_json::json;

use super::check;

#[test]
fn equality_is_of_text_of_the_number_denoted_and_of_the_boolean_named() {
    check([
        (json!("a"), json!("a"), true),
        (json!("a"), json!("A"), false),
        (json!("true"), json!(true), true),
        (json!(true), json!("true"), true),
        (json!("TRUE"), json!(true), false),
        (json!("false"), json!(true), false),
        (json!("22"), json!(22), true),
        (json!(22), json!("22"), true),
        (json!("22.0"), json!(22), true),
        (json!("22.0"), json!("22"), false),
        (json!("2.2e1"), json!(22), true),
        (json!("012"), json!(12), false),
        (json!("012"), json!("012"), true),
        (
            json!("9007199254740993"),
            json!(9_007_199_254_740_992_u64),
            false,
        ),
        (json!("18446744073709551615"), json!(u64::MAX), true),
        (json!("x"), json!(1), false),
        (json!("null"), json!(null), false),
        (json!("{}"), json!({}), false),
        (json!(["a", "b"]), json!("b"), true),
        (json!(["a", "b"]), json!("c"), false),
        (
            json!({"equals": "TRUE", "ignore_case": true}),
            json!(true),
            true,
        ),
        (
            json!({"equals": "ÄB", "ignore_case": true}),
            json!("äb"),
            true,
        ),
        (
            json!({"in": ["x", "STRASSE"], "ignore_case": true}),
            json!("straße"),
            false,
        ),
    ]);
}

#[test]
fn text_operators_are_of_strings_alone() {
    check([
        (json!({"contains": "b"}), json!("abc"), true),
        (json!({"contains": ["x", "c"]}), json!("abc"), true),
        (json!({"contains": "B"}), json!("abc"), false),
        (
            json!({"contains": "B", "ignore_case": true}),
            json!("abc"),
            true,
        ),
        (json!({"contains": "2"}), json!(123), false),
        (json!({"contains": "ru"}), json!(true), false),
        (json!({"contains": ""}), json!(null), false),
        (json!({"contains_all": ["a", "c"]}), json!("abc"), true),
        (json!({"contains_all": ["a", "x"]}), json!("abc"), false),
        (
            json!({"contains_all": ["A", "C"], "ignore_case": true}),
            json!("abc"),
            true,
        ),
        (json!({"contains_all": "1"}), json!(1), false),
        (json!({"starts_with": ["x", "ab"]}), json!("abc"), true),
        (json!({"starts_with": "bc"}), json!("abc"), false),
        (
            json!({"starts_with": "AB", "ignore_case": true}),
            json!("abc"),
            true,
        ),
        (json!({"ends_with": "bc"}), json!("abc"), true),
        (json!({"ends_with": "ab"}), json!("abc"), false),
        (
            json!({"ends_with": "BC", "ignore_case": true}),
            json!("abc"),
            true,
        ),
        (json!({"glob": "a*c"}), json!("abc"), true),
        (json!({"glob": "b"}), json!("abc"), false),
        (
            json!({"glob": ["x", "A?C"], "ignore_case": true}),
            json!("abc"),
            true,
        ),
        (json!({"glob": "*"}), json!(1), false),
        (json!({"glob": "*"}), json!(null), false),
        (json!({"regex": "b."}), json!("abc"), true),
        (json!({"regex": "^b"}), json!("abc"), false),
        (
            json!({"regex": ["x", "^ABC$"], "ignore_case": true}),
            json!("abc"),
            true,
        ),
        (json!({"regex": "1"}), json!(1), false),
    ]);
}

#[test]
fn orderings_are_of_numbers_or_of_times() {
    let noon = "2026-11-23T12:00:00Z";
    check([
        (json!({"gt": 5}), json!(6), true),
        (json!({"gt": 5}), json!(5), false),
        (json!({"gte": 5}), json!(5.0), true),
        (json!({"lt": 5}), json!("4.5"), true),
        (json!({"lte": 5}), json!("05"), false),
        (json!({"gt": 5}), json!("six"), false),
        (json!({"gt": 5}), json!(true), false),
        (json!({"gt": 0}), json!(null), false),
        (json!({"gt": 5, "lt": 7}), json!(6), true),
        (
            json!({"gt": noon}),
            json!("2026-11-23T13:00:00+00:30"),
            true,
        ),
        (
            json!({"gt": noon}),
            json!("2026-11-23T13:00:00+01:30"),
            false,
        ),
        (json!({"lte": noon}), json!(noon), true),
        (json!({"lt": noon}), json!("2026-11-22"), false),
        (json!({"lt": noon}), json!(0), false),
    ]);
}

#[test]
fn length_counts_characters_elements_and_entries() {
    check([
        (json!({"length": 2}), json!("äö"), true),
        (json!({"length": 2}), json!(["abc", "d"]), true),
        (json!({"length": 3}), json!(["abc", "d"]), false),
        (json!({"length": 1}), json!({"a": 1}), true),
        (json!({"length": 0}), json!(""), true),
        (json!({"length": 0}), json!([]), true),
        (json!({"length": 0}), json!({}), true),
        (json!({"length": 0}), json!(null), false),
        (json!({"length": 0}), json!(0), false),
        (json!({"length": {"gte": 2, "lt": 4}}), json!("abc"), true),
        (json!({"length": {"gte": 2, "lt": 3}}), json!("abc"), false),
    ]);
}

#[test]
fn schedules_are_of_times() {
    let office = json!({"schedule": "mondays"});
    check([
        (office.clone(), json!("2026-11-23T08:00:00Z"), true),
        (office.clone(), json!("2026-11-23T18:00:00Z"), false),
        (office.clone(), json!("2026-11-24T08:00:00Z"), false),
        (office.clone(), json!("Monday"), false),
        (office, json!(null), false),
    ]);
}

#[test]
fn networks_are_of_addresses_and_of_networks_wholly_inside() {
    let private = json!({"cidr": ["10.0.0.0/8", "fd00::/8"]});
    check([
        (private.clone(), json!("10.1.2.3"), true),
        (private.clone(), json!("10.1.0.0/16"), true),
        (private.clone(), json!("10.1.2.3/16"), true),
        (private.clone(), json!("0.0.0.0/0"), false),
        (private.clone(), json!("fd12::1"), true),
        (private.clone(), json!("::ffff:10.1.2.3"), true),
        (private.clone(), json!("010.1.2.3"), false),
        (private.clone(), json!("AWS Internal"), false),
        (private.clone(), json!("s3.amazonaws.com"), false),
        (private.clone(), json!(167_838_211), false),
        (json!({"not": private}), json!("AWS Internal"), true),
        (json!({"prefix_length": 0}), json!("0.0.0.0/0"), true),
        (json!({"prefix_length": 32}), json!("10.0.0.1"), true),
        (
            json!({"prefix_length": {"lte": 8, "gt": 0}}),
            json!("10.0.0.0/8"),
            true,
        ),
        (
            json!({"prefix_length": {"lte": 8}}),
            json!("10.0.0.0/9"),
            false,
        ),
        (
            json!({"prefix_length": {"gte": 0}}),
            json!("AWS Internal"),
            false,
        ),
    ]);
}

#[test]
fn accounts_are_found_in_arns_and_bare() {
    let ours = json!({"account": "123456789012"});
    let others = json!({"account": {"not": "123456789012"}});
    check([
        (ours.clone(), json!("arn:aws:iam::123456789012:root"), true),
        (ours.clone(), json!("123456789012"), true),
        (ours.clone(), json!("arn:aws:iam::210987654321:root"), false),
        (ours.clone(), json!("arn:aws:s3:::bucket"), false),
        (ours.clone(), json!("x 123456789012"), false),
        (ours.clone(), json!(123_456_789_012_u64), false),
        (ours, json!(["*", "123456789012"]), true),
        (others.clone(), json!("123456789012"), false),
        (others.clone(), json!("210987654321"), true),
        (others.clone(), json!("arn:aws:s3:::bucket"), true),
        (others, json!("*"), true),
        (
            json!({"account": {"exists": true, "not": "1"}}),
            json!("*"),
            false,
        ),
        (
            json!({"account": {"starts_with": "12"}}),
            json!("arn:aws:iam::123456789012:x:y"),
            true,
        ),
    ]);
}

#[test]
fn kinds_of_addresses() {
    check([
        (json!({"is": "ip"}), json!("192.0.2.1"), true),
        (json!({"is": "ip"}), json!("2001:db8::1"), true),
        (json!({"is": "ip"}), json!("192.0.2.0/24"), false),
        (json!({"is": "ip"}), json!("192.0.2.1/32"), false),
        (json!({"is": "ip"}), json!("s3.amazonaws.com"), false),
        (json!({"is": "ipv4"}), json!("192.0.2.1"), true),
        (json!({"is": "ipv4"}), json!("::ffff:192.0.2.1"), true),
        (json!({"is": "ipv4"}), json!("2001:db8::1"), false),
        (json!({"is": "ipv6"}), json!("2001:db8::1"), true),
        (json!({"is": "ipv6"}), json!("192.0.2.1"), false),
        (json!({"is": "private_ip"}), json!("10.0.0.1"), true),
        (json!({"is": "private_ip"}), json!("8.8.8.8"), false),
        (json!({"is": "private_ip"}), json!("10.0.0.0/8"), false),
        (json!({"is": "public_ip"}), json!("8.8.8.8"), true),
        (json!({"is": "public_ip"}), json!("10.0.0.1"), false),
        (json!({"is": "public_ip"}), json!("AWS Internal"), false),
        (
            json!({"is": ["private_ip", "aws_service"]}),
            json!("AWS Internal"),
            true,
        ),
    ]);
}

#[test]
fn kinds_of_names() {
    check([
        (json!({"is": "aws_service"}), json!("AWS Internal"), true),
        (
            json!({"is": "aws_service"}),
            json!("cloudtrail.amazonaws.com"),
            true,
        ),
        (
            json!({"is": "aws_service"}),
            json!("ec2.eu-west-1.amazonaws.com"),
            true,
        ),
        (
            json!({"is": "aws_service"}),
            json!("ec2.amazonaws.com.cn"),
            true,
        ),
        (json!({"is": "aws_service"}), json!("ec2.c2s.ic.gov"), true),
        (json!({"is": "aws_service"}), json!("amazonaws.com"), false),
        (json!({"is": "aws_service"}), json!(".amazonaws.com"), false),
        (
            json!({"is": "aws_service"}),
            json!("EC2.amazonaws.com"),
            false,
        ),
        (
            json!({"is": "aws_service"}),
            json!("a b.amazonaws.com"),
            false,
        ),
        (
            json!({"is": "aws_service"}),
            json!("evilamazonaws.com"),
            false,
        ),
        (
            json!({"is": "aws_service"}),
            json!("s3.amazonaws.com.example.com"),
            false,
        ),
        (json!({"is": "arn"}), json!("arn:aws:s3:::bucket"), true),
        (json!({"is": "arn"}), json!("arn:aws:iam::1:role/a:b"), true),
        (json!({"is": "arn"}), json!("arn:aws:iam::1"), false),
        (json!({"is": "arn"}), json!("arn:aws:iam::1:"), false),
        (json!({"is": "arn"}), json!("arn::iam::1:x"), false),
        (json!({"is": "arn"}), json!("urn:aws:iam::1:x"), false),
        (json!({"is": "account_id"}), json!("012345678901"), true),
        (json!({"is": "account_id"}), json!("12345678901"), false),
        (json!({"is": "account_id"}), json!("12345678901x"), false),
        (
            json!({"is": "account_id"}),
            json!(123_456_789_012_u64),
            false,
        ),
    ]);
}

#[test]
fn kinds_of_json() {
    check([
        (json!({"is": "string"}), json!(""), true),
        (json!({"is": "number"}), json!(1), true),
        (json!({"is": "number"}), json!("1"), false),
        (json!({"is": "boolean"}), json!(false), true),
        (json!({"is": "array"}), json!([]), true),
        (json!({"is": "array"}), json!({}), false),
        (json!({"is": "object"}), json!({}), true),
        (json!({"is": "null"}), json!(null), true),
        (json!({"is": "null"}), json!("null"), false),
        (json!({"is": "missing"}), json!(null), false),
        (json!({"is": "empty"}), json!(""), true),
        (json!({"is": "empty"}), json!([]), true),
        (json!({"is": "empty"}), json!({}), true),
        (json!({"is": "empty"}), json!(null), false),
        (json!({"is": "empty"}), json!(0), false),
        (json!({"is": "empty"}), json!([""]), false),
    ]);
}
