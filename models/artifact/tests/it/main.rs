//! Each promise of an artifact, broken on disk, and refused by its name.

mod hostile;
mod make;
mod mutate;
mod refuse;
mod run;
