//! read_back
