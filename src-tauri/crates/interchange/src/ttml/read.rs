//! Reading: what every paragraph shows when, and cues made of that.

use std::collections::{BTreeMap, BTreeSet};

use ledger::payload::CuePlace;
use roxmltree::{Document, Node, ParsingOptions};
use timebase::{FlickRange, Flicks};

use super::{
    place::Frame,
    style::{Inherited, Own, Styles, xml},
    time::Clock,
};
use crate::{
    Cue, CueReading, ReadError,
    markup::{Look, Marked, lines, settled},
    reading::Passed,
    subtitle_text::decode,
};

/// A document may not make more nodes than this; a feature film makes some ten thousand.
const NODES_MAX: u32 = 2_000_000;
/// Parts of a document are not nested deeper than this.
const DEPTH_MAX: usize = 24;
/// Timed parts of one paragraph: what it shows is told anew at each of their ends.
const TIMED_MAX: usize = 1000;
/// Letters of one paragraph, each counted as often as what the paragraph shows changes.
const PARAGRAPH_LETTERS_MAX: usize = 64_000_000;
/// Letters that all cues of a document show together: a day of words that come one by one has fewer.
const SHOWN_LETTERS_MAX: usize = 4_000_000;
/// What holds the texts of ruby.
const RUBY_TEXTS: &str = "textContainer";
/// A time that never comes.
const NEVER: Flicks = Flicks(i64::MAX / 2);

/// Cues in the order of the file.
pub(crate) fn read(bytes: &[u8]) -> Result<CueReading, ReadError> {
    let (text, guess) = decode(bytes);
    let options = ParsingOptions {
        // Without a document type there are no entities of its own, and so none that grow.
        allow_dtd: false,
        nodes_limit: NODES_MAX,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text.trim_start_matches('\u{FEFF}').trim_start(), options)
        .map_err(|error| ReadError::Line {
            line: usize::try_from(error.pos().row).unwrap_or(0),
            words: error.to_string(),
        })?;
    let root = document.root_element();
    if root.tag_name().name() != "tt" {
        return Err(wrong(format!("its root is {}", root.tag_name().name())));
    }
    let mut passed = Passed::default();
    if let Some(guess) = guess {
        passed.over(guess);
    }
    let mut styles = Styles::of(root);
    let mut top = Inherited::NONE;
    let own = styles.apply(root, &mut top, &mut passed);
    let mut reading = Reading {
        clock: Clock::of(root),
        frame: Frame::of(root, own),
        regions: regions(root),
        styles,
        top,
        passed,
        cues: Vec::new(),
        shown_letters: 0,
    };
    let whole = Span {
        begin: Flicks::ZERO,
        end: NEVER,
    };
    for body in parts(root).filter(|node| is(*node, "body")) {
        let times = reading.times(body, whole, Flicks::ZERO, false, 0)?;
        reading.block(body, times, top, None, 0)?;
    }
    if reading.clock.is_smpte {
        reading.passed.over("times are timecode");
    }
    Ok(CueReading {
        is_timecode: reading.clock.is_smpte,
        cues: reading.cues,
        notes: reading.passed.into_notes(),
    })
}

fn wrong(words: String) -> ReadError {
    ReadError::Structure {
        expected: "a TTML file",
        words,
    }
}

fn is(node: Node<'_, '_>, name: &str) -> bool {
    node.tag_name().name() == name
}

/// The parts of an element that can be shown: no descriptions, and nothing of other languages.
fn parts<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    let space = node.tag_name().namespace();
    node.children()
        .filter(move |child| child.is_element() && child.tag_name().namespace() == space)
}

fn regions<'a, 'i>(root: Node<'a, 'i>) -> BTreeMap<&'a str, Node<'a, 'i>> {
    root.descendants()
        .filter(|node| is(*node, "region"))
        .filter_map(|node| Some((xml(node, "id").or_else(|| node.attribute("id"))?, node)))
        .collect()
}

