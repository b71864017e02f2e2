//! One entry of a selection: a field, its modifiers and its values; or keywords,
//! which are asked of every field.
//!
//! A value may stand for several, as with `windash` or a placeholder: those are
//! alternatives whatever `all` says of the values themselves.

use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::rule::clause::{
    Clause, ClauseKind, CountTest, Kind, Operator, Ordering, Predicate, Relation, Test,
};
use crate::rule::selector::{Path, Root, Selector, Step};
use crate::rule::unknown_field;
use crate::rule::value::{Bound, Glob, Network, Number, Pattern, TimePart, Values};
use crate::yaml::{Entry, Fields, Node, NodeKind};

use super::Lowering;
use super::encoding::{as_characters, base64, base64_at_any_offset};
use super::lowering::boolean;
use super::modifier::{Base64, Chain, Comparison, RegexFlags};
use super::text::{Piece, RawPiece, Shape, Text};

/// So many values one value may stand for.
const MOST_ALTERNATIVES: usize = 1_000_000;

/// The selector of keywords: every value of the event, however deep.
const ANY_FIELD: &str = "$..*";

/// What one value asks, before it is put together with others that ask alike.
enum Leaf {
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
struct Asked {
    leaves: Vec<Spanned<Leaf>>,
    lists: Vec<String>,
}

/// One question with the place of its values.
struct Question {
    op: Operator,
    span: Span,
}

impl Lowering<'_, '_> {
    /// An entry of the mapping of a selection.
    pub(super) fn item(&mut self, entry: &Entry) -> Option<Clause> {
        let key = &entry.key;
        let mut parts = Vec::new();
        let mut start = 0;
        for part in key.value.split('|') {
            parts.push(self.spanned(&key.value, key.span, start, start + part.len()));
            start += part.len() + 1;
        }
        let (field, modifiers) = parts.split_first()?;
        let selector = match field.value {
            "" => Some(any_field(key.span)),
            _ => self.field(field),
        };
        let chain = self.chain(modifiers, key.span, !field.value.is_empty());
        let (selector, chain) = (selector?, chain?);
        if field.value.is_empty() && modifiers.is_empty() {
            self.misfit(
                key.span,
                "a value without a field",
                "name a field, or write a list of keywords",
            );
            return None;
        }
        self.asked(
            &selector,
            &chain,
            &entry.value,
            entry.span(),
            field.value.is_empty(),
        )
    }

    /// Keywords: texts of which one must stand in any field.
    pub(super) fn keywords(&mut self, nodes: &[Node], span: Span) -> Option<Clause> {
        let chain = self.chain(&[], span, false)?;
        let each: Vec<_> = nodes
            .iter()
            .map(|node| self.value(node, &chain, true))
            .collect();
        let each: Option<Vec<Asked>> = each.into_iter().collect();
        self.together(&any_field(span), &chain, each?, span)
    }

    fn asked(
        &mut self,
        selector: &Selector,
        chain: &Chain,
        node: &Node,
        span: Span,
        keywords: bool,
    ) -> Option<Clause> {
        let nodes = match &node.kind {
            NodeKind::Sequence(_) => self.list(node, &format!("`{}`", selector.text))?,
            _ => std::slice::from_ref(node),
        };
        if chain.all && node.as_sequence().is_none() {
            let mut alone = Diagnostic::new(Code::SigmaMisfit, "`all` with a single value")
                .at(node.span, "one value is always all of them")
                .help("take `all` away, or write a list of values");
            alone.level = crate::diagnostic::Level::Warning;
            self.report(alone);
        }
        let in_list = node.as_sequence().is_some();
        let each: Vec<_> = nodes
            .iter()
            .map(|value| {
                if in_list && value.is_null() {
                    self.null_in_list(value.span);
                    return None;
                }
                self.value(value, chain, keywords)
            })
            .collect();
        let each: Option<Vec<Asked>> = each.into_iter().collect();
        self.together(selector, chain, each?, span)
    }

    /// The values of an entry as one clause.
    fn together(
        &mut self,
        selector: &Selector,
        chain: &Chain,
        each: Vec<Asked>,
        span: Span,
    ) -> Option<Clause> {
        let groups: Vec<Vec<Question>> = if chain.all {
            each.into_iter()
                .map(|asked| questions(asked, chain, span))
                .collect()
        } else {
            let mut all = Asked::default();
            for asked in each {
                all.leaves.extend(asked.leaves);
                all.lists.extend(asked.lists);
            }
            vec![questions(all, chain, span)]
        };
        if let [group] = groups.as_slice()
            && let [question] = group.as_slice()
        {
            let id = self.number(span)?;
            let mut test = test_of(question);
            if chain.negated {
                test = Test {
                    span,
                    predicates: vec![Predicate {
                        span,
                        op: Operator::Not(Box::new(test)),
                    }],
                };
            }
            let selector = selector.clone();
            return Some(self.clause(id, span, ClauseKind::Field { selector, test }));
        }
        if !chain.negated {
            return self.groups(selector, &groups, span);
        }
        let id = self.number(span)?;
        let body = Box::new(self.groups(selector, &groups, span)?);
        Some(self.clause(id, span, ClauseKind::Not(body)))
    }

