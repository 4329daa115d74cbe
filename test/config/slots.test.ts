import { expect, test } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/readConfig.ts';
import { readSlots } from '../../src/config/slots.ts';

function slots(...flags: string[]) {
  const config = readConfig(flags, {});
  if (config === 'help') throw new Error('help was not asked for');
  return readSlots(config);
}

test.each([
  [[], { slots: 1, maxPending: null, devices: null }],
  [['--slots', '3'], { slots: 3, maxPending: null, devices: null }],
  [['--gpus', '0,1,2,3'], { slots: 4, maxPending: null, devices: ['0', '1', '2', '3'] }],
  [['--gpus', '0,1', '--slots', '0'], { slots: 2, maxPending: null, devices: ['0', '1'] }],
  [['--gpus', '0,1', '--slots', '1'], { slots: 1, maxPending: null, devices: ['0', '1'] }],
  [['--backend', 'slurm'], { slots: 1_000, maxPending: 20, devices: null }],
  [['--backend', 'slurm', '--slots', '0', '--max-running', '50'], { slots: 50, maxPending: 20, devices: null }],
  [['--backend', 'ray', '--slots', '0', '--max-pending', '3'], { slots: 1_000, maxPending: 3, devices: null }],
  [['--backend', 'ray', '--slots', '7'], { slots: 7, maxPending: null, devices: null }],
])(
  'the arguments %j give this many runs at a time, of which so many may not have begun, and these devices',
  (flags, expected) => {
    expect(slots(...flags)).toEqual(expected);
  },
);

test.each([
  [['--slots', '0'], '--slots 0 is as many as there are devices for or an engine takes; add --gpus or --backend'],
  [
    ['--backend', 'slurm', '--gpus', '0'],
    '--gpus hands out devices of this machine; with --backend slurm leave it out',
  ],
])('the arguments %j contradict each other, and the line says what to do', (flags, message) => {
  expect(() => slots(...flags)).toThrow(ConfigError);
  expect(() => slots(...flags)).toThrow(message);
});
