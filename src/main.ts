import { AccessError } from './access/accessError.ts';
import { calledAs, readCommandLine } from './cli/program.ts';
import { ConfigError } from './config/readConfig.ts';
import { readSlots } from './config/slots.ts';

try {
  const [, script = '', ...args] = process.argv;
  const asked = readCommandLine(args, process.env, calledAs(script, process.env));
  // At once: that the reader has gone, as of `evald --help | head`, is no error.
  if (asked === null) process.exit(0);
  if (asked.command === 'serve') {
    readSlots(asked.config);
    await (await import('./serve.ts')).serve(asked.config);
  } else {
    const code = await asked.run();
    if (code !== undefined) process.exitCode = code;
  }
} catch (error) {
  // A setting that cannot be used is its user's to mend.
  if (!(error instanceof ConfigError || error instanceof AccessError)) throw error;
  console.error(`evald: ${error.message}`);
  process.exit(2);
}
