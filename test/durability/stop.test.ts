import { test } from 'vitest';
import { expectStopAfterCrash } from '../support/runs/stubbornRun.ts';

test('an acknowledged stop is carried out although the server is killed: the next one ends the run, and names the requester', async (context) => {
  await expectStopAfterCrash(context);
});
