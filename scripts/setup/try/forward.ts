import { execFileSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from '../../../test/support/files/removeFolder.ts';
import { forwardPython } from '../../../test/support/needs.ts';
import { attempt } from './attempt.ts';

const PROGRAM = `
import sys
import wandb
from mlflow import MlflowClient
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
folder = sys.argv[1]
MlflowClient(tracking_uri=f"sqlite:///{folder}/mlflow.db").create_experiment("setup")
run = wandb.init(project="setup", dir=folder, mode="offline", settings=wandb.Settings(silent=True))
run.log({"works": 1})
run.finish()
EventAccumulator(folder).Reload()
`;

// A run of W&B offline, an experiment of MLflow in SQLite, and TensorBoard's reader.
await attempt(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evald-setup-'));
  try {
    execFileSync(forwardPython, ['-c', PROGRAM, folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } finally {
    await removeFolder(folder);
  }
});
