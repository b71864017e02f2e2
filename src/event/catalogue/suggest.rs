//! Which field was meant: the nearest path that records have.
//!
//! In comes a path that no record has and where it goes wrong; out comes the
//! path that was probably meant, or nothing when none is near.

use super::{Field, FieldCheck, RECORD, Shape, Walk, check_path, walk};
use crate::diagnostic::did_you_mean;

/// Names that other tools give to fields; compared without regard to case.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("account", "recipientAccountId"),
    ("action", "eventName"),
    ("event", "eventName"),
    ("mfaUsed", "additionalEventData.MFAUsed"),
    ("principal", "userIdentity.arn"),
    ("region", "awsRegion"),
    ("service", "eventSource"),
    ("sourceIp", "sourceIPAddress"),
    ("user", "userIdentity.userName"),
];

/// The path that was meant. Another case goes first, then the same name elsewhere
/// in the record, then a similar name: `sourceIdentity` is not `userIdentity`.
pub(super) fn suggest(keys: &[&str], at: usize, siblings: &[Field]) -> Option<String> {
    let (before, key, after) = (&keys[..at], keys[at], &keys[at + 1..]);
    let moved = |same: fn(&str, &str) -> bool| {
        let places = places_of(|name| same(name, key));
        places.into_iter().find_map(|place| known(&place, after))
    };
    let beside = siblings
        .iter()
        .find(|field| field.name.eq_ignore_ascii_case(key));
    beside
        .and_then(|field| mended(before, field.name, after))
        .or_else(|| moved(|name, key| name == key))
        .or_else(|| {
            let name = did_you_mean(key, siblings.iter().map(|field| field.name))?;
            mended(before, name, after)
        })
        .or_else(|| moved(|name, key| name.eq_ignore_ascii_case(key)))
        .or_else(|| renamed(key).filter(|_| at == 0 && after.is_empty()))
        // EventBridge wraps the record in `detail`.
        .or_else(|| known(&[], after).filter(|_| at == 0 && key == "detail" && !after.is_empty()))
        .or_else(|| moved(|name, key| did_you_mean(key, [name]).is_some()))
}

/// The path with the right name in its middle, and what follows mended too. If
/// that is beyond help, only up to the name.
fn mended(before: &[&str], name: &str, after: &[&str]) -> Option<String> {
    let place: Vec<&str> = before.iter().copied().chain([name]).collect();
    let whole: Vec<&str> = place.iter().chain(after).copied().collect();
    match check_path(&whole) {
        FieldCheck::Known | FieldCheck::Open => Some(whole.join(".")),
        FieldCheck::Unknown {
            suggestion: Some(suggestion),
            ..
        } => Some(suggestion),
        FieldCheck::Unknown {
            suggestion: None, ..
        } => Some(place.join(".")),
    }
}

/// The path made of both parts, if records have it.
fn known(place: &[&str], after: &[&str]) -> Option<String> {
    let whole: Vec<&str> = place.iter().chain(after).copied().collect();
    match walk(&whole) {
        Walk::Fixed(_) | Walk::Open => Some(whole.join(".")),
        Walk::Unknown { .. } => None,
    }
}

fn renamed(key: &str) -> Option<String> {
    OTHER_NAMES
        .iter()
        .find(|(other, _)| other.eq_ignore_ascii_case(key))
        .map(|(_, path)| (*path).to_owned())
}

/// The paths of all fixed fields whose name fits, the shallowest first.
fn places_of(fits: impl Fn(&str) -> bool) -> Vec<Vec<&'static str>> {
    let mut found = Vec::new();
    let mut level: Vec<(Vec<&'static str>, &'static [Field])> = vec![(Vec::new(), RECORD)];
    while !level.is_empty() {
        let mut next = Vec::new();
        for (place, fields) in level {
            for field in fields {
                let path: Vec<&str> = place.iter().copied().chain([field.name]).collect();
                if let Shape::Object(below) | Shape::Array(below) = field.shape {
                    next.push((path.clone(), below));
                }
                if fits(field.name) {
                    found.push(path);
                }
            }
        }
        level = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::catalogue::tests::keys;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case::case("sourceIpAddress", 0, "sourceIPAddress")]
    #[case::a_letter("eventNam", 0, "eventName")]
    #[case::case_before_a_name_elsewhere("resources.arn", 1, "resources.ARN")]
    #[case::a_level_left_out("userName", 0, "userIdentity.userName")]
    #[case::levels_left_out(
        "mfaAuthenticated",
        0,
        "userIdentity.sessionContext.attributes.mfaAuthenticated"
    )]
    #[case::a_level_left_out_inside(
        "userIdentity.sessionContext.mfaAuthenticated",
        2,
        "userIdentity.sessionContext.attributes.mfaAuthenticated"
    )]
    #[case::the_first_level_left_out(
        "sessionContext.sessionIssuer.arn",
        0,
        "userIdentity.sessionContext.sessionIssuer.arn"
    )]
    #[case::a_name_elsewhere_before_a_similar_one(
        "sourceIdentity",
        0,
        "userIdentity.sessionContext.sourceIdentity"
    )]
    #[case::two_mistakes("useridentity.acountId", 0, "userIdentity.accountId")]
    #[case::the_rest_beyond_help("userIdentiy.zzzzzz", 0, "userIdentity")]
    #[case::below_an_open_object("requestParameter.bucketName", 0, "requestParameters.bucketName")]
    #[case::the_event_bridge_envelope("detail.eventName", 0, "eventName")]
    #[case::another_tools_name("region", 0, "awsRegion")]
    #[case::misspelt_elsewhere(
        "mfaAuthenticatd",
        0,
        "userIdentity.sessionContext.attributes.mfaAuthenticated"
    )]
    fn a_wrong_path_is_met_with_the_right_one(
        #[case] path: &str,
        #[case] at: usize,
        #[case] suggestion: &str,
    ) {
        let expected = FieldCheck::Unknown {
            at,
            suggestion: Some(suggestion.to_owned()),
        };
        assert_eq!(check_path(&keys(path)), expected);
    }

    #[rstest]
    #[case("zebra", 0)]
    #[case("eventName.zebra", 1)]
    #[case("detail", 0)]
    #[case("x", 0)]
    fn nothing_is_suggested_when_nothing_is_near(#[case] path: &str, #[case] at: usize) {
        assert_eq!(
            check_path(&keys(path)),
            FieldCheck::Unknown {
                at,
                suggestion: None
            }
        );
    }

    #[test]
    fn every_other_name_leads_to_a_field_that_exists_and_is_none_itself() {
        for (other, path) in OTHER_NAMES {
            assert!(
                !matches!(check_path(&keys(path)), FieldCheck::Unknown { .. }),
                "{path}"
            );
            assert!(
                matches!(check_path(&[other]), FieldCheck::Unknown { .. }),
                "{other}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_suggestion_is_always_a_path_that_records_have(
            path in prop::collection::vec("[a-zA-Z@]{1,14}|userIdentity|arn|type|detail|attributes", 0..5)
        ) {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            if let FieldCheck::Unknown { at, suggestion } = check_path(&path) {
                prop_assert!(at < path.len());
                if let Some(suggestion) = suggestion {
                    let check = check_path(&keys(&suggestion));
                    let unknown = matches!(check, FieldCheck::Unknown { .. });
                    prop_assert!(!unknown, "{}", suggestion);
                }
            }
        }
    }
}
