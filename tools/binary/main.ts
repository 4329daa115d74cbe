import { type OwnProgram, PROGRAM_WORD } from '../../src/ownFiles.ts';

/**
 * The main module of the one executable. What is a program of its own elsewhere is this executable with a first word that
 * names it (`ownCommand` of `src/ownFiles.ts`); without one it is the command `evald`.
 */
const programs: Record<OwnProgram, () => Promise<unknown>> = {
  evald: () => import('../../src/evald.ts'),
  'runner/backends/local/starter/starterProgram': () =>
    import('../../src/runner/backends/local/starter/starterProgram.ts'),
  'runner/harnesses/demo/program': () => import('../../src/runner/harnesses/demo/program.ts'),
  'runner/results/reader/thread': () => import('../../src/runner/results/reader/thread.ts'),
};

const [, , first = ''] = process.argv;
const known = (Object.keys(programs) as OwnProgram[]).find((name) => first === `${PROGRAM_WORD}${name}`);
// Its own words begin where they do elsewhere.
if (known !== undefined) process.argv.splice(2, 1);
await programs[known ?? 'evald']();
