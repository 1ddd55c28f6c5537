//! What the picture is compared with: a still that was grabbed, or a film that follows.

use stage::{Shield, ViewerScene};

use super::{Stage, Still, VIEWER};

/// What the picture is compared with.
pub(super) struct Reference {
    pub(super) still: Still,
    /// What it is.
    words: String,
    /// It is of a film that follows; another one may be there soon.
    pub(super) is_live: bool,
}

impl Stage<'_> {
    /// Keeps the picture on screen as the still that others are compared with, also when another film is opened.
    pub(super) fn grab(&mut self) {
        let Some(still) = self.picture.clone() else { return };
        let words = self.over.words(still.frame);
        self.set_reference(Reference {
            still,
            words,
            is_live: false,
        });
    }

    fn set_reference(&mut self, reference: Reference) {
        if let Some(drawing) = &mut self.drawing {
            drawing.set_reference(&reference.still, reference.is_live);
        }
        self.reference = Some(reference);
        self.wanted[VIEWER].stale = true;
    }

    /// Another film follows, or none: its last picture goes with it, a still stays.
    pub(super) fn beside_changed(&mut self) {
        if self.inbox.beside().is_none() {
            self.reference.take_if(|reference| reference.is_live);
            self.inbox.note(|facts| facts.beside_frame = None);
        }
        self.wanted[VIEWER].stale = true;
        self.report_due = true;
    }

    /// Takes the film that follows to where the viewer's film is.
    pub(super) fn follow_beside(&mut self) {
        let Some(beside) = self.inbox.beside() else { return };
        let viewed = self.inbox.reel().filter(|reel| reel.asset == beside.tie.viewed);
        let (picture, reach) = match viewed {
            Some(viewed) => beside.follow(&viewed.player),
            None => (beside.hold(), super::Reach::Within),
        };
        let words = |frame| format!("{}{}", beside.over.words(frame), reach.words());
        if let Some((frame, picture)) = picture {
            self.set_reference(Reference {
                still: Still { frame, picture },
                words: words(frame),
                is_live: true,
            });
            self.inbox.note(|facts| facts.beside_frame = Some(frame));
        } else if let Some(reference) = self.reference.as_mut().filter(|reference| reference.is_live) {
            // The same picture stands before the beginning and on the first frame.
            let now = words(reference.still.frame);
            if reference.words != now {
                reference.words = now;
                self.wanted[VIEWER].stale = true;
            }
        }
    }

    /// Says what the picture is compared with, and covers it too where that is flagged. There is nothing to compare with before a still
    /// was grabbed or a film follows.
    pub(super) fn compare(&self, over: &mut ViewerScene) {
        let Some(reference) = &self.reference else {
            over.comparison = None;
            return;
        };
        let Some(comparison) = &mut over.comparison else {
            return;
        };
        comparison.label.clone_from(&reference.words);
        let beside = self.inbox.beside().filter(|_| reference.is_live);
        if beside.is_some_and(|beside| beside.over.is_covered(reference.still.frame, self.guides.shield)) {
            over.shield = Some(Shield::default());
        }
    }
}
