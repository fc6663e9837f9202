//! Plans carried out: a durable state machine over runs, tasks and attempts.
