"""From what sounds to what is written: MIDI files and performances become scores."""
