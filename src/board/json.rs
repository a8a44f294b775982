//! The board as json.

use super::Board;

pub fn render(_board: &Board) -> String {
    String::new()
}
