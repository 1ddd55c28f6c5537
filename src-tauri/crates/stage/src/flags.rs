//! What people put on the ruler: markers and comments.

use crate::quads::Quad;
use crate::theme::Colour;
use crate::timeline::Sketch;
use crate::view::RULER_PX;

/// A marker's flag: its width, and the height of its post.
const MARKER_FLAG_PX: f64 = 7.0;
pub(crate) const MARKER_HEIGHT_PX: f64 = 11.0;
/// A comment's bubble, its tail not counted.
const BUBBLE_PX: (f64, f64) = (8.0, 7.0);
/// Bubble and tail together are as high as a marker's flag.
const TAIL_PX: f64 = 3.0;

impl Sketch<'_> {
    /// People's markers, in the lower half of the ruler: a flag where each begins, and a bar as long as it lasts. Flags that would
    /// stand on one another are drawn once, so that cost follows the screen.
    pub(crate) fn markers(&mut self, left: f32) {
        let (bottom, flag) = (self.px(RULER_PX) - 1.0, self.px(MARKER_FLAG_PX));
        let mut last = f32::MIN;
        for marker in &self.scene.markers {
            let from = self.px(self.view.x_of(marker.start));
            let to = self.px(self.view.x_of(marker.end));
            let colour = self.palette.marker;
            if !self.bar((from, to), (left, bottom, flag), colour)
                || from < left
                || from - last < self.hair(2.0)
            {
                continue;
            }
            last = from;
            let post = self.hair(1.0);
            let top = bottom - self.px(MARKER_HEIGHT_PX);
            self.over.push(Quad::fill(from, top, post, bottom - top, colour));
            let cloth = Quad::fill(from, top, flag, self.px(MARKER_HEIGHT_PX / 2.0), colour);
            self.over.push(cloth.radius(1.0 * self.scale as f32));
        }
    }

    /// What people say about moments: a bubble to the left of each, where a marker's flag flies to the right, so that both can be
    /// seen on one frame. One that is settled is an outline.
    pub(crate) fn comments(&mut self, left: f32) {
        let foot = self.px(RULER_PX) - 1.0;
        let (width, height) = (self.px(BUBBLE_PX.0), self.px(BUBBLE_PX.1));
        let tail = self.px(TAIL_PX);
        let mut last = f32::MIN;
        for comment in &self.scene.comments {
            let from = self.px(self.view.x_of(comment.start));
            let to = self.px(self.view.x_of(comment.end));
            let colour = if comment.resolved {
                self.palette.quiet.alpha(150)
            } else {
                self.palette.comment
            };
            // Above the bar of a marker that lasts as long.
            let bar = (left, foot - self.hair(3.0), width);
            if !self.bar((from, to), bar, colour) || from < left || from - last < self.hair(2.0) {
                continue;
            }
            last = from;
            let x = (from - width).max(left);
            let top = foot - height - tail;
            let radius = 2.0 * self.scale as f32;
            let bubble = if comment.resolved {
                Quad::fill(x, top, width, height, Colour::CLEAR).border(colour, self.hair(1.0))
            } else {
                Quad::fill(x, top, width, height, colour)
            };
            self.over.push(bubble.radius(radius));
            let stroke = self.hair(1.0);
            self.over.push(Quad::fill(
                from - stroke,
                top + height / 2.0,
                stroke,
                foot - top - height / 2.0,
                colour,
            ));
        }
    }

    /// A bar from one instant to another, where it lasts; answers whether anything of it can be seen.
    fn bar(
        &mut self,
        (from, to): (f32, f32),
        (left, bottom, least): (f32, f32, f32),
        colour: Colour,
    ) -> bool {
        let right = self.size.0 as f32;
        if to < left || from > right {
            return false;
        }
        let (start, end) = (from.max(left), to.min(right));
        if end - start > least {
            let high = self.hair(3.0);
            let bar = Quad::fill(start, bottom - high, end - start, high, colour.alpha(150));
            self.over.push(bar);
        }
        true
    }
}
