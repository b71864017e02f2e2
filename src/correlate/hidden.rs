//! Values that no output shows, where they are compared all the same.
//!
//! A key or a measured value that is masked in outputs stands in a signal as a hash:
//! equal values are equal, in this run and with the signals of earlier ones, and the
//! value itself is written nowhere.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::event::secret;
use crate::rule::Rule;
use crate::rule::selector::{Path, Selector, Step};

/// How such a value begins.
const BEGINNING: &str = "[hidden, sha256 ";

/// What is shown for it.
const SHOWN: &str = "[masked]";

/// Whether the values of a field are masked whatever they are: the rule calls them
/// sensitive, or the field is named as one that holds a secret.
pub(crate) fn is_hidden(rule: &Rule, field: &Selector) -> bool {
    let secret = match keys(field) {
        Some(keys) => keys.last().is_some_and(|key| secret::is_secret_key(key)),
        None => false,
    };
    secret || rule.sensitive.iter().any(|above| holds(above, field))
}

/// Whether one selects what the other does, or what that lies in.
fn holds(above: &Selector, field: &Selector) -> bool {
    match (keys(above), keys(field)) {
        (Some(above), Some(field)) => field.starts_with(&above),
        _ => above.text == field.text,
    }
}

fn keys(field: &Selector) -> Option<Vec<&str>> {
    let Path::Steps(steps) = &field.path else {
        return None;
    };
    let keys = steps.iter().filter_map(|step| match step {
        Step::Key(key) | Step::Member(key) => Some(key.as_str()),
        Step::Index(_) | Step::Wildcard => None,
    });
    Some(keys.collect())
}

/// The value as it stands in a signal; `hidden` where that of its field always is.
pub(crate) fn comparable(text: &str, hidden: bool) -> Box<str> {
    if !hidden && secret::mask_text(text) == text {
        return text.into();
    }
    let hash = Sha256::digest(text.as_bytes());
    format!("{BEGINNING}{}]", HEXLOWER.encode(&hash[..16])).into()
}

/// The value as it is shown.
pub(super) fn shown(value: &str) -> String {
    if value.contains(BEGINNING) {
        SHOWN.to_owned()
    } else {
        value.to_owned()
    }
}
