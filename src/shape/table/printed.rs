//! Values of nested columns as query engines print them:
//! `{type=IAMUser, arn=arn:..., sessioncontext={attributes={...}}}`.
//!
//! In come such a text and the path of the column; out comes the value with the
//! names as they are printed, and what could not be read without guessing. Texts
//! are printed without quotes, so only the names of CloudTrail's fields tell where
//! one ends: a field ends before `, name=` with a name that the catalogue has at
//! this place, or before the brace that closes. Each name is printed once, also
//! where there is nothing (`null`); one that comes twice is in some value, and then
//! nothing of the text can be told apart.

use serde_json::{Map, Value};

use crate::event::catalogue::{FieldKind, kind_of, true_name};

/// What a printed value came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Printed {
    pub(super) value: Value,
    /// The fields that it says something of: what else there is, was not in the
    /// table. Paths from the record's root.
    pub(super) kept: Vec<Vec<&'static str>>,
}

/// How deep values are followed.
const MOST_LEVELS: usize = 8;

/// Reads the printed value of a column; nothing if it cannot be told apart.
pub(super) fn read(text: &str, path: &[&'static str]) -> Option<Printed> {
    let mut reader = Reader {
        rest: text,
        kept: Vec::new(),
        lost: Vec::new(),
    };
    let mut path = path.to_vec();
    let value = reader.nested(&mut path, MOST_LEVELS)?;
    // What one element of an array lost is lost in all.
    let lost = reader.lost;
    reader.kept.retain(|path| !lost.contains(path));
    reader.rest.is_empty().then_some(Printed {
        value,
        kept: reader.kept,
    })
}

struct Reader<'t> {
    rest: &'t str,
    kept: Vec<Vec<&'static str>>,
    lost: Vec<Vec<&'static str>>,
}

