//! What is written is judged as it comes, until the run is told to end.

#![cfg(unix)]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::support::running::Running;
use crate::support::{event, gzip, lines, of_type, put, records};
use serde_json::Value;

/// A folder to follow, and a run that follows it or something in it.
struct Followed {
    folder: tempfile::TempDir,
    run: Running,
}

/// How a run ended.
struct Ended {
    exit: Option<i32>,
    rest: String,
    said: String,
}

impl Ended {
    fn summary(&self) -> Value {
        of_type(&self.rest, "summary").remove(0)
    }

    fn events(&self) -> u64 {
        self.summary()["records"]["events"].as_u64().unwrap()
    }

    fn codes(&self) -> Vec<String> {
        let code = |problem: &Value| problem["code"].as_str().unwrap().to_owned();
        of_type(&self.rest, "diagnostic").iter().map(code).collect()
    }
}

impl Followed {
    /// Follows something below a folder; findings come as JSON Lines.
    fn start(name: &str, prepare: impl FnOnce(&Path)) -> Followed {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("logs")).unwrap();
        prepare(&folder.path().join("logs"));
        let path = folder.path().join("logs").join(name);
        let arguments = ["--follow", path.to_str().unwrap(), "-o", "jsonl"];
        let run = Running::start(folder.path(), &arguments);
        Followed { folder, run }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("logs").join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        put(&self.folder.path().join("logs"), name, bytes);
    }

    fn append(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let mut options = OpenOptions::new();
        let mut file = options
            .create(true)
            .append(true)
            .open(self.path(name))
            .unwrap();
        file.write_all(bytes.as_ref()).unwrap();
    }

    /// Waits until one has looked at all that was written before.
    fn looked(&self, mark: u64) {
        self.append("marks.jsonl", line(mark));
        self.finding(mark);
    }

    /// Waits for the finding of an event.
    fn finding(&self, number: u64) -> Value {
        let line = self
            .run
            .line_with(&format!("00000000-0000-4000-8000-{number:012}"));
        serde_json::from_str(&line).unwrap()
    }

    /// Tells it to end.
    fn end(self) -> Ended {
        self.run.signal("TERM");
        let rest = self.run.rest();
        let (exit, said) = self.run.end();
        Ended { exit, rest, said }
    }
}

fn line(number: u64) -> String {
    lines(&[event("High", number)])
}

#[test]
fn what_is_appended_is_judged_at_once() {
    let followed = Followed::start("a.jsonl", |logs| drop(put(logs, "a.jsonl", line(1))));
    followed.finding(1);
    followed.append("a.jsonl", line(2) + &line(3));
    followed.finding(2);
    let third = followed.finding(3);
    assert_eq!(third["record"], 3);
    let ended = followed.end();
    assert_eq!(
        (ended.exit, ended.events(), ended.codes()),
        (Some(1), 3, vec![])
    );
    assert_eq!(
        ended.said,
        "trailgate: exit 1: 3 findings at or above high\n"
    );
}

#[test]
fn a_record_that_is_written_in_part_waits_for_the_rest() {
    let followed = Followed::start("", |_| ());
    let text = format!(
        "{}{}",
        records(&[event("High", 1), event("High", 2)]),
        event("High", 3)
    );
    for (cut, mark) in [(5, 100), (40, 101), (700, 102), (text.len() - 1, 103)] {
        let there = fs::read(followed.path("a.json")).map_or(0, |bytes| bytes.len());
        followed.append("a.json", &text.as_bytes()[there..cut]);
        followed.looked(mark);
    }
    followed.append("a.json", "}");
    assert_eq!(followed.finding(3)["record"], 3);
    let ended = followed.end();
    assert_eq!((ended.events(), ended.codes()), (7, vec![]));
}

#[test]
fn what_is_there_when_it_ends_is_read_and_what_is_not_whole_is_reported() {
    let followed = Followed::start("", |_| ());
    followed.looked(100);
    let packed = gzip(line(5).as_bytes());
    followed.write("whole.json.gz", &packed);
    followed.write("cut.json.gz", &packed[..packed.len() - 9]);
    followed.write("cut.json", &line(6)[..50]);
    followed.write(
        "unclosed.json",
        format!("{{\"Records\":[{}", event("High", 7)),
    );
    let ended = followed.end();
    assert_eq!(ended.exit, Some(4));
    let mut codes = ended.codes();
    codes.sort();
    assert_eq!(codes, ["TG2002", "TG2003", "TG2003"]);
    // The mark, the whole one, and the one in the array that was not closed; that in
    // the file that was cut is the one of the whole file.
    assert_eq!(of_type(&ended.rest, "finding").len(), 2);
}

