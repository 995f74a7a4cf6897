//! A series as an SVG document, drawn with `plotters`.
//!
//! In: a [`Series`]. Out: one SVG element without script, style sheet or reference to anything outside. Guarantee: shapes and dashes, not colours alone,
//! tell the marks apart; every text goes through [`text::fitted`] before it is drawn.

use super::axis::{self, Counts};
use super::{ChartError, Series, text};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// What is drawn on has whole coordinates only, so it is larger than what is shown: a tenth of a pixel is the finest step.
const SCALE: i32 = 10;
const WIDTH: i32 = 900;
/// With one line of keys.
const HEIGHT: i32 = 420;
/// What is left free at the sides of the document.
const SIDE: i32 = 20;
/// From one line of keys to the next.
const KEY_LINE: i32 = 18;
/// More lines of keys would be read by nobody.
const MOST_KEY_LINES: usize = 3;
/// What is between two keys.
const BETWEEN: &str = "  ·  ";
/// The rectangle that the axes span, where the keys take one line: left, top, right, bottom.
const PLOT: [i32; 4] = [68, 92, WIDTH - 44, HEIGHT - 54];

/// Colours that are told apart without red and green, and differ as greys.
const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const FAINT_INK: RGBColor = RGBColor(0x59, 0x59, 0x59);
const GRID: RGBColor = RGBColor(0xE3, 0xE3, 0xE3);
const AXIS: RGBColor = RGBColor(0x8A, 0x8A, 0x8A);
const BAND: RGBColor = RGBColor(0x70, 0x99, 0xBE);
/// How much of the band is seen over the grid.
const BAND_OPACITY: f64 = 0.25;
const FENCE: RGBColor = RGBColor(0x9D, 0xB2, 0xC6);
const OBSERVED: RGBColor = RGBColor(0x00, 0x5A, 0x9C);
const REPORTED: RGBColor = RGBColor(0xC4, 0x3C, 0x00);
/// The fitted line is the only thing of this colour: the dashes are put into the finished document where it occurs.
const FITTED: RGBColor = RGBColor(0x33, 0x33, 0x34);

/// A series of more points than this is a line without marks; reported points have theirs always.
const MOST_MARKS: usize = 150;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Plot<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Scale, Scale>>;
/// A place on the canvas, in tenths of a pixel.
type Place = (i32, i32);

/// The chart of a series as an SVG document.
///
/// # Errors
/// If the parts of the series do not fit together, or a number or an instant of it has no place on an axis.
pub fn svg(series: &Series) -> Result<String, ChartError> {
    series.check()?;
    let counts = axis::counts(series);
    let mut document = String::new();
    let keys = key_lines(series);
    // What the keys take beyond one line moves everything else down.
    let lower = i32::try_from(keys.len()).unwrap_or(0).saturating_sub(1) * KEY_LINE;
    let height = HEIGHT + lower;
    {
        let size = (tenths(WIDTH).unsigned_abs(), tenths(height).unsigned_abs());
        let area = SVGBackend::with_string(&mut document, size).into_drawing_area();
        area.fill(&WHITE).map_err(failed)?;
        headings(&area, series, &keys)?;
        let below = area
            .clone()
            .shrink((0, tenths(lower)), (tenths(WIDTH), tenths(HEIGHT)));
        legend(&below)?;
        let plot = axes(&below, series, &counts)?;
        // The places of the plot are those of the whole document.
        marks(&area, &plot, series, counts.low, lower)?;
        area.present().map_err(failed)?;
    }
    finished(&document, series, height)
}

fn failed(error: impl std::fmt::Display) -> ChartError {
    ChartError::Drawing(error.to_string())
}

/// A length in pixels as one of the canvas.
const fn tenths(pixels: i32) -> i32 {
    pixels * SCALE
}

/// A text style; the size is in pixels.
fn font(size: i32, colour: RGBColor, bold: bool) -> TextStyle<'static> {
    let style = if bold {
        FontStyle::Bold
    } else {
        FontStyle::Normal
    };
    // The backend divides every size by 1.24.
    let size = f64::from(tenths(size) * 124) / 100.0;
    FontDesc::new(FontFamily::SansSerif, size, style).color(&colour)
}

/// How wide a text is, in pixels.
#[allow(clippy::cast_possible_truncation)] // texts are cut to the width of the document
fn width(text: &str, size: i32) -> i32 {
    (text::width(text) * f64::from(size)).ceil() as i32
}

fn write(
    area: &Area<'_>,
    text: &str,
    place: Place,
    style: &TextStyle<'_>,
    at: (HPos, VPos),
) -> Result<(), ChartError> {
    let style = style.pos(Pos::new(at.0, at.1));
    area.draw_text(text, &style, place).map_err(failed)
}

