//! What a reader of the plots can see: of what they are, and every word of them.

use atlas_fleet::HOUR;
use atlas_fleet::plots::{deploy, outage};
use atlas_fleet::tally::Tally;

/// The least contrast of small text (WCAG 2.2, 1.4.3, level AA).
const LEAST_CONTRAST: f64 = 4.5;

fn plots() -> [String; 2] {
    let tally = Tally::new(24 * HOUR);
    [outage(&tally, &tally, 10_000), deploy(&tally, &tally, 10_000)]
}

#[test]
fn they_say_of_how_many_isolates_they_are() {
    for plot in plots() {
        let title = plot.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).expect("a title");
        assert!(title.contains("10,000 isolates"), "{title}");
        assert!(plot.contains(&format!(">{title}</text>")), "{title} is not drawn: {plot}");
    }
}

#[test]
fn every_word_has_enough_contrast_on_white() {
    for plot in plots() {
        let texts: Vec<_> = plot.lines().filter(|line| line.starts_with("<text")).collect();
        assert!(texts.len() > 10, "{plot}");
        for text in texts {
            // Text without a colour is black.
            let colour = text.split("fill=\"#").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("000");
            let contrast = contrast_on_white(colour);
            assert!(contrast >= LEAST_CONTRAST, "{contrast:.2}: {text}");
        }
    }
}

/// The contrast of a colour, in three or six hexadecimal digits, with white.
fn contrast_on_white(colour: &str) -> f64 {
    let digits = colour.len() / 3;
    let channel = |place: usize| {
        let text = colour[place * digits..(place + 1) * digits].repeat(3 - digits);
        let value = f64::from(u8::from_str_radix(&text, 16).expect("hexadecimal")) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = 0.2126 * channel(0) + 0.7152 * channel(1) + 0.0722 * channel(2);
    1.05 / (luminance + 0.05)
}
