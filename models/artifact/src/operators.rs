//! The operators of [`crate::shape`]'s list as the runtime runs them, and no others.
//!
//! The runtime's own register knows hundreds. Linked, they would be half of the agent's program and much of its memory;
//! and what is not in it, no file can reach.

use tract_onnx::Onnx;
use tract_onnx::model::{OnnxOpRegister, ParsingContext};
use tract_onnx::pb::NodeProto;
use tract_onnx::tract_core::ops::change_axes::AxisOp;
use tract_onnx::tract_core::ops::einsum::EinSum;
use tract_onnx::tract_hir::internal::*;
use tract_onnx::tract_hir::ops;
use tract_onnx::tract_hir::ops::binary::Nary;

type Built = TractResult<(Box<dyn InferenceOp>, Vec<String>)>;

/// A reader of graphs that knows the list.
pub(crate) fn reader() -> Onnx {
    let mut known = OnnxOpRegister::default();
    known.insert("Identity", |_, _| Ok((Box::<ops::identity::Identity>::default(), vec![])));
    known.insert("Add", |_, _| Ok((ops::math::Add.into_hir(), vec![])));
    known.insert("Sub", |_, _| Ok((ops::math::Sub.into_hir(), vec![])));
    known.insert("Mul", |_, _| Ok((ops::math::Mul.into_hir(), vec![])));
    known.insert("Div", |_, _| Ok((ops::math::Div.into_hir(), vec![])));
    known.insert("Max", |_, _| Ok((Box::new(Nary(Box::new(ops::math::Max), false)), vec![])));
    known.insert("Min", |_, _| Ok((Box::new(Nary(Box::new(ops::math::Min), false)), vec![])));
    known.insert("Abs", |_, _| Ok((ops::math::abs().into_hir(), vec![])));
    known.insert("Neg", |_, _| Ok((ops::math::neg().into_hir(), vec![])));
    known.insert("Sqrt", |_, _| Ok((ops::math::sqrt().into_hir(), vec![])));
    known.insert("Relu", |_, _| Ok((expand(ops::activations::Clip::new(Some(0.0), None)), vec![])));
    known.insert("MatMul", |_, _| Ok((expand(ops::matmul::MatMulInference::default()), vec![])));
    known.insert("Gemm", gemm);
    known.insert("ReduceMean", reduce_mean);
    Onnx { op_register: known, ..Onnx::default() }
}

/// With the axes as an attribute: operator sets 13 to 17, as the check allows.
fn reduce_mean(_: &ParsingContext, node: &NodeProto) -> Built {
    let axes = node.get_attr_opt_vec("axes")?;
    let keep = node.get_attr_opt("keepdims")?.unwrap_or(1_i64) == 1;
    Ok((expand(ops::nn::Reduce::new(axes, keep, ops::nn::Reducer::Mean)), vec![]))
}

fn gemm(_: &ParsingContext, node: &NodeProto) -> Built {
    let gemm = Gemm {
        alpha: node.get_attr_opt("alpha")?.unwrap_or(1.0),
        beta: node.get_attr_opt("beta")?.unwrap_or(1.0),
        trans_a: node.get_attr_opt("transA")?.unwrap_or(false),
        trans_b: node.get_attr_opt("transB")?.unwrap_or(false),
    };
    Ok((expand(gemm), vec![]))
}

/// α·A·B + β·C, either matrix transposed; the runtime keeps its own to itself.
#[derive(Clone, Debug)]
struct Gemm {
    alpha: f32,
    beta: f32,
    trans_a: bool,
    trans_b: bool,
}

impl Gemm {
    /// `wire`, multiplied by a number.
    fn scale(name: String, by: f32, wire: OutletId, model: &mut TypedModel) -> TractResult<OutletId> {
        let factor = tensor0(by).broadcast_into_rank(model.outlet_fact(wire)?.rank())?;
        let factor = model.add_const(format!("{name}.factor"), factor)?;
        Ok(model.wire_node(name, ops::math::mul(), &[factor, wire])?[0])
    }
}

