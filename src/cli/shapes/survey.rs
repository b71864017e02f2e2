//! What one file holds, or a file in an archive: its shapes, the signs of them, and the
//! first event.

use std::collections::BTreeMap;
use std::io::Read;

use serde_json::{Value, json};

use trailgate::codec::Limits;
use trailgate::diagnostic::{Code, Diagnostic, SourceMap, render_json};
use trailgate::engine::{Look, look_into};
use trailgate::event;
use trailgate::finding::counted;
use trailgate::shape::{
    Contents, InputFault, Item, Kind, Leaf, LeafContent, Opening, Records, Shape, Table, Visit,
};
use trailgate::source::Input;

use crate::cli::terminal::Terminal;

/// What one file holds.
pub(super) struct Survey {
    file: String,
    /// The keys of lists that records stand in, as `Records[]`.
    lists: Vec<&'static str>,
    /// How many records there are of each kind, by wrappers, outermost first.
    counts: BTreeMap<Vec<&'static str>, u64>,
    /// The fields that the first event and its wrappers were told by.
    because: Vec<(Shape, Vec<String>)>,
    first: Option<Value>,
    /// The fields that the shape of the first event lost.
    lost: Vec<String>,
    records: u64,
    /// CloudTrail records among them.
    cloudtrail: u64,
    unread: bool,
    problems: Vec<Diagnostic>,
    /// How many were left out.
    more_problems: usize,
}

/// Problems of one file that are said.
const MOST_PROBLEMS: usize = 5;

/// Takes a survey of every content of an input.
#[derive(Default)]
struct Surveying {
    surveys: Vec<Survey>,
    /// What is wrong with the archive that they are in.
    problems: Vec<Diagnostic>,
}

impl Look for Surveying {
    fn content(&mut self, name: &str, content: &mut dyn Read) -> bool {
        let mut survey = Survey::new(name);
        survey.read(content);
        self.surveys.push(survey);
        false
    }

    fn problem(&mut self, problem: Diagnostic) -> bool {
        self.problems.push(problem);
        false
    }
}

impl Survey {
    /// Of a file, or of all files in an archive.
    pub(super) fn all_of(input: &Input) -> Vec<Survey> {
        let mut surveying = Surveying::default();
        look_into(input, Limits::default(), &mut surveying);
        let Surveying {
            mut surveys,
            problems,
        } = surveying;
        if surveys.is_empty() || !problems.is_empty() {
            let mut whole = Survey::new(&input.name);
            let is_bare = problems.is_empty();
            problems
                .into_iter()
                .for_each(|problem| whole.problem(problem));
            if is_bare {
                whole.problem(no_record(&input.name));
            }
            surveys.push(whole);
        }
        surveys
    }

    fn new(file: &str) -> Survey {
        Survey {
            file: file.to_owned(),
            lists: Vec::new(),
            counts: BTreeMap::new(),
            because: Vec::new(),
            first: None,
            lost: Vec::new(),
            records: 0,
            cloudtrail: 0,
            unread: false,
            problems: Vec::new(),
            more_problems: 0,
        }
    }

    /// Reads to the end, and says where there is nothing to read.
    fn read(&mut self, content: &mut dyn Read) {
        match Contents::of(content, Opening::default()) {
            Contents::Records(mut records) => {
                while self.next(&mut records) {}
                if records.held_nothing() && self.problems.is_empty() {
                    self.problem(InputFault::Nothing.diagnostic(&self.file));
                }
            }
            Contents::Table(mut table) => self.table(&mut table),
        }
        if self.cloudtrail == 0 && !self.unread && self.problems.is_empty() {
            self.problem(no_record(&self.file));
        }
    }

    /// Reads all rows.
    fn table<R: Read>(&mut self, table: &mut Table<R>) {
        let mut begun = false;
        loop {
            match table.next(self) {
                Ok(true) if !begun => {
                    begun = true;
                    self.because.insert(0, (table.shape(), table.columns()));
                }
                Ok(true) => {}
                Ok(false) => return,
                Err(fault) => return self.problem(fault.diagnostic(&self.file)),
            }
        }
    }

    /// Reads one item; whether there was one.
    fn next<R: Read>(&mut self, records: &mut Records<R>) -> bool {
        let Some(item) = records.next() else {
            return false;
        };
        let before = self.records;
        match item {
            Item::Record(record) => {
                Opening::default().open(record.bytes, self);
                records.count_more((self.records - before).saturating_sub(1));
            }
            Item::Bad(bad) => {
                self.records += 1;
                self.problem(bad.diagnostic(&self.file));
            }
            Item::Fault(fault) => self.problem(fault.diagnostic(&self.file)),
        }
        if before == 0 {
            self.lists = records.lists();
        }
        true
    }

