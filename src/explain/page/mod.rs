//! A rule in plain words, and the page of all that is known of it.

mod correlated;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{plain, words};
use crate::diagnostic::Style;
use crate::output::text::words::{Paint, wrapped};
use crate::rule::clause::Clause;
use crate::rule::correlation::Correlation;
use crate::rule::{Attribution, Rule, RuleSet, Template, TemplatePart, named_calls};

pub(super) use correlated::correlation_asks;

/// What a rule matches, how bad it is, what is excepted, what it needs and what
/// tells its findings apart.
pub fn rule_in_words(set: &RuleSet, rule: &Rule, style: Style) -> String {
    let mut page = Page::new(style);
    page.heading(rule);
    page.asks(set, rule);
    page.text
}

/// The same with the description, what to do, and what the rule is evidence for.
pub fn rule_page(set: &RuleSet, rule: &Rule, style: Style) -> String {
    let mut page = Page::new(style);
    page.heading(rule);
    if let Some(description) = &rule.description {
        page.text.push('\n');
        page.paragraphs(description);
    }
    page.asks(set, rule);
    if let Some(remediation) = &rule.remediation {
        page.title("What to do");
        page.paragraphs(remediation);
    }
    if !rule.references.is_empty() {
        page.title("References");
        for reference in &rule.references {
            let _ = writeln!(page.text, "{reference}");
        }
    }
    if !rule.controls.is_empty() {
        page.title("Controls");
        for of in &rule.controls {
            page.item(&format!("{} {}", of.framework, of.controls.join(", ")));
        }
    }
    if !rule.attack.is_empty() {
        page.title("ATT&CK");
        page.paragraphs(&rule.attack.join(", "));
    }
    let Attribution {
        authors,
        license,
        derived_from,
    } = &rule.attribution;
    if !authors.is_empty() {
        page.title("By");
        page.paragraphs(&authors.join("; "));
    }
    if let Some(license) = license {
        page.title("Licence");
        page.paragraphs(license);
    }
    if !derived_from.is_empty() {
        page.title("Derived from");
        derived_from.iter().for_each(|line| page.item(line));
    }
    page.title("Written in");
    let _ = writeln!(page.text, "{}", set.sources().place(rule.span));
    page.text
}

/// The calls that a rule names, one line each: what each does and what it takes.
pub(super) fn calls_in_words(rule: &Rule) -> Vec<String> {
    let calls = named_calls(rule).into_iter();
    calls
        .map(|(source, call)| words::call(source, &call))
        .collect()
}

struct Page {
    paint: Paint,
    width: usize,
    text: String,
}

impl Page {
    fn new(style: Style) -> Self {
        Page {
            paint: Paint {
                colour: style.colour,
            },
            width: style.width,
            text: String::new(),
        }
    }

    fn heading(&mut self, rule: &Rule) {
        let _ = writeln!(
            self.text,
            "{}: {}",
            self.paint.bold(&rule.id.value),
            rule.title
        );
        let _ = write!(self.text, "severity {}", rule.severity);
        if !rule.tags.is_empty() {
            let _ = write!(self.text, ", tags {}", rule.tags.join(", "));
        }
        self.text.push('\n');
    }

    fn asks(&mut self, set: &RuleSet, rule: &Rule) {
        if let Some(correlation) = &rule.correlation {
            self.correlated(correlation);
        } else {
            self.title("Matches an event where");
            self.text
                .push_str(&plain::condition(&rule.condition, 0, self.width));
        }
        if !rule.severity_when.is_empty() {
            self.title("Severity");
            for case in &rule.severity_when {
                self.when(&case.severity.to_string(), &case.condition);
            }
            self.item(&format!("{} otherwise", rule.severity));
        }
        if !rule.exceptions.is_empty() {
            self.title("Not reported");
            for exception in &rule.exceptions {
                self.when(&words::exception(exception), &exception.condition);
            }
        }
        self.title("Message");
        self.paragraphs(&template(&rule.message, rule.correlation.as_ref()));
        self.title("One finding across runs for each");
        let key: Vec<&str> = rule
            .key
            .iter()
            .map(|selector| selector.text.as_str())
            .collect();
        self.paragraphs(&match (&rule.correlation, key.is_empty()) {
            (_, false) => key.join(", "),
            (Some(correlation), true) => correlated::default_key(correlation),
            (None, true) => "event name, principal, account and region".to_owned(),
        });
        if !rule.sensitive.is_empty() {
            let masked: Vec<&str> = rule.sensitive.iter().map(|s| s.text.as_str()).collect();
            self.title("Masked in every output");
            self.paragraphs(&masked.join(", "));
        }
        self.calls(rule);
        self.lists(set, rule);
    }

    /// The calls that the rule names, one line each.
    fn calls(&mut self, rule: &Rule) {
        let calls = calls_in_words(rule);
        if calls.is_empty() {
            return;
        }
        self.title("Calls");
        for call in calls {
            self.item(&call);
        }
    }

    fn lists(&mut self, set: &RuleSet, rule: &Rule) {
        let names = lists_of(rule);
        if names.is_empty() {
            return;
        }
        self.title("Lists");
        for name in names {
            let definition = set.definitions.lists.get(name);
            let about = definition
                .and_then(|list| list.description.as_deref())
                .map_or_else(String::new, |text| {
                    format!(": {}", text.trim_end_matches('.'))
                });
            let state = match definition.and_then(|list| list.values.as_ref()) {
                Some(values) if values.len() == 1 => "1 value".to_owned(),
                Some(values) => format!("{} values", values.len()),
                None => format!("not set: the rule needs `--list {name}=FILE`"),
            };
            self.item(&format!("{name}{about} ({state})"));
        }
    }

    fn when(&mut self, what: &str, condition: &Clause) {
        match plain::phrase(condition) {
            Some(phrase) => self.item(&format!("{what} where {phrase}")),
            None => {
                self.item(&format!("{what} where"));
                self.text
                    .push_str(&plain::condition(condition, 1, self.width));
            }
        }
    }

    fn title(&mut self, title: &str) {
        let _ = write!(self.text, "\n{}\n", self.paint.bold(title));
    }

    fn item(&mut self, text: &str) {
        let _ = writeln!(self.text, "- {}", wrapped(text, self.width, 2, 2));
    }

    fn paragraphs(&mut self, text: &str) {
        let paragraphs: Vec<_> = text
            .split("\n\n")
            .map(|paragraph| wrapped(paragraph, self.width, 0, 0))
            .collect();
        let _ = writeln!(self.text, "{}", paragraphs.join("\n\n"));
    }
}

/// The template as it is written.
fn template(template: &Template, correlation: Option<&Correlation>) -> String {
    template
        .parts
        .iter()
        .map(|part| match part {
            TemplatePart::Text(text) => text.clone(),
            TemplatePart::Field(selector) | TemplatePart::Matched(selector) => {
                format!("{{{}}}", selector.text)
            }
            TemplatePart::Correlated(part) => format!("{{correlated.{}}}", part.name()),
            TemplatePart::OfStep { step, selector } => {
                let name = correlation.and_then(|correlation| correlation.step_name(*step));
                format!("{{steps.{}.{}}}", name.unwrap_or_default(), selector.text)
            }
        })
        .collect()
}

/// The named lists that a rule compares with.
fn lists_of(rule: &Rule) -> BTreeSet<&str> {
    let severities = rule.severity_when.iter().map(|case| &case.condition);
    let exceptions = rule.exceptions.iter().map(|exception| &exception.condition);
    std::iter::once(&rule.condition)
        .chain(severities)
        .chain(exceptions)
        .flat_map(Clause::lists)
        .collect()
}
