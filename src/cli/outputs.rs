//! `-o FORMAT[=PATH]`: in which formats findings are written, and where to.

use std::collections::HashSet;
use std::path::PathBuf;

use trailgate::diagnostic::{Code, Diagnostic, SourceMap, Style};
use trailgate::finding::{Failure, Summary};
use trailgate::output::{JsonLinesSink, JsonSink, Sink, TextOptions, TextSink};

use super::destination::{Destination, place_of};
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
}

const FORMATS: [(&str, Format); 3] = [
    ("text", Format::Text),
    ("json", Format::Json),
    ("jsonl", Format::JsonLines),
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
    sink: AnySink<'a>,
    /// Nothing is written to an output after it failed.
    failed: bool,
}

enum AnySink<'a> {
    Text(TextSink<'a, Destination>),
    Json(JsonSink<'a, Destination>),
    JsonLines(JsonLinesSink<'a, Destination>),
}

impl<'a> Outputs<'a> {
    /// Opens all of them; nothing has its name yet.
    ///
    /// # Errors
    /// The first that cannot be written, or two that go to one place.
    pub(crate) fn open(
        wanted: &[OutputOption],
        sources: &'a SourceMap,
        terminal: &Terminal,
        writing: Writing,
    ) -> Result<Self, Box<Diagnostic>> {
        refuse_shared(wanted)?;
        let mut open = Vec::with_capacity(wanted.len());
        for output in wanted {
            let name = output.name();
            let path = output.path.as_deref();
            // Who follows a run reads its files meanwhile; JSON is whole at the end.
            let live = writing == Writing::Following && output.format != Format::Json;
            let destination = if live {
                Destination::open_live(path)
            } else {
                Destination::open(path)
            };
            let destination = destination.map_err(|error| Box::new(unwritable(&name, &error)))?;
            let style = match output.path {
                None => terminal.style(),
                Some(_) => Style::default(),
            };
            let sink = match output.format {
                Format::Text => {
                    let options = TextOptions {
                        style,
                        streaming: writing != Writing::AtTheEnd,
                        ..TextOptions::default()
                    };
                    AnySink::Text(TextSink::new(destination, sources, options))
                }
                Format::Json => AnySink::Json(JsonSink::new(destination, sources)),
                Format::JsonLines => AnySink::JsonLines(JsonLinesSink::new(destination, sources)),
            };
            open.push(OpenOutput {
                name,
                is_file: output.path.is_some(),
                sink,
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
            if !matches!(output.sink, AnySink::Text(_)) {
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
        let finished = self.sink.as_sink().finish(summary);
        let destination = match self.sink {
            AnySink::Text(sink) => sink.into_inner(),
            AnySink::Json(sink) => sink.into_inner(),
            AnySink::JsonLines(sink) => sink.into_inner(),
        };
        finished
            .and_then(|()| destination.commit())
            .map_err(|error| Box::new(unwritable(&self.name, &error)))
    }
}

impl<'a> AnySink<'a> {
    fn as_sink(&mut self) -> &mut (dyn Sink + 'a) {
        match self {
            AnySink::Text(sink) => sink,
            AnySink::Json(sink) => sink,
            AnySink::JsonLines(sink) => sink,
        }
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
    if let Err(error) = write(output.sink.as_sink()) {
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
