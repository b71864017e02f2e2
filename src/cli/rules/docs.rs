//! `trailgate rules docs`: the rules as pages to browse.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use trailgate::diagnostic::{Code, Diagnostic};
use trailgate::explain::{PAGE_MARK, rule_pages};
use trailgate::finding::counted;

use super::super::Exit;
use super::super::config_options::ConfigOptions;
use super::super::rule_options::RuleOptions;
use super::super::terminal::Terminal;

/// Write a page in Markdown for each rule, and an index
///
/// Pages of rules that are gone are removed; files that were not written by this
/// command are left alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trailgate rules docs pages/ --rule-profile all
  trailgate rules docs pages/ --rules my-rules/ --no-default-rules")]
pub(crate) struct Arguments {
    /// The folder for the pages
    #[arg(value_name = "DIR", default_value = "rules-docs")]
    folder: PathBuf,

    #[command(flatten)]
    rules: RuleOptions,

    #[command(flatten)]
    config: ConfigOptions,
}

pub(crate) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Exit {
    let configuration = arguments.config.load(terminal);
    let loaded = configuration.and_then(|of| arguments.rules.load_to_read(&of, terminal));
    let (set, errors) = match loaded {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    terminal.diagnostics(&errors, set.sources());
    let pages = rule_pages(&set);
    let folder = &arguments.folder;
    let written = remove_old(folder).and_then(|()| {
        for (path, page) in &pages {
            let path = folder.join(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, page)?;
        }
        Ok(())
    });
    if let Err(reason) = written {
        let message = format!("`{}` cannot be written: {reason}", folder.display());
        let problem = Diagnostic::new(Code::OutputUnwritable, message)
            .help("name a folder that may be written to");
        terminal.diagnostics(&[problem], set.sources());
        return Exit::USAGE;
    }
    terminal.line(&format!(
        "{} in {}",
        counted(pages.len() as u64, "page"),
        folder.display()
    ));
    if errors.is_empty() {
        Exit::CLEAN
    } else {
        Exit::RULES
    }
}

/// Removes the pages that this command wrote before, which are one level deep.
fn remove_old(folder: &Path) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                remove_page(&entry?.path())?;
            }
        } else {
            remove_page(&path)?;
        }
    }
    Ok(())
}

fn remove_page(path: &Path) -> io::Result<()> {
    let is_markdown = path.extension().is_some_and(|extension| extension == "md");
    if is_markdown && path.is_file() && fs::read_to_string(path)?.starts_with(PAGE_MARK) {
        fs::remove_file(path)?;
    }
    Ok(())
}
