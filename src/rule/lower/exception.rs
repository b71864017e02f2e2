//! `exceptions`: matches that are accepted, by whom, why and how long.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::diagnostic::{Code, Diagnostic, Spanned};
use crate::yaml::{Fields, Node, get};

use super::super::model::Exception;
use super::{Lowerer, Scope};

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
        self.known_keys(
            entries,
            &["reason", "owner", "starts", "expires", "match"],
            "an exception",
        );
        let mut named = |key: &str, example: &str| match get(entries, key) {
            Some(node) => self.text(node, &format!("`{key}`")).map(str::to_owned),
            None => {
                self.report(
                    Diagnostic::new(Code::BadException, format!("the exception has no `{key}`"))
                        .at(node.span, format!("`{key}` is missing"))
                        .help(format!("an accepted finding needs one: `{key}: {example}`")),
                );
                None
            }
        };
        let reason = named("reason", "Approved in SEC-142");
        let owner = named("owner", "platform-security");
        let starts = get(entries, "starts").map(|node| self.day_start(node, "starts", 0));
        let ends = get(entries, "expires").map(|node| self.day_start(node, "expires", 1));
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
        // A date that was given and cannot be read must not widen the exception.
        let (starts, ends) = (starts.map_or(Some(None), |day| day.map(Some))?, ends);
        let ends = ends.map_or(Some(None), |day| day.map(Some))?;
        if let (Some(starts), Some(ends)) = (&starts, &ends)
            && starts.value >= ends.value
        {
            self.report(
                Diagnostic::new(Code::BadException, "the exception expires before it starts")
                    .at(ends.span, "ends here")
                    .at(starts.span, "starts here")
                    .help("swap the dates, or take the exception away"),
            );
            return None;
        }
        Some(Exception {
            reason: reason?,
            owner: owner?,
            starts: starts.map(|starts| starts.value),
            ends,
            condition: condition?,
            span: node.span,
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