/// The title, and the keys under it.
fn headings(area: &Area<'_>, series: &Series, keys: &[String]) -> Result<(), ChartError> {
    let left = SIDE;
    let at = (HPos::Left, VPos::Center);
    let title = text::fitted(&series.title, room(17));
    write(
        area,
        &title,
        (tenths(left), tenths(24)),
        &font(16, INK, true),
        at,
    )?;
    let mut y = 46;
    for line in keys {
        let place = (tenths(left), tenths(y));
        write(area, line, place, &font(13, FAINT_INK, false), at)?;
        y += KEY_LINE;
    }
    Ok(())
}

/// How much text a line has room for, in units of the font's size.
fn room(size: i32) -> f64 {
    f64::from(WIDTH - 2 * SIDE) / f64::from(size)
}

/// The keys as lines under the title. A key is not broken between lines; what has no room in the last line is cut.
fn key_lines(series: &Series) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for key in keys(series) {
        let full = lines.len() == MOST_KEY_LINES;
        match lines.last_mut() {
            Some(line) if full || text::width(&format!("{line}{BETWEEN}{key}")) <= room(13) => {
                line.push_str(BETWEEN);
                line.push_str(&key);
            }
            _ => lines.push(key),
        }
    }
    let fitted = lines.iter().map(|line| text::fitted(line, room(13)));
    fitted.collect()
}

/// Each key with its value; one long value leaves room for the others.
fn keys(series: &Series) -> Vec<String> {
    let one = |(name, value): &(String, String)| {
        format!(
            "{}: {}",
            text::fitted(name, 20.0),
            text::fitted(value, 26.0)
        )
    };
    series.keys.iter().take(20).map(one).collect()
}

