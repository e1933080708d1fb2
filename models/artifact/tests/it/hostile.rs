//! Graphs that must never reach the runtime, signed by someone who was fooled.

use prost::Message;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataLocation;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Dim;
use tract_onnx::pb::type_proto::Value as Type;
use tract_onnx::pb::*;
use vyavs_artifact::onnx::GraphWriter;
use vyavs_artifact::{Limits, Refusal, check};

use crate::make::{Made, changed, graph};

fn the_graph(model: &mut ModelProto) -> &mut GraphProto {
    model.graph.as_mut().expect("there is one")
}

fn verdict(change: impl FnOnce(&mut ModelProto)) -> &'static str {
    Made::with_model(&changed(change)).verdict()
}

#[test]
fn data_outside_the_file_is_refused() {
    let entry = StringStringEntryProto { key: "location".into(), value: "../../../etc/passwd".into() };
    let outside = |tensor: &mut TensorProto| {
        tensor.raw_data.clear();
        tensor.data_location = Some(DataLocation::External as i32);
        tensor.external_data = vec![entry.clone()];
    };
    assert_eq!(verdict(|m| outside(&mut the_graph(m).initializer[0])), "external-data");
    // Named, but marked as inside; and marked as outside without a name; and a place that does not exist.
    assert_eq!(verdict(|m| the_graph(m).initializer[0].external_data = vec![entry.clone()]), "external-data");
    assert_eq!(verdict(|m| the_graph(m).initializer[0].data_location = Some(1)), "external-data");
    assert_eq!(verdict(|m| the_graph(m).initializer[0].data_location = Some(7)), "external-data");
    // Inside an attribute.
    let mut tensor = TensorProto { name: "hidden".into(), ..TensorProto::default() };
    outside(&mut tensor);
    let attribute = AttributeProto {
        name: "value".into(),
        r#type: AttributeType::Tensor as i32,
        t: Some(tensor),
        ..AttributeProto::default()
    };
    assert_eq!(verdict(|m| the_graph(m).node[0].attribute.push(attribute)), "external-data");
}

#[test]
fn sparse_tensors_are_refused_with_or_without_data_outside() {
    let values = TensorProto { name: "sparse".into(), data_location: Some(1), ..TensorProto::default() };
    let sparse = SparseTensorProto { values: Some(values), ..SparseTensorProto::default() };
    assert_eq!(verdict(|m| the_graph(m).sparse_initializer.push(sparse.clone())), "sparse-tensor");
    let attribute = AttributeProto {
        name: "sparse_value".into(),
        r#type: AttributeType::SparseTensor as i32,
        sparse_tensor: Some(sparse),
        ..AttributeProto::default()
    };
    assert_eq!(verdict(|m| the_graph(m).node[0].attribute.push(attribute)), "sparse-tensor");
}

