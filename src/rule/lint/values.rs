//! Values that fixed fields do not have.

use crate::diagnostic::{Code, Diagnostic, Spanned, did_you_mean};

use super::super::clause::Operator;
use super::super::selector::Selector;
use super::super::value::{Values, fold};
use super::conjunction::Conjunction;
use super::field::{is, scalar_kind};

/// What AWS documents for `userIdentity.type`, and what real logs add to it.
const IDENTITY_TYPES: &[&str] = &[
    "Root",
    "IAMUser",
    "AssumedRole",
    "Role",
    "FederatedUser",
    "Directory",
    "AWSAccount",
    "AWSService",
    "IdentityCenterUser",
    "SAMLUser",
    "WebIdentityUser",
    "Unknown",
];
const EVENT_TYPES: &[&str] = &[
    "AwsApiCall",
    "AwsServiceEvent",
    "AwsConsoleSignIn",
    "AwsConsoleAction",
    "AwsCloudTrailInsight",
    "AwsVpceEvent",
    "AwsVpceEvents",
];
const EVENT_CATEGORIES: &[&str] = &["Management", "Data", "Insight", "NetworkActivity"];
/// Text fields in which a `*` may well stand.
const FREE_TEXT: &[&str] = &["userAgent", "errorMessage"];
/// For suggestions only: regions are told by their form, since new ones appear.
const REGIONS: &[&str] = &[
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "sa-east-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "eu-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "cn-north-1",
    "cn-northwest-1",
];

/// Looks at `equals` of what must match: a value that is left out may as well
/// be one that never comes.
pub(super) fn check(conjunction: &Conjunction<'_, '_>, found: &mut Vec<Diagnostic>) {
    if conjunction.negated {
        return;
    }
    for field in &conjunction.fields {
        for predicate in &field.test.predicates {
            if let Operator::Equals(values) = &predicate.op {
                of_field(field.selector, values, found);
            }
        }
    }
}

fn of_field(selector: &Selector, values: &Values<String>, found: &mut Vec<Diagnostic>) {
    for item in values.items.iter().filter(|item| item.value.contains('*')) {
        if scalar_kind(selector).is_some() && !FREE_TEXT.iter().any(|path| is(selector, path)) {
            let message = "`*` is plain text here: `equals` and `in` know no wildcards";
            let help = format!("write `{}: {{glob: \"{}\"}}`", selector.text, item.value);
            found.push(
                Diagnostic::new(Code::UnlikelyValue, message)
                    .at(item.span, "no event is known to have this")
                    .help(help),
            );
            return;
        }
    }
    let judge: fn(&str, bool) -> Option<String> = if is(selector, "eventSource") {
        event_source
    } else if is(selector, "awsRegion") {
        region
    } else if is(selector, "userIdentity.type") {
        |text, ignore_case| word(text, ignore_case, IDENTITY_TYPES)
    } else if is(selector, "eventType") {
        |text, ignore_case| word(text, ignore_case, EVENT_TYPES)
    } else if is(selector, "eventCategory") {
        |text, ignore_case| word(text, ignore_case, EVENT_CATEGORIES)
    } else {
        return;
    };
    for item in &values.items {
        if let Some(help) = judge(&item.value, values.ignore_case) {
            found.push(unlikely(selector, item, help));
        }
    }
}

fn unlikely(selector: &Selector, item: &Spanned<String>, help: String) -> Diagnostic {
    let message = format!("`{}` is no value of `{}`", item.value, selector.text);
    Diagnostic::new(Code::UnlikelyValue, message)
        .at(item.span, "no event is known to have this")
        .help(help)
}

/// What to say of an event source that looks like none.
fn event_source(text: &str, ignore_case: bool) -> Option<String> {
    let text = if ignore_case {
        fold(text)
    } else {
        text.to_owned()
    };
    if text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn") {
        return None;
    }
    let service: String = text.split('.').next().unwrap_or("").to_lowercase();
    let plain = !service.is_empty()
        && service
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    Some(if plain {
        format!("did you mean `{service}.amazonaws.com`?")
    } else {
        "event sources end in `.amazonaws.com`, such as `s3.amazonaws.com`".to_owned()
    })
}

fn region(text: &str, ignore_case: bool) -> Option<String> {
    let text = if ignore_case {
        fold(text)
    } else {
        text.to_owned()
    };
    let parts: Vec<&str> = text.split('-').collect();
    let shaped = match parts.as_slice() {
        [area @ .., number] => {
            area.len() >= 2
                && area
                    .iter()
                    .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase()))
                && !number.is_empty()
                && number.bytes().all(|b| b.is_ascii_digit())
        }
        [] => false,
    };
    // A well-formed name may be a region of tomorrow.
    (!shaped).then(|| match did_you_mean(&text, REGIONS.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write the region's name, such as `us-east-1`".to_owned(),
    })
}

fn word(text: &str, ignore_case: bool, known: &[&str]) -> Option<String> {
    let same = |word: &&str| *word == text || (ignore_case && fold(word) == fold(text));
    if known.iter().any(same) {
        return None;
    }
    Some(match did_you_mean(text, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the values are: {}", known.join(", ")),
    })
}
