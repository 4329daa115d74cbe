import { UsageError } from '../frame/exitCodes.ts';
import { readServers, serversFile, unknownServer, writeServers } from '../frame/servers.ts';
import { didYouMean } from '../frame/suggest.ts';
import { defineVerb } from './verb.ts';

const actions = ['list', 'use', 'remove', 'path'];

export const verb = defineVerb({
  usage: 'list | use NAME | remove NAME | path',
  words: [0, 2],
  about:
    'Chooses among the servers that evald login keeps. Which one is asked: --server, else EVALD_SERVER, else the one in use, else this machine. Tokens are never shown.',
  examples: ['evald config list', 'evald config use lab'],
  flags: {},
  output: true,
  async run(context, [action = 'list', name]) {
    const { env, say } = context;
    if (!actions.includes(action)) {
      throw new UsageError(
        `config: ${JSON.stringify(action)} is not known${didYouMean(action, actions)}; ${actions.join(', ')}`,
        'evald config --help',
      );
    }
    if (action === 'path') {
      context.print(serversFile(env) ?? '');
      return undefined;
    }
    const { current, servers } = readServers(env);
    if (action === 'list') {
      await context.show({
        rows: Object.entries(servers).map(([each, { url, token }]) => ({
          ...{ name: each, url },
          ...{ has_token: token !== null, in_use: each === current },
        })),
        columns: [
          { name: 'name', of: (row) => row.name },
          { name: 'url', of: (row) => row.url },
          { name: 'token', of: (row) => (row.has_token ? 'yes' : 'no') },
          { name: 'in_use', of: (row) => (row.in_use ? 'yes' : '') },
        ],
        name: (row) => row.name,
        empty: 'No servers are kept. `evald login NAME URL` keeps one.',
      });
      return undefined;
    }
    if (name === undefined) throw new UsageError(`config ${action}: NAME is missing`, `evald config ${action} NAME`);
    if (!Object.hasOwn(servers, name)) throw unknownServer(`config ${action}`, name, Object.keys(servers));
    if (action === 'use') {
      writeServers(env, { current: name, servers });
      say(`${name} (${servers[name]?.url}) is used from now on.`);
    } else {
      const { [name]: _, ...rest } = servers;
      writeServers(env, { current: current === name ? null : current, servers: rest });
      say(`${name} is forgotten.`);
    }
    return undefined;
  },
});