    fn groups(
        &mut self,
        selector: &Selector,
        groups: &[Vec<Question>],
        span: Span,
    ) -> Option<Clause> {
        if let [group] = groups {
            return self.alternatives(selector, group, span);
        }
        let id = self.number(span)?;
        let each: Option<Vec<Clause>> = groups
            .iter()
            .map(|group| {
                let place = group.iter().map(|question| question.span).reduce(Span::to);
                self.alternatives(selector, group, place.unwrap_or(span))
            })
            .collect();
        Some(self.clause(id, span, ClauseKind::All(each?)))
    }

    fn alternatives(
        &mut self,
        selector: &Selector,
        group: &[Question],
        span: Span,
    ) -> Option<Clause> {
        let id = self.number(span)?;
        if let [question] = group {
            let (selector, test) = (selector.clone(), test_of(question));
            return Some(self.clause(id, span, ClauseKind::Field { selector, test }));
        }
        let mut each = Vec::with_capacity(group.len());
        for question in group {
            let id = self.number(question.span)?;
            let (selector, test) = (selector.clone(), test_of(question));
            each.push(self.clause(id, question.span, ClauseKind::Field { selector, test }));
        }
        Some(self.clause(id, span, ClauseKind::Any(each)))
    }

    pub(super) fn null_in_list(&mut self, span: Span) {
        self.report(
            Diagnostic::new(Code::NullValue, "a value of the list is null")
                .at(span, "null, or nothing at all")
                .help("Sigma has null only as a value of its own: write a selection with `field: null` and join the two with `or`; the text is written \"null\""),
        );
    }

