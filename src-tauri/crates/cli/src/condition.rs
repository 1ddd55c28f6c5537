//! The little language of `decide --where`: comparisons of a proposal's fields, joined by `and`, `or`, `not` and brackets.

use workstation::{ProposalRow, ProposalState};

/// A condition on a proposal.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Both hold.
    And(Box<Self>, Box<Self>),
    /// One or both hold.
    Or(Box<Self>, Box<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// A text field against a text.
    Text(TextField, TextTest, String),
    /// A number field against a number. A field without a value never matches.
    Number(NumberField, NumberTest, f64),
}

/// Fields that are text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextField {
    /// First digits of its id.
    Id,
    /// First digits of its asset.
    Asset,
    /// Its kind.
    Kind,
    /// Where it stands.
    State,
    /// Who made it.
    Engine,
    /// With what.
    Model,
    /// Its few words.
    Title,
}

/// Fields that are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberField {
    /// 0 to 1.
    Confidence,
    /// First frame inside.
    StartFrame,
    /// First frame after.
    EndFrame,
    /// Start, seconds.
    StartSecs,
    /// End, seconds.
    EndSecs,
    /// What a decision is worth.
    Worth,
}

/// How texts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextTest {
    /// The same; of an id, the same first digits.
    Is,
    /// Not so.
    IsNot,
    /// Contains, in any case.
    Contains,
}

/// How numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberTest {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Is,
    /// `!=`
    IsNot,
    /// `>=`
    AtLeast,
    /// `>`
    More,
}

/// Why a condition does not read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{words} (at character {})", .at + 1)]
pub struct ConditionError {
    /// What is wrong.
    pub words: String,
    /// Characters before the place.
    pub at: usize,
}

/// Conditions inside conditions, at most.
const MAX_DEPTH: usize = 64;

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// [`ConditionError`] with the place and what was expected there.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        let mut parser = Parser {
            words: words(text)?,
            at: 0,
            end: text.chars().count(),
            depth: 0,
        };
        let condition = parser.or()?;
        match parser.peek() {
            None => Ok(condition),
            Some(word) => Err(error(
                format!("“and” or “or” is expected before {}", word.text),
                word.at,
            )),
        }
    }

    /// Whether a proposal matches.
    pub fn matches(&self, row: &ProposalRow) -> bool {
        match self {
            Self::And(left, right) => left.matches(row) && right.matches(row),
            Self::Or(left, right) => left.matches(row) || right.matches(row),
            Self::Not(inner) => !inner.matches(row),
            Self::Text(field, test, wanted) => text_matches(*field, *test, wanted, row),
            Self::Number(field, test, wanted) => {
                number(*field, row).is_some_and(|found| compare(found, *test, *wanted))
            }
        }
    }
}

fn text_matches(field: TextField, test: TextTest, wanted: &str, row: &ProposalRow) -> bool {
    let found = match field {
        TextField::Id => row.id.as_str(),
        TextField::Asset => row.asset.as_str(),
        TextField::Kind => row.kind.as_str(),
        TextField::State => state_word(row.state),
        TextField::Engine => row.engine.as_str(),
        TextField::Model => row.model.as_str(),
        TextField::Title => row.title.as_str(),
    };
    let is = match field {
        TextField::Id | TextField::Asset => found.starts_with(&wanted.to_ascii_lowercase()),
        _ => found == wanted,
    };
    match test {
        TextTest::Is => is,
        TextTest::IsNot => !is,
        TextTest::Contains => found.to_lowercase().contains(&wanted.to_lowercase()),
    }
}

fn number(field: NumberField, row: &ProposalRow) -> Option<f64> {
    match field {
        NumberField::Confidence => row.confidence,
        NumberField::StartFrame => Some(row.start_frame as f64),
        NumberField::EndFrame => Some(row.end_frame as f64),
        NumberField::StartSecs => Some(row.start_secs),
        NumberField::EndSecs => Some(row.end_secs),
        NumberField::Worth => Some(row.worth),
    }
}

fn compare(found: f64, test: NumberTest, wanted: f64) -> bool {
    // Values have at most three decimals of meaning; what was typed as 0.9 must meet what was stored as 900/1000.
    let difference = found - wanted;
    let same = difference.abs() < 1e-6;
    match test {
        NumberTest::Less => difference < 0.0 && !same,
        NumberTest::AtMost => difference < 0.0 || same,
        NumberTest::Is => same,
        NumberTest::IsNot => !same,
        NumberTest::AtLeast => difference > 0.0 || same,
        NumberTest::More => difference > 0.0 && !same,
    }
}

