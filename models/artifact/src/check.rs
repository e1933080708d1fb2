//! Reads an ONNX file and refuses what must never reach the runtime.
//!
//! The runtime resolves external data from disk, knows operators by name whatever their domain, and folds constants
//! while it loads, so a hostile file would act before a single score is asked for. Here every tensor is inside the
//! file and within its limit, every operator is on the list of [`crate::shape`], and every shape and the whole cost are
//! known before the runtime sees any of it.

use std::collections::HashMap;

use prost::Message;
use tract_onnx::pb::tensor_proto::{DataLocation, DataType};
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Dim;
use tract_onnx::pb::type_proto::Value as Type;
use tract_onnx::pb::{GraphProto, ModelProto, TensorProto, ValueInfoProto};

use crate::shape::{Shape, Wrong, cost, infer};
use crate::{Refusal, wire};

/// How large things may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// `manifest.toml`, `card.md`, `signature`, each in bytes.
    pub text_bytes: u64,
    /// `model.onnx`, bytes.
    pub model_bytes: u64,
    /// Of these, everything that is not raw tensor data.
    pub structure_bytes: u64,
    /// Nodes in the graph.
    pub nodes: u64,
    /// Values in any one tensor, given or computed.
    pub tensor_values: u64,
    /// Multiplications and the like in one run.
    pub work: u64,
}

impl Default for Limits {
    /// What a small device in a store can bear: a run of 20 million operations takes some 20 ms.
    fn default() -> Self {
        Self {
            text_bytes: 256 << 10,
            model_bytes: 4 << 20,
            structure_bytes: 128 << 10,
            nodes: 256,
            tensor_values: 1 << 19,
            work: 20_000_000,
        }
    }
}

/// A graph that may be loaded.
#[derive(Clone, Debug)]
pub struct Graph {
    pub(crate) proto: ModelProto,
    /// The one input: name and shape.
    pub input: (String, Vec<usize>),
    /// The one output: name and shape.
    pub output: (String, Vec<usize>),
    /// Multiplications and the like in one run.
    pub work: u64,
}

fn graph_error<T>(what: String) -> Result<T, Refusal> {
    Err(Refusal::Graph(what))
}

fn within(what: impl Fn() -> String, got: u64, limit: u64) -> Result<(), Refusal> {
    if got <= limit { Ok(()) } else { Err(Refusal::Oversize { what: what(), got, limit }) }
}

/// Reads and checks the bytes of a `model.onnx`.
pub fn check(bytes: &[u8], limits: &Limits) -> Result<Graph, Refusal> {
    within(|| "model.onnx (bytes)".to_owned(), bytes.len() as u64, limits.model_bytes)?;
    wire::bound(bytes, limits)?;
    let proto = ModelProto::decode(bytes).map_err(|error| Refusal::Protobuf(error.to_string()))?;
    if !proto.functions.is_empty() || !proto.training_info.is_empty() {
        return graph_error("functions and training graphs are not run".to_owned());
    }
    for import in &proto.opset_import {
        let (domain, version) = (&import.domain, import.version);
        if !matches!(domain.as_str(), "" | "ai.onnx") || !(13..=17).contains(&version) {
            let what = format!("operator set {domain:?} {version} (13 to 17 of the standard one)");
            return Err(Refusal::Operator { node: "opset_import".to_owned(), what });
        }
    }
    if proto.opset_import.len() != 1 {
        return graph_error(format!("one operator set expected, found {}", proto.opset_import.len()));
    }
    let Some(graph) = &proto.graph else { return graph_error("there is no graph".to_owned()) };
    let (input, output, work) = check_graph(graph, limits)?;
    Ok(Graph { input, output, work, proto })
}

type Named = (String, Shape);

