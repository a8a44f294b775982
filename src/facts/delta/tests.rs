//! What is gone, moved and renamed, on whole trees.
