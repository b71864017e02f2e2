//! Loading: from the texts of rules files to a set and its problems.

use std::collections::btree_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use super::controls::written_controls;
use super::foreign::as_of_others;
use super::order::Order;
use super::spread::spread;
use super::{FailedRule, InactiveRule, Language, Loaded, RuleSet, RulesFile, Source};
use crate::diagnostic::{Code, Diagnostic, Level, SourceId, SourceMap, Span, did_you_mean};
use crate::rule::lint;
use crate::rule::lower::{Definitions, Known, Leftovers, ListFile, Lowerer, Neighbours, SetList};
use crate::rule::model::{Origin, Rule};
use crate::sigma::{Applies, Form, forms};
use crate::yaml::Node;

/// Loads rules files. Nothing is chosen yet: unset lists are no error here.
pub fn load(files: Vec<RulesFile>, lists: &[(String, ListFile)]) -> Loaded {
    load_beside(Vec::new(), files, lists)
}

/// Loads rules files that may name the macros and lists of others, such as the
/// embedded pack's. Of those others nothing else is taken, and their definitions
/// give way where `files` has one of the same name.
pub fn load_beside(
    others: Vec<RulesFile>,
    files: Vec<RulesFile>,
    lists: &[(String, ListFile)],
) -> Loaded {
    let lists = lists.iter().cloned().map(SetList::from).collect();
    let settings = Settings {
        lists,
        ..Settings::default()
    };
    load_with(others, files, settings)
}

/// What is set from outside of the rules files.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The texts that it is written in; the set's go on from there.
    pub sources: SourceMap,
    /// Lists, over whatever the rules files say; of two of one name the last.
    pub lists: Vec<SetList>,
    /// Which Sigma rules are taken.
    pub sigma: Applies,
}

/// The same, with all that may be set.
pub fn load_with(others: Vec<RulesFile>, files: Vec<RulesFile>, settings: Settings) -> Loaded {
    let Settings {
        sources,
        lists,
        sigma,
    } = settings;
    let mut loader = Loader::default();
    loader.set.definitions.sources = sources;
    let documents = loader.read(files);
    let read = loader.diagnostics.len();
    for document in &documents {
        loader.define(document);
    }
    loader.lend(others);
    let definitions = &mut loader.set.definitions;
    let declared: BTreeSet<String> = definitions.lists.keys().cloned().collect();
    for list in &lists {
        definitions.set_list(list, &mut loader.diagnostics);
    }
    loader.fail_since(read);
    let documents = loader.settle(documents, sigma);
    loader.lower_all(documents);
    loader.something_applies();
    let lowered = loader.diagnostics.len();
    loader.unused(&lists, &declared);
    loader.fail_since(lowered);
    loader.finish()
}

/// One document of a rules file.
pub(super) struct Document {
    pub(super) source: Source,
    pub(super) form: Form,
    pub(super) origin: Origin,
    folder: Option<PathBuf>,
}

impl Document {
    pub(super) fn node(&self) -> &Node {
        &self.source.node
    }
}

/// What lowering a document came to.
struct Lowered {
    rule: Option<Rule>,
    lint: Vec<Diagnostic>,
    leftovers: Leftovers,
}

#[derive(Default)]
pub(super) struct Loader {
    pub(super) set: RuleSet,
    pub(super) diagnostics: Vec<Diagnostic>,
    ids: HashMap<String, Span>,
    /// Names of macros and lists that other files lent.
    lent: BTreeSet<String>,
    used_macros: BTreeSet<String>,
    used_lists: BTreeSet<String>,
    /// The rules that others name.
    neighbours: Neighbours,
}

