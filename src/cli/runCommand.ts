import { ConfigError } from '../config/readConfig.ts';
import { readSlots } from '../config/slots.ts';
import { AccessError } from '../security/privateFile.ts';
import { calledAs } from './frame/calledAs.ts';
import { readCommandLine } from './program.ts';

/** Does what a command line asks for that is no client's: the server, and what looks after its files. */
export async function runCommand(script: string, args: readonly string[]): Promise<void> {
  try {
    const commandLine = readCommandLine(args, process.env, calledAs(script, process.env));
    // At once: that the reader has gone, as of `evald --help | head`, is no error.
    if (commandLine === null) process.exit(0);
    if (commandLine.command === 'serve') {
      readSlots(commandLine.config);
      await (await import('../serve.ts')).serve(commandLine.config);
    } else {
      const code = await commandLine.run();
      if (code !== undefined) process.exitCode = code;
    }
  } catch (error) {
    // A setting that cannot be used is its user's to mend.
    if (!(error instanceof ConfigError || error instanceof AccessError)) throw error;
    console.error(`evald: ${error.message}`);
    process.exit(2);
  }
}
