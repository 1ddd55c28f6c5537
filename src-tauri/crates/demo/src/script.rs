//! The shooting script: what is on screen when. All numbers are frames at 24000/1001, counted from the start.

use timebase::FrameRange;

/// Frames in the film: 60.06 s.
pub const FRAME_COUNT: u64 = 1440;

/// The scenes, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// The title over still water.
    Title,
    /// A city at night, rain.
    City,
    /// Somebody at a window with a lamp.
    Window,
    /// A paper boat that carries a candle.
    Boat,
    /// A stream through a forest, fireflies.
    Forest,
    /// A storm at sea, lightning, a dark lighthouse.
    Storm,
    /// The keeper, and the lamp lit.
    Keeper,
    /// Dawn over mountains.
    Dawn,
    /// A balloon over hills.
    Balloon,
    /// The end card.
    Closing,
}

/// One scene and its place. The dissolve overlaps two of them.
pub(crate) struct Shot {
    pub(crate) scene: Scene,
    pub(crate) start: u64,
    pub(crate) end: u64,
}

const fn shot(scene: Scene, start: u64, end: u64) -> Shot {
    Shot { scene, start, end }
}

pub(crate) const SHOTS: [Shot; 10] = [
    shot(Scene::Title, 0, 108),
    shot(Scene::City, 108, 282),
    shot(Scene::Window, 282, 426),
    shot(Scene::Boat, 426, 612),
    shot(Scene::Forest, 588, 768),
    shot(Scene::Storm, 787, 955),
    shot(Scene::Keeper, 955, 1123),
    shot(Scene::Dawn, 1123, 1243),
    shot(Scene::Balloon, 1243, 1351),
    shot(Scene::Closing, 1351, 1440),
];

/// Boat to forest.
pub const DISSOLVE: FrameRange = FrameRange::new(588, 612);
/// True black where a picture should be: 0.8 s.
pub const BLACK_HOLE: FrameRange = FrameRange::new(768, 787);
/// Five flashes within one second.
pub const LIGHTNING: FrameRange = FrameRange::new(840, 864);
/// Thunder and surf far louder than the rest: 3.4 s.
pub const LOUD: FrameRange = FrameRange::new(840, 922);
/// The picture stands still, the sound goes on: 1.5 s.
pub const FREEZE: FrameRange = FrameRange::new(1032, 1068);
/// The keeper's scene goes to black and dawn comes out of it.
pub const FADE: FrameRange = FrameRange::new(1101, 1147);
/// Hard cuts: the first frame after each, the two sides of the black hole included.
pub const CUTS: [u64; 8] = [108, 282, 426, 768, 787, 955, 1243, 1351];

/// What one frame is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Plan {
    /// The scene and the frame within it.
    pub(crate) main: Option<(Scene, u32)>,
    /// The scene that is coming, its frame, and how much of it shows, 0..1.
    pub(crate) over: Option<(Scene, u32, f32)>,
    /// How much of the picture is left, 0..1 (1 = not fading).
    pub(crate) light: f32,
    /// The frame whose grain is printed: a frozen picture keeps its grain.
    pub(crate) grain: u32,
}

/// What to draw for a frame of the film.
pub(crate) fn plan(frame: u64) -> Plan {
    let shown = if FREEZE.contains(frame) {
        FREEZE.start
    } else {
        frame
    };
    let mut inside = SHOTS
        .iter()
        .filter(|shot| (shot.start..shot.end).contains(&shown));
    let local = |shot: &Shot| (shot.scene, (shown - shot.start) as u32);
    let main = inside.next().map(local);
    let over = inside.next().map(local).map(|(scene, at)| {
        let part = (shown - DISSOLVE.start + 1) as f32 / (DISSOLVE.len() + 1) as f32;
        (scene, at, part)
    });
    Plan {
        main,
        over,
        light: light(shown),
        grain: shown as u32,
    }
}

fn light(frame: u64) -> f32 {
    if !FADE.contains(frame) {
        return 1.0;
    }
    let half = FADE.len() as f32 / 2.0;
    let from_middle = (frame as f32 + 0.5 - FADE.start as f32 - half).abs();
    // Two frames at the bottom are quite black.
    ((from_middle - 1.0) / (half - 1.0)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_is_planned_and_only_the_hole_is_empty() {
        for frame in 0..FRAME_COUNT {
            let plan = plan(frame);
            assert_eq!(plan.main.is_none(), BLACK_HOLE.contains(frame), "frame {frame}");
            assert_eq!(plan.over.is_some(), DISSOLVE.contains(frame), "frame {frame}");
        }
    }

    #[test]
    fn cuts_stand_where_scenes_change_without_a_dissolve_or_a_fade() {
        let scene = |frame: u64| plan(frame).main.map(|main| main.0);
        let changes: Vec<u64> = (1..FRAME_COUNT)
            .filter(|&f| scene(f) != scene(f - 1) && !FADE.contains(f) && f != DISSOLVE.end)
            .collect();
        assert_eq!(changes, CUTS);
    }

    #[test]
    fn the_frozen_picture_is_one_plan_and_the_fade_reaches_black() {
        assert!((FREEZE.start..FREEZE.end).all(|f| plan(f) == plan(FREEZE.start)));
        assert_ne!(plan(FREEZE.end), plan(FREEZE.start));
        assert!((FADE.start..FADE.end).any(|f| plan(f).light == 0.0));
        assert_eq!(plan(FADE.start - 1).light, 1.0);
    }
}
