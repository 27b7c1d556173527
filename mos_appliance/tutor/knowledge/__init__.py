"""What a student knows and what comes next: a graph of skills, beliefs about them, reviews, lessons. Pure."""
