//! Styles: what a document says of how words are set, from the region down to the span.

use std::collections::{BTreeMap, BTreeSet};

use ledger::payload::{CueColumns, CueEdge};
use roxmltree::Node;

use crate::{markup::Look, reading::Passed};

/// Styles that name styles that name styles: no further than this.
const CHAIN_MAX: usize = 16;
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// An attribute of the document's parameters.
pub(super) fn parameter<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    named(node, name, "#parameter")
}

/// An attribute by its name and the end of its namespace, which is another one in every draft.
fn named<'a>(node: Node<'a, '_>, name: &str, space: &str) -> Option<&'a str> {
    node.attributes()
        .find(|it| it.name() == name && it.namespace().is_some_and(|ns| ns.ends_with(space)))
        .map(|it| it.value())
}

/// `xml:id` or `xml:space`.
pub(super) fn xml<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attribute((XML, name))
}

/// What holds for everything inside, if nothing inside says otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inherited {
    pub look: Look,
    pub align: Option<CueEdge>,
    /// Whether white space stays as it is written.
    pub preserve: bool,
    pub is_hidden: bool,
}

impl Inherited {
    pub const NONE: Self = Self {
        look: Look {
            italic: false,
            bold: false,
            underline: false,
            colour: None,
            background: None,
        },
        align: None,
        preserve: false,
        is_hidden: false,
    };
}

/// What one element says of itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Own<'a> {
    pub origin: Option<&'a str>,
    pub extent: Option<&'a str>,
    pub position: Option<&'a str>,
    pub display_align: Option<&'a str>,
    pub columns: Option<CueColumns>,
    pub ruby: Option<&'a str>,
    pub is_gone: bool,
    /// A ground of its own, `None` when it says nothing.
    pub background: Option<Option<u32>>,
}

/// The styles of a document by their names.
pub(super) struct Styles<'a, 'i> {
    known: BTreeMap<&'a str, Node<'a, 'i>>,
}

impl<'a, 'i> Styles<'a, 'i> {
    pub fn of(root: Node<'a, 'i>) -> Self {
        let styles = root
            .descendants()
            .filter(|node| node.tag_name().name() == "style");
        Self {
            known: styles
                .filter_map(|node| Some((xml(node, "id").or_else(|| node.attribute("id"))?, node)))
                .collect(),
        }
    }

    /// Takes what an element says, of itself and by the styles that it names, into what holds around it.
    pub fn apply(&self, node: Node<'a, 'i>, around: &mut Inherited, passed: &mut Passed) -> Own<'a> {
        let mut own = Own::default();
        let mut seen = BTreeSet::new();
        self.follow(node, around, &mut own, &mut seen, CHAIN_MAX, passed);
        if node.tag_name().name() == "region" {
            for style in node.children().filter(|child| child.tag_name().name() == "style") {
                self.follow(style, around, &mut own, &mut seen, CHAIN_MAX, passed);
            }
        }
        if let Some(space) = xml(node, "space") {
            around.preserve = space == "preserve";
        }
        own
    }

    fn follow(
        &self,
        node: Node<'a, 'i>,
        around: &mut Inherited,
        own: &mut Own<'a>,
        seen: &mut BTreeSet<&'a str>,
        left: usize,
        passed: &mut Passed,
    ) {
        for name in node
            .attribute("style")
            .into_iter()
            .flat_map(str::split_whitespace)
        {
            match self.known.get(name) {
                Some(style) if left > 0 && seen.insert(name) => {
                    self.follow(*style, around, own, seen, left - 1, passed);
                    seen.remove(name);
                }
                Some(_round_and_round) => passed.over("styles that lead back to themselves were left out"),
                None => passed.over("styles that the file does not hold were left out"),
            }
        }
        for attribute in node.attributes() {
            if attribute
                .namespace()
                .is_some_and(|ns| ns.ends_with("#styling") || ns.ends_with("#style"))
            {
                say(attribute.name(), attribute.value(), around, own, passed);
            }
        }
    }
}

