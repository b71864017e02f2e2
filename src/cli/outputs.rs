//! `-o FORMAT[=PATH]`: in which formats findings are written, and where to.

use std::collections::HashSet;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use trailgate::diagnostic::{Code, Diagnostic, Style};
use trailgate::finding::{Failure, Gate, Summary};
use trailgate::output::{
    AnchorChoice, Anchors, CsvSink, GithubSink, HtmlSink, JsonLinesSink, JsonSink, JunitSink,
    MarkdownSink, OcsfSink, SarifSink, Sink, TextOptions, TextSink,
};
use trailgate::report::{Options, WaiverInForce};
use trailgate::rule::RuleSet;

use super::config_options::Configuration;
use super::destination::{Destination, Shared, place_of};
use super::terminal::Terminal;

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One JSON object.
    Json,
    /// One JSON object a line, as it is found.
    JsonLines,
    /// For code scanning.
    Sarif,
    /// For test reports.
    Junit,
    /// Annotations of a GitHub Actions run.
    Github,
    /// For job summaries and comments.
    Markdown,
    /// For spreadsheets.
    Csv,
    /// For a SIEM.
    Ocsf,
    /// The compliance report, for a browser.
    Html,
}

impl Format {
    /// Whether it can be read before it is whole.
    fn is_live(self) -> bool {
        matches!(
            self,
            Format::Text | Format::JsonLines | Format::Csv | Format::Ocsf
        )
    }
}

const FORMATS: [(&str, Format); 10] = [
    ("text", Format::Text),
    ("json", Format::Json),
    ("jsonl", Format::JsonLines),
    ("sarif", Format::Sarif),
    ("junit", Format::Junit),
    ("github", Format::Github),
    ("markdown", Format::Markdown),
    ("csv", Format::Csv),
    ("ocsf", Format::Ocsf),
    ("html", Format::Html),
];

/// One `-o`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutputOption {
    pub(crate) format: Format,
    /// Standard output if there is none.
    pub(crate) path: Option<PathBuf>,
}

impl OutputOption {
    /// What people know it by.
    pub(crate) fn name(&self) -> String {
        match &self.path {
            Some(path) => path.display().to_string(),
            None => "standard output".to_owned(),
        }
    }
}

/// Where code scanning and annotations show findings.
#[derive(Debug, Clone, Args)]
pub(crate) struct SarifOptions {
    /// What findings are shown at in code scanning and annotations: `rule` (the
    /// user's rule; for rules of the pack trailgate.yaml), `log`, or a file
    #[arg(long, value_name = "rule|log|PATH", default_value = "rule", value_parser = parse_anchor)]
    sarif_anchor: AnchorChoice,

    /// Keeps results in code scanning apart from those of other runs of
    /// trailgate over the same repository
    #[arg(long, value_name = "NAME", default_value = "trailgate")]
    sarif_category: String,
}

impl SarifOptions {
    fn anchors<'a>(&self, set: &'a RuleSet, configuration: &Configuration) -> Anchors<'a> {
        let folder = std::env::current_dir().unwrap_or_default();
        let anchors = Anchors::new(self.sarif_anchor.clone(), folder, set);
        match configuration.in_repository() {
            Some(file) => anchors.configured(file),
            None => anchors,
        }
    }
}

fn parse_anchor(text: &str) -> Result<AnchorChoice, String> {
    Ok(match text {
        "" => return Err("write rule, log, or the path of a file".to_owned()),
        "rule" => AnchorChoice::Rule,
        "log" => AnchorChoice::Log,
        file => AnchorChoice::File(file.to_owned()),
    })
}

/// Reads `FORMAT` or `FORMAT=PATH`; `-` is standard output.
pub(crate) fn parse_output(text: &str) -> Result<OutputOption, String> {
    let (name, path) = match text.split_once('=') {
        Some((_, "")) => return Err("write a path after the `=`".to_owned()),
        Some((name, "-")) => (name, None),
        Some((name, path)) => (name, Some(PathBuf::from(path))),
        None => (text, None),
    };
    let names = FORMATS.map(|(name, _)| name);
    match FORMATS.iter().find(|(known, _)| *known == name) {
        Some((_, format)) => Ok(OutputOption {
            format: *format,
            path,
        }),
        None => Err(match trailgate::diagnostic::did_you_mean(name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the formats are: {}", names.join(", ")),
        }),
    }
}

