"""UMF, the Universal Music Format: a score, its performances, what teachers marked and what learners should look at."""
