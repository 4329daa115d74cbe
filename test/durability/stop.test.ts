import { test } from 'vitest';
import { expectStopAfterCrash } from '../support/runs/stubbornRun.ts';

test('a stop that was acknowledged is carried out although the server is killed: the next one ends the run, which ignores TERM, and says by whose request', async (context) => {
  await expectStopAfterCrash(context);
});
