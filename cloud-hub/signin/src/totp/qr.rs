//! A text as a QR code, to be shown in a page.

use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

/// A text too long to be scanned from a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a text of {bytes} bytes does not fit a QR code that a phone reads from a screen; {MOST} at the most")]
pub struct QrError {
    /// Its length.
    pub bytes: usize,
}

/// The longest text: 89 modules a side, which a phone still reads at arm's length.
pub const MOST: usize = 512;

/// An SVG picture of `text`, black on white whatever the page's colours are, with the quiet zone around it. It scales; it
/// has no script, no style and no reference in it.
pub fn svg(text: &str) -> Result<String, QrError> {
    let long = QrError { bytes: text.len() };
    if text.len() > MOST {
        return Err(long);
    }
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| long)?;
    let mut picture = code.render::<svg::Color<'_>>();
    picture.module_dimensions(4, 4).quiet_zone(true);
    Ok(picture.dark_color(svg::Color("#000")).light_color(svg::Color("#fff")).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The picture's modules, read from its path as a browser would draw it: `M x y h w v h H x V y`.
    fn drawn(svg: &str) -> (usize, Vec<Vec<bool>>) {
        let number = |from: &str, after: &str| -> usize {
            let rest = &from[from.find(after).expect("there") + after.len()..];
            rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())].parse().expect("a number")
        };
        let side = number(svg, "width=\"");
        let mut dark = vec![vec![false; side]; side];
        let path = &svg[svg.find(" d=\"").expect("a path") + 4..];
        for part in path[..path.find('"').expect("its end")].split('M').skip(1) {
            let (place, shape) = part.split_once('h').expect("a rectangle");
            let (x, y) = place.trim().split_once([' ', ',']).expect("a place");
            let (x, y): (usize, usize) = (x.parse().expect("x"), y.parse().expect("y"));
            let (wide, high) = (number(&format!("h{shape}"), "h"), number(shape, "v"));
            for row in dark.iter_mut().skip(y).take(high) {
                row[x..x + wide].fill(true);
            }
        }
        (side, dark)
    }

    #[test]
    fn a_camera_reads_what_was_written() {
        let secret = super::super::Secret::new(*b"12345678901234567890");
        let uri = secret.uri("VyavsAI", "asha.varghese@fc-road.example").expect("names");
        for text in [uri.as_str(), "a", &"x".repeat(MOST)] {
            let svg = svg(text).expect("fits");
            let (side, dark) = drawn(&svg);
            let mut seen =
                rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| if dark[y][x] { 0 } else { 255 });
            let grids = seen.detect_grids();
            assert_eq!(grids.len(), 1);
            assert_eq!(grids[0].decode().expect("readable").1, text);
        }
    }

    #[test]
    fn a_text_that_no_phone_would_read_is_refused() {
        assert_eq!(svg(&"x".repeat(MOST + 1)), Err(QrError { bytes: MOST + 1 }));
    }

    #[test]
    fn nothing_of_the_text_is_markup() {
        let svg = svg("\"/><script>alert(1)</script>").expect("fits");
        assert!(!svg.contains("script"), "{svg}");
    }
}