impl Loader {
    /// Reads files, in their order.
    fn read(&mut self, files: Vec<RulesFile>) -> Vec<Document> {
        let sources = &mut self.set.definitions.sources;
        let files: Vec<(SourceId, RulesFile)> = files
            .into_iter()
            .map(|file| (sources.add(file.name.clone(), &*file.text), file))
            .collect();
        let parsed = spread(&files, |(source, file)| {
            let mut problems = Vec::new();
            (file.text.documents(*source, &mut problems), problems)
        });
        let mut documents = Vec::new();
        for ((source, file), (parsed, problems)) in files.iter().zip(parsed) {
            if let Some(folder) = &file.folder {
                self.set.folders.insert(*source, folder.clone());
            }
            self.diagnostics.extend(problems);
            for damaged in &parsed.damaged {
                let id = damaged.root.as_ref().and_then(|root| root.get("id"));
                let name = match id.and_then(Node::as_text) {
                    Some(id) => id.to_owned(),
                    None => self.set.definitions.sources.place(damaged.span),
                };
                self.set.failed.push(FailedRule::unread(name));
            }
            let forms = forms(parsed.sound, &file.name, &mut self.diagnostics);
            documents.extend(forms.into_iter().map(|(node, form)| Document {
                source: Source {
                    node,
                    language: Language::Native,
                },
                form,
                origin: file.origin,
                folder: file.folder.clone(),
            }));
        }
        documents
    }

    /// Takes the macros and lists of a document, and checks its version.
    fn define(&mut self, document: &Document) {
        let definitions = &mut self.set.definitions;
        if let Some(node) = document.node().get("macros") {
            definitions.add_macros(node, &mut self.diagnostics);
        }
        if let Some(node) = document.node().get("lists") {
            definitions.add_lists(node, document.folder.as_deref(), &mut self.diagnostics);
        }
        if let Some(node) = document.node().get("frameworks") {
            definitions.add_frameworks(node, &mut self.diagnostics);
        }
        if let Some(node) = document.node().get("profiles") {
            definitions.add_profiles(node, &mut self.diagnostics);
        }
        if let Some(version) = document.node().get("trailgate")
            && version.as_text() != Some("1")
        {
            self.diagnostics.push(
                Diagnostic::new(Code::LanguageVersion, "this is written for another version of the rule language")
                    .at(version.span, "the only version is 1")
                    .help("write `trailgate: 1`, or leave it out; a newer trailgate may know this version"),
            );
        }
    }

    /// Takes what the files at hand do not define themselves.
    fn lend(&mut self, mut others: Vec<RulesFile>) {
        others.retain(|file| match file.text.ids_alone() {
            Some(ids) => {
                let ids = ids.iter().map(|id| (*id).to_owned());
                self.set.beside.extend(ids);
                false
            }
            None => true,
        });
        let mut lender = Loader::default();
        std::mem::swap(
            &mut lender.set.definitions.sources,
            &mut self.set.definitions.sources,
        );
        let documents = lender.read(others);
        for document in &documents {
            lender.define(document);
            let id = document.node().get("id").and_then(Node::as_text);
            self.set.beside.extend(id.map(str::to_owned));
        }
        let Definitions {
            sources,
            macros,
            lists,
            frameworks,
            profiles,
        } = lender.set.definitions;
        let own = &mut self.set.definitions;
        own.sources = sources;
        for (name, definition) in macros {
            if let Entry::Vacant(place) = own.macros.entry(name) {
                self.lent.insert(place.key().clone());
                place.insert(definition);
            }
        }
        for (name, definition) in lists {
            if let Entry::Vacant(place) = own.lists.entry(name) {
                self.lent.insert(place.key().clone());
                place.insert(definition);
            }
        }
        for (name, definition) in frameworks {
            own.frameworks.entry(name).or_insert(definition);
        }
        for (name, definition) in profiles {
            own.profiles.entry(name).or_insert(definition);
        }
        self.diagnostics.extend(lender.diagnostics);
    }

    /// Errors in what no rule can be blamed for, such as a list that cannot be
    /// read, fail under the place they stand at: a run must not look clean.
    fn fail_since(&mut self, first: usize) {
        let errors = self.diagnostics[first..].iter().filter(|d| d.is_error());
        let names = errors.map(|error| match error.span() {
            Some(span) => self.set.definitions.sources.place(span),
            None => error.message.clone(),
        });
        self.set.failed.extend(names.map(FailedRule::unread));
    }

