//! Progress shows on a terminal, on standard error, and nowhere else.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Stdio};

use crate::support::{self, event, lines, put, trailgate};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// A terminal: our side of it, and that of the program.
fn terminal() -> (File, OwnedFd) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    (File::from(ours), theirs)
}

/// A scan of standard input, whose errors go to a terminal.
fn start(folder: &Path, arguments: &[&str], stderr: OwnedFd) -> Child {
    let rules = put(folder, "levels.yaml", support::LEVELS);
    trailgate()
        .env("TERM", "xterm")
        .args(["scan", "-", "--no-default-rules", "--rules"])
        .arg(rules)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .unwrap()
}

/// Reads what the terminal shows, to its end or until it shows a text.
fn shown(terminal: &mut File, until: &str) -> String {
    let mut shown = Vec::new();
    let mut buffer = [0; 4096];
    // A terminal that nobody writes to any more fails to be read.
    while let Ok(count @ 1..) = terminal.read(&mut buffer) {
        shown.extend_from_slice(&buffer[..count]);
        if !until.is_empty() && String::from_utf8_lossy(&shown).contains(until) {
            break;
        }
    }
    String::from_utf8(shown).unwrap()
}

#[test]
fn the_line_is_drawn_anew_and_gone_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let (mut ours, theirs) = terminal();
    let mut child = start(folder.path(), &[], theirs);
    let mut stdin = child.stdin.take().unwrap();
    let events: Vec<_> = (0..300).map(|number| event("Low", number)).collect();
    stdin.write_all(lines(&events).as_bytes()).unwrap();
    let first = shown(&mut ours, " events");
    assert!(first.starts_with("\r\x1b[2K"), "{first:?}");
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let rest = shown(&mut ours, "");
    assert!(format!("{first}{rest}").ends_with("\r\x1b[2K"), "{rest:?}");
    // Nothing of it is where findings go.
    let text = support::stdout(&output);
    assert!(
        text.contains("300 events") && !text.contains('\x1b'),
        "{text}"
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn it_can_be_gone_without() {
    let folder = tempfile::tempdir().unwrap();
    let (mut ours, theirs) = terminal();
    let mut child = start(folder.path(), &["--no-progress"], theirs);
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(lines(&[event("Low", 1)]).as_bytes())
        .unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(shown(&mut ours, ""), "");
}
