//! The operators that may run, what they make of shapes, and what they cost.
//!
//! The list is short on purpose: each operator on it has a shape and a cost that are known before anything runs, and
//! none reads a file, loops, or branches. A model that needs another adds it here, with its shape.

use tract_onnx::pb::NodeProto;
use tract_onnx::pb::attribute_proto::AttributeType;

/// A tensor's dimensions, outermost first.
pub(crate) type Shape = Vec<usize>;

/// Why a node is not run.
pub(crate) enum Wrong {
    /// Not on the list.
    Unknown(String),
    /// On the list, but its inputs do not fit.
    Misfit(String),
}

/// Attributes each operator may carry.
fn attributes(op: &str) -> Option<&'static [&'static str]> {
    Some(match op {
        "Gemm" => &["alpha", "beta", "transA", "transB"],
        "MatMul" | "Add" | "Sub" | "Mul" | "Div" | "Max" | "Min" | "Relu" | "Sqrt" | "Abs" | "Neg" | "Identity" => &[],
        "ReduceMean" => &["axes", "keepdims"],
        _ => return None,
    })
}

/// Whether an operator of this name may run.
#[cfg(test)]
pub(crate) fn listed(op: &str) -> bool {
    attributes(op).is_some()
}

fn int(node: &NodeProto, name: &str) -> Option<i64> {
    node.attribute.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.i)
}

/// The shape of a node's output and what it costs in multiplications and the like.
pub(crate) fn infer(node: &NodeProto, inputs: &[&Shape]) -> Result<(Shape, u64), Wrong> {
    let op = node.op_type.as_str();
    if !matches!(node.domain.as_str(), "" | "ai.onnx") {
        return Err(Wrong::Unknown(format!("operator {}:{op}", node.domain)));
    }
    let allowed = attributes(op).ok_or_else(|| Wrong::Unknown(format!("operator {op}")))?;
    for attribute in &node.attribute {
        let kind = AttributeType::try_from(attribute.r#type);
        let plain = matches!(kind, Ok(AttributeType::Float | AttributeType::Int | AttributeType::Ints));
        if !allowed.contains(&attribute.name.as_str()) || !plain || !attribute.ref_attr_name.is_empty() {
            return Err(Wrong::Unknown(format!("attribute {} of {op}", attribute.name)));
        }
    }
    let misfit = || Wrong::Misfit(format!("{op} cannot take shapes {inputs:?}"));
    match (op, inputs) {
        ("Gemm", [a, b, rest @ ..]) if rest.len() <= 1 => {
            let flip = |shape: &Shape, flag: &str| match (&shape[..], int(node, flag).unwrap_or(0)) {
                ([rows, columns], 0) => Some((*rows, *columns)),
                ([rows, columns], 1) => Some((*columns, *rows)),
                _ => None,
            };
            let ((m, k), (k_too, n)) = flip(a, "transA").zip(flip(b, "transB")).ok_or_else(misfit)?;
            let bias_fits = rest.iter().all(|c| broadcast(c, &vec![m, n]).is_some_and(|shape| shape == [m, n]));
            if k != k_too || !bias_fits {
                return Err(misfit());
            }
            Ok((vec![m, n], cost(&[m, n, k])))
        }
        ("MatMul", [a, b]) => match (&a[..], &b[..]) {
            ([m, k], [k_too, n]) if k == k_too => Ok((vec![*m, *n], cost(&[*m, *n, *k]))),
            _ => Err(misfit()),
        },
        ("Add" | "Sub" | "Mul" | "Div" | "Max" | "Min", [a, b]) => {
            let shape = broadcast(a, b).ok_or_else(misfit)?;
            let cost = cost(&shape);
            Ok((shape, cost))
        }
        ("Relu" | "Sqrt" | "Abs" | "Neg" | "Identity", [a]) => Ok(((*a).clone(), cost(a))),
        ("ReduceMean", [a]) => {
            let keep = int(node, "keepdims").unwrap_or(1) != 0;
            let axes = node.attribute.iter().find(|attribute| attribute.name == "axes");
            let axes = axes.ok_or_else(misfit)?.ints.iter().map(|axis| {
                let axis = if *axis < 0 { axis + a.len() as i64 } else { *axis };
                usize::try_from(axis).ok().filter(|axis| *axis < a.len())
            });
            let axes: Vec<usize> = axes.collect::<Option<_>>().ok_or_else(misfit)?;
            let mut shape = (*a).clone();
            for axis in &axes {
                shape[*axis] = 1;
            }
            if !keep {
                let kept = shape.iter().enumerate().filter(|(axis, _)| !axes.contains(axis));
                shape = kept.map(|(_, dim)| *dim).collect();
            }
            Ok((shape, cost(a)))
        }
        _ => Err(misfit()),
    }
}

/// NumPy's rule: align at the right; equal, or one of them 1.
fn broadcast(a: &Shape, b: &Shape) -> Option<Shape> {
    let rank = a.len().max(b.len());
    let dim = |shape: &Shape, place: usize| (place + shape.len()).checked_sub(rank).map_or(1, |at| shape[at]);
    let merged = (0..rank).map(|place| match (dim(a, place), dim(b, place)) {
        (x, y) if x == y || y == 1 => Some(x),
        (1, y) => Some(y),
        _ => None,
    });
    merged.collect()
}

/// The product, saturating.
pub(crate) fn cost(dims: &[usize]) -> u64 {
    dims.iter().fold(1, |product: u64, dim| product.saturating_mul(*dim as u64))
}
