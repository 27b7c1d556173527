"""ABC 2.1, read: tunes as people type them into MNX scores. Source: "The abc music standard 2.1", December 2011."""