/// A state as it is typed.
pub fn state_word(state: ProposalState) -> &'static str {
    match state {
        ProposalState::Open => "open",
        ProposalState::Circled => "circled",
        ProposalState::Rejected => "rejected",
        ProposalState::Conflict => "conflict",
    }
}

struct Word {
    text: String,
    at: usize,
    quoted: bool,
}

fn error(words: String, at: usize) -> ConditionError {
    ConditionError { words, at }
}

fn words(text: &str) -> Result<Vec<Word>, ConditionError> {
    let letters: Vec<char> = text.chars().collect();
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(&c) = letters.get(at) {
        let start = at;
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        if c == '"' || c == '\'' {
            let length = letters[at + 1..].iter().position(|other| *other == c);
            let length = length.ok_or_else(|| error("this quote is not closed".into(), start))?;
            words.push(Word {
                text: letters[at + 1..at + 1 + length].iter().collect(),
                at: start,
                quoted: true,
            });
            at += length + 2;
            continue;
        }
        let same = |c: char| -> u8 {
            match c {
                '=' | '<' | '>' | '!' | '~' => 1,
                '(' | ')' => 2,
                c if c.is_whitespace() || c == '"' || c == '\'' => 3,
                _ => 0,
            }
        };
        at += 1;
        while same(c) != 2 && letters.get(at).is_some_and(|next| same(*next) == same(c)) {
            at += 1;
        }
        words.push(Word {
            text: letters[start..at].iter().collect(),
            at: start,
            quoted: false,
        });
    }
    Ok(words)
}

struct Parser {
    words: Vec<Word>,
    at: usize,
    end: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Word> {
        self.words.get(self.at)
    }

    fn is(&self, keyword: &str) -> bool {
        self.peek()
            .is_some_and(|word| !word.quoted && word.text.eq_ignore_ascii_case(keyword))
    }

    fn take(&mut self, keyword: &str) -> bool {
        let found = self.is(keyword);
        self.at += usize::from(found);
        found
    }

    fn next(&mut self, expected: &str) -> Result<&Word, ConditionError> {
        let at = self.at;
        self.at += 1;
        self.words
            .get(at)
            .ok_or_else(|| error(format!("{expected} is missing"), self.end))
    }