#[test]
fn unknown_operators_domains_sets_and_attributes_are_refused() {
    assert_eq!(verdict(|m| the_graph(m).node[1].op_type = "Shell".into()), "operator");
    assert_eq!(verdict(|m| the_graph(m).node[1].op_type = "Loop".into()), "operator");
    assert_eq!(verdict(|m| the_graph(m).node[1].domain = "com.example".into()), "operator");
    assert_eq!(verdict(|m| m.opset_import[0].domain = "com.example".into()), "operator");
    assert_eq!(verdict(|m| m.opset_import[0].version = 99), "operator");
    assert_eq!(verdict(|m| m.opset_import.clear()), "graph");
    let attribute = |name: &str, kind| AttributeProto { name: name.into(), r#type: kind, ..AttributeProto::default() };
    let body = attribute("body", AttributeType::Graph as i32);
    assert_eq!(verdict(|m| the_graph(m).node[1].attribute.push(body)), "operator");
    let referring = AttributeProto { ref_attr_name: "outer".into(), ..attribute("alpha", AttributeType::Float as i32) };
    assert_eq!(verdict(|m| the_graph(m).node[0].attribute.push(referring)), "operator");
    assert_eq!(verdict(|m| m.functions.push(FunctionProto::default())), "graph");
    assert_eq!(verdict(|m| m.training_info.push(TrainingInfoProto::default())), "graph");
}

#[test]
fn bombs_are_refused_by_their_size_before_they_are_loaded() {
    // A tensor that claims more than it holds, and one that overflows.
    assert_eq!(verdict(|m| the_graph(m).initializer[0].dims = vec![1 << 40, 3]), "oversize");
    assert_eq!(verdict(|m| the_graph(m).initializer[0].dims = vec![i64::MAX, i64::MAX]), "oversize");
    assert_eq!(verdict(|m| the_graph(m).initializer[0].dims = vec![3, 4]), "graph");
    assert_eq!(verdict(|m| the_graph(m).initializer[0].dims = vec![-3, -3]), "graph");
    // Two small tensors that broadcast to a large one.
    let mut writer = GraphWriter::new("bomb");
    writer.input("x", &[1, 1]);
    let tall = writer.constant("tall", &[2_000, 1], &[0.0; 2_000]);
    let wide = writer.constant("wide", &[1, 2_000], &[0.0; 2_000]);
    writer.node("Add", &[&tall, &wide], "huge");
    writer.mean("huge", &[0, 1], "score");
    writer.output("score", &[1, 1]);
    assert_eq!(Made::with_model(&writer.finish(&[])).verdict(), "oversize");
    // More nodes than allowed; more work than allowed.
    let mut writer = GraphWriter::new("long");
    writer.input("x", &[1, 3]);
    (0..300).fold("x".to_owned(), |input, n| writer.node("Relu", &[&input], &format!("r{n}")));
    writer.output("r299", &[1, 3]);
    assert_eq!(Made::with_model(&writer.finish(&[])).verdict(), "oversize");
    let mut writer = GraphWriter::new("slow");
    writer.input("x", &[1, 600]);
    let square = writer.constant("square", &[600, 600], &vec![0.0; 360_000]);
    writer.node("MatMul", &[&square, &square], "cube");
    writer.output("cube", &[600, 600]);
    assert!(
        matches!(check(&writer.finish(&[]), &Limits::default()), Err(Refusal::Oversize { what, .. }) if what.contains("run"))
    );
    // Structure: two bytes on the wire, a whole node in memory.
    let mut bytes = graph();
    bytes.extend([0x3A, 0x80, 0x80, 0x08]);
    bytes.extend([0x0A, 0x00].repeat(0x1_0000));
    assert_eq!(Made::with_model(&bytes).verdict(), "oversize");
}

#[test]
fn graphs_that_do_not_hold_together_are_refused() {
    assert_eq!(verdict(|m| m.graph = None), "graph");
    assert_eq!(verdict(|m| the_graph(m).node[0].input[0] = "nowhere".into()), "graph");
    assert_eq!(verdict(|m| the_graph(m).node.swap(0, 1)), "graph");
    assert_eq!(verdict(|m| the_graph(m).node[1].output[0] = "y".into()), "graph");
    assert_eq!(verdict(|m| the_graph(m).node[1].output.push("second".into())), "graph");
    assert_eq!(verdict(|m| the_graph(m).initializer[1].name = "w".into()), "graph");
    assert_eq!(verdict(|m| the_graph(m).initializer[1].data_type = 11), "graph");
    assert_eq!(verdict(|m| the_graph(m).initializer[1].raw_data.truncate(11)), "graph");
    assert_eq!(verdict(|m| the_graph(m).output[0].name = "e".into()), "graph");
    assert_eq!(verdict(|m| the_graph(m).input.clear()), "graph");
    assert_eq!(verdict(|m| the_graph(m).input[0].r#type = None), "graph");
    let symbolic = |m: &mut ModelProto| {
        let kind = the_graph(m).input[0].r#type.as_mut().and_then(|kind| kind.value.as_mut());
        let Some(Type::TensorType(tensor)) = kind else { panic!("a tensor") };
        tensor.shape.as_mut().expect("has a shape").dim[0].value = Some(Dim::DimParam("batch".into()));
    };
    assert_eq!(verdict(symbolic), "graph");
}

#[test]
fn what_is_no_protobuf_is_refused() {
    let whole = graph();
    for bytes in [&b"not a model"[..], &whole[..whole.len() - 7], &[0xFF; 64]] {
        assert_eq!(Made::with_model(bytes).verdict(), "protobuf");
    }
    assert_eq!(Made::with_model(&[]).verdict(), "graph", "an empty protobuf is a model without anything");
    // Nested beyond reason.
    let deep = (0..2_000).fold(Vec::new(), |inner: Vec<u8>, _| {
        AttributeProto { g: None, s: inner, ..AttributeProto::default() }.encode_to_vec()
    });
    assert_ne!(Made::with_model(&deep).verdict(), "accepted");
}

#[test]
fn other_weights_do_not_pass_the_golden_vectors() {
    assert_eq!(verdict(|m| the_graph(m).initializer[0].raw_data[2] ^= 0x40), "golden");
    assert_eq!(
        verdict(|m| the_graph(m).initializer[0].raw_data[..4].copy_from_slice(&f32::NAN.to_le_bytes())),
        "golden"
    );
}
