#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { homeFolder } from './files/fileAccess.ts';
import { FILE_THREADS } from './files/fileThreads.ts';
import { isOneFile } from './ownFiles.ts';

// First: without a listener Node opens a debugger to every user of this machine on this signal.
process.on('SIGUSR1', () => {});
// Read once, when the first of them is needed. Names of hosts are looked up by these threads too: four that wait would hold up all.
process.env['UV_THREADPOOL_SIZE'] ??= String(FILE_THREADS);
// The command. It loads nothing but what makes the rest load sooner: what was compiled is kept from start to start, and
// the journal's thread begins while everything else is read. NODE_DISABLE_COMPILE_CACHE keeps nothing. The one executable has
// what was compiled in itself.
const home = homeFolder();
const caches = process.env['XDG_CACHE_HOME'] || (home && join(home, '.cache'));
if (caches && !isOneFile) enableCompileCache(join(caches, 'evald', 'compiled'));
const [, , first = '--'] = process.argv;
const isServer = first === 'serve' || (first.startsWith('--') && !['--help', '--version'].includes(first));
if (isServer && process.pid === 1) (await import('./process/init.ts')).startBelowInit();
if (isServer) (await import('./journal/writer.ts')).prepareWriter();
await import('./main.ts');
