//! The whole program, from its start: what it takes in memory and in time.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

fn trailgate() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trailgate"));
    command
        .args(["scan", "--quiet", "--output", "jsonl", "--fail-on", "none"])
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// The peak of resident memory in bytes while the rules run over the paths, read
/// from `/proc` until the program ends; none where there is no `/proc`.
pub fn peak_memory(rules: &Path, paths: &[PathBuf]) -> Option<u64> {
    let mut child = trailgate()
        .arg("--no-default-rules")
        .arg("--rules")
        .arg(rules)
        .args(paths)
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    loop {
        // A program that has ended has no memory to speak of.
        let now = fs::read_to_string(&status)
            .ok()
            .and_then(|text| high_water_mark(&text));
        peak = peak.max(now);
        if let Some(status) = child.try_wait().expect("a child") {
            assert!(status.success(), "the scan ends well: {status}");
            return peak;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

fn high_water_mark(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// From the start of the program with the embedded pack to its first finding.
pub fn first_finding(path: &Path) -> Duration {
    let start = Instant::now();
    let mut child = trailgate()
        .arg(path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    output.read_line(&mut line).expect("a line");
    let taken = start.elapsed();
    assert!(
        line.contains(r#""type":"finding""#),
        "a finding comes first"
    );
    // The rest is read so that the program ends as it would.
    std::io::copy(&mut output, &mut std::io::sink()).expect("the rest");
    child.wait().expect("an end");
    taken
}

/// The wall time of `zcat` over the files to nowhere; none where there is none.
pub fn zcat(paths: &[PathBuf]) -> Option<Duration> {
    let start = Instant::now();
    let status = Command::new("zcat")
        .args(paths)
        .stdout(Stdio::null())
        .status()
        .ok()?;
    status.success().then(|| start.elapsed())
}
