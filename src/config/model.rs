//! The settings, each with its place.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::diagnostic::{SourceId, Span, Spanned};
use crate::finding::{AccountLabel, FailOn, Gate};
use crate::rule::{Override, SetList};
use crate::source::Folder;

/// Everything that a configuration says. What it does not say is absent.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The file; `None` where there is none.
    pub file: Option<ConfigFile>,
    /// Rules files, and directories of some.
    pub rules: Vec<Spanned<PathBuf>>,
    /// Whether the embedded pack is used.
    pub default_rules: Option<Spanned<bool>>,
    /// The profile that chooses rules.
    pub rule_profile: Option<Spanned<String>>,
    /// Lists, over whatever the rules files say.
    pub lists: Vec<SetList>,
    /// From which severity on findings fail a run.
    pub fail_on: FailOnByEnvironment,
    /// Rules that are off or have another severity.
    pub overrides: Vec<Override>,
    /// Accepted findings.
    pub waivers: Waivers,
    /// The file of findings that are known.
    pub baseline: Option<Spanned<PathBuf>>,
    /// The file of what earlier runs saw.
    pub state: Option<Spanned<PathBuf>>,
    /// What accounts are called.
    pub accounts: Vec<Account>,
    /// What must send events.
    pub expect: Expect,
}

/// The file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    /// Its path, as it is shown.
    pub path: PathBuf,
    /// Its text.
    pub source: SourceId,
}

/// `fail_on`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailOnByEnvironment {
    /// Where no other is said.
    pub default: Option<Spanned<FailOn>>,
    /// By environment.
    pub environments: BTreeMap<String, Spanned<FailOn>>,
}

/// `waivers`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waivers {
    /// The file that holds them.
    pub file: Option<Spanned<PathBuf>>,
    /// How long one may last at most.
    pub longest: Option<Spanned<SignedDuration>>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id, 12 digits.
    pub id: Spanned<String>,
    /// What it is called.
    pub label: Arc<AccountLabel>,
    /// What is said of it.
    pub span: Span,
}

/// `expect`: what must send events, else a run fails.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expect {
    /// Ids of accounts.
    pub accounts: Vec<Spanned<String>>,
    /// Regions.
    pub regions: Vec<Spanned<String>>,
    /// Where the files of trails are.
    pub trails: Vec<Spanned<Folder>>,
}

impl Config {
    /// What fails a run, as far as the configuration says.
    pub fn gate(&self) -> Gate {
        let FailOnByEnvironment {
            default,
            environments,
        } = &self.fail_on;
        let default = default.as_ref().map_or(FailOn::default(), |on| on.value);
        let environments = environments.iter();
        let environments = environments.map(|(name, on)| (name.clone(), on.value));
        Gate::new(default, environments.collect())
    }

    /// What an account is called.
    pub fn label(&self, account: &str) -> Option<&Arc<AccountLabel>> {
        let mut named = self.accounts.iter();
        let found = named.find(|named| named.id.value == account);
        found.map(|account| &account.label)
    }
}
