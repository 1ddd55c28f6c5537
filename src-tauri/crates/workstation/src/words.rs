//! What a proposal says in a list: a few words, and a quiet second line. Wording only; nothing is decided by it.

use catalog::{CommentChange, MarkerChange};
use ledger::payload::{Cue, Faces, Highlight, Poster, Qc, QcFault, Reason, Shot, Text, Transition};
use ledger::{Kind, Verdict};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What the words are made of.
pub(crate) struct Subject<'a> {
    /// Sort.
    pub kind: &'a Kind,
    /// Fields with the edit applied.
    pub payload: &'a Value,
    /// Length for display.
    pub secs: f64,
    /// Label of the first frame, may be empty.
    pub start: &'a str,
}

/// Title and detail.
pub(crate) fn of(subject: &Subject<'_>) -> (String, String) {
    let found = match subject.kind {
        Kind::Shots => read(subject).map(|shot| shot_words(&shot, subject)),
        Kind::Qc => read(subject).map(|qc| qc_words(&qc)),
        Kind::Faces => read(subject).map(|faces| faces_words(&faces, subject)),
        Kind::Text => read(subject).map(|text| text_words(&text, subject)),
        Kind::Cues => read(subject).map(|cue| cue_words(&cue, subject)),
        Kind::Highlights => read::<Highlight>(subject)
            .map(|moment| (format!("Moment {}", secs(subject.secs)), reasons(&moment.reasons))),
        Kind::Posters => read::<Poster>(subject)
            .map(|poster| (at("Poster frame", subject.start), reasons(&poster.reasons))),
        Kind::Other(_) => None,
    };
    // A kind or a form of a later version still has a name and a length.
    found.unwrap_or_else(|| (capital(subject.kind.as_str()), secs(subject.secs)))
}

fn read<T: DeserializeOwned>(subject: &Subject<'_>) -> Option<T> {
    T::deserialize(subject.payload).ok()
}

fn shot_words(shot: &Shot, subject: &Subject<'_>) -> (String, String) {
    let begins = match shot.transition_in {
        Transition::Start => "start",
        Transition::Cut => "cut",
        Transition::Dissolve => "dissolve",
        Transition::Fade => "fade",
    };
    let over = if shot.transition_frames > 0 {
        format!(" over {}", frames(shot.transition_frames))
    } else {
        String::new()
    };
    (
        format!("Shot {} · {begins}", shot.number),
        format!("{}{over}", secs(subject.secs)),
    )
}

fn qc_words(qc: &Qc) -> (String, String) {
    let name = match qc.fault {
        QcFault::Black => "Black picture",
        QcFault::Freeze => "Frozen picture",
        QcFault::Silence => "Silence",
        QcFault::Loud => "Loud passage",
        QcFault::ProgrammeLoudness => "Programme loudness",
        QcFault::TruePeak => "True peak",
        QcFault::Flash => "Flashing",
        QcFault::CorruptFrames => "Damaged frames",
    };
    let title = if qc.measured.is_empty() {
        name.to_owned()
    } else {
        format!("{name} {}", minus(&qc.measured))
    };
    (title, minus(&qc.limit))
}

fn faces_words(faces: &Faces, subject: &Subject<'_>) -> (String, String) {
    let count = faces.areas.len();
    let title = if count == 1 {
        "1 face".to_owned()
    } else {
        format!("{count} faces")
    };
    (
        title,
        format!("in {} from {}", secs(subject.secs), dash(subject.start)),
    )
}

fn text_words(text: &Text, subject: &Subject<'_>) -> (String, String) {
    (
        format!("“{}”", one_line(&text.text, 60)),
        at("Text in picture", subject.start),
    )
}

fn cue_words(cue: &Cue, subject: &Subject<'_>) -> (String, String) {
    if cue.text.trim().is_empty() {
        return (
            format!("Speech slot {}", secs(subject.secs)),
            "somebody speaks; not written down yet".to_owned(),
        );
    }
    let characters = cue.text.chars().filter(|c| *c != '\n').count();
    let speed = if subject.secs > 0.0 {
        format!(" · {:.0} characters/s", characters as f64 / subject.secs)
    } else {
        String::new()
    };
    let language = if cue.language.is_empty() {
        String::new()
    } else {
        format!("{} · ", cue.language)
    };
    (
        one_line(&cue.text, 60),
        format!("{language}{}{speed}", secs(subject.secs)),
    )
}

/// `loudness 41 %, motion 22 %`: the three strongest.
fn reasons(reasons: &[Reason]) -> String {
    let part = |reason: &Reason| {
        format!(
            "{} {} %",
            reason.signal.replace('-', " "),
            (u32::from(reason.share_permille) + 5) / 10
        )
    };
    reasons.iter().take(3).map(part).collect::<Vec<_>>().join(", ")
}

fn at(what: &str, label: &str) -> String {
    if label.is_empty() {
        what.to_owned()
    } else {
        format!("{what} {label}")
    }
}

fn dash(label: &str) -> &str {
    if label.is_empty() { "–" } else { label }
}

fn frames(count: u32) -> String {
    if count == 1 {
        "1 frame".to_owned()
    } else {
        format!("{count} frames")
    }
}

