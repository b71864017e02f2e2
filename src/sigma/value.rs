//! What one value asks: a text with wildcards, a pattern, a network, a number, a part
//! of a time, another field, or nothing at all.

use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::rule::clause::{CountTest, Kind, Operator, Ordering, Predicate, Relation, Test};
use crate::rule::value::{Bound, Glob, Network, Number, Pattern, TimePart};
use crate::yaml::{Fields, Node, NodeKind};

use super::Lowering;
use super::encoding::{as_characters, base64, base64_at_any_offset};
use super::lowering::boolean;
use super::modifier::{Base64, Chain, Comparison, RegexFlags};
use super::text::{Shape, Text};

/// What one value asks, before it is put together with others that ask alike.
pub(super) enum Leaf {
    Equals(String),
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    Glob(Glob),
    Regex(Pattern),
    Cidr(Network),
    /// Stands alone.
    Other(Operator),
}

/// The alternatives that a value stands for, and the lists that they are of.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) leaves: Vec<Spanned<Leaf>>,
    pub(super) lists: Vec<String>,
}

impl Lowering<'_, '_> {
    /// What one value asks.
    pub(super) fn value(&mut self, node: &Node, chain: &Chain, keywords: bool) -> Option<Asked> {
        let NodeKind::Scalar(scalar) = &node.kind else {
            let help = "a field has a value, or a list of values; for an object below it write the path in one: `requestParameters.name`";
            self.wrong_type(node, "a value", "text", Some(help.to_owned()));
            return None;
        };
        let one = |leaf: Leaf| Asked {
            leaves: vec![Spanned::new(leaf, node.span)],
            lists: Vec::new(),
        };
        if node.is_null() {
            let whole = matches!(chain.test, Comparison::Text(Relation::Same)) && !keywords;
            if !whole || chain.encoding.is_some() || chain.expand || chain.windash {
                self.misfit(
                    node.span,
                    "null fits no modifier but `neq`",
                    "name a value, or take the modifiers away; the text is written \"null\"",
                );
                return None;
            }
            return Some(one(Leaf::Other(Operator::Exists(false))));
        }
        let text = Spanned::new(scalar.text.clone(), node.span);
        match &chain.test {
            Comparison::Text(place) => self.text_value(&text, *place, chain, keywords),
            Comparison::Exists => match boolean(scalar) {
                Some(exists) => Some(one(Leaf::Other(existence(exists, node.span)))),
                None => {
                    self.misfit(
                        node.span,
                        "`exists` is asked with `true` or `false`",
                        "write `true` or `false`",
                    );
                    None
                }
            },
            Comparison::Regex(flags, place) => self.regexes(&text, *flags, *place, chain),
            Comparison::Order(ordering) => {
                let bound = self.number_bound(&text, *ordering)?;
                Some(one(Leaf::Other(Operator::Order(*ordering, bound))))
            }
            Comparison::TimePart(part, ordering) => {
                let op = self.time_part(&text, *part, *ordering)?;
                Some(one(Leaf::Other(op)))
            }
            Comparison::Cidr => self.networks(&text, chain),
            Comparison::Field(relation) => {
                if Text::read(&text.value).as_plain().is_none() {
                    let message = format!("a wildcard in the field `{}`", text.value);
                    self.misfit(text.span, message, "`fieldref` names one field");
                    return None;
                }
                let field = Spanned::new(text.value.as_str(), text.span);
                let selector = self.field(&field)?;
                Some(one(Leaf::Other(Operator::SameAs {
                    selector,
                    relation: *relation,
                    ignore_case: !chain.cased,
                })))
            }
        }
    }

    fn text_value(
        &mut self,
        text: &Spanned<String>,
        place: Relation,
        chain: &Chain,
        keywords: bool,
    ) -> Option<Asked> {
        let mut asked = Asked::default();
        let mut texts = self.expanded(text, chain, &mut asked)?;
        if chain.windash {
            texts = texts
                .into_iter()
                .flat_map(|text| {
                    let span = text.span;
                    let dashed = text.value.dashed();
                    dashed.into_iter().map(move |text| Spanned::new(text, span))
                })
                .collect();
        }
        if let Some(encoding) = chain.encoding {
            let mut encoded = Vec::with_capacity(texts.len());
            for item in texts {
                let Some(plain) = item.value.as_plain() else {
                    self.misfit(text.span, "a wildcard in a value that is encoded", "what is encoded is compared as it is: escape the wildcard with a backslash, or take the encoding away");
                    return None;
                };
                let bytes = encoding.characters.bytes(&plain);
                let all = match encoding.base64 {
                    Some(Base64::AnyOffset) => base64_at_any_offset(&bytes),
                    Some(Base64::Whole) => Some(vec![base64(&bytes)]),
                    None => as_characters(&bytes).map(|text| vec![text]),
                };
                let Some(all) = all else {
                    self.not_encoded(text.span, encoding.base64);
                    return None;
                };
                let all = all
                    .iter()
                    .map(|text| Spanned::new(Text::plain(text), item.span));
                encoded.extend(all);
            }
            texts = encoded;
        }
        if keywords && text.value.is_empty() {
            self.empty(text.span, "the keyword");
            return None;
        }
        // A keyword stands anywhere in a field, unless it says where.
        let place = match (place, keywords) {
            (Relation::Same, true) => Relation::Contains,
            (place, _) => place,
        };
        for text in texts {
            let before = matches!(place, Relation::EndsWith | Relation::Contains);
            let behind = matches!(place, Relation::StartsWith | Relation::Contains);
            let leaf = match text.value.open(before, behind).shape() {
                Shape::Equals(text) => Leaf::Equals(text),
                Shape::StartsWith(text) => Leaf::StartsWith(text),
                Shape::EndsWith(text) => Leaf::EndsWith(text),
                Shape::Contains(text) => Leaf::Contains(text),
                Shape::Anything => Leaf::Other(Operator::Exists(true)),
                Shape::Glob(text) => Leaf::Glob(Glob::new(&text)),
                Shape::Regex(regex) => {
                    Leaf::Regex(self.base.pattern(&regex, text.span, !chain.cased)?)
                }
            };
            asked.leaves.push(Spanned::new(leaf, text.span));
        }
        Some(asked)
    }

