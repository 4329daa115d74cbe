/** Shapes on a grid of 16, drawn in the colour of the text beside them. */
const shapes = {
  queued: 'M8 3.5V8l3 2M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Z',
  running: 'M5 3.2v9.6L13 8Z',
  completed: 'm3 8.5 3.5 3.5L13 4.5',
  failed: 'M4 4l8 8M12 4l-8 8',
  cancelled: 'M3.4 3.4l9.2 9.2M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Z',
  undecided: 'M5.7 5.8a2.3 2.3 0 1 1 3.4 2c-.8.5-1.1.9-1.1 1.8M8 11.8v.2M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Z',
  equal: 'M3 6h10M3 10h10',
  swap: 'M2.5 5.5h10M9.5 2.5l3 3-3 3M13.5 10.5h-10M6.5 7.5l-3 3 3 3',
  best: 'M8 1.8l1.9 4 4.3.5-3.2 3 .9 4.3L8 11.5l-3.9 2.1.9-4.3-3.2-3 4.3-.5Z',
  warning: 'M8 2 1.5 13.5h13ZM8 6.5v3.2M8 11.6v.2',
  pause: 'M5.5 3v10M10.5 3v10',
  retry: 'M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9ZM10.5 10.5 14 14',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8Z',
  download: 'M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11',
  higher: 'M8 13.5V3M3.5 7.5 8 3l4.5 4.5',
  lower: 'M8 2.5V13M3.5 8.5 8 13l4.5-4.5',
  previous: 'M10 3 5 8l5 5',
  next: 'M6 3l5 5-5 5',
  close: 'M4 4l8 8M12 4l-8 8',
  device: 'M4 4h8v8H4ZM6.5 1.5V4M9.5 1.5V4M6.5 12v2.5M9.5 12v2.5M1.5 6.5H4M1.5 9.5H4M12 6.5h2.5M12 9.5h2.5',
  away: 'M2 2l12 12M4 7a6 6 0 0 1 3-1.6M1.8 4.6A9 9 0 0 1 4 3.2M8 2.5a9 9 0 0 1 6.2 2.1M6 9.4a3 3 0 0 1 2-.8M8 12.5v.2',
} as const;

export type IconName = keyof typeof shapes;

/** A picture for what the text beside it says: a reader of screens passes it over. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={shapes[name]} fill={name === 'running' ? 'currentColor' : 'none'} stroke="currentColor" />
    </svg>
  );
}
