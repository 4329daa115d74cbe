import { text as readAll } from 'node:stream/consumers';
import { createClient } from '../../client/client.ts';
import { UsageError } from '../frame/exitCodes.ts';
import { toggle } from '../frame/flag.ts';
import { checkUrl, DEFAULT_SERVER, readServers, writeServers } from '../frame/servers.ts';
import { defineVerb } from './verb.ts';

const NAME = /^[\w.-]{1,64}$/;

export const verb = defineVerb({
  usage: '[NAME] [URL] [OPTIONS]',
  words: [0, 2],
  about: `Keeps a server under a name, with the token for it, in a file for you alone, and uses it from now on. The token is asked for without being shown, or read from standard input; never from the command line. NAME is "default", URL ${DEFAULT_SERVER} if left out.`,
  examples: ['evald login lab https://evald.lab:8000', 'evald login lab https://evald.lab:8000 --token-stdin < token'],
  flags: {
    tokenStdin: toggle('read the token from standard input'),
    withoutToken: toggle('the server needs none'),
  },
  output: false,
  async run(context, [name = 'default', url = DEFAULT_SERVER], { tokenStdin, withoutToken }) {
    if (!NAME.test(name) || name.includes('://')) {
      throw new UsageError(
        `login: NAME should be letters, digits, "_", "-" and ".", not ${JSON.stringify(name)}`,
        'evald login lab https://evald.lab:8000',
      );
    }
    const server = checkUrl(url, 'login: URL', { mayHaveToken: false }).replace(/\/$/, '');
    const token = withoutToken ? null : await readToken();
    // What does not work is not kept.
    try {
      const client = createClient({ server, token: token ?? undefined });
      await client.queue({ signal: context.signal });
    } catch (error) {
      if (error instanceof TypeError) throw new UsageError(error.message);
      throw error;
    }
    const { servers } = readServers(context.env);
    const file = writeServers(context.env, { current: name, servers: { ...servers, [name]: { url: server, token } } });
    context.say(
      `${name} (${server}) is used from now on${token === null ? ', without a token' : ''}; it is kept in ${file}.`,
    );
    if (context.env['EVALD_SERVER']) context.say('EVALD_SERVER is set, and goes before it.');
    return undefined;

    async function readToken(): Promise<string | null> {
      if (!tokenStdin && !context.terminal.canAsk) {
        throw new UsageError(
          'There is no terminal to ask for the token on',
          'the same with --token-stdin, or --without-token',
        );
      }
      const given = tokenStdin
        ? await readAll(process.stdin)
        : await context.ask(`Token for ${server} (empty: none):`, { hidden: true });
      const token = given.trim();
      if (token === '' && tokenStdin)
        throw new UsageError('Standard input has no token', 'the same with --without-token');
      return token === '' ? null : token;
    }
  },
});
