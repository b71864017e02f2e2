//! `accounts`: what they are called, and which environment they belong to.

use std::sync::Arc;

use super::fail_on::DEFAULT;
use super::model::Account;
use super::read::Reader;
use crate::diagnostic::{Code, Diagnostic};
use crate::event::is_account_id;
use crate::finding::AccountLabel;
use crate::yaml::{Entry, Fields, Node, get};

impl Reader<'_> {
    pub(super) fn accounts(&mut self, node: &Node) -> Vec<Account> {
        let entries = self.mapping(node, "`accounts`").unwrap_or_default();
        let accounts = entries.iter().filter_map(|entry| self.account(entry));
        accounts.collect()
    }

    fn account(&mut self, entry: &Entry) -> Option<Account> {
        let id = &entry.key;
        if !is_account_id(&id.value) {
            self.report(
                Diagnostic::new(Code::BadAccount, format!("`{}` is no account id", id.value))
                    .at(id.span, "not 12 digits")
                    .help("write all 12 digits, a zero in front too: `012345678901: payments`"),
            );
        }
        let label = self.label(&entry.value, &id.value)?;
        // Also with a wrong id, so that its environment is known.
        Some(Account {
            id: id.clone(),
            label: Arc::new(label),
            span: entry.span(),
        })
    }

    /// A name, or `{name, environment}`.
    fn label(&mut self, node: &Node, id: &str) -> Option<AccountLabel> {
        let what = format!("the account `{id}`");
        if node.as_mapping().is_none() {
            let name = self.text(node, &what)?.to_owned();
            return Some(AccountLabel {
                name: Some(name),
                environment: None,
            });
        }
        let entries = self.mapping(node, &what)?;
        self.known_keys(entries, &["name", "environment"], &what);
        let mut text = |key: &str| {
            let node = get(entries, key)?;
            let text = self.text(node, &format!("`{key}`"))?;
            Some(text.to_owned())
        };
        let (name, environment) = (text("name"), text("environment"));
        if environment.as_deref() == Some(DEFAULT) {
            let place = get(entries, "environment").map_or(node.span, |node| node.span);
            self.report(
                Diagnostic::new(
                    Code::UnknownEnvironment,
                    "no environment can be called `default`",
                )
                .at(place, "it has another meaning in `fail_on`")
                .help("call it something else"),
            );
            return None;
        }
        Some(AccountLabel { name, environment })
    }
}
