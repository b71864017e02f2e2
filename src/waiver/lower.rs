//! From the text of a waivers file to waivers, with everything that is wrong.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::model::Waiver;
use crate::diagnostic::{Code, Diagnostic, SourceId, Span, Spanned, did_you_mean};
use crate::rule::{ACCEPTANCE_KEYS, Acceptance, Definitions, Lowerer, RuleSet, Scope};
use crate::yaml::{self, Entry, Fields, Node, get};

/// The keys that say which findings a waiver covers.
const COVERS: [&str; 4] = ["rule", "match", "fingerprint", "accounts"];

/// What waivers are held to.
struct Bounds<'a> {
    definitions: &'a Definitions,
    rules: BTreeSet<&'a str>,
    longest: Option<SignedDuration>,
}

/// The waivers that can be read, and every problem.
pub(super) fn lower(
    source: SourceId,
    text: &str,
    set: &RuleSet,
    longest: Option<SignedDuration>,
) -> (Vec<Waiver>, Vec<Diagnostic>) {
    let bounds = Bounds {
        definitions: &set.definitions,
        rules: set.known_ids(),
        longest,
    };
    let mut diagnostics = Vec::new();
    let documents = yaml::parse(source, text, &mut diagnostics);
    let start = Span::new(source, 0, 0);
    if documents.sound.is_empty() && documents.damaged.is_empty() {
        let mut lowerer = Lowerer::new(bounds.definitions);
        no_waivers(&mut lowerer, start);
        diagnostics.extend(lowerer.finish().diagnostics);
    }
    let mut waivers = Vec::new();
    for document in &documents.sound {
        let (entries, problems) = entries(document, &bounds);
        diagnostics.extend(problems);
        for entry in entries {
            let (waiver, problems) = bounds.waiver(entry);
            waivers.extend(waiver);
            diagnostics.extend(problems);
        }
    }
    diagnostics.sort_by_key(|diagnostic| diagnostic.span().map(|span| span.start));
    (waivers, diagnostics)
}

/// The entries of a document. None at all is fine: the last one may have expired.
fn entries<'n>(document: &'n Node, bounds: &Bounds<'_>) -> (&'n [Node], Vec<Diagnostic>) {
    let mut lowerer = Lowerer::new(bounds.definitions);
    let mut items: &[Node] = &[];
    if document.as_sequence().is_some() {
        let help = "write `waivers:` above the list";
        lowerer.wrong_type(
            document,
            "the waivers file",
            "a mapping",
            Some(help.to_owned()),
        );
    } else if let Some(keys) = lowerer.mapping(document, "the waivers file") {
        lowerer.known_keys(keys, &["waivers"], "the waivers file");
        match get(keys, "waivers") {
            None => no_waivers(&mut lowerer, document.span.start_only()),
            Some(node) => match node.as_sequence() {
                Some(list) => items = list,
                None => lowerer.wrong_type(node, "`waivers`", "a list", None),
            },
        }
    }
    (items, lowerer.finish().diagnostics)
}

fn no_waivers(lowerer: &mut Lowerer<'_>, span: Span) {
    lowerer.missing_key(span, "the waivers file", "waivers", "waivers: []");
}