/// What is asked for, and text on standard output unless something else goes there,
/// text goes elsewhere, or it is to be quiet.
pub(crate) fn with_text(asked: &[OutputOption], quiet: bool) -> Vec<OutputOption> {
    let mut outputs = asked.to_vec();
    let instead = |output: &OutputOption| output.path.is_none() || output.format == Format::Text;
    if !quiet && !outputs.iter().any(instead) {
        outputs.push(OutputOption {
            format: Format::Text,
            path: None,
        });
    }
    outputs
}

/// When findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writing {
    /// For people at the end, the worst first.
    AtTheEnd,
    /// As they come.
    Streaming,
    /// As they come, and files have their names from the beginning.
    Following,
}

/// The outputs of a run.
pub(crate) struct Outputs<'a> {
    open: Vec<OpenOutput<'a>>,
    problems: Vec<Diagnostic>,
}

struct OpenOutput<'a> {
    name: String,
    is_file: bool,
    is_text: bool,
    sink: Box<dyn Sink + 'a>,
    destination: Shared,
    /// Nothing is written to an output after it failed.
    failed: bool,
}

/// What sinks are made with.
pub(crate) struct Making<'a> {
    pub(crate) set: &'a RuleSet,
    pub(crate) gate: Gate,
    pub(crate) configuration: &'a Configuration,
    /// The time the run is made for.
    pub(crate) now: Timestamp,
    pub(crate) sarif: &'a SarifOptions,
    pub(crate) writing: Writing,
    /// Whether there are waivers or a baseline.
    pub(crate) standing: bool,
    /// The waivers that are in force.
    pub(crate) waivers: Vec<WaiverInForce>,
    /// Whether it is known what earlier runs saw.
    pub(crate) keeps_history: bool,
}

impl<'a> Making<'a> {
    fn sink(&self, format: Format, out: Shared, style: Style) -> Box<dyn Sink + 'a> {
        let sources = self.set.sources();
        let set = self.set;
        match format {
            Format::Text => {
                let options = TextOptions {
                    style,
                    streaming: self.writing != Writing::AtTheEnd,
                    ..TextOptions::default()
                };
                Box::new(TextSink::new(out, sources, options))
            }
            Format::Json => Box::new(JsonSink::new(out, sources)),
            Format::JsonLines => Box::new(JsonLinesSink::new(out, sources)),
            Format::Sarif => {
                let category = &self.sarif.sarif_category;
                let anchors = self.sarif.anchors(set, self.configuration);
                Box::new(SarifSink::new(out, anchors, category))
            }
            Format::Junit => Box::new(JunitSink::new(out, set, self.gate.clone())),
            Format::Github => {
                let anchors = self.sarif.anchors(set, self.configuration);
                Box::new(GithubSink::new(out, anchors))
            }
            Format::Markdown => Box::new(MarkdownSink::new(out, set, self.report())),
            Format::Csv => Box::new(self.csv(out)),
            Format::Ocsf => Box::new(OcsfSink::new(out, set, self.now)),
            Format::Html => Box::new(HtmlSink::new(out, set, self.report())),
        }
    }
}

impl Making<'_> {
    /// What reports are made with; no list of controls is known beside the rules.
    fn report(&self) -> Options {
        Options {
            now: self.now,
            gate: self.gate.clone(),
            waivers: self.waivers.clone(),
            controls: Vec::new(),
        }
    }

    /// A table with the columns that the run has something for.
    fn csv(&self, out: Shared) -> CsvSink<Shared> {
        let mut sink = CsvSink::new(out);
        if self.standing {
            sink = sink.with_standing();
        }
        if !self.configuration.config.accounts.is_empty() {
            sink = sink.with_account_names();
        }
        if self.keeps_history {
            sink = sink.with_history();
        }
        if self.set.rules.iter().any(|rule| rule.correlation.is_some()) {
            sink = sink.with_correlation();
        }
        sink
    }
}

