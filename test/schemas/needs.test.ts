import { expect, test } from 'vitest';
import { jobOptionsSchema } from '../../src/schemas/submission/jobOptions.ts';
import { bytesOfMemory, shownMemory } from '../../src/schemas/values/memory.ts';

const faultOf = (given: object) => jobOptionsSchema.safeParse(given).error?.issues[0];

test.each(['1M', '512M', '16G', '1024G', '2T', '9999999M'])('a job may say that it needs %s of memory', (memory) => {
  expect(jobOptionsSchema.parse({ memory }).memory).toBe(memory);
});

test.each(['', '0G', '16', '1.5G', '16g', '16GB', '16 G', '-1G', '99999999M', 'all', 16, true])(
  'a job that says it needs %j of memory is refused, with the name of the field and how it is written',
  (memory) => {
    expect(faultOf({ memory })).toMatchObject({
      path: ['memory'],
      message: '`memory` should be a whole number with a unit, M, G or T, as "16G": 1G is 1024M',
    });
  },
);

test.each([0, -1, 1.5, 4_097, 'many'])(
  'a job that says it needs %j CPUs is refused, with the name of the field',
  (cpus) => {
    expect(faultOf({ cpus })?.path).toEqual(['cpus']);
  },
);

test('what a job does not say is null, and so it may say it', () => {
  expect(jobOptionsSchema.parse({})).toMatchObject({ cpus: null, memory: null });
  expect(jobOptionsSchema.parse({ cpus: null, memory: null })).toMatchObject({ cpus: null, memory: null });
  expect(jobOptionsSchema.parse({ cpus: '8' }).cpus).toBe(8);
});

test('memory is counted in powers of 1024, and shown rounded down', () => {
  expect(['1M', '16G', '2T'].map(bytesOfMemory)).toEqual([2 ** 20, 16 * 2 ** 30, 2 * 2 ** 40]);
  expect([512 * 2 ** 20, 16 * 2 ** 30 - 1].map(shownMemory)).toEqual(['512 MiB', '15.9 GiB']);
});
