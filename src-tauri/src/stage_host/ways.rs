//! Which ways of showing are tried, and when: the policy behind a lost graphics device. Pure; told the time.

use std::time::{Duration, Instant};

use super::Way;

/// So often within [`LOSSES_WITHIN`] a way may lose its device and be asked again; then the next way is taken.
const LOSSES: usize = 3;
const LOSSES_WITHIN: Duration = Duration::from_secs(60);
/// What a driver takes to come back after a reset: the wait before the first new try, twice that before the second.
const RESET_TAKES: Duration = Duration::from_millis(400);

/// The ways that are left, best first.
#[derive(Debug)]
pub(super) struct Ways {
    left: Vec<Way>,
    /// When the way in use lost its device, latest last.
    losses: Vec<Instant>,
    again_at: Option<Instant>,
}

impl Ways {
    pub(super) fn new(ways: &[Way]) -> Self {
        Self {
            left: ways.to_vec(),
            losses: Vec::new(),
            again_at: None,
        }
    }

    /// Best first; empty when nothing on this machine can show.
    pub(super) fn left(&self) -> &[Way] {
        &self.left
    }

    /// How long to leave the driver alone; nothing when a way may be tried now.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        let left = self.again_at?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// This one works: those before it failed just now and are not asked again.
    pub(super) fn found(&mut self, way: Way) {
        self.again_at = None;
        let Some(at) = self.left.iter().position(|other| *other == way) else {
            return;
        };
        if at > 0 {
            self.left.drain(..at);
            self.losses.clear();
        }
    }

    /// None of them works. After a loss that may pass; else it is final.
    pub(super) fn none_found(&mut self, now: Instant) {
        if self.losses.is_empty() || self.losses.len() >= LOSSES {
            self.left.clear();
        } else {
            self.lost_at(now);
        }
    }

    /// The device is gone: a driver was reset, the machine slept. It is asked for again, unless that has happened too often.
    pub(super) fn lost(&mut self, way: Way, now: Instant) {
        self.losses
            .retain(|loss| now.saturating_duration_since(*loss) < LOSSES_WITHIN);
        if self.losses.len() >= LOSSES {
            self.failed(way);
        } else {
            self.lost_at(now);
        }
    }

    fn lost_at(&mut self, now: Instant) {
        self.losses.push(now);
        let times = u32::try_from(self.losses.len()).unwrap_or(u32::MAX);
        self.again_at = Some(now + RESET_TAKES.saturating_mul(times));
    }

    /// It failed for another reason, or too often.
    pub(super) fn failed(&mut self, way: Way) {
        self.left.retain(|other| *other != way);
        self.losses.clear();
        self.again_at = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Way; 3] = [Way::Vulkan, Way::Gl, Way::Copy];

    #[test]
    fn a_lost_device_is_asked_for_again_after_the_driver_had_time() {
        let now = Instant::now();
        let mut ways = Ways::new(&ALL);
        ways.found(Way::Vulkan);
        ways.lost(Way::Vulkan, now);
        assert_eq!(ways.left(), ALL);
        assert_eq!(ways.wait(now), Some(RESET_TAKES));
        assert_eq!(ways.wait(now + RESET_TAKES), None);
        ways.found(Way::Vulkan);
        assert_eq!(ways.wait(now), None);
    }

    #[test]
    fn one_that_is_lost_again_and_again_gives_way_to_the_next() {
        let mut now = Instant::now();
        let mut ways = Ways::new(&ALL);
        for _loss in 0..=LOSSES {
            assert_eq!(ways.left().first(), Some(&Way::Vulkan));
            ways.found(Way::Vulkan);
            ways.lost(Way::Vulkan, now);
            now += Duration::from_secs(5);
        }
        assert_eq!(ways.left(), [Way::Gl, Way::Copy]);
        assert_eq!(ways.wait(now), None, "the next one need not wait");
    }

    #[test]
    fn losses_long_ago_do_not_count() {
        let mut now = Instant::now();
        let mut ways = Ways::new(&ALL);
        for _sleep in 0..50 {
            ways.lost(Way::Vulkan, now);
            ways.found(Way::Vulkan);
            now += LOSSES_WITHIN;
        }
        assert_eq!(ways.left(), ALL);
    }

    #[test]
    fn what_cannot_show_at_the_start_is_final_and_after_a_loss_it_is_not() {
        let now = Instant::now();
        let mut ways = Ways::new(&ALL);
        ways.none_found(now);
        assert!(ways.left().is_empty());

        let mut ways = Ways::new(&ALL);
        ways.found(Way::Gl);
        ways.lost(Way::Gl, now);
        ways.none_found(now + RESET_TAKES);
        assert_eq!(ways.left(), [Way::Gl, Way::Copy]);
        assert!(ways.wait(now + RESET_TAKES).is_some());
        ways.none_found(now);
        ways.none_found(now);
        assert!(ways.left().is_empty(), "it never came back");
    }

    #[test]
    fn any_other_failure_takes_the_next_at_once() {
        let mut ways = Ways::new(&ALL);
        ways.failed(Way::Vulkan);
        assert_eq!(ways.left(), [Way::Gl, Way::Copy]);
    }
}
