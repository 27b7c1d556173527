/** The panels, in a file of their own: bar and piano are there before it. */
import "../style/panels.css";

export { EnginePanel as engine } from "./engine";
export { Listen as listen } from "./listen";
export { MetronomePanel as metronome } from "./metronome";
export { SongPanel as song } from "./song";
export { SoundPanel as sound } from "./sound";
export { TakesPanel as takes } from "./takes";
