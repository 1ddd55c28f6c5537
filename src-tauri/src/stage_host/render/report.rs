//! What the page is told of the film that plays.

use std::time::{Duration, Instant};

use api::wire::TransportState;
use playback::Facts;

use super::Stage;

/// Between two reports of what plays.
pub(super) const REPORT_GAP: Duration = Duration::from_millis(50);

impl Stage<'_> {
    /// Tells what plays: at once when it starts or stops, else at most every [`REPORT_GAP`], and always the last.
    pub(super) fn report(&mut self) {
        let Some(reel) = self.inbox.reel().filter(|_| self.report_due) else {
            return;
        };
        let facts = reel.player.facts();
        let beside = self.inbox.beside();
        let follower = beside.as_ref().map(|beside| beside.player.facts());
        // Dropped is dropped, whichever of the two it was.
        let lost = |of: fn(&Facts) -> u64| of(&facts) + follower.as_ref().map_or(0, of);
        let (dropped, repeated) = (lost(|facts| facts.dropped), lost(|facts| facts.repeated));
        let notices = [
            facts.way.notice.as_str(),
            reel.notice,
            follower.as_ref().map_or("", |facts| facts.way.notice.as_str()),
            beside.as_ref().map_or("", |beside| beside.notice),
        ];
        let notice = notices.into_iter().find(|notice| !notice.is_empty());
        let notice = notice.unwrap_or_default().to_owned();
        let state = TransportState {
            frame: facts.frame,
            playing: facts.playing,
            speed: f64::from(facts.speed),
            looping: facts.looping,
            around: facts.around,
            dropped,
            repeated,
            decode_millis: facts.decode_millis,
            presenter: self.inbox.facts().presenter,
            source: facts.way.source,
            original: facts.way.original,
            decoder: facts.way.decoder,
            shown_as: facts.way.shown_as,
            notice,
            cache_percent: percent(facts.cache_bytes, facts.cache_limit_bytes),
            cache_mebibytes: u32::try_from(facts.cache_limit_bytes >> 20).unwrap_or(u32::MAX),
            reel: self.inbox.reels(),
        };
        let now = Instant::now();
        if let Some((at, last)) = &self.reported {
            if is_news_to_nobody(last, &state) {
                self.report_due = false;
                return;
            }
            if last.playing == state.playing && now < *at + REPORT_GAP {
                return;
            }
        }
        self.listener.transport(&state);
        self.reported = Some((now, state));
        self.report_due = false;
    }
}

/// How much of a whole a part is, 0 to 100.
fn percent(part: usize, whole: usize) -> u8 {
    let percent = part.saturating_mul(100).checked_div(whole).unwrap_or(0);
    u8::try_from(percent.min(100)).unwrap_or(100)
}

/// Whether the page need not hear of this. At rest frames are decoded ahead, and how long that takes is nobody's news.
fn is_news_to_nobody(last: &TransportState, now: &TransportState) -> bool {
    let at_rest = !last.playing && !now.playing;
    let decode_millis = if at_rest {
        last.decode_millis
    } else {
        now.decode_millis
    };
    *last
        == TransportState {
            decode_millis,
            ..now.clone()
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_ahead_at_rest_is_no_news() {
        let state = |frame: u64, playing: bool, decode_millis: f64| TransportState {
            frame,
            playing,
            speed: 1.0,
            looping: false,
            around: false,
            dropped: 0,
            repeated: 0,
            decode_millis,
            presenter: String::new(),
            source: "proxy".to_owned(),
            original: false,
            decoder: String::new(),
            shown_as: String::new(),
            notice: String::new(),
            cache_percent: 0,
            cache_mebibytes: 64,
            reel: 1,
        };
        let rest = state(5, false, 3.0);
        assert!(is_news_to_nobody(&rest, &state(5, false, 9.0)));
        assert!(!is_news_to_nobody(&rest, &state(6, false, 3.0)));
        assert!(!is_news_to_nobody(&rest, &state(5, true, 3.0)));
        assert!(!is_news_to_nobody(&state(5, true, 3.0), &state(5, true, 9.0)));
        let exchanged = TransportState {
            reel: 2,
            ..rest.clone()
        };
        assert!(!is_news_to_nobody(&rest, &exchanged));
    }
}
