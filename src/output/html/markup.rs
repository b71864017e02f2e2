//! HTML that is put together piece by piece. Markup is only what stands in this
//! program's own text; all else is escaped on its way in.

use std::fmt::Write;

use crate::finding::grouped;
use crate::output::text::words::{is_unsafe, visible};
use crate::report::{Standing, Status};
use crate::rule::Severity;

/// A piece of HTML.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup of our own.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text, in an element or in an attribute between double quotes. What could turn a
    /// line around or hide in it is written out.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for c in visible(text).chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
        self
    }

    /// The same, or a dash where there is none.
    pub(super) fn text_or_dash(&mut self, text: Option<&str>) -> &mut Self {
        self.text(text.unwrap_or("–"))
    }

    /// A count for people: `33,647`.
    pub(super) fn count(&mut self, count: u64) -> &mut Self {
        self.text(&grouped(count))
    }

    /// A count for attributes: `33647`.
    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        // Writing to memory does not fail.
        let _ = write!(self.0, "{number}");
        self
    }

    /// A length in a drawing.
    pub(super) fn length(&mut self, length: f64) -> &mut Self {
        let text = format!("{length:.2}");
        self.0
            .push_str(text.trim_end_matches('0').trim_end_matches('.'));
        self
    }

    /// JSON inside a `script` element: nothing in it can end the element, and nothing
    /// is changed by that.
    pub(super) fn json(&mut self, json: &str) -> &mut Self {
        for c in json.chars() {
            if matches!(c, '<' | '>' | '&') || is_unsafe(c) {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(self.0, "\\u{unit:04x}");
                }
            } else {
                self.0.push(c);
            }
        }
        self
    }

    /// What another one holds.
    pub(super) fn append(&mut self, other: &Html) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// A severity as a coloured word.
    pub(super) fn severity(&mut self, severity: Severity) -> &mut Self {
        self.raw("<span class=\"sev ")
            .raw(severity_class(severity))
            .raw("\">")
            .raw(severity.name())
            .raw("</span>")
    }

    /// A status as a coloured word.
    pub(super) fn status(&mut self, status: Status) -> &mut Self {
        self.raw("<span class=\"status ")
            .raw(status_class(status))
            .raw("\">")
            .raw(status.name())
            .raw("</span>")
    }

    /// How a finding stands, as a word.
    pub(super) fn standing(&mut self, standing: Standing) -> &mut Self {
        self.raw("<span class=\"standing st-")
            .raw(standing.name())
            .raw("\">")
            .raw(standing.name())
            .raw("</span>")
    }
}

/// The class that colours a severity.
pub(super) fn severity_class(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "s-critical",
        Severity::High => "s-high",
        Severity::Medium => "s-medium",
        Severity::Low => "s-low",
        Severity::Info => "s-info",
    }
}

/// The class that colours a status.
pub(super) fn status_class(status: Status) -> &'static str {
    match status {
        Status::Violated => "c-violated",
        Status::NotEvaluated => "c-unknown",
        Status::Waived => "c-waived",
        Status::Clean => "c-clean",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(text: &str) -> String {
        let mut html = Html::default();
        html.text(text);
        html.0
    }

    fn json(text: &str) -> String {
        let mut html = Html::default();
        html.json(&serde_json::to_string(text).unwrap());
        html.0
    }

    #[test]
    fn lengths_are_short() {
        for (length, written) in [(1.0, "1"), (0.126, "0.13"), (100.5, "100.5"), (10.0, "10")] {
            let mut html = Html::default();
            html.length(length);
            assert_eq!(html.0, written);
        }
    }

    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("</script>".to_owned()),
            Just("<!--".to_owned()),
            Just("\" onload='x".to_owned()),
            Just("\u{2028}\u{2029}\u{202e}\u{e0041}\0\u{1b}".to_owned()),
            any::<String>(),
        ];
        prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn text_stays_text(said in hostile()) {
            let html = text(&said);
            prop_assert!(!html.contains(['<', '>', '"', '\'']));
            prop_assert!(!html.chars().any(is_unsafe));
            let read = html
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&");
            prop_assert_eq!(read, visible(&said));
        }

        #[test]
        fn json_in_a_script_cannot_end_it_and_says_the_same(said in hostile()) {
            let html = json(&said);
            prop_assert!(!html.contains(['<', '>', '&']));
            prop_assert!(!html.chars().any(is_unsafe));
            let read: String = serde_json::from_str(&html).unwrap();
            prop_assert_eq!(read, said);
        }
    }
}
