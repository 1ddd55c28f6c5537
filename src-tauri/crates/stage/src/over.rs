//! What lies over the picture: boxes, subtitles, timecode and name, safe areas and mattes.

use serde::{Deserialize, Serialize};

use crate::arrange::{Arrangement, Beside};
use crate::meters::Meters;
use crate::mix::{CompareMode, Comparison, Shield};
use crate::quads::{Quad, Style};
use crate::scene::ItemState;
use crate::scopes::{ScopeSet, Signal};
use crate::subtitle::{Subtitle, SubtitleLook};
use crate::text::{Face, Lettering, Line};
use crate::theme::{Colour, Palette, Theme};
use crate::viewer::fit;

/// Something found in the picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ViewerBox {
    /// Left edge, 0 to 1 of the picture's width.
    pub x: f32,
    /// Top edge, 0 to 1 of the picture's height.
    pub y: f32,
    /// Width, 0 to 1.
    pub width: f32,
    /// Height, 0 to 1.
    pub height: f32,
    /// Written above it; may be empty.
    pub label: String,
    /// Its mark.
    pub state: ItemState,
}

/// Which safe areas are drawn (EBU R 95: action 93 %, graphics 90 % of a 16:9 picture).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafeAreas {
    /// Action safe area.
    pub action: bool,
    /// Graphics safe area.
    pub graphics: bool,
}

/// The aspect that a matte leaves of the picture, as width to height: 239 to 100, 9 to 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matte {
    /// Width; at least 1.
    pub width: u16,
    /// Height; at least 1.
    pub height: u16,
}

impl Matte {
    /// The part of a picture at `[left, top, width, height]` that stays open, on whole pixels.
    fn open_part(self, [x, y, w, h]: [f32; 4]) -> [f32; 4] {
        let aspect = f64::from(self.width.max(1)) / f64::from(self.height.max(1));
        let [left, top, wide, tall] = fit(aspect, (w as u32, h as u32));
        [x + left, y + top, wide.min(w), tall.min(h)]
    }
}

/// What lies over the picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ViewerScene {
    /// Things found.
    pub boxes: Vec<ViewerBox>,
    /// Subtitles shown now, those that began first in front.
    pub subtitles: Vec<Subtitle>,
    /// What keeps them apart from the picture.
    pub subtitle_look: SubtitleLook,
    /// Timecode in the lower left corner.
    pub timecode: Option<String>,
    /// Name of the source in the lower right corner.
    pub name: Option<String>,
    /// Subtitles leave room for timecode and name although somebody else writes them there.
    pub room_for_corners: bool,
    /// Safe areas, of what the matte leaves.
    pub safe: SafeAreas,
    /// What is covered because the picture will be shown in another aspect.
    pub matte: Option<Matte>,
    /// What is blurred and greyed.
    pub shield: Option<Shield>,
    /// How the picture is compared with the still, where there is one.
    pub comparison: Option<Comparison>,
    /// Measurements beside the picture.
    pub scopes: ScopeSet,
    /// What the picture's levels mean, for the lines of its scopes.
    pub signal: Signal,
    /// Loudness beside the picture.
    pub meters: Option<Meters>,
    /// Tokens to draw with.
    pub theme: Theme,
}

impl ViewerScene {
    /// What stands beside the picture.
    pub(crate) fn beside(&self) -> Beside {
        Beside {
            scopes: self.scopes,
            meters: self.meters.is_some(),
        }
    }

    /// Whether nothing lies over the picture.
    pub fn is_empty(&self) -> bool {
        let Self {
            boxes,
            subtitles,
            subtitle_look: _,
            timecode,
            name,
            room_for_corners: _,
            safe,
            matte,
            shield,
            comparison,
            scopes,
            signal: _,
            meters,
            theme: _,
        } = self;
        boxes.is_empty()
            && subtitles.iter().all(|subtitle| subtitle.text.is_empty())
            && timecode.is_none()
            && name.is_none()
            && *safe == SafeAreas::default()
            && matte.is_none()
            && shield.is_none()
            && comparison.is_none()
            && *scopes == ScopeSet::Off
            && meters.is_none()
    }
}

/// Collects what lies over the picture, in device pixels.
pub(crate) struct Overlay<'a> {
    pub palette: &'a Palette,
    pub signal: Signal,
    pub rect: [f32; 4],
    pub scale: f32,
    pub size: (u32, u32),
    pub quads: &'a mut Vec<Quad>,
    pub text: &'a mut Lettering,
}

const SHADE: Colour = Colour([0, 0, 0, 150]);
const WHITE: Colour = Colour([255, 255, 255, 255]);
/// Dark enough to judge the framing, not so dark that what is lost cannot be seen.
const MATTE: Colour = Colour([0, 0, 0, 224]);

