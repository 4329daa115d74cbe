import { describe, expect, test } from 'vitest';
import { readBoolean, readFloat, readInteger } from '../../src/schemas/submission/lenient.ts';

// Each line was read by pydantic 2.13, the library of the original server.

describe('integers', () => {
  test.each([
    [3, 3],
    [3.0, 3],
    [true, 1],
    [false, 0],
    ['3', 3],
    [' 3 ', 3],
    ['\t3\n', 3],
    ['+3', 3],
    ['-3', -3],
    ['3.0', 3],
    ['3.00', 3],
    ['00', 0],
    ['1_000', 1000],
    ['1'.padStart(5_000, '0'), 1],
    [2 ** 63 - 1_024, 2 ** 63 - 1_024],
  ])('an integer %j means %j, as pydantic reads it', (input, value) => {
    expect(readInteger(input)).toEqual({ value });
  });

  test.each([
    [3.5, 'int_from_float'],
    [Number.POSITIVE_INFINITY, 'finite_number'],
    [1e20, 'int_parsing_size'],
    [-1e20, 'int_parsing_size'],
    [1.5e300, 'int_parsing_size'],
    [2 ** 63, 'int_parsing_size'],
    [-(2 ** 63), 'int_parsing_size'],
    ['1'.padEnd(4_301, '0'), 'int_parsing_size'],
    ['-1'.padEnd(4_302, '0'), 'int_parsing_size'],
    ['1'.padEnd(4_301, '0').concat('.0'), 'int_parsing_size'],
    ['1e20', 'int_parsing'],
    [null, 'int_type'],
    [[], 'int_type'],
    [{}, 'int_type'],
    ['', 'int_parsing'],
    ['x', 'int_parsing'],
    ['3.', 'int_parsing'],
    ['3.5', 'int_parsing'],
    ['.0', 'int_parsing'],
    ['1e3', 'int_parsing'],
    ['0x2', 'int_parsing'],
    ['0b1', 'int_parsing'],
    ['--3', 'int_parsing'],
    ['3 3', 'int_parsing'],
    ['１', 'int_parsing'],
    ['1__0', 'int_parsing'],
    ['_1', 'int_parsing'],
    ['1_', 'int_parsing'],
    ['inf', 'int_parsing'],
  ])('an integer %j is refused as pydantic does: %s', (input, refused) => {
    expect(readInteger(input)).toEqual({ refused });
  });
});

describe('numbers', () => {
  test.each([
    [0.5, 0.5],
    [true, 1],
    ['3.5', 3.5],
    [' 1e3 ', 1000],
    ['1_0.5', 10.5],
    ['.5', 0.5],
    ['5.', 5],
    ['+.5e-3', 0.0005],
    ['inf', Number.NaN],
    ['-Infinity', Number.NaN],
    ['nan', Number.NaN],
  ])('a number %j means %j, as pydantic reads it', (input, value) => {
    expect(readFloat(input)).toEqual({ value });
  });

  test.each([
    ['', 'float_parsing'],
    ['1e', 'float_parsing'],
    ['0x1', 'float_parsing'],
    [null, 'float_type'],
    [[], 'float_type'],
  ])('a number %j is refused as pydantic does: %s', (input, refused) => {
    expect(readFloat(input)).toEqual({ refused });
  });
});

describe('booleans', () => {
  test.each([
    ...[true, 1, 1.0, '1', 'true', 'True', 'TRUE', 't', 'y', 'Y', 'yes', 'on'].map((input) => [input, true] as const),
    ...[false, 0, '0', 'false', 'f', 'n', 'no', 'OFF'].map((input) => [input, false] as const),
  ])('a boolean %j means %j, as pydantic reads it', (input, value) => {
    expect(readBoolean(input)).toEqual({ value });
  });

  test.each([
    ['', 'bool_parsing'],
    [' true ', 'bool_parsing'],
    ['2', 'bool_parsing'],
    ['maybe', 'bool_parsing'],
    [2, 'bool_parsing'],
    [-1, 'bool_parsing'],
    [0.5, 'bool_type'],
    [null, 'bool_type'],
    [[], 'bool_type'],
    [{}, 'bool_type'],
  ])('a boolean %j is refused as pydantic does: %s', (input, refused) => {
    expect(readBoolean(input)).toEqual({ refused });
  });
});
