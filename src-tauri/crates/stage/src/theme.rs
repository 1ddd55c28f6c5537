use serde::{Deserialize, Serialize};

/// A colour as it stands in the picture: sRGB, straight alpha.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colour(pub [u8; 4]);

impl Colour {
    /// Nothing.
    pub const CLEAR: Self = Self([0, 0, 0, 0]);

    /// An opaque colour from `0xrrggbb`.
    pub const fn hex(rgb: u32) -> Self {
        Self([(rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8, 255])
    }

    /// The same colour, `alpha` of 255 opaque.
    #[must_use]
    pub const fn alpha(self, alpha: u8) -> Self {
        Self([self.0[0], self.0[1], self.0[2], alpha])
    }

    /// `share` (0 to 1) of `other` over this colour.
    #[must_use]
    pub fn mix(self, other: Self, share: f32) -> Self {
        let blend = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share).round() as u8;
        let (a, b) = (self.0, other.0);
        Self([
            blend(a[0], b[0]),
            blend(a[1], b[1]),
            blend(a[2], b[2]),
            blend(a[3], b[3]),
        ])
    }

    /// Channels 0 to 1 for a clear value.
    pub(crate) fn to_wgpu(self) -> wgpu::Color {
        let part = |at: usize| f64::from(self.0[at]) / 255.0;
        wgpu::Color {
            r: part(0),
            g: part(1),
            b: part(2),
            a: part(3),
        }
    }

    /// Relative luminance after WCAG 2, for contrast checks.
    pub fn luminance(self) -> f64 {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.0[0]) + 0.7152 * linear(self.0[1]) + 0.0722 * linear(self.0[2])
    }

    /// WCAG 2 contrast ratio against `other`, 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

/// Which set of tokens the stage draws with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// For the dark room.
    #[default]
    Dark,
    /// For the office.
    Light,
    /// High contrast.
    Contrast,
}

/// The tokens of one theme. The well and everything near the picture is neutral grey in each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Behind the picture.
    pub well: Colour,
    /// The timeline's ground.
    pub panel: Colour,
    /// The gutter with the lane names, and the ruler.
    pub raised: Colour,
    /// Lane separators.
    pub line: Colour,
    /// Ruler ticks.
    pub tick: Colour,
    /// Quiet text.
    pub quiet: Colour,
    /// Text.
    pub text: Colour,
    /// The grease pencil: circled marks and the playhead, nothing else.
    pub pencil: Colour,
    /// The edge and one half of a conflict.
    pub conflict: Colour,
    /// The ring around the selected item.
    pub selection: Colour,
    /// Flags and bars of people's markers.
    pub marker: Colour,
    /// Bubbles of what people say.
    pub comment: Colour,
    /// The ring around what the keyboard stands on, in the page's own colour for it.
    pub focus: Colour,
    /// Waveform from lowest to highest sample.
    pub wave_peak: Colour,
    /// Waveform's energy.
    pub wave_rms: Colour,
    /// Between the marks.
    pub marked: Colour,
    dark: bool,
    strong: bool,
}

impl Palette {
    /// The tokens of `theme`.
    pub fn of(theme: Theme) -> Self {
        match theme {
            Theme::Dark => Self {
                well: Colour::hex(0x141414),
                panel: Colour::hex(0x191919),
                raised: Colour::hex(0x1c1c1c),
                line: Colour::hex(0x272727),
                tick: Colour::hex(0x4a4a4a),
                quiet: Colour::hex(0x9a9a9a),
                text: Colour::hex(0xe6e6e6),
                pencil: Colour::hex(0xff6a3d),
                conflict: Colour::hex(0xe3b341),
                selection: Colour::hex(0xffffff),
                focus: Colour::hex(0x8ab8ff),
                marker: Colour::hex(0x6fb7a8),
                comment: Colour::hex(0xc3a6f2),
                wave_peak: Colour::hex(0x44545b),
                wave_rms: Colour::hex(0x7c959f),
                marked: Colour::hex(0xffffff).alpha(16),
                dark: true,
                strong: false,
            },
            Theme::Light => Self {
                well: Colour::hex(0xd9d9d9),
                panel: Colour::hex(0xf4f4f4),
                raised: Colour::hex(0xfafafa),
                line: Colour::hex(0xdedede),
                tick: Colour::hex(0xb0b0b0),
                quiet: Colour::hex(0x5c5c5c),
                text: Colour::hex(0x1c1c1c),
                pencil: Colour::hex(0xd9461a),
                conflict: Colour::hex(0x8a6100),
                selection: Colour::hex(0x111111),
                focus: Colour::hex(0x1458c4),
                marker: Colour::hex(0x2b7a6a),
                comment: Colour::hex(0x6a43b5),
                wave_peak: Colour::hex(0xb4c3c9),
                wave_rms: Colour::hex(0x6f8994),
                marked: Colour::hex(0x000000).alpha(16),
                dark: false,
                strong: false,
            },
            Theme::Contrast => Self {
                well: Colour::hex(0x000000),
                panel: Colour::hex(0x000000),
                raised: Colour::hex(0x000000),
                line: Colour::hex(0x6e6e6e),
                tick: Colour::hex(0xffffff),
                quiet: Colour::hex(0xe0e0e0),
                text: Colour::hex(0xffffff),
                pencil: Colour::hex(0xff8257),
                conflict: Colour::hex(0xffd34d),
                selection: Colour::hex(0xffffff),
                focus: Colour::hex(0x5ee0ff),
                marker: Colour::hex(0x7ff0d8),
                comment: Colour::hex(0xe3ccff),
                wave_peak: Colour::hex(0x8a9aa0),
                wave_rms: Colour::hex(0xe6f2f7),
                marked: Colour::hex(0xffffff).alpha(48),
                dark: true,
                strong: true,
            },
        }
    }

