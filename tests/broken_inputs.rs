//! One table of broken inputs: each ends in a clear message and the right exit
//! code, within bounded memory, and costs none of its neighbours.

#![cfg(target_os = "linux")]

mod table;

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use crate::support::{self, LEVELS, event, gzip, lines, of_type, put, records, trailgate};
use serde_json::{Value, json};
use table::{BROKEN, Broken, good_member, tar, zip};
use tempfile::TempDir;

/// The most memory that reading any of them may take, in KiB. Without limits the
/// larger ones would take from a hundred to some thousand MiB.
const MOST_KIB: u64 = 96 << 10;

/// The rules, at one place for all runs.
static RULES: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "levels.yaml", LEVELS);
    folder
});

/// What a scan of a folder said.
struct Said {
    exit: Option<i32>,
    jsonl: String,
    peak_kib: u64,
}

fn scan(folder: &Path, arguments: &[&str]) -> Said {
    let mut child = trailgate()
        .current_dir(folder)
        .args([
            "scan",
            ".",
            "-o",
            "jsonl",
            "--fail-on",
            "none",
            "--no-default-rules",
        ])
        .arg("--rules")
        .arg(RULES.path().join("levels.yaml"))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let reader = thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).unwrap();
        text
    });
    let (exit, peak_kib) = watch(&mut child);
    Said {
        exit,
        jsonl: reader.join().unwrap(),
        peak_kib,
    }
}

/// Waits for the end; the exit code, and the most memory that was resident.
fn watch(child: &mut Child) -> (Option<i32>, u64) {
    let mut peak = 0;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
        let line = |text: &String| {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.trim().trim_end_matches(" kB").parse().ok()
        };
        peak = peak.max(status.ok().as_ref().and_then(line).unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), peak);
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// The problems and what was counted, as text.
fn shown(case: &Broken, jsonl: &str) -> String {
    let mut shown = format!("{}: exit {}\n", case.name, case.exit);
    for problem in of_type(jsonl, "diagnostic") {
        let text = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
        let (code, place, message) = (text("code"), text("place"), text("message"));
        let help = text("help");
        writeln!(shown, "  {code} {place}: {message}\n    {help}").unwrap();
    }
    let summary = &of_type(jsonl, "summary")[0];
    let records = &summary["records"];
    let (inputs, skipped) = (&summary["inputs"], &summary["skipped"]);
    let events = &records["events"];
    writeln!(
        shown,
        "  {events} events, inputs {inputs}, skipped {skipped}"
    )
    .unwrap();
    shown
}

#[test]
fn each_is_told_apart_within_bounded_memory_and_loses_no_neighbour() {
    let mut table = String::new();
    for case in BROKEN {
        let folder = tempfile::tempdir().unwrap();
        for (name, number) in [("a-first.json", 100), ("z-last.json", 101)] {
            put(folder.path(), name, records(&[event("High", number)]));
        }
        (case.prepare)(folder.path());
        let said = scan(folder.path(), case.arguments);
        let name = case.name;
        assert_eq!(said.exit, Some(case.exit), "{name}: {}", said.jsonl);
        assert!(said.peak_kib < MOST_KIB, "{name}: {} KiB", said.peak_kib);
        let findings = of_type(&said.jsonl, "finding");
        for neighbour in ["a-first.json", "z-last.json"] {
            let of_it = |finding: &&Value| finding["file"] == json!(format!("./{neighbour}"));
            let found = findings.iter().filter(of_it).count();
            assert_eq!(found, 1, "{name} lost {neighbour}: {findings:?}");
        }
        table.push_str(&shown(case, &said.jsonl));
    }
    insta::assert_snapshot!(table);
    assert!(!Path::new("/tmp/trailgate-a.json").exists());
}

