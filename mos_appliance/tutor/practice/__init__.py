"""Ways to practise a score: what is asked of the student, and what the machine does meanwhile. Pure."""
