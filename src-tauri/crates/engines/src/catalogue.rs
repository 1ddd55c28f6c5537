use serde::Serialize;

use crate::local::{faces, highlights, posters, qc, shots, speech, text};

/// One engine as the desk and `doctor` list it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EngineCard {
    /// Engine name, for example `local.faces`.
    pub name: String,
    /// Kinds of proposals it makes, or would make.
    pub kinds: Vec<String>,
    /// Whether it can run on this machine now.
    pub available: bool,
    /// What it does and what it cannot, one sentence.
    pub words: String,
    /// How to get it; empty when it is there.
    pub how_to_get: String,
    /// Model or method.
    pub model: String,
    /// Its version.
    pub version: String,
}

impl EngineCard {
    fn here(name: &str, kind: &str, words: &str, model: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            kinds: vec![kind.to_owned()],
            available: true,
            words: words.to_owned(),
            how_to_get: String::new(),
            model: model.to_owned(),
            version: version.to_owned(),
        }
    }

    fn absent(name: &str, kind: &str, words: &str, how_to_get: &str) -> Self {
        let mut card = Self::here(name, kind, words, "", "");
        card.available = false;
        card.how_to_get = how_to_get.to_owned();
        card
    }
}

const GET_TESSERACT: &str = "Install tesseract and a language: `apt install tesseract-ocr` on Debian and Ubuntu, \
                             `brew install tesseract` on macOS.";
const NEEDS_MODEL: &str = "Needs a cloud engine or a model of your own; this version connects to neither.";

/// Every engine there is on this device, and plainly what there is not. Looks for the programs that some of them need, so it
/// takes as long as starting those.
pub fn catalogue() -> Vec<EngineCard> {
    vec![
        EngineCard::here(
            shots::NAME,
            "shots",
            "Finds cuts, dissolves and fades in the one pass of ingest; flashes and whip pans are not cuts.",
            shots::MODEL,
            shots::VERSION,
        ),
        EngineCard::here(
            qc::NAME,
            "qc",
            "Flags black, stills, silence, loudness and true peak against EBU R128, corrupt frames, and flashes as a \
             pre-check only.",
            qc::MODEL,
            qc::VERSION,
        ),
        EngineCard::here(
            faces::NAME,
            "faces",
            "Finds frontal faces in up to three stills of a shot; it names and recognises nobody.",
            faces::MODEL,
            faces::VERSION,
        ),
        text_card(text::find().as_ref()),
        EngineCard::here(
            speech::NAME,
            "cues",
            "Finds where somebody speaks and proposes empty cue slots; it does not know what is said.",
            speech::MODEL,
            speech::VERSION,
        ),
        EngineCard::here(
            highlights::NAME,
            "highlights",
            "Ranks moments by loudness, motion, cut rate and faces, and says what each contributed.",
            highlights::MODEL,
            highlights::VERSION,
        ),
        EngineCard::here(
            posters::NAME,
            "posters",
            "Ranks stills by sharpness, faces, composition and variety.",
            posters::MODEL,
            posters::VERSION,
        ),
        EngineCard::absent(
            "tags",
            "tags",
            "Naming objects and scenes is not possible on this device.",
            NEEDS_MODEL,
        ),
        EngineCard::absent(
            "transcript",
            "transcript",
            "Writing down speech is not possible on this device; cue slots show where to type, and SRT, WebVTT or TTML files can \
             be imported.",
            NEEDS_MODEL,
        ),
        EngineCard::absent(
            "moderation",
            "moderation",
            "Judging nudity, violence and other content is not possible on this device.",
            NEEDS_MODEL,
        ),
    ]
}

fn text_card(tesseract: Option<&text::Tesseract>) -> EngineCard {
    let words = "Reads titles and captions in up to three stills of a shot.";
    match tesseract {
        Some(found) => {
            let words = format!(
                "{words} Language {}, {}.",
                found.language(),
                found.path().display()
            );
            EngineCard::here(
                text::NAME,
                "text",
                &words,
                &format!("tesseract-{}", found.version()),
                text::VERSION,
            )
        }
        None => EngineCard::absent(text::NAME, "text", words, GET_TESSERACT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_says_how_to_get_it_and_what_is_has_a_model() {
        for card in catalogue() {
            assert_eq!(card.available, card.how_to_get.is_empty(), "{}", card.name);
            assert_eq!(card.available, !card.model.is_empty(), "{}", card.name);
            assert!(card.words.ends_with('.'), "{}", card.name);
        }
        assert!(!text_card(None).available);
    }
}
