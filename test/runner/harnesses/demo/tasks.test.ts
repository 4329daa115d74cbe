import { describe, expect, it } from 'vitest';
import { selectTasks, TASK_NAMES, UnknownTasksError } from '../../../../src/runner/harnesses/demo/tasks/catalog.ts';
import { digits } from '../../../../src/runner/harnesses/demo/tasks/digits.ts';
import { DIGIT_INK } from '../../../../src/runner/harnesses/demo/tasks/font.ts';
import { shapes } from '../../../../src/runner/harnesses/demo/tasks/shapes.ts';
import { generateSplit, SPLIT_SIZE } from '../../../../src/runner/harnesses/demo/tasks/task.ts';

describe.each([digits, shapes])('task $name', (task) => {
  it('a task generates the same samples from the same seed, and others from another', () => {
    const first = [...generateSplit(task, 'test', 7, 20)];
    expect([...generateSplit(task, 'test', 7, 20)]).toEqual(first);
    expect([...generateSplit(task, 'test', 8, 20)]).not.toEqual(first);
    expect([...generateSplit(task, 'train', 7, 20)]).not.toEqual(first);
  });

  it('a task begins a longer split with the shorter one', () => {
    const whole = [...generateSplit(task, 'test', 7)];
    expect(whole).toHaveLength(SPLIT_SIZE);
    expect(whole.slice(0, 5)).toEqual([...generateSplit(task, 'test', 7, 5)]);
  });

  it('a task asks for every answer it lists and for no other', () => {
    const asked = new Set([...generateSplit(task, 'test', 7)].map((sample) => sample.answer));
    expect([...asked].sort()).toEqual([...task.answers].sort());
  });
});

describe('the font', () => {
  it('the font has ten different digits', () => {
    const drawn = DIGIT_INK.map((ink) => JSON.stringify(ink));
    expect(new Set(drawn).size).toBe(10);
  });

  it('the font draws a seven', () => {
    const picture = Array.from({ length: 7 }, () => Array.from({ length: 5 }, () => '.'));
    for (const { column, row } of DIGIT_INK[7] ?? []) picture[row]?.splice(column, 1, '#');
    expect(picture.map((row) => row.join(''))).toEqual(['#####', '....#', '...#.', '..#..', '.#...', '.#...', '.#...']);
  });
});

describe('selecting tasks', () => {
  const names = (asked: string[]) => {
    const { tasks, groups } = selectTasks(asked);
    return { tasks: tasks.map((task) => task.name), groups: groups.map((group) => group.name) };
  };

  it('selecting tasks opens a group, and takes a task once however often it is asked for', () => {
    const both = ['demo_digits', 'demo_shapes'];
    expect(names(['demo'])).toEqual({ tasks: both, groups: ['demo'] });
    expect(names(['demo_shapes', 'demo', 'demo_shapes'])).toEqual({ tasks: both, groups: ['demo'] });
    expect(names(['demo_*'])).toEqual({ tasks: both, groups: [] });
    expect(names(['demo_shapes'])).toEqual({ tasks: ['demo_shapes'], groups: [] });
  });

  it('selecting tasks refuses names it does not know, all of them at once', () => {
    expect(() => selectTasks(['demo', 'mmmu', 'demo.digits'])).toThrow(UnknownTasksError);
    expect(() => selectTasks(['demo', 'mmmu', 'gqa'])).toThrow('Tasks not found: mmmu, gqa.');
    expect(() => selectTasks(['x*'])).toThrow('No tasks specified');
    expect(TASK_NAMES).toEqual(['demo', 'demo_digits', 'demo_shapes']);
  });
});