fn check_graph(graph: &GraphProto, limits: &Limits) -> Result<(Named, Named, u64), Refusal> {
    within(|| "the graph (nodes)".to_owned(), graph.node.len() as u64, limits.nodes)?;
    if let Some(sparse) = graph.sparse_initializer.first() {
        let name = sparse.values.as_ref().map_or("initializer", |values| values.name.as_str());
        return Err(Refusal::SparseTensor { tensor: name.to_owned() });
    }
    if !graph.quantization_annotation.is_empty() {
        return graph_error("quantization annotations are not read".to_owned());
    }
    let mut shapes: HashMap<&str, Shape> = HashMap::new();
    for tensor in &graph.initializer {
        let shape = check_tensor(tensor, limits)?;
        if tensor.name.is_empty() || shapes.insert(&tensor.name, shape).is_some() {
            return graph_error(format!("{:?} is given twice or has no name", tensor.name));
        }
    }
    let ([input], [output]) = (&graph.input[..], &graph.output[..]) else {
        let (inputs, outputs) = (graph.input.len(), graph.output.len());
        return graph_error(format!("one input and one output expected, found {inputs} and {outputs}"));
    };
    let input_shape = declared(input)?;
    within(|| format!("input {:?} (values)", input.name), cost(&input_shape), limits.tensor_values)?;
    if shapes.insert(&input.name, input_shape.clone()).is_some() {
        return graph_error(format!("input {:?} is also an initializer", input.name));
    }
    let mut work = 0_u64;
    for node in &graph.node {
        let [made] = &node.output[..] else {
            return graph_error(format!("node {:?} has {} outputs", node.name, node.output.len()));
        };
        for attribute in &node.attribute {
            check_attribute_tensors(attribute)?;
        }
        let inputs: Option<Vec<&Shape>> = node.input.iter().map(|name| shapes.get(name.as_str())).collect();
        let Some(inputs) = inputs else {
            let (name, inputs) = (&node.name, &node.input);
            return graph_error(format!("node {name:?} takes {inputs:?}, not all of which exist before it"));
        };
        let (shape, cost_of_node) = infer(node, &inputs).map_err(|wrong| match wrong {
            Wrong::Unknown(what) => Refusal::Operator { node: node.name.clone(), what },
            Wrong::Misfit(what) => Refusal::Graph(format!("node {:?}: {what}", node.name)),
        })?;
        within(|| format!("output of node {:?} (values)", node.name), cost(&shape), limits.tensor_values)?;
        work = work.saturating_add(cost_of_node);
        if made.is_empty() || shapes.insert(made, shape).is_some() {
            return graph_error(format!("{made:?} is made twice or has no name"));
        }
    }
    within(|| "one run (operations)".to_owned(), work, limits.work)?;
    let declared_output = declared(output)?;
    match shapes.get(output.name.as_str()) {
        Some(shape) if *shape == declared_output => {}
        other => {
            let name = &output.name;
            return graph_error(format!("output {name:?} is declared {declared_output:?}, but comes as {other:?}"));
        }
    }
    for value in &graph.value_info {
        if shapes.get(value.name.as_str()) != Some(&declared(value)?) {
            return graph_error(format!("value {:?} does not have the shape it declares", value.name));
        }
    }
    Ok(((input.name.clone(), input_shape), (output.name.clone(), declared_output), work))
}

/// Tensors in attributes are refused with the operator list; their data outside the file has its own name.
fn check_attribute_tensors(attribute: &tract_onnx::pb::AttributeProto) -> Result<(), Refusal> {
    if attribute.sparse_tensor.is_some() || !attribute.sparse_tensors.is_empty() {
        return Err(Refusal::SparseTensor { tensor: attribute.name.clone() });
    }
    attribute.t.iter().chain(&attribute.tensors).try_for_each(check_location)
}

fn check_location(tensor: &TensorProto) -> Result<(), Refusal> {
    let inside = tensor.data_location.is_none_or(|place| place == DataLocation::Default as i32);
    if inside && tensor.external_data.is_empty() {
        return Ok(());
    }
    Err(Refusal::ExternalData { tensor: tensor.name.clone() })
}

fn check_tensor(tensor: &TensorProto, limits: &Limits) -> Result<Shape, Refusal> {
    check_location(tensor)?;
    let name = &tensor.name;
    let dims: Option<Shape> = tensor.dims.iter().map(|dim| usize::try_from(*dim).ok().filter(|d| *d > 0)).collect();
    let Some(shape) = dims.filter(|shape| shape.len() <= 4) else {
        return graph_error(format!("tensor {name:?} has dimensions {:?}", tensor.dims));
    };
    let values = cost(&shape);
    within(|| format!("tensor {name:?} (values)"), values, limits.tensor_values)?;
    let (raw, floats) = (tensor.raw_data.len() as u64, tensor.float_data.len() as u64);
    let filled = (raw == values * 4 && floats == 0) || (raw == 0 && floats == values);
    let others =
        tensor.string_data.len() + tensor.double_data.len() + tensor.int32_data.len() + tensor.int64_data.len();
    let others = others + tensor.uint64_data.len();
    let plain = tensor.data_type == DataType::Float as i32 && others == 0 && tensor.segment.is_none();
    if !plain || !filled {
        let kind = tensor.data_type;
        return graph_error(format!(
            "tensor {name:?}: {values} 32-bit floats expected, found type {kind}, {raw} bytes"
        ));
    }
    Ok(shape)
}

fn declared(value: &ValueInfoProto) -> Result<Shape, Refusal> {
    let name = &value.name;
    let Some(Type::TensorType(tensor)) = value.r#type.as_ref().and_then(|one| one.value.as_ref()) else {
        return graph_error(format!("{name:?} is not a tensor"));
    };
    let dims = tensor.shape.iter().flat_map(|shape| &shape.dim);
    let dims: Option<Shape> = dims
        .map(|dim| match &dim.value {
            Some(Dim::DimValue(value)) => usize::try_from(*value).ok().filter(|dim| *dim > 0),
            _ => None,
        })
        .collect();
    match dims {
        Some(shape) if tensor.elem_type == DataType::Float as i32 && shape.len() <= 4 => Ok(shape),
        other => graph_error(format!("{name:?}: 32-bit floats of a concrete shape expected, found {other:?}")),
    }
}
