import { isVerb } from './cli/commands/verbs.ts';

const [, script = '', ...args] = process.argv;
const [first = ''] = args;
// What a client asks loads nothing of the server, and a server nothing of the client's.
if (isVerb(first)) {
  // Also what is thrown behind no await, or is not installed whole: Node would end with 1, which `gate` means as a verdict.
  process.on('uncaughtException', (error) => {
    console.error(error);
    process.exit(70);
  });
  const [{ runVerb }, { calledAs }] = await Promise.all([
    import('./cli/frame/runVerb.ts'),
    import('./cli/frame/calledAs.ts'),
  ]);
  process.exit(await runVerb(first, args.slice(1), calledAs(script, process.env)));
}
await (await import('./cli/runCommand.ts')).runCommand(script, args);