#[test]
fn a_file_that_is_cut_short_is_read_anew_and_that_is_told() {
    let followed = Followed::start("a.jsonl", |_| ());
    followed.append("a.jsonl", line(1) + &line(2));
    followed.finding(2);
    followed.write("a.jsonl", line(3));
    let told = followed.run.line_with("TG2301");
    assert!(told.contains("was cut short"), "{told}");
    assert_eq!(followed.finding(3)["record"], 1);
    // As long as before, and something else.
    followed.write("a.jsonl", line(4));
    let told = followed.run.line_with("\"diagnostic\"");
    assert!(told.contains("holds something else"), "{told}");
    followed.finding(4);
    assert_eq!(followed.end().events(), 4);
}

#[test]
fn a_file_that_is_rotated_is_read_to_its_end_and_then_the_next() {
    let followed = Followed::start("a.jsonl", |_| ());
    followed.append("a.jsonl", line(1));
    followed.finding(1);
    fs::rename(followed.path("a.jsonl"), followed.path("a.jsonl.1")).unwrap();
    followed.append("a.jsonl.1", line(2));
    followed.append("a.jsonl", line(3));
    followed.finding(2);
    let third = followed.finding(3);
    assert_eq!(third["record"], 1);
    followed.append("a.jsonl", line(4));
    followed.finding(4);
    let ended = followed.end();
    assert_eq!((ended.events(), ended.codes()), (4, vec![]));
    assert_eq!(ended.summary()["inputs"]["read"], 2);
}

#[test]
fn new_files_in_new_folders_are_read_when_they_are_whole() {
    let followed = Followed::start("", |_| ());
    let key = "AWSLogs/111122223333/CloudTrail/eu-central-1/2026/02/03/log.json.gz";
    let packed = gzip(records(&[event("High", 1)]).as_bytes());
    followed.write(key, &packed[..packed.len() / 2]);
    followed.looked(100);
    followed.write(key, &packed);
    followed.finding(1);
    // Under another name first, as tools do that copy.
    followed.write("log2.json.gz.x1Y2", gzip(line(2).as_bytes()));
    fs::rename(
        followed.path("log2.json.gz.x1Y2"),
        followed.path("log2.json.gz"),
    )
    .unwrap();
    followed.finding(2);
    fs::rename(followed.path("log2.json.gz"), followed.path("log3.json.gz")).unwrap();
    followed.looked(101);
    let ended = followed.end();
    assert_eq!((ended.events(), ended.codes()), (4, vec![]));
    assert_eq!(
        ended.summary()["inputs"],
        serde_json::json!({"read": 3, "failed": 0})
    );
}

#[test]
fn a_file_that_nobody_writes_to_any_more_is_read_as_it_is() {
    let packed = gzip(line(1).as_bytes());
    let followed = Followed::start("", |logs| {
        let path = put(logs, "a.json.gz", &packed[..packed.len() - 9]);
        let file = OpenOptions::new().append(true).open(path).unwrap();
        let long_ago = SystemTime::now() - Duration::from_secs(120);
        file.set_modified(long_ago).unwrap();
    });
    followed.run.line_with("TG2002");
    // Somebody does write to it.
    followed.write("a.json.gz", gzip((line(2) + &line(3)).as_bytes()));
    let told = followed.run.line_with("TG2301");
    assert!(told.contains("read again"), "{told}");
    followed.finding(3);
    assert_eq!(followed.end().exit, Some(4));
}

#[test]
fn a_file_that_is_removed_before_it_was_read_is_an_error() {
    let followed = Followed::start("", |_| ());
    let packed = gzip(line(1).as_bytes());
    followed.write("a.json.gz", &packed[..packed.len() - 9]);
    followed.looked(100);
    // A folder that changes while it is listed may show in part: look again.
    followed.looked(101);
    fs::remove_file(followed.path("a.json.gz")).unwrap();
    let told = followed.run.line_with("TG2302");
    assert!(told.contains("removed before it was read"), "{told}");
    let ended = followed.end();
    assert_eq!(ended.exit, Some(4));
    assert_eq!(ended.summary()["inputs"]["failed"], 1);
}

#[test]
fn an_event_that_comes_twice_counts_once() {
    let followed = Followed::start("", |_| ());
    followed.write("a.jsonl", line(1));
    followed.finding(1);
    followed.write("b.json.gz", gzip(line(1).as_bytes()));
    followed.write("c.jsonl", line(1));
    let ended = followed.end();
    assert_eq!(of_type(&ended.rest, "finding").len(), 0);
    assert_eq!(ended.summary()["duplicates"], 2);
}

