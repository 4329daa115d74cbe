import { isNamed, keptVariables } from '../schemas/engine/variables.ts';
import { variableOf } from './flags.ts';
import { type Config, type OptionName, options } from './options.ts';
import { isOnCommandLine } from './readConfig.ts';

/** Variables of evald that are no options: of a run, of a client, of what the tests are set up in. */
const others = [...keptVariables, 'EVALD_RUN', 'EVALD_CACHE', 'EVALD_SERVER'];

/**
 * What is in the environment as if it were meant for evald, and changes nothing: names that no option has, and what
 * Kubernetes puts there for a service named evald. One sentence each; values are not shown.
 */
export function strayVariables(
  { 'pass-env': passed }: Pick<Config, 'pass-env'>,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const names = Object.keys(options) as OptionName[];
  const known = [...names.map(variableOf), ...others, ...passed];
  const port = variableOf('port');
  const links =
    isServiceAddress(env[port]) && !isOnCommandLine('port', args)
      ? [`${port} is of a Kubernetes service named evald, and ignored: --port ${options.port.default} is used`]
      : [];
  const strays = Object.keys(env)
    .filter((name) => name.startsWith('EVALD_') && !isNamed(name, known) && !isServiceLink(name))
    .map((name) => `${JSON.stringify(name)} is no variable of evald and changes nothing: --help has all of them`);
  return [...links, ...strays];
}

/** What stands behind the name of the service. */
const LINK = /^(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

/**
 * Variables that Kubernetes gives every container of a namespace that has a service named evald, or evald-something
 * (service links): EVALD_SERVICE_HOST, EVALD_SERVICE_PORT_HTTP, EVALD_PORT, EVALD_PORT_8000_TCP_ADDR and so on.
 */
export function isServiceLink(name: string): boolean {
  const [first, ...words] = name.split('_');
  return first === 'EVALD' && words.some((_, index) => LINK.test(words.slice(index).join('_')));
}

/** Whether a value is what Kubernetes has EVALD_PORT say of such a service: `tcp://10.0.0.1:8000`. */
export function isServiceAddress(value: string | undefined): boolean {
  return /^(tcp|udp|sctp):\/\/\S+:\d+$/i.test(value ?? '');
}
