import { expect, test } from 'vitest';
import { waitAfter, waits } from '../../src/machines/delivery/deliveryWaits.ts';

test('waits between attempts double up to six hours, are spread by a fifth, and end', () => {
  for (const [index, wait] of waits.entries()) {
    expect(wait).toBe(Math.min(5 * 2 ** index, 21_600));
    expect(waitAfter(index + 1, 0)).toBe(wait * 800);
    expect(waitAfter(index + 1, 1)).toBe(wait * 1_200);
  }
  expect(() => waitAfter(waits.length + 1, 0.5)).toThrow(RangeError);
});
