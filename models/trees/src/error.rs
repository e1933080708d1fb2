//! What can be wrong with what is given.

/// Why columns are not made into a [`crate::Table`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// No column, or no row.
    #[error("there is nothing to learn from: {columns} columns of {rows} rows")]
    Empty {
        /// Columns given.
        columns: usize,
        /// Rows of the first column.
        rows: usize,
    },
    /// Columns of different lengths.
    #[error("column {column} has {rows} rows, the first one has {expected}")]
    Ragged {
        /// The column, from 0.
        column: usize,
        /// Its length.
        rows: usize,
        /// The length of column 0.
        expected: usize,
    },
    /// An infinite value; a missing one is NaN.
    #[error("column {column}, row {row} is infinite; expected a number, or NaN for a missing one")]
    Infinite {
        /// The column, from 0.
        column: usize,
        /// The row, from 0.
        row: usize,
    },
    /// More rows or columns than are counted here.
    #[error("{what} {given} is more than the {most} that fit")]
    TooMany {
        /// "rows" or "columns".
        what: &'static str,
        /// How many there are.
        given: usize,
        /// How many may be.
        most: usize,
    },
}

/// Why a fit is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FitError {
    /// A parameter outside its range.
    #[error("{name} is {given}, expected {expected}")]
    Parameter {
        /// Its name in [`crate::Params`] or [`crate::Loss`].
        name: &'static str,
        /// What was given.
        given: f64,
        /// The range.
        expected: &'static str,
    },
    /// Labels, weights or constraints that do not match the table.
    #[error("{given} {what} for {expected} of the table")]
    Length {
        /// "labels", "weights" or "monotone constraints".
        what: &'static str,
        /// How many were given.
        given: usize,
        /// How many the table asks for.
        expected: usize,
    },
    /// A label that the loss has no value for.
    #[error("the label of row {row} is {given}, expected {expected}")]
    Label {
        /// The row, from 0.
        row: usize,
        /// The label.
        given: f32,
        /// What the loss takes.
        expected: &'static str,
    },
    /// A weight below zero, or not a number; or all of them zero.
    #[error("the weight of row {row} is {given}, expected a number from zero up, and not zero everywhere")]
    Weight {
        /// The row, from 0.
        row: usize,
        /// The weight.
        given: f32,
    },
    /// The validation part has other columns or cuts.
    #[error("the validation table was not cut like the training table (use Table::like)")]
    OtherCuts,
}

/// Why arrays are not a forest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreesError {
    /// Arrays of different lengths.
    #[error("the arrays of nodes differ in length")]
    Ragged,
    /// A tree that starts past the nodes, or before the tree in front of it.
    #[error("tree {tree} starts at node {start}, of {nodes}")]
    Start {
        /// The tree, from 0.
        tree: usize,
        /// Where it says it starts.
        start: u32,
        /// Nodes there are.
        nodes: usize,
    },
    /// A child that lies before its parent or outside its tree.
    #[error("node {node} names child {child}, expected one that comes later in the same tree")]
    Child {
        /// The node, from 0.
        node: usize,
        /// The child it names.
        child: u32,
    },
    /// A feature that no row has.
    #[error("node {node} splits feature {feature}, rows have {width}")]
    Feature {
        /// The node, from 0.
        node: usize,
        /// The feature it names.
        feature: u32,
        /// Features of a row.
        width: usize,
    },
    /// A threshold or value that is not a finite number.
    #[error("node {node} holds a number that is not finite")]
    NotFinite {
        /// The node, from 0.
        node: usize,
    },
    /// More than the flat form counts: 65,535 nodes a tree, 32,767 features.
    #[error("{what} {given} is more than the {most} that fit")]
    TooMany {
        /// "nodes of a tree" or "features".
        what: &'static str,
        /// How many there are.
        given: usize,
        /// How many may be.
        most: usize,
    },
}
