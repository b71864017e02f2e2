//! `trailgate config`: the settings in effect, and where each comes from.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use trailgate::config::{Setting, settings};
use trailgate::diagnostic::Span;

use super::Exit;
use super::config_options::{ConfigOptions, Configuration};
use super::rule_options::RuleOptions;
use super::terminal::Terminal;

/// Show the settings in effect, and where each comes from
///
/// Reads the configuration as `scan` does, with the rules it is about, and reports
/// every mistake in it.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 the configuration can be used, 2 it has a mistake, 3 a rule does not load.

Examples:
  trailgate config
  trailgate config --config ci/trailgate.yaml -o json")]
pub(crate) struct Arguments {
    /// How to write the settings
    #[arg(short, long = "output", value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    output: Format,

    #[command(flatten)]
    options: ConfigOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object, for tools
    Json,
}

pub(crate) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Exit {
    let configuration = match arguments.options.load(terminal) {
        Ok(configuration) => configuration,
        Err(exit) => return exit,
    };
    // Overrides and lists are about rules: whether those are there, only they know.
    let chosen = match RuleOptions::default().load(&configuration) {
        Ok(chosen) => chosen,
        Err((problems, sources)) => {
            terminal.diagnostics(&problems, &sources);
            return Exit::USAGE;
        }
    };
    let problems = chosen.to_say(&configuration);
    terminal.diagnostics(&problems, chosen.set.sources());
    let all = settings(&configuration.config);
    match arguments.output {
        Format::Text => text(&configuration, &all, terminal),
        Format::Json => terminal.line(&as_json(&configuration, &all).to_string()),
    }
    if problems.iter().any(|problem| problem.is_error()) {
        Exit::RULES
    } else {
        Exit::CLEAN
    }
}

fn text(configuration: &Configuration, all: &[Setting], terminal: &mut Terminal) {
    let rows: Vec<[String; 3]> = all
        .iter()
        .map(|setting| {
            let place = setting.place.map(|span| place(configuration, span));
            [
                setting.name.clone(),
                in_words(&setting.value),
                place.unwrap_or_else(|| "default".to_owned()),
            ]
        })
        .collect();
    let head = ["setting", "value", "from"].map(str::to_owned);
    let rows: Vec<&[String; 3]> = [&head].into_iter().chain(&rows).collect();
    let widest = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let (names, values) = (widest(0), widest(1));
    terminal.line(&match &configuration.config.file {
        Some(file) => format!("configuration: {}\n", file.path.display()),
        None => "no configuration\n".to_owned(),
    });
    for [name, value, place] in rows {
        terminal.line(&format!("{name:<names$}  {value:<values$}  {place}"));
    }
}

/// `reason: Reviewed, severity: low`
fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(in_words).collect::<Vec<_>>().join(", "),
        Value::Object(entries) => {
            let entries = entries.iter().filter(|(_, value)| !value.is_null());
            let entries = entries.map(|(key, value)| format!("{key}: {}", in_words(value)));
            entries.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

fn as_json(configuration: &Configuration, all: &[Setting]) -> Value {
    let file = configuration.config.file.as_ref();
    let settings = all.iter().map(|setting| {
        let from = setting.place.map(|span| {
            json!({
                "file": configuration.sources.name(span.source),
                "line": configuration.sources.position(span).line,
            })
        });
        json!({"setting": setting.name, "value": setting.value, "from": from})
    });
    json!({
        "schema": "trailgate-config/1",
        "file": file.map(|file| file.path.to_string_lossy()),
        "settings": settings.collect::<Vec<_>>(),
    })
}

fn place(configuration: &Configuration, span: Span) -> String {
    let sources = &configuration.sources;
    let line = sources.position(span).line;
    format!("{}:{line}", sources.name(span.source))
}