    fn or(&mut self) -> Result<Condition, ConditionError> {
        let mut left = self.and()?;
        while self.take("or") {
            left = Condition::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Condition, ConditionError> {
        let mut left = self.not()?;
        while self.take("and") {
            left = Condition::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Condition, ConditionError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(error(
                "too many brackets".into(),
                self.peek().map_or(self.end, |word| word.at),
            ));
        }
        let condition = if self.take("not") {
            Condition::Not(Box::new(self.not()?))
        } else if self.take("(") {
            let inner = self.or()?;
            if !self.take(")") {
                return Err(error(
                    "a closing bracket is missing".into(),
                    self.peek().map_or(self.end, |word| word.at),
                ));
            }
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn comparison(&mut self) -> Result<Condition, ConditionError> {
        let (name, at) = {
            let word = self.next("a field (kind, state, confidence, …)")?;
            (word.text.clone(), word.at)
        };
        let (test, test_at) = {
            let word = self.next("a comparison (= != < <= > >= ~)")?;
            (word.text.clone(), word.at)
        };
        let (value, value_at) = {
            let word = self.next("a value")?;
            (word.text.clone(), word.at)
        };
        if let Some(field) = text_field(&name) {
            let test = match test.as_str() {
                "=" | "==" => TextTest::Is,
                "!=" => TextTest::IsNot,
                "~" => TextTest::Contains,
                _ => {
                    return Err(error(
                        format!("{name} is text: compare it with =, != or ~, not {test}"),
                        test_at,
                    ));
                }
            };
            if field == TextField::State
                && !["open", "circled", "rejected", "conflict"].contains(&value.as_str())
            {
                return Err(error(
                    format!("a state is open, circled, rejected or conflict, not {value}"),
                    value_at,
                ));
            }
            return Ok(Condition::Text(field, test, value));
        }
        let Some(field) = number_field(&name) else {
            let fields = "id, asset, kind, state, engine, model, title, confidence, start_frame, end_frame, start_secs, end_secs, worth";
            return Err(error(format!("there is no field {name}; there are {fields}"), at));
        };
        let test = match test.as_str() {
            "<" => NumberTest::Less,
            "<=" => NumberTest::AtMost,
            "=" | "==" => NumberTest::Is,
            "!=" => NumberTest::IsNot,
            ">=" => NumberTest::AtLeast,
            ">" => NumberTest::More,
            _ => {
                return Err(error(
                    format!("{name} is a number: compare it with = != < <= > >=, not {test}"),
                    test_at,
                ));
            }
        };
        let number = value.parse::<f64>().ok().filter(|number| number.is_finite());
        let number =
            number.ok_or_else(|| error(format!("{name} is a number, and {value} is none"), value_at))?;
        Ok(Condition::Number(field, test, number))
    }
}

fn text_field(name: &str) -> Option<TextField> {
    Some(match name {
        "id" => TextField::Id,
        "asset" => TextField::Asset,
        "kind" => TextField::Kind,
        "state" => TextField::State,
        "engine" => TextField::Engine,
        "model" => TextField::Model,
        "title" => TextField::Title,
        _ => return None,
    })
}

fn number_field(name: &str) -> Option<NumberField> {
    Some(match name {
        "confidence" => NumberField::Confidence,
        "start_frame" => NumberField::StartFrame,
        "end_frame" => NumberField::EndFrame,
        "start_secs" => NumberField::StartSecs,
        "end_secs" => NumberField::EndSecs,
        "worth" => NumberField::Worth,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: &str, confidence: Option<f64>, state: ProposalState, title: &str) -> ProposalRow {
        ProposalRow {
            id: "3fa2c1d0".repeat(4),
            asset: "beef".repeat(8),
            kind: kind.into(),
            start_frame: 10,
            end_frame: 20,
            start_secs: 0.4,
            end_secs: 0.8,
            start_timecode: String::new(),
            end_timecode: String::new(),
            state,
            confidence,
            engine: "local.shots".into(),
            model: "m".into(),
            version: "1".into(),
            run: String::new(),
            payload: serde_json::json!({}),
            edit: None,
            title: title.into(),
            detail: String::new(),
            worth: 5.0,
            decided: None,
        }
    }

    fn matches(text: &str, row: &ProposalRow) -> bool {
        Condition::parse(text)
            .unwrap_or_else(|error| panic!("{text}: {error}"))
            .matches(row)
    }

    #[test]
    fn conditions_say_what_they_look_like() {
        let shot = row("shots", Some(0.9), ProposalState::Open, "Shot 4 · cut");
        for text in [
            "kind=shots and confidence>=0.9 and state=open",
            "kind = shots AND confidence >= .9",
            "(kind=faces or kind=shots) and not state=circled",
            "asset=beefbeef and id=3FA2C1",
            "title ~ \"shot 4\"",
            "not (confidence<0.9)",
            "kind=faces and state=open or kind=shots",
            "start_frame>=10 and end_frame<21 and worth != 4",
        ] {
            assert!(matches(text, &shot), "{text}");
        }
        for text in [
            "confidence>0.9",
            "kind!=shots",
            "state=rejected",
            "title = \"Shot\"",
            "kind=faces and (state=open or kind=shots)",
        ] {
            assert!(!matches(text, &shot), "{text}");
        }
    }

    #[test]
    fn a_proposal_without_confidence_meets_no_limit() {
        let slot = row("cues", None, ProposalState::Open, "Speech slot");
        assert!(!matches("confidence>=0", &slot) && !matches("confidence<1", &slot));
        assert!(matches("not confidence>=0", &slot));
    }

    #[test]
    fn errors_name_the_place_and_what_was_expected() {
        for (text, at, words) in [
            ("", 0, "a field"),
            ("kind", 4, "a comparison"),
            ("kind=", 5, "a value"),
            ("colour=red", 0, "no field colour"),
            ("confidence~0.9", 10, "is a number"),
            ("kind>=shots", 4, "is text"),
            ("state=done", 6, "a state is"),
            ("confidence>=high", 12, "is none"),
            ("kind=shots kind=faces", 11, "“and” or “or”"),
            ("(kind=shots", 11, "closing bracket"),
            ("title ~ \"x", 8, "not closed"),
        ] {
            let error = Condition::parse(text).unwrap_err();
            assert_eq!(error.at, at, "{text}: {error}");
            assert!(error.words.contains(words), "{text}: {error}");
        }
        Condition::parse(&"(".repeat(10_000)).unwrap_err();
        Condition::parse(&"not ".repeat(10_000)).unwrap_err();
    }
}
