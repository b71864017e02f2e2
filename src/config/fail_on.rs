//! `fail_on`: one threshold, or one for each environment.

use super::model::{Account, FailOnByEnvironment};
use super::read::Reader;
use crate::diagnostic::{Code, Diagnostic, Spanned, did_you_mean};
use crate::finding::FailOn;
use crate::rule::Severity;
use crate::yaml::{Entry, Fields, Node};

/// The key for all that has no threshold of its own.
pub(super) const DEFAULT: &str = "default";

impl Reader<'_> {
    pub(super) fn fail_on(&mut self, node: &Node, accounts: &[Account]) -> FailOnByEnvironment {
        let mut read = FailOnByEnvironment::default();
        if node.as_mapping().is_none() {
            read.default = self.threshold(node, "`fail_on`");
            return read;
        }
        for entry in self.mapping(node, "`fail_on`").unwrap_or_default() {
            let key = &entry.key.value;
            let threshold = self.threshold(&entry.value, &format!("`{key}`"));
            if key == DEFAULT {
                read.default = threshold;
            } else {
                self.check_environment(entry, accounts);
                read.environments
                    .extend(threshold.map(|threshold| (key.clone(), threshold)));
            }
        }
        read
    }

    fn threshold(&mut self, node: &Node, what: &str) -> Option<Spanned<FailOn>> {
        if node.is_null() {
            let help = "write `high`, or `none` to never fail on findings";
            self.wrong_type(node, what, "a severity", Some(help.to_owned()));
            return None;
        }
        let severities = Severity::ALL.map(|severity| (severity.name(), FailOn::At(severity)));
        let mut words = vec![("none", FailOn::Never)];
        words.extend(severities);
        let value = self.word(node, what, &words)?;
        Some(Spanned::new(value, node.span))
    }

    /// A threshold for an environment that no account has would never decide.
    fn check_environment(&mut self, entry: &Entry, accounts: &[Account]) {
        let name = entry.key.value.as_str();
        let known = || {
            let named = accounts.iter();
            named.filter_map(|account| account.label.environment.as_deref())
        };
        if known().any(|environment| environment == name) {
            return;
        }
        let help = match did_you_mean(name, known().chain([DEFAULT])) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "say which accounts it has, such as `accounts: {{111122223333: {{name: payments, environment: {name}}}}}`"
            ),
        };
        let message = format!("no account belongs to the environment `{name}`");
        self.report(
            Diagnostic::new(Code::UnknownEnvironment, message)
                .at(entry.key.span, "not known")
                .help(help),
        );
    }
}
