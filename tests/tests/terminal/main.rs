//! What a person sees in OpenCode's own interface: screens compared with stored ones, and what is done there.

mod asks;
mod away;
mod faults;
mod home;
mod session;
