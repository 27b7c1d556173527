/** The page's signs, drawn in a box of 24. Decorative: whoever uses one gives the name. */

const PATHS = {
  play: "M7 4.5v15l12.5-7.5z",
  stop: "M6 6h12v12H6z",
  start: "M6 5h2.5v14H6zM19 5v14L9.500 12z",
  metronome: "M9.200 3h5.600L19 21H5zM8.300 15h7.400l-2.300-10h-2.800zM11 14l5.500-9 1.500 1-4.800 8z",
  silence:
    "M4 9v6h4l5 4.500v-15L8 9zM15.300 9l1.400-1.400 2.300 2.300 2.300-2.300L22.700 9l-2.300 2.300 2.300 2.400-1.400 1.400-2.300-2.400-2.300 2.400-1.400-1.400 2.300-2.400z",
  volume:
    "M4 9v6h4l5 4.500v-15L8 9zM15 8.500a4.500 4.500 0 0 1 0 7zM15 5.200v-2a9 9 0 0 1 0 17.600v-2a7 7 0 0 0 0-13.600z",
  lower: "M15.500 5 8.500 12l7 7 1.800-1.800-5.200-5.200 5.200-5.200z",
  higher: "M8.500 5l7 7-7 7-1.800-1.800 5.200-5.200-5.200-5.200z",
  pedal: "M9 3h6v7l3 3v6a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2v-6l3-3z",
  trash: "M9 3h6l1 2h4v2H4V5h4zM6 8h12l-1 13H7zM9.500 10.500l.5 8h1.500v-8zM12.500 10.500v8H14l.5-8z",
  rename:
    "M4 16.500V20h3.500L18 9.500 14.500 6zM15.700 4.800l3.500 3.500 1.300-1.300a1.500 1.500 0 0 0 0-2L19 3.500a1.500 1.500 0 0 0-2 0z",
  close:
    "M6.400 5 12 10.600 17.600 5 19 6.400 13.400 12l5.600 5.600-1.400 1.400-5.600-5.600L6.400 19 5 17.600 10.600 12 5 6.400z",
  open: "M3 5h6l2 2h10v12H3zM5 9v8h14V9z",
  sound: "M9 4l11-2v13.500a3.500 3 0 1 1-2-2.700V7l-7 1.300v9.200a3.500 3 0 1 1-2-2.700z",
  takes: "M4 5h16v2H4zM4 11h16v2H4zM4 17h10v2H4z",
  engine: "M3 13h4l2.500-7 4 12 2.500-7h5v2h-3.600l-4 10.500-4-12L8.500 15H3z",
  tick: "M9.500 16.200 5.300 12 4 13.400l5.500 5.500L20.500 7.900 19.100 6.500z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="currentColor" fill-rule="evenodd" />
    </svg>
  );
}