/// `2.4 s`, `1 min 12 s`.
pub(crate) fn secs(secs: f64) -> String {
    if secs < 60.0 {
        return format!("{secs:.1} s");
    }
    let whole = secs.round() as u64;
    if whole < 3600 {
        format!("{} min {} s", whole / 60, whole % 60)
    } else {
        format!("{} h {} min", whole / 3600, whole % 3600 / 60)
    }
}

/// The sign of negative numbers as it is printed, not the hyphen of the keyboard.
fn minus(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = letters.next() {
        let number_follows = letters.peek().is_some_and(char::is_ascii_digit);
        out.push(if c == '-' && number_follows && !before.is_alphanumeric() {
            '−'
        } else {
            c
        });
        before = c;
    }
    out
}

fn one_line(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}

/// `Circle 3 shots`, `Reject 1 face group`: what an act did, for the undo history.
pub(crate) fn act(verdict: Verdict, edited: bool, count: u64, kind: Option<&Kind>) -> String {
    let verb = match (verdict, edited) {
        (Verdict::Circled, false) => "Circle",
        (Verdict::Circled, true) => "Edit",
        (Verdict::Rejected, _) => "Reject",
        (Verdict::Retracted, _) => "Retract",
    };
    let (one, many) = match kind {
        Some(Kind::Shots) => ("shot", "shots"),
        Some(Kind::Qc) => ("QC flag", "QC flags"),
        Some(Kind::Faces) => ("face sighting", "face sightings"),
        Some(Kind::Text) => ("text", "texts"),
        Some(Kind::Cues) => ("cue", "cues"),
        Some(Kind::Highlights) => ("highlight", "highlights"),
        Some(Kind::Posters) => ("poster frame", "poster frames"),
        Some(Kind::Other(_)) | None => ("proposal", "proposals"),
    };
    format!("{verb} {count} {}", if count == 1 { one } else { many })
}

/// What an act did with a marker, for the undo history.
pub(crate) const fn marker_act(change: MarkerChange) -> &'static str {
    match change {
        MarkerChange::Put => "Put a marker",
        MarkerChange::Changed => "Change a marker",
        MarkerChange::Removed => "Remove a marker",
    }
}

/// What an act did with a comment, for the undo history.
pub(crate) const fn comment_act(change: CommentChange) -> &'static str {
    match change {
        CommentChange::Written => "Comment",
        CommentChange::Answered => "Answer a comment",
        CommentChange::Changed => "Change a comment",
        CommentChange::Removed => "Remove a comment",
        CommentChange::Resolved => "Resolve a thread",
        CommentChange::Reopened => "Reopen a thread",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn say(kind: Kind, payload: Value) -> (String, String) {
        of(&Subject {
            kind: &kind,
            payload: &payload,
            secs: 2.44,
            start: "01:00:02:05",
        })
    }

    #[test]
    fn every_kind_has_its_words() {
        assert_eq!(
            say(
                Kind::Shots,
                json!({"number": 4, "transition_in": "dissolve", "transition_frames": 12})
            ),
            ("Shot 4 · dissolve".into(), "2.4 s over 12 frames".into())
        );
        assert_eq!(
            say(
                Kind::Qc,
                json!({"fault": "loud", "measured": "-14.2 LUFS", "limit": "R128 short-term · limit -18"})
            ),
            (
                "Loud passage −14.2 LUFS".into(),
                "R128 short-term · limit −18".into()
            )
        );
        assert_eq!(say(Kind::Cues, json!({"text": ""})).0, "Speech slot 2.4 s");
        assert_eq!(
            say(Kind::Cues, json!({"text": "Hello\nthere", "language": "en"})).0,
            "Hello there"
        );
        let area = json!({"left_permille": 1, "top_permille": 1, "width_permille": 1, "height_permille": 1});
        assert_eq!(say(Kind::Faces, json!({"frame": 3, "areas": [area]})).0, "1 face");
        assert_eq!(
            say(
                Kind::Text,
                json!({"text": "JEFF STEEN", "frame": 3, "area": area})
            )
            .0,
            "“JEFF STEEN”"
        );
        let reasons = json!([{"signal": "cut-rate", "share_permille": 616}, {"signal": "faces", "share_permille": 384}]);
        assert_eq!(
            say(
                Kind::Highlights,
                json!({"score_permille": 800, "reasons": reasons})
            ),
            ("Moment 2.4 s".into(), "cut rate 62 %, faces 38 %".into())
        );
        assert_eq!(
            say(
                Kind::Posters,
                json!({"frame": 3, "score_permille": 8, "reasons": []})
            )
            .0,
            "Poster frame 01:00:02:05"
        );
    }

    #[test]
    fn unknown_kinds_and_forms_still_have_a_name() {
        assert_eq!(say(Kind::Other("scenes".into()), json!({})).0, "Scenes");
        assert_eq!(say(Kind::Shots, json!({"number": "four"})).0, "Shots");
    }

    #[test]
    fn a_hyphen_inside_a_word_stays() {
        assert_eq!(minus("BT.1702-3 at -1 dBTP"), "BT.1702-3 at −1 dBTP");
    }
}
