//! Decoded frames kept, within a number of bytes.

use std::collections::BTreeMap;

/// Decoded frames by number. When they take more than the limit, those furthest from the playhead go first; frames on the
/// side the playhead moves towards count as half as far.
#[derive(Debug)]
pub struct FrameCache<P> {
    frames: BTreeMap<u64, (P, usize)>,
    held_bytes: usize,
    limit_bytes: usize,
    /// What it was given at first.
    whole_bytes: usize,
}

impl<P: Clone> FrameCache<P> {
    /// An empty cache of at most `limit_bytes`; one frame is kept whatever it takes.
    pub fn new(limit_bytes: usize) -> Self {
        Self {
            frames: BTreeMap::new(),
            held_bytes: 0,
            limit_bytes,
            whole_bytes: limit_bytes,
        }
    }

    /// Keeps a frame that takes `size_bytes`, then makes room around the playhead (`forward` is where it is going).
    pub fn insert(&mut self, frame: u64, picture: P, size_bytes: usize, playhead: u64, forward: bool) {
        if let Some((_, old)) = self.frames.insert(frame, (picture, size_bytes)) {
            self.held_bytes -= old;
        }
        self.held_bytes += size_bytes;
        self.make_room(playhead, forward);
    }

    /// Keeps within one of so many equal shares of what it was given at first.
    pub fn share(&mut self, shares: usize, playhead: u64, forward: bool) {
        self.limit_bytes = self.whole_bytes / shares.max(1);
        self.make_room(playhead, forward);
    }

    /// What a kept frame takes, on an average; nothing while none is kept.
    pub fn mean_bytes(&self) -> Option<usize> {
        self.held_bytes.checked_div(self.frames.len())
    }

    /// Lets go of every frame before this one.
    pub fn forget_before(&mut self, frame: u64) {
        while let Some(first) = self.frames.first_entry().filter(|first| *first.key() < frame) {
            let (_, size) = first.remove();
            self.held_bytes -= size;
        }
    }

    fn make_room(&mut self, playhead: u64, forward: bool) {
        while self.held_bytes > self.limit_bytes && self.frames.len() > 1 {
            let far = |frame: u64| {
                let away = frame.abs_diff(playhead);
                if (frame >= playhead) == forward {
                    away / 2
                } else {
                    away
                }
            };
            // The furthest is one of the two ends.
            let ends = (
                self.frames.keys().next().copied(),
                self.frames.keys().next_back().copied(),
            );
            let (Some(low), Some(high)) = ends else { return };
            let gone = if far(low) > far(high) { low } else { high };
            if let Some((_, size)) = self.frames.remove(&gone) {
                self.held_bytes -= size;
            }
        }
    }

    /// A frame, if kept.
    pub fn get(&self, frame: u64) -> Option<P> {
        self.frames.get(&frame).map(|(picture, _)| picture.clone())
    }

    /// Whether a frame is kept.
    pub fn contains(&self, frame: u64) -> bool {
        self.frames.contains_key(&frame)
    }

    /// The kept frame nearest below or at `frame` and above `after`.
    pub fn newest_between(&self, after: u64, frame: u64) -> Option<u64> {
        if after >= frame {
            return None;
        }
        self.frames.range(after + 1..=frame).next_back().map(|(&n, _)| n)
    }

    /// The kept frame nearest above or at `frame` and below `before`.
    pub fn oldest_between(&self, frame: u64, before: u64) -> Option<u64> {
        if frame >= before {
            return None;
        }
        self.frames.range(frame..before).next().map(|(&n, _)| n)
    }

    /// Bytes that may be held.
    pub const fn limit_bytes(&self) -> usize {
        self.limit_bytes
    }

    /// Bytes held.
    pub const fn held_bytes(&self) -> usize {
        self.held_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_furthest_behind_goes_first() {
        let mut cache = FrameCache::new(50);
        for frame in 0..5 {
            cache.insert(frame, frame, 10, 3, true);
        }
        cache.insert(5, 5, 10, 3, true);
        assert!(!cache.contains(0) && cache.contains(1) && cache.contains(5));
        assert_eq!(cache.newest_between(1, 9), Some(5));
        assert_eq!(cache.newest_between(5, 9), None);
        assert_eq!(cache.oldest_between(2, 4), Some(2));
    }

    proptest! {
        #[test]
        fn bytes_are_bounded_and_the_newest_frame_survives_near_the_playhead(
            inserts in prop::collection::vec((0u64..200, 1usize..40), 1..200),
            limit in 1usize..400,
        ) {
            let mut cache = FrameCache::new(limit);
            for (frame, size) in inserts {
                cache.insert(frame, frame, size, frame, true);
                prop_assert!(cache.held_bytes() <= limit || cache.frames.len() == 1);
                prop_assert!(cache.contains(frame), "the frame at the playhead is never the one to go");
                let sum: usize = cache.frames.values().map(|(_, size)| size).sum();
                prop_assert_eq!(sum, cache.held_bytes());
            }
        }
    }
}