/// When something is shown.
#[derive(Clone, Copy, Debug)]
struct Span {
    begin: Flicks,
    end: Flicks,
}

/// Words that are shown together, of one look.
struct Run<'a> {
    span: Span,
    text: &'a str,
    letters: usize,
    look: Look,
    preserve: bool,
}

impl<'a> Run<'a> {
    fn new(text: &'a str, here: Inherited, span: Span) -> Self {
        Self {
            span,
            text,
            letters: text.chars().count(),
            look: here.look,
            preserve: here.preserve,
        }
    }
}

struct Reading<'a, 'i> {
    clock: Clock,
    frame: Frame,
    regions: BTreeMap<&'a str, Node<'a, 'i>>,
    styles: Styles<'a, 'i>,
    top: Inherited,
    passed: Passed,
    cues: Vec<Cue>,
    /// Letters that all cues together show.
    shown_letters: usize,
}

impl<'a, 'i> Reading<'a, 'i> {
    /// When an element is shown: by its own times, counted from where it can begin, within what holds it. In a sequence an
    /// element without times lasts as long as what is in it.
    fn times(
        &mut self,
        node: Node<'a, 'i>,
        around: Span,
        from: Flicks,
        in_sequence: bool,
        depth: usize,
    ) -> Result<Span, ReadError> {
        if depth > DEPTH_MAX {
            return Err(wrong(format!("its parts are nested deeper than {DEPTH_MAX}")));
        }
        let begin = from + self.time(node, "begin").unwrap_or(Flicks::ZERO);
        let end = self.time(node, "end").map(|end| from + end);
        let after = self.time(node, "dur").map(|dur| begin + dur);
        let end = match (end, after) {
            (Some(end), Some(after)) => end.min(after),
            (Some(end), None) | (None, Some(end)) => end,
            (None, None) if in_sequence => self.filled(node, begin, depth)?,
            (None, None) => around.end,
        };
        Ok(Span {
            begin: begin.max(around.begin),
            end: end.min(around.end),
        })
    }

    /// When the last of an element's parts ends; for words alone at once.
    fn filled(&mut self, node: Node<'a, 'i>, begin: Flicks, depth: usize) -> Result<Flicks, ReadError> {
        let whole = Span { begin, end: NEVER };
        let in_sequence = is_sequence(node);
        let (mut last, mut from) = (begin, begin);
        let children: Vec<_> = parts(node).filter(|child| is_shown(*child)).collect();
        for child in children {
            let span = self.times(child, whole, from, in_sequence, depth + 1)?;
            last = last.max(span.end);
            if in_sequence {
                from = span.end;
            }
        }
        Ok(last)
    }

    fn time(&mut self, node: Node<'a, 'i>, name: &str) -> Option<Flicks> {
        let text = node.attribute(name)?;
        let time = self.clock.read(text);
        if time.is_none() {
            self.passed.over("times that do not read were left out");
        }
        time
    }

    /// Body, divisions and paragraphs.
    fn block(
        &mut self,
        node: Node<'a, 'i>,
        span: Span,
        around: Inherited,
        region: Option<Node<'a, 'i>>,
        depth: usize,
    ) -> Result<(), ReadError> {
        let region = self.region_of(node).or(region);
        if is(node, "p") {
            return self.paragraph(node, span, around, region);
        }
        let mut here = around;
        let own = self.styles.apply(node, &mut here, &mut self.passed);
        if own.is_gone {
            return Ok(());
        }
        if own.background.flatten().is_some() {
            self.passed.over("grounds of whole regions were left out");
        }
        let in_sequence = is_sequence(node);
        let mut from = span.begin;
        let children: Vec<_> = parts(node).collect();
        for child in children {
            if !is_shown(child) {
                self.pass_over(child);
                continue;
            }
            let times = self.times(child, span, from, in_sequence, depth + 1)?;
            if in_sequence {
                from = times.end;
            }
            if is(child, "div") || is(child, "p") {
                self.block(child, times, here, region, depth + 1)?;
            }
        }
        Ok(())
    }

