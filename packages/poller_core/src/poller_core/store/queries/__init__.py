"""Short reads for people: one module a subject, each query a fetch that is over before anything is drawn."""
