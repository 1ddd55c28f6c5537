//! Styles: what a document says of how words are set, from the region down to the span.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    iter::Take,
    str::SplitWhitespace,
};

use ledger::payload::{CueColumns, CueEdge};
use roxmltree::Node;

use crate::{markup::Look, reading::Passed};

/// Styles that one part of a document names itself: no more than this. Each names others, and is resolved once.
const NAMES_MAX: usize = 64;
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

/// What a style says with all that the styles it names say: of each thing the last word.
#[derive(Clone, Copy, Debug, Default)]
struct Said<'a> {
    colour: Option<u32>,
    background: Option<Option<u32>>,
    italic: Option<bool>,
    bold: Option<bool>,
    underline: Option<bool>,
    align: Option<CueEdge>,
    is_hidden: Option<bool>,
    is_gone: Option<bool>,
    origin: Option<&'a str>,
    extent: Option<&'a str>,
    position: Option<&'a str>,
    display_align: Option<&'a str>,
    columns: Option<Option<CueColumns>>,
    ruby: Option<&'a str>,
}

impl<'a> Said<'a> {
    /// Takes what is said later over what was said before.
    fn take(&mut self, later: &Self) {
        *self = Self {
            colour: later.colour.or(self.colour),
            background: later.background.or(self.background),
            italic: later.italic.or(self.italic),
            bold: later.bold.or(self.bold),
            underline: later.underline.or(self.underline),
            align: later.align.or(self.align),
            is_hidden: later.is_hidden.or(self.is_hidden),
            is_gone: later.is_gone.or(self.is_gone),
            origin: later.origin.or(self.origin),
            extent: later.extent.or(self.extent),
            position: later.position.or(self.position),
            display_align: later.display_align.or(self.display_align),
            columns: later.columns.or(self.columns),
            ruby: later.ruby.or(self.ruby),
        };
    }

    /// Takes what an element's own attributes say.
    fn take_attributes(&mut self, node: Node<'a, '_>, passed: &mut Passed) {
        for attribute in node.attributes() {
            if attribute
                .namespace()
                .is_some_and(|ns| ns.ends_with("#styling") || ns.ends_with("#style"))
            {
                self.say(attribute.name(), attribute.value(), passed);
            }
        }
    }

    /// Takes one attribute of a style.
    fn say(&mut self, name: &str, value: &'a str, passed: &mut Passed) {
        let value = value.trim();
        match name {
            "color" => match colour(value) {
                Some(value) => self.colour = Some(value),
                None => passed.over("colours that do not read were left out"),
            },
            "backgroundColor" => match colour(value) {
                // Nothing behind the words is what a cue has anyway.
                Some(value) => self.background = Some((value & 0xff != 0).then_some(value)),
                None => passed.over("colours that do not read were left out"),
            },
            "fontStyle" => self.italic = Some(matches!(value, "italic" | "oblique")),
            "fontWeight" => self.bold = Some(value == "bold"),
            "textDecoration" => decoration(value, &mut self.underline, passed),
            "textAlign" => {
                self.align = Some(match value {
                    "left" => CueEdge::Left,
                    "right" => CueEdge::Right,
                    "center" => CueEdge::Middle,
                    "end" => CueEdge::End,
                    _ => CueEdge::Start,
                });
            }
            "visibility" => self.is_hidden = Some(value == "hidden"),
            "display" => self.is_gone = Some(value == "none"),
            "origin" => self.origin = Some(value),
            "extent" => self.extent = Some(value),
            "position" => self.position = Some(value),
            "displayAlign" => self.display_align = Some(value),
            "writingMode" => {
                self.columns = Some(match value {
                    "tbrl" | "tb" => Some(CueColumns::ToTheLeft),
                    "tblr" => Some(CueColumns::ToTheRight),
                    _ => None,
                });
            }
            "ruby" => self.ruby = Some(value),
            // Letters know their direction, and everything that is seen has a ground of its own.
            "direction" | "unicodeBidi" | "showBackground" | "overflow" | "wrapOption" | "zIndex" => {}
            other => passed.over(format!("{other} was left out")),
        }
    }

