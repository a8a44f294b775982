//! Stands in until the moves land.
use super::Dependency;
#[derive(Debug, Clone)]
pub struct DependencyMove {
    pub key: String,
    pub name: String,
    pub base: Vec<Dependency>,
    pub head: Vec<Dependency>,
}
pub fn moves(_: &[Dependency], _: &[Dependency]) -> Vec<DependencyMove> {
    vec![]
}
