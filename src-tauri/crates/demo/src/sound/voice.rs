//! Murmured speech in no language: a glottal source through formants, with consonants, stress, intonation and pauses, so
//! that what listens for speech finds phrases. (After Klatt's cascade synthesiser, much reduced.)

use std::ops::Range;

use super::{Bus, LENGTH, Ring, SAMPLE_RATE, Slow, hiss, sample_at};
use crate::noise::{self, Dice, ease};

/// Somebody who speaks.
#[derive(Clone, Copy)]
struct Speaker {
    /// Rest pitch.
    hertz: f32,
    /// Formants relative to a grown man's.
    tract: f32,
    pan: f32,
    seed: u64,
}

const READER: Speaker = Speaker {
    hertz: 205.0,
    tract: 1.16,
    pan: -0.2,
    seed: 1,
};
const KEEPER: Speaker = Speaker {
    hertz: 112.0,
    tract: 1.0,
    pan: 0.15,
    seed: 2,
};

/// The phrases: when (seconds), who, what. Letters are sounds (see [`phone`]), a space ends a word, `'` stresses the syllable that follows.
const PHRASES: [(f32, Speaker, &str); 9] = [
    (12.25, READER, "m'ena l'iro sa t'onema"),
    (14.95, READER, "'oli d'emi ra s'ulano"),
    (18.9, READER, "n'ami ro l'ena t'iso k'ale"),
    (22.0, READER, "s'ena m'olu"),
    (40.5, KEEPER, "h'eno r'ama l'oki d'una"),
    (43.0, KEEPER, "s'ile m'oro ta k'enade r'isa"),
    (45.75, KEEPER, "l'umo n'era"),
    (52.1, READER, "w'ila n'oma s'are t'eli"),
    (54.55, READER, "m'ona r'eli d'asu"),
];

/// One sound: how long, its formants, how much voice, how much breath and where that breath hisses.
#[derive(Clone, Copy, Debug)]
struct Phone {
    secs: f32,
    formants: [f32; 3],
    voice: f32,
    breath: f32,
    hiss: f32,
}

/// Targets from the usual tables of vowel and consonant formants.
fn phone(letter: char) -> Option<Phone> {
    let (secs, formants, voice, breath, hiss) = match letter {
        'a' => (0.135, [730.0, 1190.0, 2440.0], 1.0, 0.0, 0.0),
        'e' => (0.120, [500.0, 1800.0, 2500.0], 0.95, 0.0, 0.0),
        'i' => (0.105, [290.0, 2250.0, 2950.0], 0.85, 0.0, 0.0),
        'o' => (0.130, [520.0, 900.0, 2400.0], 0.95, 0.0, 0.0),
        'u' => (0.110, [320.0, 820.0, 2250.0], 0.85, 0.0, 0.0),
        'm' => (0.070, [250.0, 1050.0, 2200.0], 0.42, 0.0, 0.0),
        'n' => (0.062, [260.0, 1500.0, 2500.0], 0.42, 0.0, 0.0),
        'l' => (0.058, [360.0, 1250.0, 2700.0], 0.55, 0.0, 0.0),
        'r' => (0.056, [400.0, 1250.0, 1700.0], 0.55, 0.0, 0.0),
        'w' => (0.060, [300.0, 680.0, 2200.0], 0.5, 0.0, 0.0),
        'd' => (0.048, [260.0, 1700.0, 2600.0], 0.16, 0.10, 3800.0),
        't' => (0.070, [300.0, 1750.0, 2650.0], 0.0, 0.30, 4600.0),
        'k' => (0.075, [300.0, 1900.0, 2300.0], 0.0, 0.26, 2100.0),
        's' => (0.095, [300.0, 1700.0, 2600.0], 0.0, 0.34, 6200.0),
        'h' => (0.060, [500.0, 1500.0, 2500.0], 0.0, 0.12, 1500.0),
        _ => return None,
    };
    Some(Phone {
        secs,
        formants,
        voice,
        breath,
        hiss,
    })
}

/// Speaks every phrase; gives back where each lies, in samples.
pub(super) fn speak(bus: &mut Bus) -> Vec<Range<usize>> {
    PHRASES
        .iter()
        .map(|&(start, who, text)| phrase(bus, sample_at(start), who, text))
        .collect()
}

/// A phone in its place in a phrase.
struct Placed {
    phone: Phone,
    start: f32,
    stress: bool,
}

fn lay_out(text: &str, dice: &mut Dice) -> (Vec<Placed>, f32) {
    let mut placed = Vec::new();
    let (mut at, mut stress) = (0.0, false);
    let last_vowel = text.rfind(|letter| "aeiou".contains(letter)).unwrap_or(0);
    for (place, letter) in text.char_indices() {
        match letter {
            '\'' => stress = true,
            ' ' => at += 0.02,
            _ => {
                let Some(mut phone) = phone(letter) else { continue };
                let vowel = "aeiou".contains(letter);
                let stretch =
                    if vowel && stress { 1.28 } else { 1.0 } * if place == last_vowel { 1.5 } else { 1.0 };
                phone.secs *= stretch * dice.between(0.92, 1.1);
                placed.push(Placed {
                    phone,
                    start: at,
                    stress: stress && vowel,
                });
                at += phone.secs;
                if vowel {
                    stress = false;
                }
            }
        }
    }
    (placed, at)
}

