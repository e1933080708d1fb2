//! Writes standard ONNX, through the runtime's own protobuf types.

use prost::Message;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
use tract_onnx::pb::type_proto::{Tensor, Value};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto, TensorProto,
    TensorShapeProto, TypeProto, ValueInfoProto,
};

const OPERATOR_SET: i64 = 17;
/// What onnx 1.12, the release of operator set 17, writes.
const IR_VERSION: i64 = 8;

/// A graph under construction: nodes in the order they run, every tensor 32-bit floats. The same calls give the same
/// bytes.
#[derive(Debug, Default)]
pub struct GraphWriter {
    graph: GraphProto,
}

impl GraphWriter {
    /// An empty graph of that name.
    pub fn new(name: &str) -> Self {
        Self { graph: GraphProto { name: name.to_owned(), ..GraphProto::default() } }
    }

    /// Adds an input.
    pub fn input(&mut self, name: &str, shape: &[usize]) {
        self.graph.input.push(value(name, shape));
    }

    /// Adds an output; a node of that output name must be there.
    pub fn output(&mut self, name: &str, shape: &[usize]) {
        self.graph.output.push(value(name, shape));
    }

    /// Adds a constant, row by row, and returns its name.
    pub fn constant(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        debug_assert_eq!(shape.iter().product::<usize>(), values.len(), "{name}");
        self.graph.initializer.push(TensorProto {
            name: name.to_owned(),
            dims: shape.iter().map(|dim| *dim as i64).collect(),
            data_type: DataType::Float as i32,
            raw_data: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            ..TensorProto::default()
        });
        name.to_owned()
    }

    /// Adds a node and returns the name of its output, which is also its own.
    pub fn node(&mut self, op: &str, inputs: &[&str], output: &str) -> String {
        self.graph.node.push(NodeProto {
            op_type: op.to_owned(),
            name: output.to_owned(),
            input: inputs.iter().map(|input| (*input).to_owned()).collect(),
            output: vec![output.to_owned()],
            ..NodeProto::default()
        });
        output.to_owned()
    }

    /// Adds the mean over the given axes, which stay with length 1.
    pub fn mean(&mut self, input: &str, axes: &[i64], output: &str) -> String {
        let made = self.node("ReduceMean", &[input], output);
        let axes = AttributeProto {
            name: "axes".to_owned(),
            r#type: AttributeType::Ints as i32,
            ints: axes.to_vec(),
            ..AttributeProto::default()
        };
        let keepdims = AttributeProto {
            name: "keepdims".to_owned(),
            r#type: AttributeType::Int as i32,
            i: 1,
            ..AttributeProto::default()
        };
        self.graph.node.last_mut().expect("just pushed").attribute = vec![axes, keepdims];
        made
    }

    /// The file, with notes for whoever opens it in a viewer.
    pub fn finish(self, notes: &[(&str, &str)]) -> Vec<u8> {
        let note =
            |(key, value): &(&str, &str)| StringStringEntryProto { key: (*key).to_owned(), value: (*value).to_owned() };
        let model = ModelProto {
            ir_version: IR_VERSION,
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPERATOR_SET }],
            producer_name: "vyavs-train".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            graph: Some(self.graph),
            metadata_props: notes.iter().map(note).collect(),
            ..ModelProto::default()
        };
        model.encode_to_vec()
    }
}

fn value(name: &str, shape: &[usize]) -> ValueInfoProto {
    let dim = |dim: &usize| Dimension { value: Some(dimension::Value::DimValue(*dim as i64)), ..Dimension::default() };
    let shape = TensorShapeProto { dim: shape.iter().map(dim).collect() };
    let tensor = Tensor { elem_type: DataType::Float as i32, shape: Some(shape) };
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto { value: Some(Value::TensorType(tensor)), ..TypeProto::default() }),
        ..ValueInfoProto::default()
    }
}