    fn not_encoded(&mut self, span: Span, base64: Option<Base64>) {
        let (message, help) = match base64 {
            Some(_) => (
                "the value is too short for `base64offset`",
                "of so few bytes no digit is its own wherever they stand: write a longer value",
            ),
            None => (
                "what is not ASCII is no text in UTF-16",
                "put `base64` or `base64offset` behind the encoding",
            ),
        };
        self.misfit(span, message, help);
    }

    fn number_bound(&mut self, text: &Spanned<String>, ordering: Ordering) -> Option<Bound> {
        let number = Number::parse(&text.value);
        if number.is_none() {
            self.report(
                Diagnostic::new(
                    Code::BadBound,
                    format!("`{}` is compared with a number", ordering.name()),
                )
                .at(text.span, "not one")
                .help("write `10` or `2.5`; for parts of a time there are `hour`, `day` and their like"),
            );
        }
        number.map(Bound::Number)
    }

    pub(super) fn regex(
        &mut self,
        text: &Spanned<String>,
        flags: RegexFlags,
        place: Relation,
    ) -> Option<Pattern> {
        if text.value.starts_with('*') {
            let place = self.part(&text.value, text.span, 0, 1);
            self.misfit(
                place,
                "`*` is no wildcard in a regular expression",
                "write `.*`, or leave `re` away and keep the wildcards",
            );
            return None;
        }
        let pattern = self
            .base
            .pattern(&text.value, text.span, flags.ignore_case)?;
        let letters: String = [(flags.multi_line, 'm'), (flags.dot_matches_new_line, 's')]
            .iter()
            .filter_map(|(set, letter)| set.then_some(*letter))
            .collect();
        let placed = match place {
            Relation::StartsWith => format!(r"\A(?:{})", text.value),
            Relation::EndsWith => format!(r"(?:{})\z", text.value),
            Relation::Same | Relation::Contains => text.value.clone(),
        };
        let whole = match letters.as_str() {
            "" => placed,
            letters => format!("(?{letters}){placed}"),
        };
        if whole == text.value {
            return Some(pattern);
        }
        self.base.pattern(&whole, text.span, flags.ignore_case)
    }

    fn networks(&mut self, text: &Spanned<String>, chain: &Chain) -> Option<Asked> {
        let mut asked = Asked::default();
        for item in self.expanded(text, chain, &mut asked)? {
            let Some(plain) = item.value.as_plain() else {
                self.misfit(
                    item.span,
                    format!("a wildcard in the network `{}`", text.value),
                    "write the network with its prefix: `10.0.0.0/8`",
                );
                return None;
            };
            let network = self.base.network(&plain, item.span)?;
            asked
                .leaves
                .push(Spanned::new(Leaf::Cidr(network), item.span));
        }
        Some(asked)
    }

    fn time_part(
        &mut self,
        text: &Spanned<String>,
        part: TimePart,
        ordering: Option<Ordering>,
    ) -> Option<Operator> {
        let (least, most) = part.range();
        let is_number = text.value.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.value.parse::<u64>().ok().filter(|_| is_number);
        let Some(number) = number.filter(|number| (least..=most).contains(number)) else {
            self.report(
                Diagnostic::new(
                    Code::BadBound,
                    format!(
                        "`{}` is no {}: a whole number from {least} to {most}",
                        text.value,
                        part.name()
                    ),
                )
                .at(text.span, "not one")
                .help("times are read as they are written, by CloudTrail in UTC; write one number, or a list of them"),
            );
            return None;
        };
        let test = match ordering {
            Some(ordering) => CountTest::Order(ordering, number),
            None => CountTest::Exactly(number),
        };
        Some(Operator::TimePart(part, vec![test]))
    }
}

/// Whether a field is there, be it null or not: Sigma tells the two apart.
fn existence(exists: bool, span: Span) -> Operator {
    let missing = Operator::Is(vec![Kind::Missing]);
    if !exists {
        return missing;
    }
    Operator::Not(Box::new(Test {
        span,
        predicates: vec![Predicate { span, op: missing }],
    }))
}
