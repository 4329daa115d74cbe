import { test } from 'vitest';
import { describeWith, pythonClient } from '../support/needs.ts';
import { expectToPass } from '../support/python/package.ts';

describeWith(pythonClient, 'the callbacks of trainers', () => {
  test("a training by transformers' Trainer has each checkpoint evaluated, whatever becomes of the server", async () => {
    await expectToPass(['tests/test_transformers.py']);
  });

  test('a training by Lightning has each checkpoint evaluated, whatever becomes of the server', async () => {
    await expectToPass(['tests/test_lightning.py']);
  });
});