    fn pass_over(&mut self, node: Node<'a, 'i>) {
        match node.tag_name().name() {
            "set" | "animate" => self.passed.over("changes in the course of time were left out"),
            "image" => self.passed.over("pictures were left out"),
            _ => {}
        }
    }

    fn region_of(&mut self, node: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
        let name = node.attribute("region")?;
        let found = self.regions.get(name).copied();
        if found.is_none() {
            self.passed
                .over("regions that the file does not hold were left out");
        }
        found
    }

    fn paragraph(
        &mut self,
        node: Node<'a, 'i>,
        span: Span,
        around: Inherited,
        region: Option<Node<'a, 'i>>,
    ) -> Result<(), ReadError> {
        // What a region says holds for what is shown in it, unless the words themselves or what holds them say otherwise.
        let mut here = around;
        let mut box_own = Own::default();
        if let Some(region) = region {
            let mut in_region = self.top;
            box_own = self.styles.apply(region, &mut in_region, &mut self.passed);
            if box_own.background.flatten().is_some() {
                self.passed.over("grounds of whole regions were left out");
            }
            if region.has_attribute("begin") || region.has_attribute("end") || region.has_attribute("dur") {
                self.passed.over("times of regions were left out");
            }
            here = under(in_region, around, self.top);
        }
        let own = self.styles.apply(node, &mut here, &mut self.passed);
        if own.is_gone || box_own.is_gone {
            return Ok(());
        }
        if let Some(background) = own.background {
            here.look.background = background;
        }
        let mut runs = Vec::new();
        let in_ruby_text = own.ruby == Some(RUBY_TEXTS);
        self.inline(node, span, here, in_ruby_text, &mut runs, 0)?;
        let place = match region {
            // A file that says nothing of places means the usual one.
            None => here
                .align
                .filter(|align| *align != ledger::payload::CueEdge::Middle)
                .map(|align| CuePlace {
                    align: Some(align),
                    ..CuePlace::default()
                }),
            Some(_) => self.frame.place(&box_own, here.align).unwrap_or_else(|()| {
                self.passed.over("places that do not read were left out");
                None
            }),
        };
        self.told(&runs, place)
    }

    /// Spans, words and line breaks.
    fn inline(
        &mut self,
        node: Node<'a, 'i>,
        span: Span,
        here: Inherited,
        in_ruby_text: bool,
        runs: &mut Vec<Run<'a>>,
        depth: usize,
    ) -> Result<(), ReadError> {
        if depth > DEPTH_MAX {
            return Err(wrong(format!("its parts are nested deeper than {DEPTH_MAX}")));
        }
        let in_sequence = is_sequence(node);
        let space = node.tag_name().namespace();
        let mut from = span.begin;
        for child in node.children() {
            if let Some(text) = child.text().filter(|_| child.is_text()) {
                // Words in a sequence last as long as they say, which is not at all.
                if !in_sequence && !here.is_hidden {
                    runs.push(Run::new(text, here, span));
                }
                continue;
            }
            if !child.is_element() || child.tag_name().namespace() != space {
                continue;
            }
            match child.tag_name().name() {
                "br" if !in_sequence => runs.push(Run::new(
                    "\n",
                    Inherited {
                        preserve: true,
                        ..here
                    },
                    span,
                )),
                "span" => {
                    let times = self.times(child, span, from, in_sequence, depth + 1)?;
                    if in_sequence {
                        from = times.end;
                    }
                    let mut inside = here;
                    let own = self.styles.apply(child, &mut inside, &mut self.passed);
                    if own.is_gone {
                        continue;
                    }
                    if let Some(background) = own.background {
                        inside.look.background = background;
                    }
                    // Containers hold texts, and one pair of brackets is enough.
                    let is_ruby = matches!(own.ruby, Some("text" | RUBY_TEXTS)) && !in_ruby_text;
                    if is_ruby {
                        self.passed.over("ruby stands in brackets behind its word");
                        runs.push(Run::new("（", inside, times));
                    }
                    if own.ruby != Some("delimiter") {
                        let in_ruby_text = own.ruby == Some(RUBY_TEXTS);
                        self.inline(child, times, inside, in_ruby_text, runs, depth + 1)?;
                    }
                    if is_ruby {
                        runs.push(Run::new("）", inside, times));
                    }
                }
                _ => self.pass_over(child),
            }
        }
        Ok(())
    }

