import type { HarnessDefinition } from '../definition.ts';
import { commandOutput } from './output.ts';

export const command: HarnessDefinition = {
  name: 'command',
  output: commandOutput,
  // One for each that the operator has named. Loaded when there is one.
  create: async (settings) => {
    if (settings.commands.length === 0) return [];
    const { createCommandHarness } = await import('./harness.ts');
    return Promise.all(settings.commands.map((named) => createCommandHarness(named, settings)));
  },
};
