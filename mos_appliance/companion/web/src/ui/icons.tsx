/** The page's signs, drawn in a box of 24. Decorative: whoever uses one gives the name. */

const PATHS = {
  play: "M7 4.5v15l12.5-7.5z",
  stop: "M6 6h12v12H6z",
  start: "M6 5h2.5v14H6zM19 5v14L9.5 12z",
  metronome: "M9.2 3h5.6L19 21H5zM8.3 15h7.4l-2.3-10h-2.8zM11 14l5.5-9 1.5 1-4.8 8z",
  silence:
    "M4 9v6h4l5 4.5v-15L8 9zM15.3 9l1.4-1.4 2.3 2.3 2.3-2.3L22.7 9l-2.3 2.3 2.3 2.4-1.4 1.4-2.3-2.4-2.3 2.4-1.4-1.4 2.3-2.4z",
  volume: "M4 9v6h4l5 4.5v-15L8 9zM15 8.5a4.5 4.5 0 0 1 0 7zM15 5.2v-2a9 9 0 0 1 0 17.6v-2a7 7 0 0 0 0-13.6z",
  lower: "M15.5 5 8.5 12l7 7 1.8-1.8-5.2-5.2 5.2-5.2z",
  higher: "M8.5 5l7 7-7 7-1.8-1.8 5.2-5.2-5.2-5.2z",
  pedal: "M9 3h6v7l3 3v6a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2v-6l3-3z",
  trash: "M9 3h6l1 2h4v2H4V5h4zM6 8h12l-1 13H7zM9.5 10.5l.5 8h1.5v-8zM12.5 10.5v8H14l.5-8z",
  rename:
    "M4 16.5V20h3.5L18 9.5 14.5 6zM15.7 4.8l3.5 3.5 1.3-1.3a1.5 1.5 0 0 0 0-2L19 3.5a1.5 1.5 0 0 0-2 0z",
  close: "M6.4 5 12 10.6 17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6 10.6 12 5 6.4z",
  open: "M3 5h6l2 2h10v12H3zM5 9v8h14V9z",
  sound: "M9 4l11-2v13.5a3.5 3 0 1 1-2-2.7V7l-7 1.3v9.2a3.5 3 0 1 1-2-2.7z",
  takes: "M4 5h16v2H4zM4 11h16v2H4zM4 17h10v2H4z",
  engine: "M3 13h4l2.5-7 4 12 2.5-7h5v2h-3.6l-4 10.5-4-12L8.5 15H3z",
  tick: "M9.5 16.2 5.3 12 4 13.4l5.5 5.5L20.5 7.9 19.1 6.5z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="currentColor" fill-rule="evenodd" />
    </svg>
  );
}
