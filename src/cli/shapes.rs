//! `trailgate shapes`: in which shape records are, and how that shows.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use trailgate::codec::Decoder;
use trailgate::diagnostic::{Diagnostic, SourceMap, render_json};
use trailgate::event;
use trailgate::finding::counted;
use trailgate::shape::{
    Contents, Item, Kind, Leaf, LeafContent, Opening, Records, Shape, Table, Visit,
};
use trailgate::source::{Input, discover};

use super::Exit;
use super::terminal::Terminal;

/// Say in which shape the records of files are, and how that shows
///
/// For each file: the lists and wrappers that its records are in, the fields that
/// they were told by, what the records are, and the first event in short.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 every file was read and holds CloudTrail records that can be read, 4 not so.

Examples:
  trailgate shapes export/events.json
  aws cloudtrail lookup-events | trailgate shapes -
  trailgate shapes export/ --format json | jq '.files[] | {file, shapes}'")]
pub(crate) struct Arguments {
    /// Files, directories, glob patterns, or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    paths: Vec<PathBuf>,

    /// How to write what was found
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object, for tools
    Json,
}

pub(crate) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Exit {
    let discovery = discover(&arguments.paths);
    let mut problems = discovery.problems;
    problems.extend(discovery.empty);
    let surveys: Vec<Survey> = discovery.inputs.iter().map(Survey::of).collect();
    match arguments.format {
        Format::Text => {
            surveys.iter().for_each(|survey| survey.text(terminal));
            terminal.diagnostics(&problems, &SourceMap::new());
        }
        Format::Json => {
            let said = problems
                .iter()
                .map(|each| render_json(each, &SourceMap::new()));
            let files: Vec<_> = surveys.iter().map(Survey::json).collect();
            let report = json!({
                "schema": "trailgate-shapes/1",
                "files": files,
                "diagnostics": said.collect::<Vec<_>>(),
            });
            terminal.line(&report.to_string());
        }
    }
    if problems.is_empty() && surveys.iter().all(Survey::is_read) {
        Exit::CLEAN
    } else {
        Exit::INPUT
    }
}

/// What one file holds.
struct Survey {
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

impl Survey {
    fn of(input: &Input) -> Survey {
        let mut survey = Survey {
            file: input.name.clone(),
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
        };
        match input.open() {
            Ok(source) => match Contents::of(Decoder::new(source), Opening::default()) {
                Contents::Records(mut records) => while survey.next(&mut records) {},
                Contents::Table(mut table) => survey.table(&mut table),
            },
            Err(error) => survey.problem(input.unreadable(&error)),
        }
        survey
    }

    /// Reads all rows.
    fn table<R: std::io::Read>(&mut self, table: &mut Table<R>) {
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
    fn next<R: std::io::Read>(&mut self, records: &mut Records<R>) -> bool {
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

    fn is_read(&self) -> bool {
        self.problems.is_empty() && !self.unread && self.cloudtrail > 0
    }

    fn text(&self, terminal: &mut Terminal) {
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

    fn json(&self) -> Value {
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