#[test]
fn a_file_may_come_later_and_one_that_never_comes_is_an_error() {
    let followed = Followed::start("later/a.jsonl", |_| ());
    followed.write("later/a.jsonl", line(1));
    followed.finding(1);
    assert_eq!(followed.end().exit, Some(1));
    let folder = tempfile::tempdir().unwrap();
    let there = put(folder.path(), "there.jsonl", line(1));
    let paths = [there.to_str().unwrap(), "/tmp/never.jsonl"];
    let run = Running::start(
        folder.path(),
        &[&paths[..], &["-f", "-o", "jsonl"]].concat(),
    );
    run.line_with("level-high");
    run.signal("TERM");
    let rest = run.rest();
    assert!(rest.contains("TG2005"), "{rest}");
    assert_eq!(run.end().0, Some(4));
}

#[test]
fn standard_input_is_followed_until_it_is_told_to_end() {
    for signal in ["TERM", "INT"] {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("report.json");
        let live = folder.path().join("live.jsonl");
        let outputs = [
            format!("json={}", report.display()),
            format!("jsonl={}", live.display()),
        ];
        let arguments = [
            "-f",
            "-",
            "-o",
            "text",
            "-o",
            &outputs[0],
            "-o",
            &outputs[1],
        ];
        let mut run = Running::start(folder.path(), &arguments);
        run.send(&line(1));
        run.line_with("HIGH level-high");
        // Who reads the file meanwhile has it too, JSON is whole at the end.
        assert!(!report.exists());
        run.send(&lines(&[event("Critical", 2)]));
        run.line_with("level-critical");
        run.send("{\"eventName\": ");
        run.signal(signal);
        let text = run.rest();
        assert_eq!(run.end().0, Some(4), "{text}");
        assert!(
            text.contains("TG2003") && text.contains("2 events of 1 input"),
            "{text}"
        );
        let report: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
        assert_eq!(report["findings"].as_array().unwrap().len(), 2);
        let live = fs::read_to_string(live).unwrap();
        assert_eq!(of_type(&live, "finding").len(), 2);
        assert_eq!(of_type(&live, "summary").len(), 1);
    }
}

#[test]
fn a_stream_that_ends_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = Running::start(folder.path(), &["--follow", "-", "-o", "jsonl"]);
    run.send_bytes(&gzip(line(1).as_bytes()));
    run.line_with("level-high");
    drop(run.stdin.take());
    run.line_with("summary");
    assert_eq!(run.end().0, Some(1));
}

#[test]
fn a_copy_of_an_archive_that_pauses_is_read_once_it_is_whole() {
    let member = records(&[event("High", 1)]);
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("a.json", options).unwrap();
    writer.write_all(member.as_bytes()).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    let (first, rest) = bytes.split_at(bytes.len() / 2);
    let followed = Followed::start("", |_| ());
    followed.write("a.zip", first);
    // Longer than a file must be quiet to be taken for whole.
    std::thread::sleep(Duration::from_millis(1200));
    followed.append("a.zip", rest);
    followed.finding(1);
    let ended = followed.end();
    assert_eq!(
        (ended.exit, ended.events(), ended.codes()),
        (Some(1), 1, vec![])
    );
    assert_eq!(ended.summary()["inputs"]["failed"], 0);
}

#[test]
fn a_named_file_that_was_read_and_rotated_away_is_no_error() {
    for pattern in ["a.jsonl", "a*.jsonl"] {
        let followed = Followed::start(pattern, |logs| drop(put(logs, "a.jsonl", line(1))));
        followed.finding(1);
        fs::rename(followed.path("a.jsonl"), followed.path("rotated.1")).unwrap();
        // Until it is forgotten.
        std::thread::sleep(Duration::from_millis(2600));
        let ended = followed.end();
        assert_eq!(
            (ended.exit, ended.events(), ended.codes()),
            (Some(1), 1, vec![]),
            "{pattern}"
        );
    }
}

#[test]
fn a_file_that_is_empty_at_the_end_is_no_error() {
    let followed = Followed::start("", |logs| {
        put(logs, "a.jsonl", line(1));
        put(logs, "b.jsonl", "");
    });
    followed.finding(1);
    let ended = followed.end();
    assert_eq!((ended.exit, ended.codes()), (Some(1), vec![]));
}
