//! Of one record's bytes only what is kept becomes a value.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::rule::{Either, Kept};

/// The copy that [`Kept::of_event`] makes of a record, of what either of two keeps,
/// without parsing the rest. `None` where it is no object or no JSON as far as it is
/// read: then [`super::parse`] has the say.
pub fn parse_kept(bytes: &[u8], kept: &Kept, also: Option<&Kept>) -> Option<Value> {
    let text = simdutf8::basic::from_utf8(bytes).ok()?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let seed = Part(Either::of(kept, also));
    let value = seed.deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    value.is_object().then_some(value)
}

/// Reads what is kept of a value.
#[derive(Clone, Copy)]
struct Part<'k>(Either<'k>);

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.0.is_whole() {
            serde::Deserialize::deserialize(deserializer)
        } else {
            deserializer.deserialize_any(self)
        }
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut copies = Vec::new();
        while let Some(element) = elements.next_element_seed(self)? {
            copies.push(element);
        }
        Ok(Value::Array(copies))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut copies = Map::new();
        while let Some(key) = members.next_key::<Cow<'de, str>>()? {
            match self.0.member(&key) {
                Some(kept) => {
                    let value = members.next_value_seed(Part(kept))?;
                    copies.insert(key.into_owned(), value);
                }
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Object(copies))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{RulesFile, load};
    use proptest::prelude::*;

    /// What a rule reads of events.
    fn kept(fields: &[&str]) -> Kept {
        let fields: Vec<String> = (fields.iter())
            .map(|field| format!("  '{field}': {{exists: true}}\n"))
            .collect();
        let text = format!(
            "id: a\ntitle: A\nseverity: low\nmatch:\n{}correlate: {{within: 1s, count: {{gte: 2}}}}\n",
            fields.concat()
        );
        let file = RulesFile::of_user("a.yaml", text);
        let loaded = load(vec![file], &[]);
        let rule = loaded.set.rules.first();
        let rule = rule.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
        rule.correlation.as_ref().unwrap().kept.clone()
    }

    #[test]
    fn what_is_kept_is_there_and_the_rest_is_not() {
        let kept = kept(&["requestParameters.items.a", "requestParameters.all"]);
        let record = r#"{"eventName": "A", "other": {"deep": [1]}, "requestParameters":
            {"items": [{"a": 1, "b": 2}, "x", null], "all": {"b": [true]}, "none": 1.5}}"#;
        let value = parse_kept(record.as_bytes(), &kept, None).unwrap();
        assert_eq!(
            value.to_string(),
            r#"{"eventName":"A","requestParameters":{"items":[{"a":1},"x",null],"all":{"b":[true]}}}"#
        );
        assert_eq!(parse_kept(b"[1]", &kept, None), None);
        assert_eq!(parse_kept(b"{\"a\":", &kept, None), None);
    }

    fn json(depth: u32) -> BoxedStrategy<String> {
        let scalar = prop_oneof![
            Just("1".to_owned()),
            Just("-2.50".to_owned()),
            Just("18446744073709551615".to_owned()),
            Just("null".to_owned()),
            Just("true".to_owned()),
            Just(r#""te\u0041xt""#.to_owned()),
            Just(r#""""#.to_owned()),
        ];
        if depth == 0 {
            return scalar.boxed();
        }
        let key = prop_oneof![
            Just("eventName"),
            Just("requestParameters"),
            Just("a"),
            Just("b")
        ];
        let members = prop::collection::vec((key, json(depth - 1)), 0..4);
        prop_oneof![
            scalar,
            prop::collection::vec(json(depth - 1), 0..3).prop_map(|e| format!("[{}]", e.join(","))),
            members.prop_map(|members| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(k, v)| format!("\"{k}\": {v}"))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
        .boxed()
    }

    proptest! {
        #[test]
        fn reading_the_kept_part_is_copying_it_from_the_whole(text in json(4)) {
            let (one, two) = (kept(&["requestParameters.a.b"]), kept(&["requestParameters.b", "$.requestParameters.a[0]"]));
            let whole: Value = serde_json::from_str(&text).unwrap();
            let mut both = one.clone();
            both.join(&two);
            let wanted = Some(both.of_event(&whole)).filter(Value::is_object);
            prop_assert_eq!(parse_kept(text.as_bytes(), &one, Some(&two)), wanted.clone());
            prop_assert_eq!(parse_kept(text.as_bytes(), &both, None), wanted);
        }
    }
}