    /// Puts what is said over what holds around, and answers what holds for the element alone.
    fn put(&self, around: &mut Inherited) -> Own<'a> {
        let look = &mut around.look;
        look.colour = self.colour.or(look.colour);
        look.italic = self.italic.unwrap_or(look.italic);
        look.bold = self.bold.unwrap_or(look.bold);
        look.underline = self.underline.unwrap_or(look.underline);
        around.align = self.align.or(around.align);
        around.is_hidden = self.is_hidden.unwrap_or(around.is_hidden);
        Own {
            origin: self.origin,
            extent: self.extent,
            position: self.position,
            display_align: self.display_align,
            columns: self.columns.flatten(),
            ruby: self.ruby,
            is_gone: self.is_gone.unwrap_or(false),
            background: self.background,
        }
    }
}

/// An element whose names are being looked up.
struct Open<'a, 'i> {
    node: Node<'a, 'i>,
    names: Take<SplitWhitespace<'a>>,
    said: Said<'a>,
}

impl<'a, 'i> Open<'a, 'i> {
    fn new(node: Node<'a, 'i>, passed: &mut Passed) -> Self {
        let names = node.attribute("style").unwrap_or_default().split_whitespace();
        if names.clone().nth(NAMES_MAX).is_some() {
            passed.over(format!(
                "styles after the {NAMES_MAX}th of one part were left out"
            ));
        }
        Self {
            node,
            names: names.take(NAMES_MAX),
            said: Said::default(),
        }
    }
}

/// The styles of a document by their names.
pub(super) struct Styles<'a, 'i> {
    known: BTreeMap<&'a str, Node<'a, 'i>>,
    /// What styles and regions say, by the number of their node, from when it was first asked for; nothing while that is being found out.
    resolved: BTreeMap<u32, Option<Said<'a>>>,
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
            resolved: BTreeMap::new(),
        }
    }

    /// Takes what an element says, of itself and by the styles that it names, into what holds around it.
    pub fn apply(&mut self, node: Node<'a, 'i>, around: &mut Inherited, passed: &mut Passed) -> Own<'a> {
        self.apply_counting(node, around, passed, &mut 0)
    }

    /// As [`Self::apply`]; counts the names that are looked up.
    pub fn apply_counting(
        &mut self,
        node: Node<'a, 'i>,
        around: &mut Inherited,
        passed: &mut Passed,
        work: &mut usize,
    ) -> Own<'a> {
        let said = if node.tag_name().name() == "region" {
            self.region(node, passed, work)
        } else {
            self.resolve(node, passed, work)
        };
        if let Some(space) = xml(node, "space") {
            around.preserve = space == "preserve";
        }
        said.put(around)
    }

    /// What a region says, of itself and by the styles in it; many paragraphs are shown in one.
    fn region(&mut self, node: Node<'a, 'i>, passed: &mut Passed, work: &mut usize) -> Said<'a> {
        if let Some(Some(said)) = self.resolved.get(&node.id().get()) {
            return *said;
        }
        let mut said = self.resolve(node, passed, work);
        for style in node.children().filter(|child| child.tag_name().name() == "style") {
            said.take(&self.resolve(style, passed, work));
        }
        self.resolved.insert(node.id().get(), Some(said));
        said
    }

    /// What an element says after all that the styles it names say. Each style is looked into once, however many name it, and
    /// those that wait for others do not wait on the stack.
    fn resolve(&mut self, node: Node<'a, 'i>, passed: &mut Passed, work: &mut usize) -> Said<'a> {
        let mut here = Open::new(node, passed);
        let mut outer: Vec<Open<'a, 'i>> = Vec::new();
        loop {
            let Some(name) = here.names.next() else {
                here.said.take_attributes(here.node, passed);
                let Some(mut around) = outer.pop() else {
                    return here.said;
                };
                around.said.take(&here.said);
                self.resolved.insert(here.node.id().get(), Some(here.said));
                here = around;
                continue;
            };
            *work += 1;
            let Some(style) = self.known.get(name) else {
                passed.over("styles that the file does not hold were left out");
                continue;
            };
            match self.resolved.entry(style.id().get()) {
                Entry::Occupied(found) => match found.get() {
                    Some(said) => here.said.take(said),
                    None => passed.over("styles that lead back to themselves were left out"),
                },
                Entry::Vacant(unknown) => {
                    unknown.insert(None);
                    let inner = Open::new(*style, passed);
                    outer.push(std::mem::replace(&mut here, inner));
                }
            }
        }
    }
}

fn decoration(value: &str, underline: &mut Option<bool>, passed: &mut Passed) {
    for word in value.split_whitespace() {
        match word {
            "underline" => *underline = Some(true),
            "none" | "noUnderline" => *underline = Some(false),
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
