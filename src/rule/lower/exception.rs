//! What is accepted, by whom, why and how long: `exceptions` of a rule, and the
//! part of a waiver that says the same.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::yaml::{Entry, Fields, Node, get};

use super::super::model::{Acceptance, Exception};
use super::{Lowerer, Scope};

/// The keys that say who accepts findings, why and for how long.
pub(crate) const ACCEPTANCE_KEYS: [&str; 6] = [
    "reason",
    "owner",
    "approved_by",
    "ticket",
    "starts",
    "expires",
];

impl Lowerer<'_> {
    pub(super) fn exceptions(&mut self, node: &Node) -> Vec<Exception> {
        let Some(items) = self.list(node, "`exceptions`") else {
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| self.exception(item))
            .collect()
    }

    fn exception(&mut self, node: &Node) -> Option<Exception> {
        let entries = self.mapping(node, "an exception")?;
        let keys = [&ACCEPTANCE_KEYS[..], &["match"]].concat();
        self.known_keys(entries, &keys, "an exception");
        let accepted = self.acceptance(entries, node.span, "the exception", Code::BadException);
        let condition = match get(entries, "match") {
            Some(node) => self.condition(node, "`match`", Scope::Event),
            None => {
                self.report(
                    Diagnostic::new(Code::BadException, "the exception has no `match`")
                        .at(node.span, "it would cover every finding of the rule")
                        .help("say which findings: `match: {userIdentity.userName: bootstrap}`"),
                );
                None
            }
        };
        Some(Exception {
            accepted: accepted?,
            condition: condition?,
            span: node.span,
        })
    }

    /// The entries of `what` that say who accepts findings, why and for how long;
    /// `code` is for what is missing or does not fit.
    pub(crate) fn acceptance(
        &mut self,
        entries: &[Entry],
        span: Span,
        what: &str,
        code: Code,
    ) -> Option<Acceptance> {
        let mut named = |key: &str, example: &str| match get(entries, key) {
            Some(node) => self.text(node, &format!("`{key}`")).map(str::to_owned),
            None => {
                self.report(
                    Diagnostic::new(code, format!("{what} has no `{key}`"))
                        .at(span, format!("`{key}` is missing"))
                        .help(format!("an accepted finding needs one: `{key}: {example}`")),
                );
                None
            }
        };
        let reason = named("reason", "Approved in SEC-142");
        let owner = named("owner", "platform-security");
        let mut told = |key: &str| match get(entries, key) {
            Some(node) => self
                .text(node, &format!("`{key}`"))
                .map(|text| Some(text.to_owned())),
            None => Some(None),
        };
        let (approved_by, ticket) = (told("approved_by"), told("ticket"));
        // A date that was given and cannot be read must not widen what is covered.
        let mut day = |key: &str, later: i32| match get(entries, key) {
            Some(node) => self.day_start(node, key, later).map(Some),
            None => Some(None),
        };
        let (starts, ends) = (day("starts", 0), day("expires", 1));
        let (starts, ends) = (starts?, ends?);
        if let (Some(starts), Some(ends)) = (&starts, &ends)
            && starts.value >= ends.value
        {
            self.report(
                Diagnostic::new(code, format!("{what} expires before it starts"))
                    .at(ends.span, "ends here")
                    .at(starts.span, "starts here")
                    .help(format!("swap the dates, or take {} away", what)),
            );
            return None;
        }
        Some(Acceptance {
            reason: reason?,
            owner: owner?,
            approved_by: approved_by?,
            ticket: ticket?,
            starts,
            ends,
        })
    }

    /// The start of a day, UTC, some days later: `expires` covers its whole day.
    fn day_start(&mut self, node: &Node, key: &str, later: i32) -> Option<Spanned<Timestamp>> {
        let text = self.text(node, &format!("`{key}`"))?.to_owned();
        let date = self.date(&text, node.span)?;
        let moment = start_of(date, later);
        if moment.is_none() {
            self.report(
                Diagnostic::new(Code::BadDate, format!("`{text}` is out of range"))
                    .at(node.span, "too far away")
                    .help("use a date between the years 1 and 9998"),
            );
        }
        moment.map(|moment| Spanned::new(moment, node.span))
    }
}

fn start_of(date: Date, later: i32) -> Option<Timestamp> {
    let day = date.checked_add(jiff::Span::new().days(later)).ok()?;
    day.to_zoned(TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}