    /// The ground of a circled item of this kind. Muted, so that only the pencil is loud.
    pub fn kind_fill(&self, kind: &str) -> Colour {
        let hue = match kind {
            "highlights" => 0x5a4a38,
            "shots" => 0x3c5549,
            "faces" => 0x3a4a66,
            "text" => 0x365661,
            "cues" => 0x4c4463,
            "qc" => 0x5e5331,
            "posters" => 0x5c4053,
            _ => 0x4a4a4a,
        };
        let hue = Colour::hex(hue);
        match (self.dark, self.strong) {
            (true, false) => hue,
            (true, true) => hue.mix(Colour::hex(0x000000), 0.25),
            (false, _) => hue.mix(Colour::hex(0xffffff), 0.72),
        }
    }

    /// The edge of an item of this kind: lighter than its ground on dark, darker on light.
    pub fn kind_edge(&self, kind: &str) -> Colour {
        let fill = self.kind_fill(kind);
        match (self.dark, self.strong) {
            (true, false) => fill.mix(Colour::hex(0xffffff), 0.34),
            (true, true) => Colour::hex(0xffffff),
            (false, _) => fill.mix(Colour::hex(0x000000), 0.5),
        }
    }

    /// Edge and label of a rejected item: faded, less so where contrast is asked for.
    pub const fn rejected(&self) -> (Colour, Colour) {
        if self.strong {
            (self.quiet.alpha(130), self.quiet.alpha(235))
        } else {
            (self.quiet.alpha(60), self.quiet.alpha(190))
        }
    }

    /// The dashes of an open item of this kind: bright enough to be counted at a glance.
    pub fn kind_dash(&self, kind: &str) -> Colour {
        let fill = self.kind_fill(kind);
        match (self.dark, self.strong) {
            (true, false) => fill.mix(Colour::hex(0xe6e6e6), 0.48),
            (true, true) => Colour::hex(0xffffff),
            (false, _) => fill.mix(Colour::hex(0x000000), 0.58),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [&str; 8] = [
        "highlights",
        "shots",
        "faces",
        "text",
        "cues",
        "qc",
        "posters",
        "something-else",
    ];

    #[test]
    fn text_passes_aa_on_every_ground_it_is_drawn_on() {
        for theme in [Theme::Dark, Theme::Light, Theme::Contrast] {
            let p = Palette::of(theme);
            assert!(p.text.contrast(p.panel) >= 7.0, "{theme:?} text");
            assert!(p.quiet.contrast(p.raised) >= 4.5, "{theme:?} quiet");
            assert!(p.conflict.contrast(p.panel) >= 4.5, "{theme:?} conflict");
            assert!(p.comment.contrast(p.panel) >= 4.5, "{theme:?} comments");
            for kind in KINDS {
                assert!(p.text.contrast(p.kind_fill(kind)) >= 4.5, "{theme:?} {kind}");
                assert!(
                    p.kind_dash(kind).contrast(p.panel) >= 3.0,
                    "{theme:?} {kind} dashes"
                );
            }
        }
    }

    #[test]
    fn greys_near_the_picture_are_neutral() {
        for theme in [Theme::Dark, Theme::Light, Theme::Contrast] {
            let p = Palette::of(theme);
            for Colour([r, g, b, _]) in [p.well, p.panel, p.raised, p.line, p.tick] {
                assert!(r == g && g == b, "{theme:?} has a tint");
            }
        }
    }
}