impl Reader<'_> {
    fn take(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    fn nested(&mut self, path: &mut Vec<&'static str>, levels: usize) -> Option<Value> {
        let levels = levels.checked_sub(1)?;
        match self.rest.as_bytes().first() {
            Some(b'{') => self.fields(path, levels),
            Some(b'[') => self.elements(path, levels),
            _ => None,
        }
    }

    fn elements(&mut self, path: &mut Vec<&'static str>, levels: usize) -> Option<Value> {
        self.take("[")?;
        let mut elements = Vec::new();
        if self.take("]").is_some() {
            self.kept.push(path.clone());
            return Some(Value::Array(elements));
        }
        loop {
            elements.push(self.nested(path, levels)?);
            if self.take("]").is_some() {
                return Some(Value::Array(elements));
            }
            self.take(", ")?;
        }
    }

    fn fields(&mut self, path: &mut Vec<&'static str>, levels: usize) -> Option<Value> {
        self.take("{")?;
        let mut fields = Map::new();
        if self.take("}").is_some() {
            return Some(Value::Object(fields));
        }
        loop {
            let (key, after) = self.rest.split_once('=')?;
            // A name that CloudTrail does not have tells nothing.
            let name = true_name(path, key)?;
            self.rest = after;
            if fields.contains_key(name) {
                return None;
            }
            path.push(name);
            let value = self.value(path, levels)?;
            path.pop();
            fields.insert(name.to_owned(), value);
            if self.take("}").is_some() {
                return Some(Value::Object(fields));
            }
            self.take(", ")?;
        }
    }

    /// The value of a field, whose path this is.
    fn value(&mut self, path: &mut Vec<&'static str>, levels: usize) -> Option<Value> {
        let is_nested = matches!(kind_of(path), Some(FieldKind::Object | FieldKind::Array));
        let begins = self.rest.as_bytes().first();
        if is_nested && matches!(begins, Some(b'{' | b'[')) {
            if true_names_are_unknown(path) {
                return self.opaque();
            }
            return self.nested(path, levels);
        }
        let end = self.end(&path[..path.len() - 1])?;
        let (text, after) = self.rest.split_at(end);
        self.rest = after;
        // It may hold fields that the catalogue does not have, or be cut short.
        if text.contains(['{', '}', '[', ']']) || names_a_field(text) {
            self.lost.push(path.clone());
            return Some(Value::Null);
        }
        self.kept.push(path.clone());
        Some(match text {
            "null" => Value::Null,
            text => Value::String(text.to_owned()),
        })
    }

    /// Where the value of a field ends that has siblings below this path.
    fn end(&self, above: &[&'static str]) -> Option<usize> {
        let comma = self.rest.match_indices(", ").map(|(at, _)| at).find(|at| {
            let key = self.rest[at + 2..].split('=').next().unwrap_or_default();
            self.rest.len() > at + 2 + key.len() && true_name(above, key).is_some()
        });
        let brace = self.rest.find('}');
        match (comma, brace) {
            (Some(comma), Some(brace)) => Some(comma.min(brace)),
            (comma, brace) => comma.or(brace),
        }
    }

    /// A map whose keys are anybody's: not told apart, and lost.
    fn opaque(&mut self) -> Option<Value> {
        let mut open = 0_usize;
        for (at, byte) in self.rest.bytes().enumerate() {
            match byte {
                b'{' | b'[' => open += 1,
                b'}' | b']' => open = open.checked_sub(1)?,
                _ => {}
            }
            if open == 0 {
                self.rest = &self.rest[at + 1..];
                return Some(Value::Null);
            }
        }
        None
    }
}

/// Whether what is below a path belongs to each service.
fn true_names_are_unknown(path: &[&'static str]) -> bool {
    use crate::event::catalogue::{FieldCheck, check_path};
    check_path(&[path, &["any"]].concat()) == FieldCheck::Open
}

/// Whether a text holds `, name=` with a name of any kind.
fn names_a_field(text: &str) -> bool {
    text.match_indices(", ").any(|(at, _)| {
        let rest = &text[at + 2..];
        rest.split_once('=').is_some_and(|(key, _)| {
            !key.is_empty()
                && key
                    .chars()
                    .all(|each| each.is_alphanumeric() || each == '_')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    const IDENTITY: &[&str] = &["userIdentity"];

    #[test]
    fn an_identity_is_read() {
        let text = "{type=AssumedRole, principalid=AROAEXAMPLE:a,b=c, arn=arn:aws:sts::111122223333:assumed-role/r/a,b=c, \
            accountid=111122223333, invokedby=AWS Internal, accesskeyid=null, username=null, \
            sessioncontext={attributes={mfaauthenticated=false, creationdate=2026-01-05T09:00:00Z}, \
            sessionissuer={type=Role, username=r}, ec2roledelivery=null, \
            webidfederationdata={federatedprovider=x, attributes={k=v, l={}}}}}";
        let printed = read(text, IDENTITY).unwrap();
        assert_eq!(
            printed.value,
            json!({
                "type": "AssumedRole", "principalId": "AROAEXAMPLE:a,b=c",
                "arn": "arn:aws:sts::111122223333:assumed-role/r/a,b=c",
                "accountId": "111122223333", "invokedBy": "AWS Internal",
                "accessKeyId": null, "userName": null,
                "sessionContext": {
                    "attributes": {"mfaAuthenticated": "false", "creationDate": "2026-01-05T09:00:00Z"},
                    "sessionIssuer": {"type": "Role", "userName": "r"},
                    "ec2RoleDelivery": null,
                    "webIdFederationData": {"federatedProvider": "x", "attributes": null}
                }
            })
        );
        let kept = |path: &[&str]| printed.kept.iter().any(|kept| kept == path);
        assert!(kept(&["userIdentity", "accessKeyId"]));
        assert!(kept(&[
            "userIdentity",
            "sessionContext",
            "sessionIssuer",
            "userName"
        ]));
        assert!(!kept(&[
            "userIdentity",
            "sessionContext",
            "webIdFederationData",
            "attributes"
        ]));
        assert!(!kept(&["userIdentity", "inScopeOf"]));
    }

    #[rstest]
    #[case::another_name_in_a_value("{type=a, username=x, arn=y, arn=z}")]
    #[case::a_brace_in_a_value("{type=a, username=x}, arn=z}")]
    #[case::without_names("{IAMUser, AIDA}")]
    #[case::cut("{type=a, arn=b")]
    #[case::no_struct("IAMUser")]
    #[case::unknown_name("{kind=a}")]
    fn what_cannot_be_told_apart_is_not_read(#[case] text: &str) {
        assert_eq!(read(text, IDENTITY), None);
    }

    #[test]
    fn a_value_that_may_hold_a_field_is_lost_alone() {
        let printed = read("{type=a, username=b, newfield=c, arn=d}", IDENTITY).unwrap();
        assert_eq!(
            printed.value,
            json!({"type": "a", "userName": null, "arn": "d"})
        );
        assert_eq!(
            printed.kept,
            [vec!["userIdentity", "type"], vec!["userIdentity", "arn"]]
        );
    }

    #[test]
    fn resources_are_read() {
        let printed = read(
            "[{arn=arn:aws:s3:::a, accountid=1, type=AWS::S3::Bucket}, {arn=null, accountid=2, type=null}]",
            &["resources"],
        );
        assert_eq!(
            printed.unwrap().value,
            json!([
                {"ARN": "arn:aws:s3:::a", "accountId": "1", "type": "AWS::S3::Bucket"},
                {"ARN": null, "accountId": "2", "type": null}
            ])
        );
        assert_eq!(read("[]", &["resources"]).unwrap().value, json!([]));
    }

    proptest::proptest! {
        #[test]
        fn reading_any_text_ends(text in "[{}\\[\\]a=, ]{0,40}|\\{type=[{}=, a-z]{0,30}") {
            let _ = read(&text, IDENTITY);
            let _ = read(&text, &["resources"]);
        }
    }
}
