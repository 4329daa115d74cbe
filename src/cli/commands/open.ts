import { spawn } from 'node:child_process';
import { toggle } from '../frame/flag.ts';
import { resolveId } from '../frame/ids.ts';
import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: '[ID] [OPTIONS]',
  words: [0, 1],
  about: "Prints the address of a job's page, or without ID of the server's, and on a terminal opens it in a browser.",
  examples: ['evald open @last', 'evald open --print'],
  flags: { print: toggle('only print it') },
  output: false,
  async run(context, [word], { print }) {
    const page = new URL(`${context.server().shown}/`);
    page.hash = word === undefined ? '#/now' : `#/jobs/${await resolveId(context, word)}`;
    context.print(page.href);
    if (context.terminal.isOutput && !print) openInBrowser(page.href, context.env);
    return undefined;
  },
});

/** Where nothing can open it, the address that was printed has to do. */
function openInBrowser(url: string, env: Readonly<Record<string, string | undefined>>): void {
  const isMac = process.platform === 'darwin';
  // Over ssh there is no browser on this side.
  if (!isMac && !env['DISPLAY'] && !env['WAYLAND_DISPLAY'] && !env['BROWSER']) return;
  const program = env['BROWSER'] || (isMac ? 'open' : 'xdg-open');
  spawn(program, [url], { detached: true, stdio: 'ignore' })
    .on('error', () => {})
    .unref();
}
