//! Plots as SVG: lines over time, with a legend on white.

use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 28.0;

/// One line of a plot.
pub struct Line {
    /// Its name in the legend.
    pub name: &'static str,
    /// Its colour.
    pub colour: &'static str,
    /// Its values, at equal distances.
    pub values: Vec<f64>,
}

/// A plot with a title, lines, and the labels of its time axis at equal distances.
pub fn svg(title: &str, lines: &[Line], labels: &[String]) -> String {
    let most = lines.iter().flat_map(|line| &line.values).copied().fold(1.0, f64::max);
    let top = nice(most);
    let y = |value: f64| HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM);
    let x = |place: usize, places: usize| LEFT + place as f64 / (places.max(2) - 1) as f64 * (WIDTH - LEFT - RIGHT);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\" role=\"img\">\n<title>{title}</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"18\" font-weight=\"bold\">{title}</text>\n"
    );
    for step in 0..=4 {
        let value = top * f64::from(step) / 4.0;
        let (at, end) = (y(value), WIDTH - RIGHT);
        let _ = writeln!(svg, "<path d=\"M{LEFT} {at:.1}H{end}\" stroke=\"#ddd\"/>");
        let (left, base) = (LEFT - 6.0, at + 4.0);
        let _ = writeln!(svg, "<text x=\"{left}\" y=\"{base:.1}\" text-anchor=\"end\" fill=\"#555\">{value:.0}</text>");
    }
    for (place, label) in labels.iter().enumerate() {
        let (at, base) = (x(place, labels.len()), HEIGHT - 10.0);
        let _ = writeln!(svg, "<text x=\"{at:.0}\" y=\"{base}\" text-anchor=\"middle\" fill=\"#555\">{label}</text>");
    }
    let mut legend_at = LEFT;
    for Line { name, colour, values } in lines {
        let points: Vec<_> =
            values.iter().enumerate().map(|(n, value)| format!("{:.0},{:.0}", x(n, values.len()), y(*value))).collect();
        let points = points.join(" ");
        let _ = writeln!(svg, "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>");
        let _ = writeln!(svg, "<text x=\"{legend_at}\" y=\"36\" fill=\"{colour}\">{name}</text>");
        legend_at += 8.0 * name.len() as f64;
    }
    svg + "</svg>\n"
}

/// The next number above that divides well by four.
fn nice(value: f64) -> f64 {
    let magnitude = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0];
    steps.into_iter().map(|step| step * magnitude).find(|step| *step >= value).unwrap_or(value)
}