impl<'a> Outputs<'a> {
    /// Opens all of them; nothing has its name yet.
    ///
    /// # Errors
    /// The first that cannot be written, or two that go to one place.
    pub(crate) fn open(
        wanted: &[OutputOption],
        making: &Making<'a>,
        terminal: &Terminal,
    ) -> Result<Self, Box<Diagnostic>> {
        refuse_shared(wanted)?;
        let mut open = Vec::with_capacity(wanted.len());
        for output in wanted {
            let name = output.name();
            let path = output.path.as_deref();
            // Who follows a run reads its files meanwhile; others are whole at the end.
            let live = making.writing == Writing::Following && output.format.is_live();
            let destination = if live {
                Destination::open_live(path)
            } else {
                Destination::open(path)
            };
            let destination = destination
                .map(Shared::new)
                .map_err(|error| Box::new(unwritable(&name, &error)))?;
            let style = match output.path {
                None => terminal.style(),
                Some(_) => Style::default(),
            };
            open.push(OpenOutput {
                name,
                is_file: output.path.is_some(),
                is_text: output.format == Format::Text,
                sink: making.sink(output.format, destination.clone(), style),
                destination,
                failed: false,
            });
        }
        Ok(Outputs {
            open,
            problems: Vec::new(),
        })
    }

    pub(crate) fn each(&mut self, mut write: impl FnMut(&mut dyn Sink) -> std::io::Result<()>) {
        for output in &mut self.open {
            write_one(output, &mut self.problems, &mut write);
        }
    }

    /// All but text: people see the problems of rules on standard error.
    pub(crate) fn each_for_tools(
        &mut self,
        mut write: impl FnMut(&mut dyn Sink) -> std::io::Result<()>,
    ) {
        for output in &mut self.open {
            if !output.is_text {
                write_one(output, &mut self.problems, &mut write);
            }
        }
    }

    /// Writes the summary to every output and completes those that are whole.
    /// Files come first, so that what is shown on standard output can name those
    /// that failed. Returns what could not be written; the verdict knows of it.
    pub(crate) fn finish(self, summary: &mut Summary) -> Vec<Diagnostic> {
        let mut problems = self.problems;
        let (files, shown): (Vec<_>, Vec<_>) =
            self.open.into_iter().partition(|output| output.is_file);
        for problem in &problems {
            blame(summary, problem);
        }
        for output in files.into_iter().chain(shown) {
            if let Err(problem) = output.finish(summary) {
                blame(summary, &problem);
                problems.push(*problem);
            }
        }
        problems
    }
}

fn blame(summary: &mut Summary, unwritten: &Diagnostic) {
    let why = unwritten.message.clone();
    summary.verdict.fail(Failure::Usage, why);
}

impl OpenOutput<'_> {
    fn finish(mut self, summary: &Summary) -> Result<(), Box<Diagnostic>> {
        if self.failed {
            return Ok(());
        }
        let finished = self.sink.finish(summary);
        drop(self.sink);
        finished
            .and_then(|()| self.destination.commit())
            .map_err(|error| Box::new(unwritable(&self.name, &error)))
    }
}

fn write_one(
    output: &mut OpenOutput<'_>,
    problems: &mut Vec<Diagnostic>,
    write: &mut impl FnMut(&mut dyn Sink) -> std::io::Result<()>,
) {
    if output.failed {
        return;
    }
    if let Err(error) = write(&mut *output.sink) {
        output.failed = true;
        problems.push(unwritable(&output.name, &error));
    }
}

/// Refuses two outputs that go to one place.
pub(crate) fn refuse_shared(outputs: &[OutputOption]) -> Result<(), Box<Diagnostic>> {
    let mut places = HashSet::new();
    for output in outputs {
        if !places.insert(output.path.as_deref().map(place_of)) {
            let message = format!("two outputs go to {}", output.name());
            return Err(Box::new(Diagnostic::new(Code::Usage, message).help(
                "give each its own: `-o json=findings.json -o jsonl=findings.jsonl`",
            )));
        }
    }
    Ok(())
}

/// Says that an output cannot be written.
pub(crate) fn unwritable(name: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::new(
        Code::OutputUnwritable,
        format!("{name} cannot be written: {error}"),
    )
    .help("check the folder, the permissions and the space left")
}
