//! Operands: texts, named lists, networks, bounds and counts.

use crate::diagnostic::{Code, Diagnostic, Span, Spanned, did_you_mean};
use crate::event::parse_rfc3339;
use crate::yaml::{Fields, Node};

use super::super::clause::{CountTest, Operator, Ordering, Predicate};
use super::super::value::{Bound, Network, NetworkError, Number, TimePart, Values};
use super::{Lowerer, Manner};

impl Lowerer<'_> {
    pub(super) fn text_values(
        &mut self,
        node: &Node,
        what: &str,
        manner: Manner,
    ) -> Option<Values<String>> {
        self.values(node, what, manner, |_, text, _| Some(text.to_owned()))
    }

    /// The same for `equals`, which asks numbers and booleans in a way of its own.
    pub(super) fn plain_values(
        &mut self,
        node: &Node,
        what: &str,
        manner: Manner,
    ) -> Option<Values<String>> {
        let scalars = false;
        self.text_values(node, what, Manner { scalars, ..manner })
    }

    /// One value, a list of values, or `{list: name}` in the place of either.
    pub(super) fn values<T>(
        &mut self,
        node: &Node,
        what: &str,
        manner: Manner,
        mut read: impl FnMut(&mut Self, &str, Span) -> Option<T>,
    ) -> Option<Values<T>> {
        let single = std::slice::from_ref(node);
        let nodes = if node.as_sequence().is_some() {
            self.list(node, what)?
        } else {
            single
        };
        let mut items = Vec::with_capacity(nodes.len());
        let mut lists = Vec::new();
        let mut complete = true;
        for node in nodes {
            for text in self.operand(node, what, &mut lists).unwrap_or_else(|| {
                complete = false;
                Vec::new()
            }) {
                match read(self, &text.value, text.span) {
                    Some(value) => items.push(Spanned::new(value, text.span)),
                    None => complete = false,
                }
            }
        }
        complete.then_some(Values {
            items,
            ignore_case: manner.ignore_case,
            scalars: manner.scalars,
            lists,
        })
    }

    fn operand(
        &mut self,
        node: &Node,
        what: &str,
        lists: &mut Vec<String>,
    ) -> Option<Vec<Spanned<String>>> {
        if let Some(entries) = node.as_mapping() {
            let [entry] = entries else {
                self.wrong_type(node, &format!("a value of {what}"), "text", None);
                return None;
            };
            if entry.key.value != "list" {
                let help = if entry.key.value == "field" {
                    "another field stands alone behind `contains`, `starts_with` and `ends_with`; for the same text write `same_as`"
                } else if did_you_mean(&entry.key.value, ["list"]).is_some() {
                    "did you mean `list`?"
                } else {
                    "if it is text with braces in it, quote it"
                };
                let what = format!("a value of {what}");
                self.wrong_type(node, &what, "text", Some(help.to_owned()));
                return None;
            }
            let name = self.spanned_text(&entry.value, "`list`")?;
            return self.named_list(name, lists);
        }
        if node.is_null() {
            self.report(
                Diagnostic::new(Code::NullValue, format!("a value of {what} is null"))
                    .at(node.span, "null, or nothing at all")
                    .help("for a null or missing field use `{is: [null, missing]}`; the text is written \"null\""),
            );
            return None;
        }
        match node.as_text() {
            Some(text) => Some(vec![Spanned::new(text.to_owned(), node.span)]),
            None => {
                self.wrong_type(node, &format!("a value of {what}"), "text", None);
                None
            }
        }
    }

    pub(crate) fn named_list(
        &mut self,
        name: Spanned<String>,
        lists: &mut Vec<String>,
    ) -> Option<Vec<Spanned<String>>> {
        let definitions = self.definitions;
        let Some(list) = definitions.lists.get(&name.value) else {
            let near = did_you_mean(&name.value, definitions.lists.keys().map(String::as_str));
            let option = format!("--list {}=FILE", name.value);
            self.report(
                Diagnostic::new(
                    Code::UnknownList,
                    format!("no list is named `{}`", name.value),
                )
                .at(name.span, "not defined")
                .help(match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        format!("define it under a top-level `lists:`, or set it with `{option}`")
                    }
                }),
            );
            return None;
        };
        self.used_lists.insert(name.value.clone());
        lists.push(name.value.clone());
        match &list.values {
            Some(values) => Some(values.clone()),
            None => {
                if !self
                    .unset_lists
                    .iter()
                    .any(|unset| unset.value == name.value)
                {
                    self.unset_lists.push(name);
                }
                Some(Vec::new())
            }
        }
    }

    pub(crate) fn network(&mut self, text: &str, span: Span) -> Option<Network> {
        let error = match Network::parse(text) {
            Ok(network) => return Some(network),
            Err(error) => error,
        };
        let (message, help) = match error {
            NetworkError::NotANetwork => (
                format!("`{text}` is no IP address and no network"),
                "write an address or CIDR form: `192.0.2.0/24`, `2001:db8::/32`".to_owned(),
            ),
            NetworkError::PrefixTooLong { longest } => (
                format!("the prefix of `{text}` is too long"),
                format!("at most /{longest} for this kind of address"),
            ),
            NetworkError::HostBits { network } => (
                format!("`{text}` has bits set beyond its prefix"),
                format!("did you mean `{network}`?"),
            ),
        };
        self.report(
            Diagnostic::new(Code::BadCidr, message)
                .at(span, "not a network")
                .help(help),
        );
        None
    }

    pub(crate) fn bound(&mut self, node: &Node, what: &str) -> Option<Bound> {
        let text = self.text(node, what)?;
        if let Some(number) = Number::parse(text) {
            return Some(Bound::Number(number));
        }
        if let Some(time) = parse_rfc3339(text) {
            return Some(Bound::Time(time));
        }
        let is_date = text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10;
        self.report(
            Diagnostic::new(
                Code::BadBound,
                format!("{what} needs a number or an RFC 3339 time"),
            )
            .at(node.span, "neither")
            .help(if is_date {
                format!("write the time too: `{text}T00:00:00Z`")
            } else {
                "write `10`, `2.5` or `2026-01-31T08:00:00Z`".to_owned()
            }),
        );
        None
    }

    /// `3`, or `{gte: 3, lt: 9}`; `range` has the least and the most that it can be.
    pub(super) fn counts(
        &mut self,
        node: &Node,
        what: &str,
        range: Option<(u64, u64)>,
    ) -> Option<Vec<CountTest>> {
        let Some(entries) = node.as_mapping() else {
            return Some(vec![CountTest::Exactly(self.count(node, what, range)?)]);
        };
        let entries = if entries.is_empty() {
            self.mapping(node, what)?
        } else {
            entries
        };
        self.known_keys(entries, &["equals", "gt", "gte", "lt", "lte"], what);
        let mut tests = Vec::with_capacity(entries.len());
        let mut complete = true;
        for entry in entries {
            let count = self.count(&entry.value, &format!("`{}`", entry.key.value), range);
            let test = match (entry.key.value.as_str(), count) {
                (_, None) => None,
                ("equals", Some(count)) => Some(CountTest::Exactly(count)),
                ("gt", Some(count)) => Some(CountTest::Order(Ordering::Greater, count)),
                ("gte", Some(count)) => Some(CountTest::Order(Ordering::GreaterOrEqual, count)),
                ("lt", Some(count)) => Some(CountTest::Order(Ordering::Less, count)),
                ("lte", Some(count)) => Some(CountTest::Order(Ordering::LessOrEqual, count)),
                _ => None,
            };
            match test {
                Some(test) => tests.push(test),
                None => complete = false,
            }
        }
        complete.then_some(tests)
    }

    /// `{hour: {gte: 22}}`: parts of a time, all of which must hold.
    pub(super) fn time_parts(&mut self, node: &Node) -> Option<Vec<Predicate>> {
        let entries = self.mapping(node, "`time_part`")?;
        let names = TimePart::ALL.map(|(name, _)| name);
        self.known_keys(entries, &names, "`time_part`");
        let parts = entries.iter().map(|entry| {
            let name = entry.key.value.as_str();
            let (_, part) = TimePart::ALL.into_iter().find(|(of, _)| *of == name)?;
            let counts = self.counts(&entry.value, &format!("`{name}`"), Some(part.range()))?;
            Some(Predicate {
                span: entry.span(),
                op: Operator::TimePart(part, counts),
            })
        });
        let parts: Vec<Option<Predicate>> = parts.collect();
        parts.into_iter().collect()
    }

    fn count(&mut self, node: &Node, what: &str, range: Option<(u64, u64)>) -> Option<u64> {
        let text = self.text(node, what)?;
        let count = text
            .parse::<u64>()
            .ok()
            .filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
        match count {
            Some(count) if range.is_none_or(|(least, most)| (least..=most).contains(&count)) => {
                Some(count)
            }
            _ => {
                let range = range.map_or(String::new(), |(least, most)| {
                    format!(" from {least} to {most}")
                });
                self.report(
                    Diagnostic::new(
                        Code::BadBound,
                        format!("{what} needs a whole number{range}"),
                    )
                    .at(node.span, "not one")
                    .help("write `3`, or `{gte: 3, lt: 9}`"),
                );
                None
            }
        }
    }

    pub(super) fn check_glob(&mut self, text: &str, span: Span) {
        if let Some((message, help)) = misread_glob(text) {
            self.report(
                Diagnostic::new(Code::BadGlob, message)
                    .at(span, "read as plain text")
                    .help(help),
            );
        }
    }
}

/// What somebody who knows other globs would read in one: what is so, and what to write.
pub(crate) fn misread_glob(text: &str) -> Option<(&'static str, &'static str)> {
    let has_braces = text.find('{').is_some_and(|open| {
        text[open..]
            .find('}')
            .is_some_and(|close| text[open..open + close].contains(','))
    });
    let has_class = text.find('[').is_some_and(|open| {
        let inner = text[open + 1..].trim_start_matches(['!', '^']).as_bytes();
        matches!(inner, [a, b'-', b, b']', ..] if a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric())
    });
    if text.contains("\\*") || text.contains("\\?") {
        Some((
            "a backslash does not escape in a glob",
            "`*` and `?` are always special; use `regex` to match them as text",
        ))
    } else if has_braces || has_class {
        Some((
            "only `*` and `?` are special in a glob",
            "write several globs in a list, or use `regex`",
        ))
    } else if text.contains("**") {
        Some((
            "`**` is the same as `*` in a glob",
            "`*` matches any run of characters, slashes included",
        ))
    } else if !text.contains(['*', '?']) {
        Some((
            "a glob without `*` and `?` says no more than `equals`",
            "use `equals`, or `contains` to find the text anywhere",
        ))
    } else {
        None
    }
}
