//! A Sigma rule as a rule of the model.

use crate::rule::clause::Clause;
use crate::rule::correlation::Correlation;
use crate::rule::{Attribution, Origin, Rule, Template, TemplatePart};
use crate::yaml::{Entry, Fields, Node, get};

use super::{Filter, Lowering};

/// The keys that rules and correlations have alike, and `tests`, which trailgate reads too.
pub(super) const HEAD_KEYS: [&str; 18] = [
    "title",
    "id",
    "name",
    "taxonomy",
    "related",
    "status",
    "description",
    "license",
    "author",
    "references",
    "date",
    "modified",
    "fields",
    "falsepositives",
    "level",
    "tags",
    "tests",
    "trailgate",
];

/// Those of rules alone; `lists` and `macros` are trailgate's.
const KEYS: [&str; 6] = [
    "logsource",
    "detection",
    "scope",
    "lists",
    "macros",
    "action",
];

impl Lowering<'_, '_> {
    /// Lowers a rule; `None` when something that it cannot do without is wrong.
    pub(crate) fn rule(&mut self, node: &Node, origin: Origin, filters: &[Filter]) -> Option<Rule> {
        let what = "the Sigma rule";
        let entries = self.mapping(node, what)?;
        self.misspelt_keys(entries, &[&HEAD_KEYS[..], &KEYS].concat());
        for (key, example) in [
            ("title", "title: Trail stopped"),
            (
                "logsource",
                "logsource: {product: aws, service: cloudtrail}",
            ),
            (
                "detection",
                "detection: {selection: {eventName: StopLogging}, condition: selection}",
            ),
        ] {
            if get(entries, key).is_none() {
                self.missing_key(node.span.start_only(), what, key, example);
            }
        }
        let detection = get(entries, "detection");
        let condition = detection.and_then(|detection| {
            self.narrowed(detection.span, filters, |lowering| {
                lowering.detection(detection, "`detection`")
            })
        });
        self.whole(node, entries, origin, condition, None)
    }

    /// A rule with this condition, and what stands around it in a document.
    pub(super) fn whole(
        &mut self,
        node: &Node,
        entries: &[Entry],
        origin: Origin,
        condition: Option<Clause>,
        correlation: Option<Correlation>,
    ) -> Option<Rule> {
        let id = get(entries, "id").and_then(|node| self.base.id(node));
        let title = get(entries, "title").and_then(|node| self.spanned_text(node, "`title`"));
        let severity = self.level(entries);
        let tags = self.tags(entries);
        self.base.check_attack(&tags.attack);
        let description = self.description(entries);
        let authors = self.optional_texts(entries, "author");
        let license = self.optional(entries, "license");
        let references = self.optional_texts(entries, "references");
        let is_together = get(entries, "correlation").is_some();
        let tests = get(entries, "tests")
            .map_or(Vec::new(), |node| self.base.rule_tests(node, is_together));
        let title = title?.value;
        Some(Rule {
            id: id?,
            severity: severity?,
            severity_when: Vec::new(),
            severity_set: None,
            description,
            remediation: None,
            references: values(references),
            tags: tags.tags,
            attack: values(tags.attack),
            controls: tags.controls,
            condition: condition?,
            correlation,
            exceptions: Vec::new(),
            message: Template {
                parts: vec![TemplatePart::Text(title.clone())],
            },
            key: Vec::new(),
            sensitive: Vec::new(),
            tests,
            attribution: Attribution {
                authors: values(authors),
                license: license.map(|license| license.value),
                derived_from: Vec::new(),
            },
            origin,
            span: node.span,
            title,
        })
    }
}

fn values(spanned: Vec<crate::diagnostic::Spanned<String>>) -> Vec<String> {
    spanned.into_iter().map(|item| item.value).collect()
}
