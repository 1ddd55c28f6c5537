//! Where the picture, the still it is compared with, and the scopes beside it go.

use crate::mix::{CompareMode, Comparison};
use crate::scopes::ScopeSet;
use crate::viewer::fit;

/// Share of the width that scopes take of a wide viewer, and of the height of an upright one.
const SCOPES_SHARE: f32 = 0.34;
/// And that loudness meters take.
const METERS_SHARE: f32 = 0.2;
/// Device pixels between two pictures side by side.
const GAP: f32 = 4.0;

/// Rectangles `[left, top, width, height]` of device pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Arrangement {
    /// The picture.
    pub live: [f32; 4],
    /// The still it is compared with.
    pub still: Option<[f32; 4]>,
    /// The scopes.
    pub scopes: Option<[f32; 4]>,
    /// The loudness meters.
    pub meters: Option<[f32; 4]>,
}

/// What stands beside the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Measurements of it.
    pub scopes: ScopeSet,
    /// Loudness.
    pub meters: bool,
}

/// Arranges a target of `size`. `live` and `still` are width to height as shown.
pub(crate) fn arrange(
    size: (u32, u32),
    live: Option<f64>,
    still: Option<f64>,
    comparison: Option<&Comparison>,
    beside: Beside,
) -> Arrangement {
    let whole = [0.0, 0.0, size.0 as f32, size.1 as f32];
    let (room, scopes) = take(whole, whole, scopes_share(beside.scopes));
    let (room, meters) = take(whole, room, beside.meters.then_some(METERS_SHARE));
    let fitted = |aspect: Option<f64>, room: [f32; 4]| aspect.map_or(room, |aspect| fit_into(aspect, room));
    let Some(comparison) = comparison.filter(|_| still.is_some()) else {
        return Arrangement {
            live: fitted(live, room),
            still: None,
            scopes,
            meters,
        };
    };
    let (left, right) = match comparison.mode {
        CompareMode::SideBySide => halves(room),
        CompareMode::Wipe | CompareMode::Difference | CompareMode::Still => (room, room),
    };
    Arrangement {
        live: fitted(live, right),
        still: Some(fitted(still, left)),
        scopes,
        meters,
    }
}

/// Scopes that fill a target of `size`.
pub(crate) const fn panel(size: (u32, u32)) -> Arrangement {
    Arrangement {
        live: [0.0; 4],
        still: None,
        scopes: Some([0.0, 0.0, size.0 as f32, size.1 as f32]),
        meters: None,
    }
}

/// Device pixels that scopes have in a viewer of this size, if any are shown.
pub fn scopes_room(size: (u32, u32), set: ScopeSet) -> Option<(u32, u32)> {
    let whole = [0.0, 0.0, size.0 as f32, size.1 as f32];
    let [_, _, w, h] = take(whole, whole, scopes_share(set)).1?;
    (w >= 1.0 && h >= 1.0).then_some((w as u32, h as u32))
}

/// Takes a share of the whole off a room that is left of it, on the right of a wide one, at the bottom of an upright one: what is
/// left then, and what was taken.
fn take(whole: [f32; 4], [x, y, w, h]: [f32; 4], share: Option<f32>) -> ([f32; 4], Option<[f32; 4]>) {
    let Some(share) = share else {
        return ([x, y, w, h], None);
    };
    if whole[2] >= whole[3] {
        let wide = (whole[2] * share).round();
        ([x, y, w - wide, h], Some([x + w - wide, y, wide, h]))
    } else {
        let high = (whole[3] * share).round();
        ([x, y, w, h - high], Some([x, y + h - high, w, high]))
    }
}

fn scopes_share(set: ScopeSet) -> Option<f32> {
    (set != ScopeSet::Off).then_some(SCOPES_SHARE)
}

fn halves([x, y, w, h]: [f32; 4]) -> ([f32; 4], [f32; 4]) {
    let half = ((w - GAP) / 2.0).floor().max(1.0);
    ([x, y, half, h], [x + w - half, y, half, h])
}

fn fit_into(aspect: f64, [x, y, w, h]: [f32; 4]) -> [f32; 4] {
    let [left, top, wide, high] = fit(aspect, (w.max(1.0) as u32, h.max(1.0) as u32));
    [x + left, y + top, wide, high]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparison(mode: CompareMode) -> Comparison {
        Comparison {
            mode,
            split: 0.5,
            label: String::new(),
        }
    }

    #[test]
    fn a_picture_alone_fills_the_middle() {
        let alone = arrange((1000, 900), Some(16.0 / 9.0), None, None, Beside::default());
        assert_eq!(
            (alone.live, alone.still, alone.scopes),
            ([0.0, 168.0, 1000.0, 563.0], None, None)
        );
    }

    #[test]
    fn side_by_side_each_keeps_its_shape() {
        let side = comparison(CompareMode::SideBySide);
        let both = arrange((1004, 400), Some(1.0), Some(2.0), Some(&side), Beside::default());
        assert_eq!(
            (both.live, both.still),
            ([554.0, 0.0, 400.0, 400.0], Some([0.0, 75.0, 500.0, 250.0]))
        );
        let over = comparison(CompareMode::Wipe);
        let both = arrange((800, 400), Some(1.0), Some(2.0), Some(&over), Beside::default());
        assert_eq!(
            (both.live, both.still),
            ([200.0, 0.0, 400.0, 400.0], Some([0.0, 0.0, 800.0, 400.0]))
        );
        assert_eq!(
            arrange((800, 400), Some(1.0), None, Some(&over), Beside::default()).still,
            None
        );
    }

    #[test]
    fn what_stands_beside_the_picture_is_never_on_it() {
        let both = Beside {
            scopes: ScopeSet::All,
            meters: true,
        };
        for size in [(1000, 500), (500, 1000)] {
            let with = arrange(size, Some(16.0 / 9.0), None, None, both);
            let mut before = with.live;
            for rect in [with.meters.unwrap(), with.scopes.unwrap()] {
                let ([x, y, w, h], [left, top, ..]) = (before, rect);
                assert!(x + w <= left || y + h <= top, "{with:?}");
                before = rect;
            }
            let [x, y, w, h] = before;
            assert_eq!(
                (x + w, y + h),
                (size.0 as f32, size.1 as f32),
                "nothing is left over"
            );
        }
    }
}
