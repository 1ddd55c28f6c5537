//! Which frame to decode next: requests with deadlines, pure, told the time.

use std::collections::BTreeMap;

use timebase::Flicks;

/// Frames wanted, each by a time of the clock. The order of decoding is: the group of pictures of the earliest deadline, in
/// ascending order, because a long-GOP file decodes forwards only and everything else throws work away.
#[derive(Clone, Debug)]
pub struct DeadlineQueue {
    /// Frame to deadline.
    wanted: BTreeMap<u64, Flicks>,
    group: u64,
}

impl DeadlineQueue {
    /// For material whose frames decode in groups of `group` (1 when every frame stands alone).
    pub fn new(group: u64) -> Self {
        Self {
            wanted: BTreeMap::new(),
            group: group.max(1),
        }
    }

    /// Says anew how many frames decode together.
    pub fn set_group(&mut self, group: u64) {
        self.group = group.max(1);
    }

    /// Wants a frame by `required_by`; asked twice, the earlier deadline holds.
    pub fn want(&mut self, frame: u64, required_by: Flicks) {
        let deadline = self.wanted.entry(frame).or_insert(required_by);
        *deadline = (*deadline).min(required_by);
    }

    /// Forgets everything: the playhead jumped.
    pub fn clear(&mut self) {
        self.wanted.clear();
    }

    /// Number of requests.
    pub fn len(&self) -> usize {
        self.wanted.len()
    }

    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Takes the next frame to decode. Requests whose deadline has passed are dropped, except the one that was due last: late
    /// is better than never when there is nothing else. Answers the frame and how many were dropped.
    pub fn take(&mut self, now: Flicks) -> (Option<u64>, u64) {
        let latest_late = self
            .wanted
            .iter()
            .filter(|(_, due)| **due < now)
            .max_by_key(|(_, due)| **due);
        let keep = latest_late.map(|(&frame, _)| frame);
        let before = self.wanted.len();
        self.wanted
            .retain(|frame, due| *due >= now || Some(*frame) == keep);
        let dropped = (before - self.wanted.len()) as u64;
        let Some(first) = self
            .wanted
            .iter()
            .min_by_key(|(_, due)| **due)
            .map(|(&frame, _)| frame)
        else {
            return (None, dropped);
        };
        // A late frame goes alone: its group mates have their own deadlines.
        let group_start = first - first % self.group;
        let next = if keep == Some(first) {
            first
        } else {
            self.wanted
                .range(group_start..=first)
                .next()
                .map_or(first, |(&frame, _)| frame)
        };
        self.wanted.remove(&next);
        (Some(next), dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> Flicks {
        Flicks::from_millis(ms)
    }

    #[test]
    fn the_earliest_deadline_goes_first_and_duplicates_merge() {
        let mut queue = DeadlineQueue::new(1);
        queue.want(5, at(50));
        queue.want(9, at(20));
        queue.want(5, at(10));
        assert_eq!(queue.len(), 2);
        assert_eq!(queue.take(at(0)), (Some(5), 0));
        assert_eq!(queue.take(at(0)), (Some(9), 0));
        assert_eq!(queue.take(at(0)), (None, 0));
    }

    #[test]
    fn backwards_a_group_is_decoded_forwards() {
        let mut queue = DeadlineQueue::new(10);
        for (n, frame) in (15..=24).rev().enumerate() {
            queue.want(frame, at(100 + n as i64 * 40));
        }
        let order: Vec<u64> = std::iter::from_fn(|| queue.take(at(0)).0).collect();
        assert_eq!(order, [20, 21, 22, 23, 24, 15, 16, 17, 18, 19]);
    }

    #[test]
    fn late_requests_are_dropped_except_the_last() {
        let mut queue = DeadlineQueue::new(10);
        for frame in 0..5 {
            queue.want(frame, at(frame as i64 * 10));
        }
        assert_eq!(queue.take(at(100)), (Some(4), 4));
        queue.want(7, at(90));
        queue.want(8, at(110));
        assert_eq!(queue.take(at(100)), (Some(7), 0));
        assert_eq!(queue.take(at(100)), (Some(8), 0));
    }

    proptest! {
        #[test]
        fn something_always_comes_out_and_nothing_is_lost_uncounted(
            wants in prop::collection::vec((0u64..60, 0i64..2000), 1..80),
            now in 0i64..2500,
            group in 1u64..16,
        ) {
            let mut queue = DeadlineQueue::new(group);
            for (frame, due) in &wants {
                queue.want(*frame, at(*due));
            }
            let asked = queue.len() as u64;
            let (mut taken, mut dropped) = (0, 0);
            loop {
                let (frame, lost) = queue.take(at(now));
                dropped += lost;
                if frame.is_none() {
                    break;
                }
                taken += 1;
            }
            prop_assert!(taken >= 1);
            prop_assert_eq!(taken + dropped, asked);
        }
    }
}
