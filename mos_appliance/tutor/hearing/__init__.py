"""Notes out of sound: what a microphone or a recording holds, frame by frame, then note by note."""
