//! What was measured, on paper: raw figures as CSV, and bars as SVG, in `docs/figures`.

use callpark_live::switch::repository;
use plotters::{coord::types::RangedCoordf64, prelude::*};
use std::{error::Error, fs, path::PathBuf};

const SIZE: (u32, u32) = (720, 360);
const FONT: &str = "sans-serif";
const COLOURS: [RGBColor; 4] = [
    RGBColor(120, 120, 120),
    RGBColor(86, 140, 200),
    RGBColor(40, 150, 90),
    RGBColor(200, 130, 60),
];

/// Bars that stand together, with what they have in common written below.
#[derive(Debug)]
pub struct Group {
    /// Below them.
    pub name: String,
    /// Their heights, in the order of the series.
    pub values: Vec<f64>,
}

fn file(name: &str) -> PathBuf {
    let folder = repository().join("docs/figures");
    fs::create_dir_all(&folder).expect("a folder for the figures");
    folder.join(name)
}

/// Writes a table: its head, and its rows as they are to stand there.
pub fn table(name: &str, head: &str, rows: &[String]) {
    let lines: Vec<&str> = std::iter::once(head)
        .chain(rows.iter().map(String::as_str))
        .collect();
    fs::write(file(name), lines.join("\n") + "\n").expect("the figures are written");
    println!("figures: docs/figures/{name}");
}

/// Draws groups of bars, one bar for each series.
pub fn bars(name: &str, title: &str, unit: &str, series: &[&str], groups: &[Group]) {
    draw(name, title, unit, series, groups).expect("the bars are drawn");
    println!("figures: docs/figures/{name}");
}

type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Drawn = Result<(), Box<dyn Error>>;

fn draw(name: &str, title: &str, unit: &str, series: &[&str], groups: &[Group]) -> Drawn {
    let path = file(name);
    let root = SVGBackend::new(&path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let most = groups
        .iter()
        .flat_map(|group| group.values.iter().copied())
        .fold(0.0, f64::max);
    let mut chart = ChartBuilder::on(&root)
        .caption(title, (FONT, 18))
        .margin(12)
        .x_label_area_size(30)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..groups.len() as f64, 0.0..most * 1.3)?;
    draw_axes(&mut chart, unit, groups)?;
    let width = 0.8 / series.len().max(1) as f64;
    for ((at, label), colour) in series.iter().enumerate().zip(COLOURS) {
        let left = |group: usize| group as f64 + 0.1 + at as f64 * width;
        let heights = groups.iter().enumerate().filter_map(|(number, group)| {
            let height = group.values.get(at).copied()?;
            Some((left(number), height))
        });
        let heights: Vec<(f64, f64)> = heights.collect();
        draw_bars(&mut chart, &heights, width, label, colour)?;
        draw_heights(&mut chart, &heights, width, most)?;
    }
    draw_legend(&mut chart)?;
    root.present()?;
    Ok(())
}

/// The axes, with the name of each group below it.
fn draw_axes(chart: &mut Chart<'_>, unit: &str, groups: &[Group]) -> Drawn {
    let below = |x: &f64| {
        // The labels stand at the halves, in the middle of each group.
        let middle = x.fract() > 0.25 && x.fract() < 0.75;
        let group = groups.get(*x as usize).filter(|_| middle);
        group.map_or_else(String::new, |group| group.name.clone())
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(groups.len() * 2 + 1)
        .x_label_formatter(&below)
        .y_label_formatter(&|height| format!("{height:.0}"))
        .light_line_style(TRANSPARENT)
        .y_desc(unit)
        .label_style((FONT, 13))
        .draw()?;
    Ok(())
}

/// The bars of one series, each by its left edge and its height.
fn draw_bars(
    chart: &mut Chart<'_>,
    bars: &[(f64, f64)],
    width: f64,
    label: &str,
    colour: RGBColor,
) -> Drawn {
    let bar = |(x, height): &(f64, f64)| {
        Rectangle::new([(*x, 0.0), (x + width * 0.92, *height)], colour.filled())
    };
    chart
        .draw_series(bars.iter().map(bar))?
        .label(label)
        .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], colour.filled()));
    Ok(())
}

/// The height of each bar, as a number above it.
fn draw_heights(chart: &mut Chart<'_>, bars: &[(f64, f64)], width: f64, most: f64) -> Drawn {
    chart.draw_series(bars.iter().map(|(x, height)| {
        let text = format!("{height:.0}");
        Text::new(text, (x + width * 0.2, height + most * 0.05), (FONT, 12))
    }))?;
    Ok(())
}

fn draw_legend(chart: &mut Chart<'_>) -> Drawn {
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .label_font((FONT, 13))
        .draw()?;
    Ok(())
}