    /// Makes a cue of every time between two changes in which a paragraph shows words.
    fn told(&mut self, runs: &[Run<'a>], place: Option<CuePlace>) -> Result<(), ReadError> {
        let shown: Vec<&Run> = runs.iter().filter(|run| run.span.begin < run.span.end).collect();
        let ends: BTreeSet<Flicks> = shown
            .iter()
            .flat_map(|run| [run.span.begin, run.span.end])
            .collect();
        if ends.len() > TIMED_MAX {
            return Err(wrong(format!(
                "one of its paragraphs changes more than {TIMED_MAX} times"
            )));
        }
        let letters: usize = shown.iter().map(|run| run.letters).sum();
        if letters.saturating_mul(ends.len()) > PARAGRAPH_LETTERS_MAX {
            return Err(wrong(format!(
                "one of its paragraphs of {letters} letters changes {} times",
                ends.len()
            )));
        }
        let ends: Vec<Flicks> = ends.into_iter().collect();
        let mut made: Vec<Cue> = Vec::new();
        for pair in ends.windows(2) {
            let [start, end] = [pair[0], pair[1]];
            let here: Vec<&Run> = shown
                .iter()
                .copied()
                .filter(|run| run.span.begin <= start && end <= run.span.end)
                .collect();
            self.shown_letters += here.iter().map(|run| run.letters).sum::<usize>();
            if self.shown_letters > SHOWN_LETTERS_MAX {
                return Err(wrong(format!(
                    "its cues would show more than {SHOWN_LETTERS_MAX} letters"
                )));
            }
            let (text, styles) = settled(&lines(&spaced(&here)));
            if text.is_empty() {
                continue;
            }
            if end >= NEVER {
                self.passed.over("words that are never taken away were left out");
                continue;
            }
            match made.last_mut() {
                Some(last) if last.range.end == start && last.text == text && last.styles == styles => {
                    last.range = FlickRange::new(last.range.start, end);
                }
                _ => made.push(Cue {
                    range: FlickRange::new(start, end),
                    text,
                    place,
                    styles,
                }),
            }
        }
        self.cues.extend(made);
        Ok(())
    }
}

fn is_sequence(node: Node<'_, '_>) -> bool {
    node.attribute("timeContainer") == Some("seq")
}

fn is_shown(node: Node<'_, '_>) -> bool {
    matches!(node.tag_name().name(), "body" | "div" | "p" | "span" | "br")
}

/// What a region says, with what the words' own ancestors say over it.
fn under(region: Inherited, around: Inherited, top: Inherited) -> Inherited {
    let mut out = around;
    let (look, ground) = (&mut out.look, region.look);
    if look.colour == top.look.colour {
        look.colour = ground.colour;
    }
    look.italic |= ground.italic;
    look.bold |= ground.bold;
    look.underline |= ground.underline;
    out.align = around.align.or(region.align);
    out.is_hidden |= region.is_hidden;
    out
}

/// The letters of runs, white space made one where the file's own lines mean nothing.
fn spaced(runs: &[&Run]) -> Marked {
    let mut out = Marked::new();
    for run in runs {
        for letter in run.text.chars() {
            let is_space = matches!(letter, ' ' | '\t' | '\n' | '\r');
            if run.preserve || !is_space {
                out.push((letter, run.look));
            } else if !matches!(out.last(), None | Some((' ' | '\n', _))) {
                out.push((' ', run.look));
            }
        }
    }
    out
}
