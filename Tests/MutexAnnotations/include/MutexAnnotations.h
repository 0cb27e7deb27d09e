// Nothing to call: what is in the source works by being linked.