/// Takes one attribute of a style.
fn say<'a>(name: &str, value: &'a str, around: &mut Inherited, own: &mut Own<'a>, passed: &mut Passed) {
    let value = value.trim();
    let look = &mut around.look;
    match name {
        "color" => match colour(value) {
            Some(value) => look.colour = Some(value),
            None => passed.over("colours that do not read were left out"),
        },
        "backgroundColor" => match colour(value) {
            // Nothing behind the words is what a cue has anyway.
            Some(value) => own.background = Some((value & 0xff != 0).then_some(value)),
            None => passed.over("colours that do not read were left out"),
        },
        "fontStyle" => look.italic = matches!(value, "italic" | "oblique"),
        "fontWeight" => look.bold = value == "bold",
        "textDecoration" => decoration(value, look, passed),
        "textAlign" => {
            around.align = Some(match value {
                "left" => CueEdge::Left,
                "right" => CueEdge::Right,
                "center" => CueEdge::Middle,
                "end" => CueEdge::End,
                _ => CueEdge::Start,
            });
        }
        "visibility" => around.is_hidden = value == "hidden",
        "display" => own.is_gone = value == "none",
        "origin" => own.origin = Some(value),
        "extent" => own.extent = Some(value),
        "position" => own.position = Some(value),
        "displayAlign" => own.display_align = Some(value),
        "writingMode" => {
            own.columns = match value {
                "tbrl" | "tb" => Some(CueColumns::ToTheLeft),
                "tblr" => Some(CueColumns::ToTheRight),
                _ => None,
            };
        }
        "ruby" => own.ruby = Some(value),
        // Letters know their direction, and everything that is seen has a ground of its own.
        "direction" | "unicodeBidi" | "showBackground" | "overflow" | "wrapOption" | "zIndex" => {}
        other => passed.over(format!("{other} was left out")),
    }
}

fn decoration(value: &str, look: &mut Look, passed: &mut Passed) {
    for word in value.split_whitespace() {
        match word {
            "underline" => look.underline = true,
            "none" | "noUnderline" => look.underline = false,
            "noOverline" | "noLineThrough" => {}
            _ => passed.over("lines over and through words were left out"),
        }
    }
}

/// The colours with names.
const NAMED: [(&str, u32); 19] = [
    ("transparent", 0x0000_0000),
    ("black", 0x0000_00ff),
    ("silver", 0xc0c0_c0ff),
    ("gray", 0x8080_80ff),
    ("grey", 0x8080_80ff),
    ("white", 0xffff_ffff),
    ("maroon", 0x8000_00ff),
    ("red", 0xff00_00ff),
    ("purple", 0x8000_80ff),
    ("fuchsia", 0xff00_ffff),
    ("magenta", 0xff00_ffff),
    ("green", 0x0080_00ff),
    ("lime", 0x00ff_00ff),
    ("olive", 0x8080_00ff),
    ("yellow", 0xffff_00ff),
    ("navy", 0x0000_80ff),
    ("blue", 0x0000_ffff),
    ("teal", 0x0080_80ff),
    ("aqua", 0x00ff_ffff),
];

/// `#rrggbb`, `#rrggbbaa`, `rgb(255,0,0)`, `rgba(255,0,0,127)`, or a name.
fn colour(text: &str) -> Option<u32> {
    if let Some(digits) = text.strip_prefix('#') {
        let value = u32::from_str_radix(digits, 16).ok()?;
        return match digits.len() {
            6 => Some(value << 8 | 0xff),
            8 => Some(value),
            _ => None,
        };
    }
    if let Some((name, rest)) = text.split_once('(') {
        let parts: Vec<u32> = rest
            .strip_suffix(')')?
            .split(',')
            .map(|part| part.trim().parse().ok().filter(|v| *v <= 255))
            .collect::<Option<_>>()?;
        return match (name.trim(), parts.as_slice()) {
            ("rgb", [red, green, blue]) => Some(red << 24 | green << 16 | blue << 8 | 0xff),
            ("rgba", [red, green, blue, alpha]) => Some(red << 24 | green << 16 | blue << 8 | alpha),
            _ => None,
        };
    }
    if text.eq_ignore_ascii_case("cyan") {
        return Some(0x00ff_ffff);
    }
    NAMED
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text))
        .map(|(_, value)| *value)
}