/// What the marks mean, in a row.
fn legend(area: &Area<'_>) -> Result<(), ChartError> {
    let y = 70;
    let mut x = SIDE;
    type Draw = fn(&Area<'_>, Place, Place) -> Result<(), ChartError>;
    let entries: [(&str, Draw); 4] = [
        ("counted", |area, from, to| {
            line(area, vec![from, to], OBSERVED, 18)?;
            dot(area, (i32::midpoint(from.0, to.0), from.1), 32)
        }),
        ("fitted line", |area, from, to| {
            line(area, vec![from, to], FITTED, 15)
        }),
        (
            "between the fences (10 % and 90 % of residuals)",
            |area, from, to| {
                let [top, bottom] = [from.1 - tenths(6), from.1 + tenths(6)];
                let band = Rectangle::new(
                    [(from.0, top), (to.0, bottom)],
                    BAND.mix(BAND_OPACITY).filled(),
                );
                area.draw(&band).map_err(failed)?;
                line(area, vec![(from.0, top), (to.0, top)], FENCE, 8)?;
                line(area, vec![(from.0, bottom), (to.0, bottom)], FENCE, 8)
            },
        ),
        ("reported, with its score", |area, from, to| {
            diamond(area, (i32::midpoint(from.0, to.0), from.1))
        }),
    ];
    for (name, draw) in entries {
        let end = x + 26;
        draw(area, (tenths(x), tenths(y)), (tenths(end), tenths(y)))?;
        let place = (tenths(end + 7), tenths(y));
        let at = (HPos::Left, VPos::Center);
        write(area, name, place, &font(12, INK, false), at)?;
        x = end + 7 + width(name, 12) + 18;
    }
    Ok(())
}

/// One axis: numbers, and where the ticks are.
struct Scale {
    low: f64,
    high: f64,
    ticks: Vec<f64>,
}

impl Ranged for Scale {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    #[allow(clippy::cast_possible_truncation)] // a share of the canvas; a cast keeps to the range of its type
    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = (value - self.low) / (self.high - self.low);
        limit.0 + (f64::from(limit.1 - limit.0) * share.clamp(0.0, 1.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() {
            Vec::new()
        } else {
            self.ticks.clone()
        }
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.low..self.high
    }
}

/// Half a window, or a hundredth of a long series, is free on both sides.
fn range(series: &Series) -> std::ops::Range<f64> {
    let last = index(series.points.len()) - 1.0;
    let free = (last * 0.012).max(0.5);
    -free..last + free
}

#[allow(clippy::cast_precision_loss)] // far below what a picture shows
fn index(at: usize) -> f64 {
    at as f64
}

/// Grid, axes, labels and what the axes are; what is returned knows the place of each number.
fn axes<'a, 'b>(
    area: &'a Area<'b>,
    series: &Series,
    counts: &Counts,
) -> Result<Plot<'a, 'b>, ChartError> {
    let [left, top, right, bottom] = PLOT;
    let windows = axis::windows(series);
    let label = |at: &f64| {
        let tick = windows.ticks.iter().find(|(tick, _)| index(*tick) == *at);
        tick.map(|(_, label)| label.clone()).unwrap_or_default()
    };
    let range = range(series);
    let across = Scale {
        low: range.start,
        high: range.end,
        ticks: windows.ticks.iter().map(|(tick, _)| index(*tick)).collect(),
    };
    let upward = Scale {
        low: counts.low,
        high: counts.high,
        ticks: counts.ticks.clone(),
    };
    let mut chart = ChartBuilder::on(area)
        .margin_top(tenths(top))
        .margin_right(tenths(WIDTH - right))
        .x_label_area_size(tenths(HEIGHT - bottom))
        .y_label_area_size(tenths(left))
        .build_cartesian_2d(across, upward)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(GRID.stroke_width(10))
        .axis_style(AXIS.stroke_width(10))
        .set_all_tick_mark_size(tenths(4))
        .x_label_formatter(&label)
        .y_label_formatter(&|number| axis::short(*number))
        .label_style(font(12, INK, false))
        .draw()
        .map_err(failed)?;
    let middle = (tenths(i32::midpoint(left, right)), tenths(HEIGHT - 16));
    let small = font(12, FAINT_INK, false);
    let center = (HPos::Center, VPos::Center);
    write(area, &windows.caption, middle, &small, center)?;
    let measure = text::fitted(&series.measure, 16.0);
    let measure = format!("{measure} per {}", axis::per(series.every));
    let upright = small.transform(FontTransform::Rotate270);
    let middle = (tenths(20), tenths(i32::midpoint(top, bottom)));
    write(area, &measure, middle, &upright, center)?;
    Ok(chart)
}

/// Fences, fitted line, points, and above all the reported points with their scores.
fn marks(
    area: &Area<'_>,
    chart: &Plot<'_, '_>,
    series: &Series,
    floor: f64,
    lower: i32,
) -> Result<(), ChartError> {
    let place = |at: usize, number: f64| chart.backend_coord(&(index(at), number));
    let pixel = |(x, y): (f64, f64)| chart.backend_coord(&(x, y));
    // Fences and fitted line may lie below zero where no count can be: there they are cut off.
    let band_edge = |numbers: &[f64]| -> Vec<Place> {
        let edge = cut(numbers, floor);
        let shown = edge.iter().map(|(x, y)| pixel((*x, y.max(floor))));
        shown.collect()
    };
    let [low, high] = [band_edge(&series.low), band_edge(&series.high)];
    let band: Vec<Place> = high.iter().chain(low.iter().rev()).copied().collect();
    area.draw(&Polygon::new(band, BAND.mix(BAND_OPACITY).filled()))
        .map_err(failed)?;
    for fence in [&series.low, &series.high] {
        for piece in above(fence, floor) {
            line(area, piece.into_iter().map(pixel).collect(), FENCE, 8)?;
        }
    }
    if floor < 0.0 {
        let range = range(series);
        let zero = [(range.start, 0.0), (range.end, 0.0)].map(pixel);
        line(area, zero.to_vec(), AXIS, 10)?;
    }
    let points: Vec<Place> = (series.points.iter().enumerate())
        .map(|(at, point)| place(at, axis::count(*point)))
        .collect();
    line(area, points.clone(), OBSERVED, 18)?;
    for piece in above(&series.baseline, floor) {
        line(area, piece.into_iter().map(pixel).collect(), FITTED, 15)?;
    }
    if points.len() <= MOST_MARKS {
        let size = if points.len() <= 60 { 32 } else { 22 };
        for point in &points {
            dot(area, *point, size)?;
        }
    }
    let mut flagged = series.flagged.clone();
    flagged.sort_unstable();
    flagged.dedup();
    let flagged: Vec<(Place, f64)> = flagged
        .into_iter()
        .filter_map(|at| Some((*points.get(at)?, *series.scores.get(at)?)))
        .collect();
    for (point, _) in &flagged {
        diamond(area, *point)?;
    }
    labels(area, flagged, lower)
}

/// The scores beside their points; where there is no room for all, the greatest are written.
fn labels(area: &Area<'_>, mut flagged: Vec<(Place, f64)>, lower: i32) -> Result<(), ChartError> {
    let [left, top, right, bottom] = PLOT.map(tenths);
    let [top, bottom] = [top + tenths(lower), bottom + tenths(lower)];
    flagged.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let half_high = tenths(7);
    let mut taken: Vec<[i32; 4]> = Vec::new();
    for ((x, y), score) in flagged {
        let text = axis::score(score);
        let half_wide = tenths(width(&text, 12)) / 2 + 20;
        let x = x.clamp(left + half_wide, tenths(WIDTH) - half_wide);
        let [over, under] = [y - tenths(16), y + tenths(16)];
        let fits_over = over - half_high >= top;
        let (x, y) = match (score < 0.0, under + half_high < bottom) {
            (true, true) => (x, under),
            // A dip to the axis: over it is its own line, so its score is beside it.
            (true, false) if x + half_wide + tenths(12) < right => {
                (x + half_wide + tenths(12), y - tenths(4))
            }
            (true, false) => (x - half_wide - tenths(12), y - tenths(4)),
            (false, _) if fits_over => (x, over),
            (false, _) => (x, under),
        };
        let room = [x - half_wide, y - half_high, x + half_wide, y + half_high];
        let meets = |other: &[i32; 4]| {
            let ([l, t, r, b], [left, top, right, bottom]) = (room, *other);
            l < right && left < r && t < bottom && top < b
        };
        if taken.iter().any(meets) {
            continue;
        }
        taken.push(room);
        let [l, t, r, b] = room;
        let paper = Rectangle::new([(l, t), (r, b)], WHITE.mix(0.75).filled());
        area.draw(&paper).map_err(failed)?;
        let center = (HPos::Center, VPos::Center);
        write(area, &text, (x, y), &font(12, REPORTED, true), center)?;
    }
    Ok(())
}

fn line(
    area: &Area<'_>,
    places: Vec<Place>,
    colour: RGBColor,
    width: u32,
) -> Result<(), ChartError> {
    area.draw(&PathElement::new(places, colour.stroke_width(width)))
        .map_err(failed)
}

fn dot(area: &Area<'_>, place: Place, size: i32) -> Result<(), ChartError> {
    area.draw(&Circle::new(place, size, OBSERVED.filled()))
        .map_err(failed)
}

/// The mark of a reported point, with an edge that parts it from the line behind it.
fn diamond(area: &Area<'_>, (x, y): Place) -> Result<(), ChartError> {
    for (size, colour) in [(86, WHITE), (68, REPORTED)] {
        let corners = vec![(x, y - size), (x + size, y), (x, y + size), (x - size, y)];
        area.draw(&Polygon::new(corners, colour.filled()))
            .map_err(failed)?;
    }
    Ok(())
}

/// The line through the numbers, with a further place wherever it crosses the floor.
fn cut(numbers: &[f64], floor: f64) -> Vec<(f64, f64)> {
    let mut places: Vec<(f64, f64)> = Vec::new();
    for (at, number) in numbers.iter().enumerate() {
        if let Some((x, before)) = places.last().copied()
            && (before < floor) != (*number < floor)
        {
            let share = (floor - before) / (number - before);
            places.push((x + share * (index(at) - x), floor));
        }
        places.push((index(at), *number));
    }
    places
}

/// The pieces of the line through the numbers that are not below the floor.
fn above(numbers: &[f64], floor: f64) -> Vec<Vec<(f64, f64)>> {
    let places = cut(numbers, floor);
    places
        .split(|(_, y)| *y < floor)
        .filter(|piece| piece.len() > 1)
        .map(<[_]>::to_vec)
        .collect()
}

/// The document in its own size, with words for those who do not see it, and with the dashes that the drawing crate does not know.
fn finished(drawn: &str, series: &Series, height: i32) -> Result<String, ChartError> {
    let (_, body) = drawn
        .split_once('\n')
        .ok_or_else(|| ChartError::Drawing("it is empty".into()))?;
    let RGBColor(red, green, blue) = FITTED;
    let colour = format!(r##"stroke="#{red:02X}{green:02X}{blue:02X}""##);
    // No text of the document contains a quote, so this finds attributes only.
    let body = body.replace(&colour, &format!(r#"{colour} stroke-dasharray="70 45""#));
    let title = format!("{} ({})", series.title, keys(series).join(BETWEEN));
    let title = text::escaped(&text::fitted(&title, 200.0));
    let count = series.points.len();
    let reported: Vec<String> = (series.flagged.iter().take(20))
        .filter_map(|at| {
            let (date, clock) = super::stamp(series.start_of(*at)?)?;
            let score = axis::score(*series.scores.get(*at)?);
            let point = series.points.get(*at)?;
            Some(format!("{date} {clock}: {point}, score {score}"))
        })
        .collect();
    let reported = if reported.is_empty() {
        "none".to_owned()
    } else {
        reported.join("; ")
    };
    let (wide, high) = (tenths(WIDTH), tenths(height));
    Ok(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {wide} {high}" role="img" stroke-linejoin="round">
<title>{title}</title>
<desc>{count} windows; reported: {reported}</desc>
{body}"#
    ))
}