impl Bounds<'_> {
    fn waiver(&self, node: &Node) -> (Option<Waiver>, Vec<Diagnostic>) {
        let mut lowerer = Lowerer::new(self.definitions);
        let waiver = lowerer
            .mapping(node, "a waiver")
            .and_then(|entries| self.entries(&mut lowerer, entries, node.span));
        let leftovers = lowerer.finish();
        let mut problems = leftovers.diagnostics;
        problems.extend(leftovers.unset_lists.iter().map(unset_list));
        (waiver, problems)
    }

    fn entries(&self, lowerer: &mut Lowerer<'_>, entries: &[Entry], span: Span) -> Option<Waiver> {
        let keys = [&COVERS[..], &ACCEPTANCE_KEYS[..]].concat();
        lowerer.known_keys(entries, &keys, "a waiver");
        let rules = self.rules(lowerer, entries);
        let condition = match get(entries, "match") {
            Some(node) => lowerer.condition(node, "`match`", Scope::Event).map(Some),
            None => Some(None),
        };
        let fingerprint = match get(entries, "fingerprint") {
            Some(node) => fingerprint(lowerer, node).map(Some),
            None => Some(None),
        };
        let accounts = accounts(lowerer, entries);
        is_narrow(lowerer, entries, span);
        let accepted = lowerer.acceptance(entries, span, "the waiver", Code::BadWaiver);
        if let Some(accepted) = &accepted {
            self.lifetime(lowerer, accepted, span);
        }
        Some(Waiver {
            rules,
            condition: condition?,
            fingerprint: fingerprint?,
            accounts: accounts?,
            accepted: accepted?,
            span,
        })
    }

    fn rules(&self, lowerer: &mut Lowerer<'_>, entries: &[Entry]) -> Vec<Spanned<String>> {
        let rules = get(entries, "rule").map_or(Vec::new(), |node| lowerer.texts(node, "`rule`"));
        for rule in &rules {
            let id = rule.value.as_str();
            if !self.rules.contains(id) {
                let near = did_you_mean(id, self.rules.iter().copied());
                let message = format!("`{id}` is no rule that is loaded");
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`trailgate rules list` shows them all; rules of your own are loaded \
                             with `--rules`"
                        .to_owned(),
                };
                let problem = Diagnostic::new(Code::UnknownRule, message);
                lowerer.report(problem.at(rule.span, "not known").help(help));
            }
        }
        rules
    }

    /// Holds the period to the longest one.
    fn lifetime(&self, lowerer: &mut Lowerer<'_>, accepted: &Acceptance, span: Span) {
        let Some(longest) = self.longest else {
            return;
        };
        let problem = |message: String| Diagnostic::new(Code::WaiverTooLong, message);
        let days = in_days(longest);
        let no = |key: &str| {
            problem(format!("the waiver has no `{key}`, and {days} is the longest that is allowed"))
                .at(span, format!("`{key}` is missing"))
                .help(format!("say both days: `starts: 2026-11-01` and `expires: 2026-11-30`; they may be {days} apart"))
        };
        match (&accepted.starts, &accepted.ends) {
            (_, None) => lowerer.report(no("expires")),
            (None, Some(_)) => lowerer.report(no("starts")),
            (Some(starts), Some(ends)) => {
                let lasts = ends.value.duration_since(starts.value);
                if lasts > longest {
                    let lasts = in_days(lasts);
                    lowerer.report(
                        problem(format!(
                            "the waiver lasts {lasts}, and {days} is the longest that is allowed"
                        ))
                        .at(ends.span, "ends here")
                        .at(starts.span, "starts here")
                        .help("let it end earlier, and ask again then"),
                    );
                }
            }
        }
    }
}

/// `90 days`; what is no whole number of them as it is.
fn in_days(duration: SignedDuration) -> String {
    const DAY: i64 = 24 * 60 * 60;
    let seconds = duration.as_secs();
    match (seconds % DAY, seconds / DAY) {
        (0, 1) => "1 day".to_owned(),
        (0, days) => format!("{days} days"),
        _ => format!("{duration:#}"),
    }
}

/// A waiver says what it covers: a finding by its name, or of a rule those whose
/// events are like this, or in these accounts.
fn is_narrow(lowerer: &mut Lowerer<'_>, entries: &[Entry], span: Span) {
    let has = |key: &str| get(entries, key).is_some();
    let problem = |message: &str| Diagnostic::new(Code::BadWaiver, message);
    if has("fingerprint") {
        return;
    }
    if !has("rule") {
        lowerer.report(
            problem("the waiver has neither `rule` nor `fingerprint`")
                .at(span, "it would cover findings of every rule")
                .help("say which rule, or several as a list: `rule: cis-03-root-use`"),
        );
    }
    if !has("match") && !has("accounts") {
        lowerer.report(
            problem("the waiver has neither `match` nor `fingerprint` nor `accounts`")
                .at(span, "it would cover every finding of the rule")
                .help("say which findings: `match: {userIdentity.userName: bootstrap}`; what is of no use at all is left out with `--exclude-rule`"),
        );
    }
}

fn fingerprint(lowerer: &mut Lowerer<'_>, node: &Node) -> Option<String> {
    let text = lowerer.text(node, "`fingerprint`")?.to_owned();
    let is_one = crate::finding::fingerprint::is_one(&text);
    if !is_one {
        lowerer.report(
            Diagnostic::new(Code::UnknownValue, format!("`{text}` is no fingerprint"))
                .at(node.span, "not of this form")
                .help("copy the 32 digits of the finding's `fingerprint`, as `-o json` writes it"),
        );
    }
    is_one.then_some(text)
}

fn accounts(lowerer: &mut Lowerer<'_>, entries: &[Entry]) -> Option<BTreeSet<String>> {
    let Some(node) = get(entries, "accounts") else {
        return Some(BTreeSet::new());
    };
    let accounts = lowerer.texts(node, "`accounts`");
    let mut sound = !accounts.is_empty();
    for account in &accounts {
        let id = &account.value;
        if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            sound = false;
            lowerer.report(
                Diagnostic::new(Code::UnknownValue, format!("`{id}` is no account id"))
                    .at(account.span, "not of this form")
                    .help("an account is told by its 12 digits"),
            );
        }
    }
    sound.then(|| accounts.into_iter().map(|account| account.value).collect())
}

fn unset_list(list: &Spanned<String>) -> Diagnostic {
    let name = &list.value;
    Diagnostic::new(
        Code::UnsetList,
        format!("the waiver needs a list that is not set: `{name}`"),
    )
    .at(list.span, "used here")
    .help(format!(
        "set it with `--list {name}=FILE`, or give it values in a rules file"
    ))
}
