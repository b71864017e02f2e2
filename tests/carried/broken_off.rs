//! Runs at one time, and runs that do not come to their end.

use super::*;

#[test]
fn two_runs_at_once_lose_nothing_of_each_other() {
    let nights = Nights::with(&[BURST]);
    put(
        nights.path(),
        "one/1.jsonl",
        lines(&[fail("2026-11-01T23:55:00Z"), fail("2026-11-01T23:56:00Z")]),
    );
    // One begins, and waits on a pipe while the other runs from beginning to end.
    let mut waiting = nights.command(2);
    waiting
        .arg("-")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    let mut waiting = waiting.spawn().unwrap();
    let mut pipe = waiting.stdin.take().unwrap();
    let text = lines(&[fail("2026-11-01T23:57:00Z"), fail("2026-11-01T23:58:00Z")]);
    std::io::Write::write_all(&mut pipe, text.as_bytes()).unwrap();
    let begun = || nights.path().join("trailgate.db").exists();
    while !begun() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    let other = nights.command(2).arg("one").output().unwrap();
    drop(pipe);
    let first = waiting.wait_with_output().unwrap();
    assert_eq!(
        (Ended(other).rules(), Ended(first).rules()),
        (vec![], vec![])
    );
    // Neither had what the other had; together it is a burst, and it is told once.
    std::fs::create_dir(nights.path().join("logs")).unwrap();
    assert_eq!(nights.run(3, &[]).rules(), ["burst"]);
    assert_eq!(nights.run(4, &[]).rules(), Vec::<String>::new());
}

#[test]
fn a_run_whose_outputs_are_not_written_leaves_no_signals() {
    let nights = Nights::with(&[BURST]);
    let events = [fail("2026-11-01T23:55:00Z"), fail("2026-11-01T23:59:00Z")];
    put(nights.path(), "logs/2.jsonl", lines(&events));
    let failed = nights
        .command(2)
        .args(["logs", "-o", "json=/dev/full"])
        .output()
        .unwrap();
    assert_eq!(failed.status.code(), Some(2), "{}", stderr(&failed));
    // They are read again, and count once.
    let third = nights.night(3, &[fail("2026-11-02T00:01:00Z")]);
    assert_eq!(third.findings().len(), 0);
    let fourth = nights.night(4, &[fail("2026-11-02T00:02:00Z")]);
    assert_eq!(fourth.rules(), ["burst"]);
}

#[test]
fn a_run_that_is_killed_leaves_no_signals_and_history_tells_what_is_kept() {
    let nights = Nights::with(&[BURST]);
    let early = [fail("2026-11-01T23:55:00Z"), fail("2026-11-01T23:56:00Z")];
    nights.night(2, &early);
    let mut killed = nights.command(2);
    killed
        .arg("-")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    let mut killed = killed.spawn().unwrap();
    let mut pipe = killed.stdin.take().unwrap();
    let text = lines(&[fail("2026-11-01T23:57:00Z"), fail("2026-11-01T23:58:00Z")]);
    std::io::Write::write_all(&mut pipe, text.as_bytes()).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    killed.kill().unwrap();
    killed.wait().unwrap();
    let history = |arguments: &[&str]| {
        let mut command = trailgate();
        command.current_dir(nights.path()).arg("history");
        stdout(&command.args(arguments).output().unwrap())
    };
    let shown = history(&[]);
    let kept = shown.split_once("\n\n").unwrap().1;
    insta::assert_snapshot!(kept, @r"
    new       ▁  0 in the last run, at most 0

    Last run    exit 0

    2 events kept, which rules about several may need beside later ones
                2  burst, 2026-11-01T23:55:00Z to 2026-11-01T23:56:00Z
    ");
    let open: Value = serde_json::from_str(&history(&["-o", "json"])).unwrap();
    assert_eq!(open["open_events"][0]["events"], 2);
    let third = nights.night(3, &[fail("2026-11-02T00:01:00Z")]);
    assert_eq!(third.exit(), Some(0));
}