#[test]
fn all_together_are_read_the_same_by_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    for (number, case) in BROKEN.iter().enumerate() {
        let inner = folder.path().join(format!("{number:02}"));
        std::fs::create_dir(&inner).unwrap();
        // Long ones take their time, and were read alone.
        if !case.name.starts_with("100 MB") {
            (case.prepare)(&inner);
        }
    }
    let one = scan(folder.path(), &["--jobs", "1"]);
    assert_eq!(one.exit, Some(4));
    for jobs in ["2", "5"] {
        let many = scan(folder.path(), &["--jobs", jobs]);
        assert!(many.jsonl == one.jsonl, "{jobs} jobs:\n{}", many.jsonl);
        assert!(many.peak_kib < 3 * MOST_KIB, "{} KiB", many.peak_kib);
    }
}

#[test]
fn a_small_gzip_file_is_told_to_be_cut_wherever_it_is() {
    let whole = gzip(lines(&[event("High", 1), event("High", 2)]).as_bytes());
    let folder = tempfile::tempdir().unwrap();
    for cut in 0..whole.len() {
        put(folder.path(), &format!("{cut:04}.json.gz"), &whole[..cut]);
    }
    let said = scan(folder.path(), &["--jobs", "2"]);
    assert_eq!(said.exit, Some(4));
    let problems = of_type(&said.jsonl, "diagnostic");
    for cut in 0..whole.len() {
        let place = format!("./{cut:04}.json.gz");
        let of_it: Vec<&Value> = problems
            .iter()
            .filter(|problem| problem["place"].as_str().unwrap().starts_with(&place))
            .collect();
        // One byte shows no format; and the record that is cut is told, too.
        let code = match cut {
            0 => "TG2012",
            1 => "TG2001",
            _ => "TG2002",
        };
        assert!(
            of_it.iter().any(|problem| problem["code"] == code),
            "cut at {cut}: {of_it:?}"
        );
    }
    let inputs = &of_type(&said.jsonl, "summary")[0]["inputs"];
    assert_eq!(inputs["failed"], json!(whole.len()));
}

#[test]
fn archives_from_standard_input_are_read_as_they_come() {
    let (name, data) = good_member();
    let inner = zip(&[(name, gzip(&data))]);
    let outer = gzip(&tar(&[("b/inner.zip", inner), ("c.json", data)]));
    let mut child = trailgate()
        .args(["scan", "-", "-o", "jsonl", "--no-default-rules"])
        .arg("--rules")
        .arg(RULES.path().join("levels.yaml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&outer).unwrap();
    let output = child.wait_with_output().unwrap();
    let findings = of_type(&support::stdout(&output), "finding");
    let files: Vec<&Value> = findings.iter().map(|finding| &finding["file"]).collect();
    // The second is the same event again.
    assert_eq!(files, ["<stdin>!b/inner.zip!good.json"]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn nothing_from_standard_input_is_told_once() {
    for (arguments, exit) in [(&[][..], 4), (&["--allow-empty"], 0)] {
        let output = trailgate()
            .args(["scan", "-", "-o", "jsonl"])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(exit));
        let problems = of_type(&support::stdout(&output), "diagnostic");
        let codes: Vec<&Value> = problems.iter().map(|problem| &problem["code"]).collect();
        let expected = if exit == 0 { vec![] } else { vec!["TG2012"] };
        assert_eq!(codes, expected);
    }
}

#[test]
fn nothing_in_a_large_input_of_its_own_is_told() {
    let folder = tempfile::tempdir().unwrap();
    // Beyond what is read as a whole, and few enough for its bytes to be no bomb.
    put(folder.path(), "m.json", vec![b' '; 9 << 20]);
    for jobs in ["1", "3"] {
        let said = scan(folder.path(), &["--jobs", jobs]);
        assert_eq!(said.exit, Some(4));
        let problems = of_type(&said.jsonl, "diagnostic");
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0]["code"], "TG2012");
    }
}

#[test]
fn of_many_broken_records_tools_are_told_a_hundred_and_how_many_more() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("[{}0]", "0,".repeat(499));
    let path = put(folder.path(), "zeros.json", text);
    for format in ["json", "jsonl", "csv"] {
        let output = trailgate()
            .args(["scan", "-o", format, path.to_str().unwrap()])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(4));
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.matches("TG2003").count(), 101, "{format}");
        assert!(text.contains("400 more of the kind"), "{format}");
    }
}