impl Overlay<'_> {
    pub(super) fn hair(&self, css: f32) -> f32 {
        (css * self.scale).round().max(1.0)
    }

    pub(super) fn clip(&self) -> [i32; 4] {
        [0, 0, self.size.0 as i32, self.size.1 as i32]
    }

    /// Matte and safe areas.
    pub fn guides(&mut self, scene: &ViewerScene) {
        let open = self.matte(scene.matte);
        self.safe_areas(scene.safe, open);
    }

    /// Covers what the matte covers, and answers what it leaves open.
    fn matte(&mut self, matte: Option<Matte>) -> [f32; 4] {
        let Some(matte) = matte else {
            return self.rect;
        };
        let ([x, y, w, h], open) = (self.rect, matte.open_part(self.rect));
        let [left, top, wide, tall] = open;
        let (right, bottom) = (left + wide, top + tall);
        for (x, y, w, h) in [
            (x, y, w, top - y),
            (x, bottom, w, y + h - bottom),
            (x, top, left - x, tall),
            (right, top, x + w - right, tall),
        ] {
            if w >= 1.0 && h >= 1.0 {
                self.quads.push(Quad::fill(x, y, w, h, MATTE));
            }
        }
        open
    }

    fn safe_areas(&mut self, safe: SafeAreas, open: [f32; 4]) {
        for (on, share) in [(safe.action, 0.93), (safe.graphics, 0.9)] {
            if on {
                let [x, y, w, h] = open;
                let (inner_w, inner_h) = ((w * share).round(), (h * share).round());
                let left = (x + (w - inner_w) / 2.0).round();
                let top = (y + (h - inner_h) / 2.0).round();
                let quad = Quad::fill(left, top, inner_w, inner_h, Colour::CLEAR);
                self.quads.push(quad.border(WHITE.alpha(110), self.hair(1.0)));
            }
        }
    }

    /// A box in its mark, with a dark line beneath so that it shows on bright pictures too.
    pub fn found(&mut self, found: &ViewerBox) {
        let [left, top, width, height] = self.rect;
        let x = (left + found.x * width).round();
        let y = (top + found.y * height).round();
        let w = (found.width * width).round().max(4.0);
        let h = (found.height * height).round().max(4.0);
        let hair = self.hair(1.0);
        let radius = 2.0 * self.scale;
        let faded = found.state == ItemState::Rejected;
        let shade = SHADE.alpha(if faded { 60 } else { 120 });
        let box_at = |out: f32| {
            Quad::fill(x - out, y - out, w + 2.0 * out, h + 2.0 * out, Colour::CLEAR).radius(radius + out)
        };
        self.quads.push(box_at(hair).border(shade, hair * 3.0));
        let edge = match found.state {
            ItemState::Open => box_at(0.0).border(WHITE, hair).style(Style::Dashed),
            ItemState::Circled => box_at(0.0).border(WHITE, hair * 2.0),
            ItemState::Rejected => box_at(0.0).border(WHITE.alpha(110), hair),
            ItemState::Conflict => box_at(0.0)
                .border(self.palette.conflict, hair * 2.0)
                .style(Style::Split),
        };
        self.quads.push(edge);
        self.found_label(found, x, y);
    }

    fn found_label(&mut self, found: &ViewerBox, x: f32, y: f32) {
        let circled = found.state == ItemState::Circled;
        if found.label.is_empty() && !circled {
            return;
        }
        let size = 11.5 * self.scale;
        let width = self.text.measure(&found.label, Face::Sans, size);
        let pad = self.hair(6.0);
        let mark = if circled { self.hair(17.0) } else { 0.0 };
        let high = self.hair(18.0);
        let top = if y - high - self.hair(2.0) >= self.rect[1] {
            y - high - self.hair(2.0)
        } else {
            y + self.hair(4.0)
        };
        let chip = Quad::fill(x, top, width + 2.0 * pad + mark, high, Colour([16, 16, 16, 205]));
        self.quads.push(chip.radius(3.0 * self.scale));
        if circled {
            let side = self.hair(15.0);
            let at = (x + self.hair(4.0), top + ((high - side) / 2.0).round());
            let stroke = 1.9 * self.scale;
            self.quads.push(Quad::pencil(
                at.0,
                at.1,
                side,
                side,
                stroke,
                Colour::hex(0xff6a3d),
            ));
        }
        let rejected = found.state == ItemState::Rejected;
        let colour = if rejected {
            WHITE.alpha(140)
        } else {
            WHITE.alpha(235)
        };
        let middle = top + high / 2.0;
        let left = x + pad + mark;
        self.text.add(Line {
            text: &found.label,
            face: Face::Sans,
            size,
            x: left,
            y: middle,
            colour,
            max_width: f32::MAX,
            clip: self.clip(),
        });
        if rejected {
            let over = self.hair(2.0);
            self.quads.push(Quad::fill(
                left - over,
                middle.round(),
                width + 2.0 * over,
                self.hair(1.0),
                colour,
            ));
        }
    }

    /// Says what is shielded, so that nobody takes it for the film.
    pub fn shielded(&mut self, shield: &Shield) {
        for [x, y, w, _] in shield.parts(self.rect) {
            let gap = self.hair(8.0);
            self.tag("Shielded", (x + gap, y + gap, w - 2.0 * gap));
        }
    }

    /// The line of a wipe, and which picture is which.
    pub fn compared(&mut self, comparison: &Comparison, arrangement: &Arrangement) {
        let Some([left, top, width, _]) = arrangement.still else {
            return;
        };
        let [x, y, w, h] = self.rect;
        let gap = self.hair(10.0);
        match comparison.mode {
            CompareMode::Wipe => {
                let line = comparison.line(self.rect);
                let hair = self.hair(1.0);
                self.quads
                    .push(Quad::fill(line - 2.0 * hair, y, 4.0 * hair, h, SHADE));
                self.quads.push(Quad::fill(line - hair / 2.0, y, hair, h, WHITE));
                let grip = self.hair(9.0);
                let handle = Quad::fill(
                    line - grip / 2.0,
                    y + h / 2.0 - 2.0 * grip,
                    grip,
                    4.0 * grip,
                    WHITE,
                );
                self.quads.push(handle.radius(grip / 2.0).border(SHADE, hair));
                self.tag(
                    &comparison.label,
                    (left + gap, top + gap, line - left - 2.0 * gap),
                );
            }
            CompareMode::SideBySide | CompareMode::Still => {
                self.tag(&comparison.label, (left + gap, top + gap, width - 2.0 * gap));
            }
            CompareMode::Difference => {
                let words = format!("Difference to {}", comparison.label);
                self.tag(&words, (x + gap, y + gap, w - 2.0 * gap));
            }
        }
    }

    /// Small words on a dark ground, their corner at x, y; left out where there is no room.
    pub(crate) fn tag(&mut self, words: &str, (x, y, room): (f32, f32, f32)) {
        let size = 11.0 * self.scale;
        let (pad, high) = (self.hair(6.0), self.hair(19.0));
        let most = room - 2.0 * pad;
        if words.is_empty() || most < 3.0 * size {
            return;
        }
        let width = self.text.measure(words, Face::Sans, size).min(most).ceil() + 2.0 * pad;
        let chip = Quad::fill(x, y, width, high, Colour([16, 16, 16, 205]));
        self.quads.push(chip.radius(3.0 * self.scale));
        self.text.add(Line {
            text: words,
            face: Face::Sans,
            size,
            x: x + pad,
            y: y + high / 2.0,
            colour: WHITE.alpha(235),
            max_width: most,
            clip: self.clip(),
        });
    }

    /// Small figures, their left edge at x and their middle at y.
    pub(crate) fn small(&mut self, words: &str, (x, y): (f32, f32)) {
        self.text.add(Line {
            text: words,
            face: Face::Sans,
            size: 9.5 * self.scale,
            x,
            y,
            colour: WHITE.alpha(150),
            max_width: f32::MAX,
            clip: self.clip(),
        });
    }

    /// Timecode and name in the lower corners, above what a title may need.
    pub fn burn_in(&mut self, scene: &ViewerScene) {
        let gap = self.hair(10.0);
        let [x, _, w, _] = self.rect;
        let mut left = x;
        if let Some(timecode) = &scene.timecode {
            left = self.chip(timecode, Face::Mono, (x + gap, w - 2.0 * gap), false);
        }
        if let Some(name) = &scene.name {
            let room = (x + w - 2.0 * gap - left).max(0.0);
            self.chip(name, Face::Sans, (x + w - gap, room), true);
        }
    }

    /// The foot of the picture, where timecode and name stand, if they do: subtitles give way to it.
    pub fn corners(&self, scene: &ViewerScene) -> Option<[f32; 4]> {
        let is_used = scene.timecode.is_some() || scene.name.is_some() || scene.room_for_corners;
        let [x, y, w, h] = self.rect;
        let (high, gap) = (self.chip_sizes().1, self.hair(10.0));
        let top = y + h - gap - high - self.hair(2.0);
        is_used.then_some([x, top, x + w, y + h])
    }

    /// Letter size and height of a chip: by the picture, so that it reads on a wall as on a laptop.
    fn chip_sizes(&self) -> (f32, f32) {
        let size = (self.rect[3] / 36.0).clamp(10.0 * self.scale, 22.0 * self.scale);
        (size, (size * 1.7).round())
    }

    /// Words on a dark ground in a lower corner, no wider than there is room; answers the right edge.
    fn chip(&mut self, words: &str, face: Face, (at, room): (f32, f32), from_right: bool) -> f32 {
        let (size, high) = self.chip_sizes();
        let (pad, gap) = ((size / 2.0).round(), self.hair(10.0));
        let most = room - 2.0 * pad;
        if most < size {
            return at;
        }
        let width = self.text.measure(words, face, size).min(most).ceil() + 2.0 * pad;
        let x = (if from_right { at - width } else { at }).round();
        let y = (self.rect[1] + self.rect[3] - gap - high).round();
        let chip = Quad::fill(x, y, width, high, Colour([16, 16, 16, 205]));
        self.quads.push(chip.radius(3.0 * self.scale));
        self.text.add(Line {
            text: words,
            face,
            size,
            x: x + pad,
            y: y + high / 2.0,
            colour: WHITE.alpha(240),
            max_width: most,
            clip: self.clip(),
        });
        x + width
    }
}