    /// Lowers all rules, those first that others name; the set keeps them in the
    /// order of their files.
    fn lower_all(&mut self, documents: Vec<Document>) {
        let ids = documents
            .iter()
            .filter_map(|document| id_of(document.node()));
        self.neighbours.ids = ids.map(str::to_owned).collect();
        let order = Order::of(&documents);
        for id in &order.named {
            let left_out = self.set.beside.contains(id);
            if order.circular.contains(id) {
                self.neighbours.known.insert(id.clone(), Known::Circular);
            } else if self.neighbours.ids.contains(id) {
                self.neighbours.known.insert(id.clone(), Known::Failed);
            } else if left_out {
                self.neighbours.known.insert(id.clone(), Known::LeftOut);
            }
        }
        // What names no other rule waits for none.
        let lowered = spread(&documents, |document| {
            let alone = document.source.named_rules().is_empty();
            alone.then(|| self.lowered(document))
        });
        let mut documents: Vec<_> = documents.into_iter().zip(lowered).map(Some).collect();
        for index in order.places {
            if let Some((document, lowered)) = documents.get_mut(index).and_then(Option::take) {
                let lowered = lowered.unwrap_or_else(|| self.lowered(&document));
                self.take(document, lowered);
            }
        }
        self.keep_for_others();
        self.set.kept = self.kept();
        self.silence();
        let place = |rule: &Rule| (rule.span.source, rule.span.start);
        self.set.rules.sort_by_key(place);
        self.set
            .inactive
            .sort_by_key(|inactive| place(&inactive.rule));
    }

    /// Lowers the rule that a document is; nothing for one that is none.
    fn lowered(&self, document: &Document) -> Option<Lowered> {
        if document.form == Form::Native && is_library(document.node()) {
            return None;
        }
        let definitions = &self.set.definitions;
        let mut lowerer = Lowerer::beside(definitions, &self.neighbours);
        let rule = document.source.lowered(&mut lowerer, document.origin);
        // The pack's own tests have asked this of its rules.
        let mut lint = match (&rule, document.origin) {
            (Some(rule), Origin::User) => lint::lint(rule, &definitions.sources),
            _ => Vec::new(),
        };
        if document.form != Form::Native {
            as_of_others(&mut lint);
        }
        Some(Lowered {
            rule,
            lint,
            leftovers: lowerer.finish(),
        })
    }

    /// Takes a rule into the set, or its failure.
    fn take(&mut self, document: Document, lowered: Option<Lowered>) {
        let source = document.source;
        let node = &source.node;
        let Some(lowered) = lowered else { return };
        let Lowered {
            rule: lowered,
            lint: mut found,
            leftovers,
        } = lowered;
        self.used_macros.extend(leftovers.used_macros);
        self.used_lists.extend(leftovers.used_lists);
        let mut failed =
            lowered.is_none() || leftovers.diagnostics.iter().any(Diagnostic::is_error);
        self.diagnostics.extend(leftovers.diagnostics);
        let id = node.get("id").filter(|id| id.as_text().is_some());
        if let Some((id, text)) = id.and_then(|id| Some((id, id.as_text()?))) {
            failed |= self.id_is_taken(text, id.span);
        }
        let name = match id.and_then(Node::as_text) {
            Some(id) => id.to_owned(),
            None => self.set.definitions.sources.place(node.span),
        };
        let failure = |name| FailedRule {
            name,
            controls: written_controls(node),
        };
        let Some(rule) = lowered else {
            return self.set.failed.push(failure(name));
        };
        // What is asked of a whole rule is no question while a part is missing.
        found.retain(|diagnostic| !failed || diagnostic.is_error());
        failed |= found.iter().any(Diagnostic::is_error);
        self.diagnostics.extend(found);
        if failed {
            return self.set.failed.push(failure(name));
        }
        self.set.documents.insert(rule.id.value.clone(), source);
        if let Some(known) = self.neighbours.known.get_mut(&rule.id.value) {
            *known = Known::Rule(Box::new(rule.clone()), leftovers.unset_lists.clone());
        }
        if leftovers.unset_lists.is_empty() {
            self.set.rules.push(rule);
        } else {
            self.set.inactive.push(InactiveRule {
                rule,
                lists: leftovers.unset_lists,
            });
        }
    }

