//! Whatever the text: no panic, and every span lies in its source.

use super::*;
use proptest::prelude::*;

/// Whether every label lies in its source, on the boundaries of characters.
fn spans_are_sound(loaded: &Loaded) -> Result<(), TestCaseError> {
    let sources = loaded.set.sources();
    for diagnostic in &loaded.diagnostics {
        for label in &diagnostic.labels {
            let text = sources.text(label.span.source);
            let range = label.span.start as usize..label.span.end as usize;
            prop_assert!(text.get(range).is_some(), "{:?}", diagnostic);
        }
        prop_assert!(!render_text(diagnostic, sources, STYLE).is_empty());
        prop_assert!(diagnostic.help.is_some(), "{:?}", diagnostic);
    }
    Ok(())
}

/// Rules to damage: all cases, and a rule with most of the language in it.
static SEEDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let whole = "id: whole\ntitle: Whole\nseverity: low\nseverity_when:\n  - {severity: high, match: {readOnly: true}}\ndescription: |\n  Ünïcödé, and: more\nmatch:\n  eventSource: a.amazonaws.com\n  '$.requestParameters[\"x-amz-acl\"]': {glob: [\"*x*\", 'y?'], ignore_case: true}\n  requestParameters.list: {any_element: {this: {regex: '^é+$'}, cidrIp: {is: ip, not: {cidr: 10.0.0.0/8}}}}\n  requestParameters.doc: {json: {Statement: {any_element: {Effect: Allow}}}}\n  eventTime: {schedule: {days: [mon-fri], from: \"08:00\", zone: Europe/Berlin}}\n  any:\n    - &one {userAgent: {length: {gte: 3}}}\n    - {<<: *one, errorCode: {exists: false}}\nexceptions:\n  - {reason: R, owner: O, expires: 2027-01-31, match: {userIdentity.userName: x}}\nmessage: \"{userIdentity.arn} did {{it}}\"\ntests:\n  - {name: a, expect: match, event: {eventName: A}}\n";
    let mut seeds: Vec<String> = Case::all().into_iter().map(|case| case.text).collect();
    seeds.push(whole.to_owned());
    seeds
});

const PIECES: &[&str] = &[
    "",
    " ",
    "\n",
    "\r\n",
    "\t",
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    ",",
    "\"",
    "'",
    "*",
    "&a ",
    "*a",
    "!",
    "@",
    "%",
    "#",
    " #",
    "|",
    ">",
    "- ",
    "---\n",
    "...",
    "? ",
    "<<: *a",
    "$",
    "$.",
    "not: ",
    "é",
    "日本",
    "\u{feff}",
    "\u{0}",
    "~",
    "null",
    "{list: x}",
    "this",
    "\\",
    "\u{2028}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text_never_panics_the_loader(text in any::<String>()) {
        spans_are_sound(&load_text(&text))?;
    }

    #[test]
    fn text_of_yaml_pieces_never_panics_the_loader(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)
    ) {
        spans_are_sound(&load_text(&pieces.concat()))?;
        spans_are_sound(&load_text(&rule(&pieces.concat())))?;
    }

    #[test]
    fn damaged_rules_never_panic_the_loader(
        seed in any::<prop::sample::Index>(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..6_usize, prop::sample::select(PIECES)), 1..4),
    ) {
        let mut text: Vec<char> = seed.get(&SEEDS).chars().collect();
        for (at, length, piece) in cuts {
            let at = at.index(text.len() + 1);
            let end = (at + length).min(text.len());
            text.splice(at..end, piece.chars());
        }
        spans_are_sound(&load_text(&text.into_iter().collect::<String>()))?;
    }
}
