//! Which events take part in a correlation, and under which key.

use crate::diagnostic::{Code, Diagnostic, Spanned};
use crate::rule::correlation::{KeyPart, MOST_STEPS, Step};
use crate::yaml::{Entry, Fields, Node, get};

use super::super::Lowering;
use super::WHAT;
use super::asks::Kind;
use super::names::{Meant, Named};

/// A rule that a correlation names.
#[derive(Debug)]
pub(super) struct Member {
    /// As it is written.
    name: Spanned<String>,
    id: String,
    /// The fields to group its events by.
    by: Vec<Spanned<String>>,
}

/// Which events take part.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) steps: Vec<Step>,
    /// Of each rule in the order of `rules` its step.
    pub(super) order: Vec<usize>,
}

/// A name in `group-by` that stands for other fields of each rule.
struct Alias {
    name: Spanned<String>,
    fields: Vec<(Spanned<String>, Spanned<String>)>,
}

impl Lowering<'_, '_> {
    /// The rules that are named, with their keys.
    pub(super) fn members(
        &mut self,
        node: &Node,
        entries: &[Entry],
        named: &Named,
    ) -> Option<Vec<Member>> {
        let Some(rules) = get(entries, "rules") else {
            let example = "rules: [name_or_id]";
            self.missing_key(node.span.start_only(), WHAT, "rules", example);
            return None;
        };
        let names = self.texts(rules, "`rules`");
        let group_by = match get(entries, "group-by") {
            Some(node) => self.texts(node, "`group-by`"),
            None => Vec::new(),
        };
        let aliases = self.aliases(entries)?;
        if names.is_empty() {
            return None;
        }
        let members: Vec<Option<Member>> = names
            .into_iter()
            .map(|name| {
                let id = self.meant(&name, named)?;
                let by: Vec<_> = group_by
                    .iter()
                    .map(|field| self.grouped(field, (&name, &id), &aliases, named))
                    .collect();
                let by = by.into_iter().collect::<Option<_>>()?;
                Some(Member { name, id, by })
            })
            .collect();
        members.into_iter().collect()
    }

    /// The id of the rule that is meant.
    fn meant(&mut self, name: &Spanned<String>, named: &Named) -> Option<String> {
        let text = &name.value;
        let (message, label, help) = match named.meant(text) {
            Meant::Rule(id) => return Some(id),
            Meant::Elsewhere(logsource) => {
                self.not_run(
                    name.span,
                    &format!("the rule `{text}` is about other logs: {logsource}"),
                    "name rules about CloudTrail alone, or run all of them with `--logsource any`",
                );
                return None;
            }
            Meant::Several => (
                format!("several rules have the id or name `{text}`"),
                "which one is not said",
                "name one by its id, or give each a name of its own".to_owned(),
            ),
            Meant::Nothing(near) => (
                format!("no rule has the id or name `{text}`"),
                "not in any rules file of this run",
                near.map_or_else(
                    || "name the file that it is in with `--rules`, or mend the name".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                ),
            ),
        };
        self.report(
            Diagnostic::new(Code::UnknownRule, message)
                .at(name.span, label)
                .help(help),
        );
        None
    }

    fn aliases(&mut self, entries: &[Entry]) -> Option<Vec<Alias>> {
        let Some(node) = get(entries, "aliases") else {
            return Some(Vec::new());
        };
        let aliases = self.mapping(node, "`aliases`")?;
        let read: Vec<Option<Alias>> = aliases
            .iter()
            .map(|alias| {
                let what = format!("the alias `{}`", alias.key.value);
                let fields = self.mapping(&alias.value, &what)?;
                let fields: Vec<_> = fields
                    .iter()
                    .map(|entry| {
                        let field = self.spanned_text(&entry.value, &what)?;
                        Some((entry.key.clone(), field))
                    })
                    .collect();
                Some(Alias {
                    name: alias.key.clone(),
                    fields: fields.into_iter().collect::<Option<_>>()?,
                })
            })
            .collect();
        read.into_iter().collect()
    }

    /// The field that an entry of `group-by` is of a rule.
    fn grouped(
        &mut self,
        field: &Spanned<String>,
        (name, id): (&Spanned<String>, &str),
        aliases: &[Alias],
        named: &Named,
    ) -> Option<Spanned<String>> {
        let alias = aliases.iter().find(|alias| alias.name.value == field.value);
        let Some(alias) = alias else {
            return Some(field.clone());
        };
        let mut of_rules = alias.fields.iter();
        let of_rule =
            of_rules.find(|(rule, _)| named.meant(&rule.value) == Meant::Rule(id.to_owned()));
        if of_rule.is_none() {
            let (alias_name, rule) = (&alias.name.value, &name.value);
            self.report(
                Diagnostic::new(
                    Code::BadCorrelation,
                    format!("the alias `{alias_name}` says nothing of the rule `{rule}`"),
                )
                .at(alias.name.span, "not for each rule")
                .at(name.span, "of this one")
                .help(format!(
                    "name a field of its events: `{alias_name}: {{{rule}: userIdentity.userName}}`"
                )),
            );
        }
        of_rule.map(|(_, field)| field.clone())
    }

    /// The steps that the rules come to: one for each where they are told apart, else
    /// one for each key.
    pub(super) fn places(&mut self, node: &Node, kind: Kind, members: &[Member]) -> Option<Places> {
        let is_same = |a: &Member, b: &Member| match kind.tells_rules_apart() {
            true => a.id == b.id,
            false => {
                let texts = |member: &Member| -> Vec<String> {
                    member.by.iter().map(|field| field.value.clone()).collect()
                };
                texts(a) == texts(b)
            }
        };
        let mut groups: Vec<Vec<&Member>> = Vec::new();
        let mut order = Vec::new();
        for member in members {
            let known = groups.iter().position(|group| is_same(group[0], member));
            let place = known.unwrap_or(groups.len());
            order.push(place);
            match groups.get_mut(place) {
                Some(group) if group.iter().any(|other| other.id == member.id) => {}
                Some(group) => group.push(member),
                None => groups.push(vec![member]),
            }
        }
        if groups.len() > MOST_STEPS {
            let message = format!("it names more than {MOST_STEPS} rules to be told apart");
            let help = "part it into several correlations, and correlate those";
            self.not_run(node.span.start_only(), &message, help);
            return None;
        }
        let is_named = kind.tells_rules_apart() || groups.len() > 1;
        let steps: Vec<Option<Step>> = groups
            .iter()
            .map(|group| self.step(group, is_named))
            .collect();
        Some(Places {
            steps: steps.into_iter().collect::<Option<_>>()?,
            order,
        })
    }

    fn step(&mut self, members: &[&Member], is_named: bool) -> Option<Step> {
        let first = members.first()?;
        let names: Vec<&str> = members.iter().map(|of| of.name.value.as_str()).collect();
        let name = Spanned::new(names.join(" or "), first.name.span);
        let sources: Vec<_> = members
            .iter()
            .map(|member| {
                let id = Spanned::new(member.id.clone(), member.name.span);
                self.base.rule_source(id)
            })
            .collect();
        let parts: Vec<_> = first
            .by
            .iter()
            .map(|field| {
                let text = Spanned::new(field.value.as_str(), field.span);
                Some(KeyPart {
                    fields: vec![self.field(&text)?],
                    capture: None,
                    span: field.span,
                })
            })
            .collect();
        let sources = sources.into_iter().collect::<Option<_>>();
        let by = parts.into_iter().collect::<Option<_>>();
        Some(Step {
            name: is_named.then_some(name),
            sources: sources?,
            by: by?,
        })
    }
}