    /// The field of an event that a name of Sigma stands for: keys with dots between.
    fn field(&mut self, field: &Spanned<&str>) -> Option<Selector> {
        // In quotes a key may have dots of its own, as in native selectors.
        let keys: Vec<String> = match field.value.contains('"') {
            true => match self.base.quoted_keys(field.value, field.span) {
                Ok(keys) => keys,
                Err(problem) => {
                    self.report(*problem);
                    return None;
                }
            },
            false => field.value.split('.').map(str::to_owned).collect(),
        };
        if keys.iter().any(|key| key.trim().is_empty()) {
            self.report(
                Diagnostic::new(
                    Code::BadSelector,
                    format!("a key is missing in the field `{}`", field.value),
                )
                .at(field.span, "cannot be read")
                .help("write keys with one dot between them: `userIdentity.type`"),
            );
            return None;
        }
        let plain = |key: &str| {
            key.chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '@'))
        };
        let written: Vec<String> = keys
            .iter()
            .map(|key| match plain(key) {
                true => key.clone(),
                false => format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\"")),
            })
            .collect();
        let selector = Selector {
            text: written.join("."),
            span: field.span,
            root: Root::Event,
            path: Path::Steps(keys.into_iter().map(Step::Key).collect()),
        };
        if let Some(unknown) = unknown_field(&selector) {
            self.report(unknown);
        }
        Some(selector)
    }

    /// What one value asks.
    fn value(&mut self, node: &Node, chain: &Chain, keywords: bool) -> Option<Asked> {
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

    /// The texts that a value stands for: itself, or all that its placeholders give.
    fn expanded(
        &mut self,
        text: &Spanned<String>,
        chain: &Chain,
        asked: &mut Asked,
    ) -> Option<Vec<Spanned<Text>>> {
        if !chain.expand {
            return Some(vec![Spanned::new(Text::read(&text.value), text.span)]);
        }
        let pieces = Text::pieces(&text.value);
        let alone = pieces.len() == 1;
        let mut all = vec![Spanned::new(Text::default(), text.span)];
        for piece in pieces {
            match piece {
                Piece::Text(piece) => {
                    for text in &mut all {
                        text.value.append(piece.clone());
                    }
                }
                Piece::Placeholder(name) => {
                    let values = self.placeholder(&name, text, &mut asked.lists)?;
                    self.not_too_many(all.len(), values.len(), text.span)?;
                    all = all
                        .iter()
                        .flat_map(|before| {
                            values.iter().map(|value| {
                                let mut text = before.value.clone();
                                text.append(Text::read(&value.value));
                                let span = if alone { value.span } else { before.span };
                                Spanned::new(text, span)
                            })
                        })
                        .collect();
                }
            }
        }
        Some(all)
    }

    /// The values of the list that a placeholder names.
    fn placeholder(
        &mut self,
        name: &str,
        text: &Spanned<String>,
        lists: &mut Vec<String>,
    ) -> Option<Vec<Spanned<String>>> {
        let at = text.value.find(&format!("%{name}%")).unwrap_or(0);
        let span = self.part(&text.value, text.span, at, at + name.len() + 2);
        if !self.base.definitions().lists.contains_key(name) {
            self.report(
                Diagnostic::new(
                    Code::UnknownList,
                    format!("the placeholder `%{name}%` has no list"),
                )
                .at(span, "nobody says what it stands for")
                .help(format!(
                    "set it with `--list {name}=FILE`, or define it under a top-level `lists:` of a rules file or the configuration"
                )),
            );
            return None;
        }
        self.base
            .named_list(Spanned::new(name.to_owned(), span), lists)
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

    fn regexes(
        &mut self,
        text: &Spanned<String>,
        flags: RegexFlags,
        place: Relation,
        chain: &Chain,
    ) -> Option<Asked> {
        let mut asked = Asked::default();
        if !chain.expand {
            let leaf = Leaf::Regex(self.regex(text, flags, place)?);
            asked.leaves.push(Spanned::new(leaf, text.span));
            return Some(asked);
        }
        // What a placeholder stands for is text, also in a pattern.
        let mut all = vec![String::new()];
        for piece in Text::raw_pieces(&text.value) {
            match piece {
                RawPiece::Text(piece) => all.iter_mut().for_each(|text| text.push_str(&piece)),
                RawPiece::Placeholder(name) => {
                    let values = self.placeholder(&name, text, &mut asked.lists)?;
                    self.not_too_many(all.len(), values.len(), text.span)?;
                    all = all
                        .iter()
                        .flat_map(|before| {
                            let escaped = values.iter().map(|value| regex::escape(&value.value));
                            escaped.map(move |value| format!("{before}{value}"))
                        })
                        .collect();
                }
            }
        }
        for pattern in all {
            let pattern = Spanned::new(pattern, text.span);
            let leaf = Leaf::Regex(self.regex(&pattern, flags, place)?);
            asked.leaves.push(Spanned::new(leaf, text.span));
        }
        Some(asked)
    }

    fn not_too_many(&mut self, some: usize, times: usize, span: Span) -> Option<()> {
        if some.saturating_mul(times) <= MOST_ALTERNATIVES {
            return Some(());
        }
        let message = "the placeholders stand for too many values together";
        self.misfit(span, message, "put one placeholder into a value");
        None
    }

    fn regex(
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

fn any_field(span: Span) -> Selector {
    let path = match jsonpath_rust::parser::parse_json_path(ANY_FIELD) {
        Ok(query) => Path::Query(Box::new(query)),
        // The query is a constant, and its test sees to it.
        Err(_) => Path::Steps(Vec::new()),
    };
    Selector {
        text: ANY_FIELD.to_owned(),
        span,
        root: Root::Event,
        path,
    }
}

fn test_of(question: &Question) -> Test {
    let predicates = vec![Predicate {
        span: question.span,
        op: question.op.clone(),
    }];
    Test {
        span: question.span,
        predicates,
    }
}

/// The alternatives by what they ask, in the order in which each is first met.
fn questions(asked: Asked, chain: &Chain, whole: Span) -> Vec<Question> {
    let ignore_case = !chain.cased;
    let regex_ignores = match &chain.test {
        Comparison::Regex(flags, _) => flags.ignore_case,
        _ => ignore_case,
    };
    let lists = asked.lists;
    let mut questions: Vec<Question> = Vec::new();
    for Spanned { value, span } in asked.leaves {
        // What a list holds is written elsewhere.
        let asked_at = if lists.is_empty() { span } else { whole };
        macro_rules! put {
            ($op:ident, $item:expr, $ignore_case:expr) => {{
                let item = Spanned::new($item, span);
                let same = questions.iter_mut().find_map(|question| {
                    let Operator::$op(values) = &mut question.op else {
                        return None;
                    };
                    Some((&mut question.span, values))
                });
                match same {
                    Some((place, values)) => {
                        *place = place.to(asked_at);
                        values.items.push(item);
                    }
                    None => questions.push(Question {
                        span: asked_at,
                        op: Operator::$op(Values {
                            items: vec![item],
                            ignore_case: $ignore_case,
                            scalars: true,
                            lists: lists.clone(),
                        }),
                    }),
                }
            }};
        }
        match value {
            Leaf::Equals(text) => put!(Equals, text, ignore_case),
            Leaf::StartsWith(text) => put!(StartsWith, text, ignore_case),
            Leaf::EndsWith(text) => put!(EndsWith, text, ignore_case),
            Leaf::Contains(text) => put!(Contains, text, ignore_case),
            Leaf::Glob(glob) => put!(Glob, glob, ignore_case),
            Leaf::Regex(pattern) => put!(Regex, pattern, regex_ignores),
            Leaf::Cidr(network) => put!(Cidr, network, false),
            Leaf::Other(op) => questions.push(Question { op, span }),
        }
    }
    if questions.is_empty() {
        // A list without values: nothing is one of them.
        questions.push(Question {
            span: whole,
            op: Operator::Equals(Values {
                items: Vec::new(),
                ignore_case,
                scalars: true,
                lists,
            }),
        });
    }
    questions
}
