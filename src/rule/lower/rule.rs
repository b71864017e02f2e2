//! A rule: its keys, one by one.

use crate::diagnostic::{Code, Diagnostic, Spanned, did_you_mean};
use crate::yaml::{Entry, Fields, Node, get};

use super::super::attack;
use super::super::clause::Clause;
use super::super::correlation::Correlation;
use super::super::model::{
    Attribution, FrameworkControls, Origin, Rule, SeverityWhen, Template, TemplatePart,
};
use super::{Lowerer, Scope};

/// The keys of a rule, in the order they are documented.
pub const RULE_KEYS: &[&str] = &[
    "trailgate",
    "id",
    "title",
    "severity",
    "severity_when",
    "description",
    "remediation",
    "references",
    "tags",
    "attack",
    "controls",
    "authors",
    "license",
    "derived_from",
    "match",
    "steps",
    "correlate",
    "exceptions",
    "message",
    "key",
    "sensitive",
    "tests",
    "macros",
    "lists",
    "frameworks",
    "profiles",
];

/// The longest id, in characters.
const LONGEST_ID: usize = 100;

impl Lowerer<'_> {
    /// Lowers a rule; `None` when something that it cannot do without is wrong.
    /// The caller looks at the diagnostics: a rule with errors is not to be used.
    pub(crate) fn rule(&mut self, node: &Node, origin: Origin) -> Option<Rule> {
        self.trusted = origin == Origin::Embedded;
        if node.as_sequence().is_some() {
            let help = "one rule to a document: part the rules with a line `---` and take the dashes before them away";
            self.wrong_type(node, "the rule", "a mapping", Some(help.to_owned()));
            return None;
        }
        let entries = self.mapping(node, "the rule")?;
        self.known_keys(entries, RULE_KEYS, "a rule");
        let correlate = get(entries, "correlate");
        let required = [
            ("id", "id: codebuild-project-changed"),
            ("title", "title: Build project changed"),
            ("severity", "severity: medium"),
            ("match", "match: {eventName: UpdateProject}"),
        ];
        for (key, example) in required {
            // Which events take part in a correlation may be said otherwise.
            let said = key == "match" && (correlate.or(get(entries, "steps"))).is_some();
            if get(entries, key).is_none() && !said {
                self.missing_key(node.span.start_only(), "the rule", key, example);
            }
        }
        let id = get(entries, "id").and_then(|node| self.id(node));
        let title = get(entries, "title").and_then(|node| self.spanned_text(node, "`title`"));
        let severity = get(entries, "severity").and_then(|node| self.severity(node));
        let matching = self.matching(entries, correlate);
        let severity_when =
            get(entries, "severity_when").map_or(Vec::new(), |node| self.severity_when(node));
        let exceptions =
            get(entries, "exceptions").map_or(Vec::new(), |node| self.exceptions(node));
        let correlation = matching
            .as_ref()
            .and_then(|(_, correlation)| correlation.as_ref());
        let message = get(entries, "message").and_then(|node| self.template(node, correlation));
        let key = self.selectors(entries, "key");
        let sensitive = self.selectors(entries, "sensitive");
        let description = self.optional_text(entries, "description");
        let remediation = self.optional_text(entries, "remediation");
        let references = self.optional_texts(entries, "references");
        self.check_references(&references);
        let tags = self.optional_texts(entries, "tags");
        let attribution = Attribution {
            authors: values(self.optional_texts(entries, "authors")),
            license: self.optional_text(entries, "license"),
            derived_from: values(self.optional_texts(entries, "derived_from")),
        };
        let attack = self.optional_texts(entries, "attack");
        self.check_attack(&attack);
        let controls = get(entries, "controls").map_or(Vec::new(), |node| self.controls(node));
        let tests = get(entries, "tests").map_or(Vec::new(), |node| {
            self.rule_tests(node, correlate.is_some())
        });
        let title = title?.value;
        let (condition, correlation) = matching?;
        let plain_message = || Template {
            parts: vec![TemplatePart::Text(title.clone())],
        };
        let mut rule = Rule {
            id: id?,
            severity: severity?,
            severity_when,
            severity_set: None,
            description,
            remediation,
            references: values(references),
            tags: values(tags),
            attack: values(attack),
            controls,
            condition,
            correlation,
            exceptions,
            message: message.unwrap_or_else(plain_message),
            key,
            sensitive,
            tests,
            attribution,
            origin,
            span: node.span,
            title,
        };
        rule.keep_what_it_reads();
        Some(rule)
    }

    /// What an event must be, and what is asked of several.
    fn matching(
        &mut self,
        entries: &[Entry],
        correlate: Option<&Node>,
    ) -> Option<(Clause, Option<Correlation>)> {
        if let Some(node) = correlate {
            let (condition, correlation) = self.correlation(entries, node)?;
            return Some((condition, Some(correlation)));
        }
        if let Some(steps) = entries.iter().find(|entry| entry.key.value == "steps") {
            self.report(
                Diagnostic::new(Code::BadCorrelation, "`steps` without `correlate`")
                    .at(steps.key.span, "nothing asks for them")
                    .help("add `correlate: {within: 30m, order: [first, second]}`"),
            );
            return None;
        }
        let node = get(entries, "match")?;
        Some((self.condition(node, "`match`", Scope::Event)?, None))
    }

    pub(crate) fn id(&mut self, node: &Node) -> Option<Spanned<String>> {
        let id = self.spanned_text(node, "`id`")?;
        let allowed =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        let starts_well = id
            .value
            .starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        if starts_well && id.value.chars().all(allowed) && id.value.len() <= LONGEST_ID {
            return Some(id);
        }
        let mut mended: String = id
            .value
            .to_lowercase()
            .chars()
            .map(|c| if allowed(c) { c } else { '-' })
            .take(LONGEST_ID)
            .collect();
        mended = mended.trim_matches(['-', '_', '.']).to_owned();
        let suggestion = if mended.is_empty() {
            String::new()
        } else {
            format!(": `{mended}`")
        };
        self.report(
            Diagnostic::new(Code::BadId, format!("`{}` is no rule id", id.value))
                .at(id.span, "not of this form")
                .help(format!(
                    "use lower-case letters, digits, `-`, `_` and `.`, at most {LONGEST_ID}{suggestion}"
                )),
        );
        None
    }

    fn severity_when(&mut self, node: &Node) -> Vec<SeverityWhen> {
        let Some(items) = self.list(node, "`severity_when`") else {
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| self.severity_case(item))
            .collect()
    }

    fn severity_case(&mut self, node: &Node) -> Option<SeverityWhen> {
        let what = "an entry of `severity_when`";
        let entries = self.mapping(node, what)?;
        self.known_keys(entries, &["severity", "match"], what);
        for (key, example) in [
            ("severity", "severity: low"),
            ("match", "match: {errorCode: {exists: true}}"),
        ] {
            if get(entries, key).is_none() {
                self.missing_key(node.span.start_only(), what, key, example);
            }
        }
        let severity = get(entries, "severity").and_then(|node| self.severity(node));
        let condition =
            get(entries, "match").and_then(|node| self.condition(node, "`match`", Scope::Event));
        Some(SeverityWhen {
            severity: severity?,
            condition: condition?,
        })
    }

    fn selectors(&mut self, entries: &[Entry], key: &str) -> Vec<super::super::selector::Selector> {
        let Some(node) = get(entries, key) else {
            return Vec::new();
        };
        let texts = self.texts(node, &format!("`{key}`"));
        texts
            .iter()
            .filter_map(|text| self.selector(&text.value, text.span, Scope::Event))
            .collect()
    }

    fn controls(&mut self, node: &Node) -> Vec<FrameworkControls> {
        let Some(entries) = self.mapping(node, "`controls`") else {
            return Vec::new();
        };
        entries
            .iter()
            .map(|entry| {
                let ids = self.texts(&entry.value, &format!("`{}`", entry.key.value));
                self.check_controls(&entry.key, &ids);
                FrameworkControls {
                    framework: entry.key.value.clone(),
                    controls: values(ids),
                }
            })
            .collect()
    }

    fn check_references(&mut self, references: &[Spanned<String>]) {
        for reference in references {
            if !reference.value.starts_with("https://") && !reference.value.starts_with("http://") {
                self.report(
                    Diagnostic::new(
                        Code::UnknownValue,
                        format!("`{}` is no web address", reference.value),
                    )
                    .at(reference.span, "not a URL")
                    .help("write the whole address, with `https://`"),
                );
            }
        }
    }

    pub(crate) fn check_attack(&mut self, attack: &[Spanned<String>]) {
        for technique in attack {
            if !is_technique(&technique.value) {
                self.report(
                    Diagnostic::new(
                        Code::BadAttackId,
                        format!("`{}` is no ATT&CK technique id", technique.value),
                    )
                    .at(technique.span, "not of this form")
                    .help("write `T1078`, or `T1078.004` for a sub-technique"),
                );
            } else if !attack::is_technique(&technique.value) {
                let near = did_you_mean(&technique.value, attack::techniques());
                self.report(
                    Diagnostic::new(
                        Code::UnknownTechnique,
                        format!("ATT&CK is not known to have `{}`", technique.value),
                    )
                    .at(technique.span, "not among the known techniques")
                    .help(match near {
                        Some(near) => format!("look it up; near it is `{near}`"),
                        None => "look it up: perhaps it was revoked".to_owned(),
                    }),
                );
            }
        }
    }

    fn optional_text(&mut self, entries: &[Entry], key: &str) -> Option<String> {
        let node = get(entries, key)?;
        self.text(node, &format!("`{key}`"))
            .map(|text| text.trim_end().to_owned())
    }

    fn optional_texts(&mut self, entries: &[Entry], key: &str) -> Vec<Spanned<String>> {
        get(entries, key).map_or(Vec::new(), |node| self.texts(node, &format!("`{key}`")))
    }
}

/// Whether a text is of the form `T1078` or `T1078.004`.
pub(crate) fn is_technique(id: &str) -> bool {
    let digits = |text: &str, count: usize| {
        text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    match id
        .strip_prefix('T')
        .map(|rest| rest.split_once('.').unwrap_or((rest, "000")))
    {
        Some((technique, sub)) => digits(technique, 4) && digits(sub, 3) && !id.ends_with('.'),
        None => false,
    }
}

fn values<T>(spanned: Vec<Spanned<T>>) -> Vec<T> {
    spanned.into_iter().map(|item| item.value).collect()
}
