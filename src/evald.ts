#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// The command. It loads nothing but what makes the rest load sooner: what was compiled is kept from start to start, and
// the journal's thread begins while everything else is read. NODE_DISABLE_COMPILE_CACHE keeps nothing.
enableCompileCache(join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'evald', 'compiled'));
const [, , first = '--'] = process.argv;
if (first.startsWith('--') && first !== '--help') (await import('./journal/writer.ts')).prepareWriter();
await import('./main.ts');
