//! `expect`: what must send events, and what of it did not.

use std::collections::BTreeSet;

use super::model::{Account, Config, Expect};
use super::read::Reader;
use crate::diagnostic::{Code, Diagnostic, Span, Spanned, did_you_mean};
use crate::event::{Asked, is_account_id};
use crate::finding::{Coverage, Expected, ExpectedSources, Silent, SourceKind};
use crate::source::Folder;
use crate::yaml::{Fields, Node, get};

/// Stands for every account that has a name.
const ALL: &str = "all";

impl Reader<'_> {
    pub(super) fn expect(&mut self, node: &Node, accounts: &[Account]) -> Expect {
        let what = "`expect`";
        let Some(entries) = self.mapping(node, what) else {
            return Expect::default();
        };
        self.known_keys(entries, &["accounts", "regions", "trails"], what);
        let mut texts = |key: &str| match get(entries, key) {
            Some(node) => self.texts(node, &format!("`{key}`")),
            None => Vec::new(),
        };
        let (named, regions, trails) = (texts("accounts"), texts("regions"), texts("trails"));
        let mut expected: Vec<Spanned<String>> = Vec::new();
        for text in named {
            for id in self.accounts_of(&text, accounts) {
                if !expected.iter().any(|known| known.value == id) {
                    expected.push(Spanned::new(id, text.span));
                }
            }
        }
        let folder =
            |name: String| Folder::new(&name, &self.folders.absolute, &self.folders.working);
        Expect {
            accounts: expected,
            regions: once(regions),
            trails: once(trails)
                .into_iter()
                .map(|trail| trail.map(folder))
                .collect(),
        }
    }

    /// The accounts that an id, a name or `all` stands for.
    fn accounts_of(&mut self, text: &Spanned<String>, accounts: &[Account]) -> Vec<String> {
        if is_account_id(&text.value) {
            return vec![text.value.clone()];
        }
        let is_meant = |account: &&Account| {
            text.value == ALL || account.label.name.as_deref() == Some(text.value.as_str())
        };
        let meant = accounts.iter().filter(is_meant);
        let meant: Vec<String> = meant.map(|account| account.id.value.clone()).collect();
        if meant.is_empty() {
            let names = accounts.iter().filter_map(|of| of.label.name.as_deref());
            let help = match did_you_mean(&text.value, names.chain([ALL])) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write an id of 12 digits, the name of an account under `accounts`, or \
                         `all` for all of those"
                    .to_owned(),
            };
            let message = format!("`{}` is no account", text.value);
            self.report(
                Diagnostic::new(Code::BadAccount, message)
                    .at(text.span, "not known")
                    .help(help),
            );
        }
        meant
    }
}

/// Each text where it is written first.
fn once(mut texts: Vec<Spanned<String>>) -> Vec<Spanned<String>> {
    let mut seen = BTreeSet::new();
    texts.retain(|text| seen.insert(text.value.clone()));
    texts
}

impl Config {
    /// What of the expected sent events, and a problem for each that did not;
    /// `None` where nothing is expected. A run that asks about some accounts or
    /// regions is held to those of them alone that it asks about, and to nothing that
    /// the others might have sent.
    pub fn held_to(
        &self,
        coverage: &Coverage,
        asked: &Asked,
    ) -> (Option<Expected>, Vec<Diagnostic>) {
        let Expect {
            accounts,
            regions,
            trails,
        } = &self.expect;
        let trails: Vec<_> = trails
            .iter()
            .map(|trail| Spanned::new(trail.value.name().to_owned(), trail.span))
            .collect();
        let (whole_accounts, whole_regions) = (asked.accounts.is_empty(), asked.regions.is_empty());
        let kinds = [
            Kind {
                kind: SourceKind::Account,
                all: accounts,
                asked: &|account| asked.has_account(account),
                held: whole_regions,
                heard: &coverage.accounts,
            },
            Kind {
                kind: SourceKind::Region,
                all: regions,
                asked: &|region| asked.has_region(region),
                held: whole_accounts,
                heard: &coverage.regions,
            },
            Kind {
                kind: SourceKind::Trail,
                all: &trails,
                asked: &|_| true,
                held: whole_accounts && whole_regions,
                heard: &coverage.trails,
            },
        ];
        let mut expected = Expected::default();
        let mut problems = Vec::new();
        for kind in kinds.iter().filter(|kind| !kind.all.is_empty()) {
            let sources = kind.sources(self, &mut problems);
            expected.0.insert(kind.kind, sources);
        }
        ((!expected.0.is_empty()).then_some(expected), problems)
    }
}

/// The expected sources of one kind.
struct Kind<'e> {
    kind: SourceKind,
    all: &'e [Spanned<String>],
    asked: &'e dyn Fn(&str) -> bool,
    /// Whether what was asked about is enough to tell.
    held: bool,
    /// Those that sent events.
    heard: &'e BTreeSet<String>,
}

impl Kind<'_> {
    fn sources(&self, config: &Config, problems: &mut Vec<Diagnostic>) -> ExpectedSources {
        let asked = self.all.iter().filter(|one| (self.asked)(&one.value));
        let asked: Vec<&Spanned<String>> = asked.collect();
        let silent = asked.iter().filter(|one| !self.heard.contains(&one.value));
        let silent = silent.filter(|_| self.held).map(|one| {
            let label = match self.kind {
                SourceKind::Account => config.label(&one.value),
                SourceKind::Region | SourceKind::Trail => None,
            };
            let shown = label.map_or(one.value.clone(), |label| label.beside(&one.value));
            problems.push(silence(self.kind, &shown, one.span));
            Silent {
                id: one.value.clone(),
                shown,
            }
        });
        ExpectedSources {
            silent: silent.collect(),
            expected: asked.iter().map(|one| one.value.clone()).collect(),
            held: self.held,
        }
    }
}

fn silence(kind: SourceKind, shown: &str, span: Span) -> Diagnostic {
    let message = format!("the {} {shown} sent no event", kind.name());
    let help = match kind {
        SourceKind::Trail => {
            "see that it delivers there and that it is among what is scanned; if it is gone, take \
             it away here"
        }
        SourceKind::Account | SourceKind::Region => {
            "see that its trail delivers and that it is among what is scanned; if it is gone, take \
             it away here"
        }
    };
    Diagnostic::new(Code::SilentSource, message)
        .at(span, "expected here")
        .help(help)
}