    fn problem(&mut self, problem: Diagnostic) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.more_problems += 1;
        }
    }

    pub(super) fn is_read(&self) -> bool {
        self.problems.is_empty() && !self.unread && self.cloudtrail > 0
    }

    pub(super) fn text(&self, terminal: &mut Terminal) {
        terminal.line(&self.file);
        let lists = match self.lists.as_slice() {
            [] => "one after another".to_owned(),
            lists => format!("in {}", lists.join(", in ")),
        };
        terminal.line(&format!("  records  {}, {lists}", self.records));
        for (shape, count) in &self.counts {
            terminal.line(&format!("  shape    {}: {count}", shape.join(" > ")));
        }
        for (shape, signs) in &self.because {
            let how = match signs.as_slice() {
                [] => "a record below one of its keys".to_owned(),
                signs => signs.join(", "),
            };
            terminal.line(&format!("  because  {shape} by {how}"));
        }
        if let Some(first) = &self.first {
            terminal.line(&format!("  first    {}", in_short(first)));
        }
        if !self.lost.is_empty() {
            terminal.line(&format!("  lost     {}", self.lost.join(", ")));
        }
        terminal.diagnostics(&self.problems, &SourceMap::new());
        if self.more_problems > 0 {
            terminal.note(&format!(
                "and {} more in {}",
                counted(self.more_problems as u64, "problem"),
                self.file
            ));
        }
    }

    pub(super) fn json(&self) -> Value {
        let counts = self.counts.iter();
        let shapes: Vec<_> = counts
            .map(|(shape, count)| json!({"shape": shape, "records": count}))
            .collect();
        let because: Vec<_> = self
            .because
            .iter()
            .map(|(shape, signs)| json!({"shape": shape.name(), "fields": signs}))
            .collect();
        let first = self.first.as_ref().map(|first| {
            json!({
                "event_id": event::event_id(first),
                "event_time": event::event_time(first).map(|time| time.to_string()),
                "event_source": event::event_source(first),
                "event_name": event::event_name(first),
                "account": event::account(first),
                "region": event::region(first),
                "principal": event::principal(first),
            })
        });
        let problems = self.problems.iter();
        let problems: Vec<_> = problems
            .map(|each| render_json(each, &SourceMap::new()))
            .collect();
        json!({
            "file": self.file,
            "records": self.records,
            "lists": self.lists,
            "shapes": shapes,
            "because": because,
            "first": first,
            "lost": self.lost,
            "diagnostics": problems,
            "more_diagnostics": self.more_problems,
        })
    }
}

impl Visit for Survey {
    fn enter(&mut self, wrapper: &Value, layers: &[Shape]) {
        if let (None, [outer @ .., shape]) = (&self.first, layers) {
            self.because.truncate(outer.len());
            self.because.push((*shape, owned(shape.signs(wrapper))));
        }
    }

    fn leaf(&mut self, leaf: Leaf<'_>) {
        self.records += 1;
        let (value, kind, losses) = match leaf.content {
            LeafContent::Record {
                value,
                kind,
                losses,
                ..
            } => (value, kind, losses),
            LeafContent::Unparsed(fault) => {
                return self.problem(fault.diagnostic(&self.file, self.records));
            }
            LeafContent::Fault(fault) => {
                return self.problem(fault.diagnostic(&self.file, self.records));
            }
        };
        let shape = leaf.layers.iter().map(|layer| layer.name());
        *self
            .counts
            .entry(shape.chain(names(&kind)).collect())
            .or_default() += 1;
        match kind {
            Kind::Event | Kind::Insight => {
                self.cloudtrail += 1;
                if self.first.is_none() {
                    self.first = Some(value.clone());
                    self.lost = losses.paths();
                    self.because.truncate(leaf.layers.len());
                    // What was mapped has the names that it was given.
                    if losses.is_none() {
                        let signs = owned(Shape::CloudTrail.signs(value));
                        self.because.push((Shape::CloudTrail, signs));
                    }
                }
            }
            Kind::NotCloudTrail(foreign) => self.unread |= foreign.holds_events(),
            Kind::UnknownVersion(_) => self.unread = true,
            Kind::Digest | Kind::Wraps(_) => {}
        }
    }
}

fn no_record(file: &str) -> Diagnostic {
    Diagnostic::new(Code::NoEvents, "not a single CloudTrail record is in it")
        .in_place(file)
        .help("what is in it is said above; `trailgate scan` would judge nothing of it")
}

fn owned(names: Vec<&'static str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// What a record is called: of CloudTrail's, which kind too.
fn names(kind: &Kind) -> Vec<&'static str> {
    let kind = match kind {
        Kind::Event => "event",
        Kind::Insight => "insight",
        Kind::Digest => "digest",
        Kind::UnknownVersion(_) => "unknown_version",
        Kind::NotCloudTrail(foreign) => return vec![foreign.name()],
        Kind::Wraps(shape) => return vec![shape.name()],
    };
    vec![Shape::CloudTrail.name(), kind]
}

/// `2026-01-05T09:00:00Z ConsoleLogin of signin.amazonaws.com by arn:..., account 111122223333`
fn in_short(event: &Value) -> String {
    let named = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let time = event::event_time(event).map_or_else(|| "-".to_owned(), |time| time.to_string());
    let line = format!(
        "{time} {} of {} by {}, account {}, {}",
        named(event::event_name(event)),
        named(event::event_source(event)),
        event::principal(event).unwrap_or_else(|| "-".to_owned()),
        named(event::account(event)),
        named(event::region(event)),
    );
    line.chars()
        .map(|each| if each.is_control() { '?' } else { each })
        .collect()
}
