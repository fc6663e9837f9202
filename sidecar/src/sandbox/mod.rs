//! Confines what shell commands may do.