fn phrase(bus: &mut Bus, start: usize, who: Speaker, text: &str) -> Range<usize> {
    let mut dice = Dice::new(who.seed * 1000 + start as u64);
    let (placed, length) = lay_out(text, &mut dice);
    let count = ((length + 0.12) * SAMPLE_RATE as f32) as usize;
    let mut tract = Tract::new(who);
    let mut current = 0;
    for k in 0..count.min(LENGTH.saturating_sub(start)) {
        let secs = k as f32 / SAMPLE_RATE as f32;
        while placed.get(current + 1).is_some_and(|next| next.start <= secs) {
            current += 1;
        }
        let Some(now) = placed.get(current) else { break };
        let next = placed.get(current + 1).unwrap_or(now);
        let spent = ((secs - now.start) / now.phone.secs).min(1.0);
        if k % 48 == 0 {
            tract.move_to(now, next, spent);
        }
        let tail = ease((length + 0.1 - secs) / 0.16);
        let pitch = intonation(who, secs / length, now.stress, spent);
        let value = tract.sound(&now.phone, pitch, spent, k) * tail * ease(secs / 0.03);
        bus.add(start + k, value, who.pan);
    }
    start..start + count
}

/// The melody of a sentence: falls to its end, lifts on stress, never quite straight.
fn intonation(who: Speaker, part: f32, stress: bool, spent: f32) -> f32 {
    let fall = 1.13 - 0.26 * part;
    let lift = if stress {
        0.14 * (std::f32::consts::PI * spent).sin()
    } else {
        0.0
    };
    let waver = 0.03 * (noise::line_octaves(who.seed + 800, part * 11.0, 2) - 0.5);
    who.hertz * (fall + lift + waver)
}

/// The throat and mouth.
struct Tract {
    scale: f32,
    seed: u64,
    formants: [Ring; 4],
    aim: [f32; 3],
    breath: Ring,
    phase: f32,
    wobble: f32,
    voice: Slow,
    air: Slow,
    lips: f32,
}

impl Tract {
    fn new(who: Speaker) -> Self {
        Self {
            scale: who.tract,
            seed: who.seed,
            formants: [Ring::default(); 4],
            aim: [500.0, 1500.0, 2500.0],
            breath: Ring::band(4000.0, 1500.0),
            phase: 0.0,
            wobble: 1.0,
            voice: Slow::new(32.0),
            air: Slow::new(70.0),
            lips: 0.0,
        }
    }

    /// Glides the resonances: the second half of a sound already leans to the next.
    fn move_to(&mut self, now: &Placed, next: &Placed, spent: f32) {
        let lean = 0.5 * ease((spent - 0.45) / 0.55);
        let widths = [75.0, 105.0, 150.0, 220.0];
        for (at, aim) in self.aim.iter_mut().enumerate() {
            let target = now.phone.formants[at] + (next.phone.formants[at] - now.phone.formants[at]) * lean;
            *aim += (target - *aim) * 0.075;
            self.formants[at].tune(*aim * self.scale, widths[at]);
        }
        self.formants[3].tune(3500.0 * self.scale, widths[3]);
        if now.phone.hiss > 0.0 {
            let fresh = Ring::band(now.phone.hiss, now.phone.hiss * 0.36);
            self.breath = Ring {
                one: self.breath.one,
                two: self.breath.two,
                ..fresh
            };
        }
    }

    fn sound(&mut self, phone: &Phone, hertz: f32, spent: f32, at: usize) -> f32 {
        let voice = self.voice.pass(phone.voice);
        // A stop is silent first and bursts at its end; a fricative swells.
        let stop = phone.voice < 0.2 && phone.breath > 0.0 && phone.secs < 0.085 && phone.hiss != 1500.0;
        let open = if stop {
            ease((spent - 0.58) / 0.08) * ease((1.05 - spent) / 0.3)
        } else {
            ease(spent / 0.25) * ease((1.0 - spent) / 0.2)
        };
        let air = self.air.pass(phone.breath * open);
        self.phase += hertz * self.wobble / SAMPLE_RATE as f32;
        if self.phase >= 1.0 {
            self.phase -= 1.0;
            // No two periods are quite alike.
            self.wobble = 1.0 + 0.012 * hiss(70 + self.seed, at);
        }
        let noise = hiss(20 + self.seed, at);
        let source = pulse(self.phase) * voice + noise * 0.012 * voice;
        let mut tone = source;
        for formant in &mut self.formants {
            tone = formant.pass(tone);
        }
        // The lips radiate the change of flow.
        let flow = tone - self.lips * 0.94;
        self.lips = tone;
        flow * 2.2 + self.breath.pass(noise) * air * 0.9
    }
}

/// One period of the flow through the glottis (Rosenberg): opens slowly, shuts fast, rests.
fn pulse(phase: f32) -> f32 {
    if phase < 0.42 {
        0.5 * (1.0 - (std::f32::consts::PI * phase / 0.42).cos())
    } else if phase < 0.60 {
        (std::f32::consts::FRAC_PI_2 * (phase - 0.42) / 0.18).cos()
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_do_not_overlap_and_leave_pauses() {
        let mut bus = Bus::silent();
        let spoken = speak(&mut bus);
        assert_eq!(spoken.len(), PHRASES.len());
        for pair in spoken.windows(2) {
            assert!(pair[0].end + SAMPLE_RATE as usize / 4 < pair[1].start, "{pair:?}");
        }
        let loudness = |span: Range<usize>| {
            (bus.left[span.clone()].iter().map(|v| v * v).sum::<f32>() / span.len() as f32).sqrt()
        };
        for phrase in &spoken {
            assert!(loudness(phrase.clone()) > 0.01, "{phrase:?} is silent");
            assert_eq!(loudness(phrase.end + 100..phrase.end + 4800), 0.0);
        }
    }

    #[test]
    fn every_letter_of_every_phrase_has_a_sound() {
        for (_, _, text) in PHRASES {
            assert!(
                text.chars().all(|c| c == ' ' || c == '\'' || phone(c).is_some()),
                "{text}"
            );
        }
    }
}
