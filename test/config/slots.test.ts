import { expect, test } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/readConfig.ts';
import { readSlots } from '../../src/config/slots.ts';
import { onePool } from '../../src/schemas/engine/devicePool.ts';

function slots(...flags: string[]) {
  const config = readConfig(flags, {});
  if (config === 'help') throw new Error('help was not asked for');
  return readSlots(config);
}

test.each([
  [[], { slots: 1, maxPending: null, pools: null }],
  [['--slots', '3'], { slots: 3, maxPending: null, pools: null }],
  [['--gpus', '0,1,2,3'], { slots: 4, maxPending: null, pools: onePool(['0', '1', '2', '3']) }],
  [['--gpus', '0,1', '--slots', '0'], { slots: 2, maxPending: null, pools: onePool(['0', '1']) }],
  [['--gpus', '0,1', '--slots', '1'], { slots: 1, maxPending: null, pools: onePool(['0', '1']) }],
  [['--gpus', '0,1', '--gpu-sharing', '4'], { slots: 8, maxPending: null, pools: onePool(['0', '1'], 4) }],
  [['--gpus', '0-1,3'], { slots: 3, maxPending: null, pools: onePool(['0', '1', '3']) }],
  [
    ['--pool', 'big=0,1', '--pool', 'small=2', '--gpu-sharing', 'small=3', '--gpu-sharing', '2'],
    {
      slots: 7,
      maxPending: null,
      pools: [
        { name: 'big', devices: ['0', '1'], shares: 2 },
        { name: 'small', devices: ['2'], shares: 3 },
      ],
    },
  ],
  [['--backend', 'slurm'], { slots: 1_000, maxPending: 20, pools: null }],
  [['--backend', 'slurm', '--slots', '0', '--max-running', '50'], { slots: 50, maxPending: 20, pools: null }],
  [['--backend', 'ray', '--slots', '0', '--max-pending', '3'], { slots: 1_000, maxPending: 3, pools: null }],
  [['--backend', 'ray', '--slots', '7'], { slots: 7, maxPending: null, pools: null }],
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
  [['--backend', 'ray', '--pool', 'a=0'], '--pool hands out devices of this machine; with --backend ray leave it out'],
  [
    ['--gpus', '0', '--pool', 'a=1'],
    '--pool and --gpus both say which devices there are; name all of them with --pool',
  ],
  [['--pool', 'a=0', '--pool', 'a=1'], '--pool a is named twice; give all of its devices at once'],
  [['--pool', 'a=0', '--pool', 'b=1,0'], '--pool has device 0 in two pools; a device is of one'],
  [['--pool', 'a=0', '--gpu-sharing', 'b=2'], '--gpu-sharing names the pool b, which no --pool makes'],
  [['--gpu-sharing', '2'], '--gpu-sharing shares devices that are handed out: add --gpus or --pool'],
])('the arguments %j contradict each other, and the line says what to do', (flags, message) => {
  expect(() => slots(...flags)).toThrow(ConfigError);
  expect(() => slots(...flags)).toThrow(message);
});