    fn id_is_taken(&mut self, id: &str, span: Span) -> bool {
        match self.ids.get(id) {
            Some(first) => {
                self.diagnostics.push(
                    Diagnostic::new(Code::DuplicateId, format!("two rules have the id `{id}`"))
                        .at(span, "again here")
                        .at(*first, "first here")
                        .help("ids name findings across runs: give one of the two another id"),
                );
                true
            }
            None => {
                self.ids.insert(id.to_owned(), span);
                false
            }
        }
    }

    /// Macros and lists that no rule uses are checked too, then pointed out.
    /// A list that is set for many runs need not be used in each; one that nothing
    /// declares is misspelt.
    fn unused(&mut self, set: &[SetList], declared: &BTreeSet<String>) {
        let definitions = &self.set.definitions;
        let mut found = Vec::new();
        for (name, definition) in &definitions.macros {
            if !self.used_macros.contains(name) && !self.lent.contains(name) {
                let mut lowerer = Lowerer::new(definitions);
                lowerer.unused_macro(definition);
                let leftovers = lowerer.finish();
                self.used_lists.extend(leftovers.used_lists);
                found.extend(leftovers.diagnostics);
                found.push(unused("macro", name, Some(definition.name.span)));
            }
        }
        for (name, definition) in &definitions.lists {
            if !self.used_lists.contains(name) && !self.lent.contains(name) {
                let by_user = set.iter().rev().find(|set| set.name == *name);
                let problem = match by_user.map(|list| list.name_span) {
                    None => unused("list", name, definition.name_span),
                    Some(None) => unused("list", name, None),
                    Some(Some(_)) if declared.contains(name) => continue,
                    Some(span) => {
                        let known = declared.iter().map(String::as_str);
                        let near = did_you_mean(name, known);
                        let near = near.map(|near| format!("did you mean `{near}`?"));
                        unused("list", name, span).maybe_help(near)
                    }
                };
                found.push(problem);
            }
        }
        self.diagnostics.extend(found);
    }

    /// A macro's problems come once for every rule that uses it: say them once.
    /// The order is that of files and text.
    fn finish(mut self) -> Loaded {
        let mut seen = HashSet::new();
        self.diagnostics.retain(|diagnostic| {
            seen.insert((
                diagnostic.code,
                diagnostic.span(),
                diagnostic.message.clone(),
            ))
        });
        self.diagnostics
            .sort_by_key(|diagnostic| diagnostic.span().map(|span| (span.source, span.start)));
        Loaded {
            set: self.set,
            diagnostics: self.diagnostics,
        }
    }
}

fn unused(kind: &str, name: &str, span: Option<Span>) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(
        Code::UnusedDefinition,
        format!("no rule uses the {kind} `{name}`"),
    )
    .help("take it away, or mend the name where it was to be used");
    diagnostic.level = Level::Warning;
    match span {
        Some(span) => diagnostic.at(span, "defined here"),
        None => diagnostic,
    }
}

/// The id of the rule that a document is.
pub(super) fn id_of(rule: &Node) -> Option<&str> {
    rule.get("id").and_then(Node::as_text)
}

/// The keys of a document that holds no rule.
const DEFINITIONS: [&str; 5] = ["trailgate", "macros", "lists", "frameworks", "profiles"];

/// Whether a document holds nothing but definitions and is no rule.
fn is_library(node: &Node) -> bool {
    node.as_mapping().is_some_and(|entries| {
        !entries.is_empty()
            && entries.iter().all(|entry| {
                let key = entry.key.value.as_str();
                DEFINITIONS.contains(&key)
            })
    })
}
