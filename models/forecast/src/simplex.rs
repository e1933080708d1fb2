//! Nelder & Mead 1965: the least of a function without derivatives, within bounds.

/// Where to search: per coordinate the least and the greatest value.
pub(crate) type Bounds<'a> = &'a [(f64, f64)];

/// Minimises `cost` from `start`; outside the bounds a coordinate is moved back to them. A cost that is no number counts
/// as infinite. Stops after `budget` evaluations, or when the simplex is flat to a millionth.
pub(crate) fn minimise(
    start: &[f64],
    bounds: Bounds<'_>,
    budget: usize,
    mut cost: impl FnMut(&[f64]) -> f64,
) -> (Vec<f64>, f64) {
    let size = start.len();
    let mut spent = 0;
    let mut judge = |point: &mut Vec<f64>| {
        for (value, (low, high)) in point.iter_mut().zip(bounds) {
            *value = value.clamp(*low, *high);
        }
        spent += 1;
        let cost = cost(point);
        (if cost.is_nan() { f64::INFINITY } else { cost }, spent)
    };
    let mut first = start.to_vec();
    let mut corners = vec![(judge(&mut first).0, first)];
    for axis in 0..size {
        let mut corner = corners[0].1.clone();
        let (low, high) = bounds[axis];
        let step = (high - low) * 0.15;
        corner[axis] += if corner[axis] + step > high { -step } else { step };
        let value = judge(&mut corner).0;
        corners.push((value, corner));
    }
    let mut used = size + 1;
    while used < budget && size > 0 {
        corners.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (best, worst) = (corners[0].0, corners[size].0);
        if worst - best <= 1e-6 * (best.abs() + 1e-9) {
            break;
        }
        let centre: Vec<f64> =
            (0..size).map(|axis| corners[..size].iter().map(|c| c.1[axis]).sum::<f64>() / size as f64).collect();
        let along = |t: f64| -> Vec<f64> {
            centre.iter().zip(&corners[size].1).map(|(centre, worst)| centre + t * (centre - worst)).collect()
        };
        let mut mirrored = along(1.0);
        let value = judge(&mut mirrored).0;
        used += 1;
        if value < best {
            let mut further = along(2.0);
            let again = judge(&mut further).0;
            used += 1;
            corners[size] = if again < value { (again, further) } else { (value, mirrored) };
        } else if value < corners[size - 1].0 {
            corners[size] = (value, mirrored);
        } else {
            let mut nearer = along(if value < worst { 0.5 } else { -0.5 });
            let again = judge(&mut nearer).0;
            used += 1;
            if again < worst.min(value) {
                corners[size] = (again, nearer);
            } else {
                let best = corners[0].1.clone();
                for corner in &mut corners[1..] {
                    for (value, best) in corner.1.iter_mut().zip(&best) {
                        *value = (*value + best) / 2.0;
                    }
                    corner.0 = judge(&mut corner.1).0;
                    used += 1;
                }
            }
        }
    }
    corners.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (value, point) = corners.swap_remove(0);
    (point, value)
}