impl Expansion for Gemm {
    fn name(&self) -> StaticName {
        "Gemm".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        s: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        if !(2..=3).contains(&inputs.len()) {
            bail!("Gemm has {} inputs, expected 2 or 3", inputs.len());
        }
        check_output_arity(outputs, 1)?;
        for input in inputs {
            s.equals(&input.datum_type, &outputs[0].datum_type)?;
        }
        for matrix in [&inputs[0], &inputs[1], &outputs[0]] {
            s.equals(&matrix.rank, 2)?;
        }
        let place = |transposed| if transposed { (0, 1) } else { (1, 0) };
        let ((inner_a, rows), (columns, inner_b)) = (place(self.trans_a), place(self.trans_b));
        s.equals(&inputs[0].shape[rows], &outputs[0].shape[0])?;
        s.equals(&inputs[0].shape[inner_a], &inputs[1].shape[inner_b])?;
        s.equals(&inputs[1].shape[columns], &outputs[0].shape[1])?;
        Ok(())
    }

    fn wire(&self, name: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        let axes = AxesMapping::for_numpy_matmul(2, self.trans_a, self.trans_b, false)?;
        let product = EinSum::new(axes, model.outlet_fact(inputs[0])?.datum_type);
        let mut wire = model.wire_node(format!("{name}.product"), product, &inputs[..2])?[0];
        if self.alpha != 1.0 {
            wire = Self::scale(format!("{name}.alpha"), self.alpha, wire, model)?;
        }
        if let Some(mut bias) = inputs.get(2).copied().filter(|_| self.beta != 0.0) {
            while model.outlet_fact(bias)?.rank() < 2 {
                let rank = model.outlet_fact(bias)?.rank();
                bias = model.wire_node(format!("{name}.bias_{rank}"), AxisOp::Add(0), &[bias])?[0];
            }
            if self.beta != 1.0 {
                bias = Self::scale(format!("{name}.beta"), self.beta, bias, model)?;
            }
            wire = model.wire_node(name, ops::math::add(), &[wire, bias])?[0];
        }
        Ok(tvec!(wire))
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use tract_onnx::pb::attribute_proto::AttributeType;
    use tract_onnx::pb::{AttributeProto, ModelProto};
    use tract_onnx::prelude::*;

    use super::*;

    #[test]
    fn the_reader_knows_the_list_and_nothing_else() {
        let listed = [
            "Identity",
            "Add",
            "Sub",
            "Mul",
            "Div",
            "Max",
            "Min",
            "Abs",
            "Neg",
            "Sqrt",
            "Relu",
            "MatMul",
            "Gemm",
            "ReduceMean",
        ];
        let known = reader().op_register.0;
        assert_eq!(known.len(), listed.len());
        for name in listed {
            assert!(known.contains_key(name) && crate::shape::listed(name), "{name}");
        }
    }

    fn attribute(name: &str, kind: AttributeType, f: f32, i: i64) -> AttributeProto {
        AttributeProto { name: name.to_owned(), r#type: kind as i32, f, i, ..AttributeProto::default() }
    }

    /// α·Aᵀ·B + β·C against numbers worked out by hand.
    #[test]
    fn a_general_product_is_what_the_standard_says() {
        let mut graph = crate::onnx::GraphWriter::new("product");
        graph.input("a", &[3, 1]);
        let b = graph.constant("b", &[3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let c = graph.constant("c", &[2], &[10.0, 20.0]);
        graph.node("Gemm", &["a", &b, &c], "y");
        graph.output("y", &[1, 2]);
        let mut proto = ModelProto::decode(graph.finish(&[]).as_slice()).expect("as written");
        let node = &mut proto.graph.as_mut().expect("a graph").node[0];
        node.attribute = vec![
            attribute("alpha", AttributeType::Float, 2.0, 0),
            attribute("beta", AttributeType::Float, 0.5, 0),
            attribute("transA", AttributeType::Int, 0.0, 1),
        ];
        let model = reader().model_for_proto_model(&proto).expect("readable");
        let model = model.with_input_fact(0, f32::fact([3, 1]).into()).expect("an input");
        let mut state =
            model.into_optimized().and_then(|m| m.into_runnable()).and_then(|m| m.spawn()).expect("runnable");
        let input = Tensor::from_shape(&[3, 1], &[1.0_f32, -1.0, 2.0]).expect("a column");
        let output = state.run(tvec!(input.into())).expect("a result");
        let values: Vec<f32> = output[0].to_plain_array_view::<f32>().expect("floats").iter().copied().collect();
        assert_eq!(values, [2.0 * 8.0 + 5.0, 2.0 * 10.0 + 10.0]);
    }
}
