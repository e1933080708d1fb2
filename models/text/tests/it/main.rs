//! What the room promises, on sentences written for it and, where it is at hand, on labelled data.

mod aspects;
mod data;
mod model;
mod scrub;
mod vader;
