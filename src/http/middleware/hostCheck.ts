import { lookup, lookupService } from 'node:dns/promises';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

/** What a Host header is to this server. */
export type HostVerdict = 'served' | 'foreign' | 'unreadable';

/** Tells of a Host header whether we are meant. */
export type ServedHosts = (header: string) => HostVerdict;

/** What a machine is called; asked for anew: addresses come and go. */
export type Machine = { names(): Iterable<string>; addresses(): Iterable<string> };

/** Headers that are remembered as ours: few are ever used, and reading one costs more than finding it. */
const MOST_KNOWN = 64;

export type HostRules = {
  /** What is listened on, as it was given. */
  host: string;
  /** What that was looked up as. */
  addresses: readonly string[];
  /** Further names. */
  allowed: readonly string[];
  machine: Machine;
};

/**
 * Knows the names by which this server may be asked for: those of loopback; what it listens on; when that is reached from
 * elsewhere, whatever this machine is called; and what is allowed. Any other is the name of a page that a browser was led
 * to us by (DNS rebinding). The port is not looked at: proxies and forwarded ports change it, and it tells nothing.
 */
export function servedHosts({ host, addresses, allowed, machine }: HostRules): ServedHosts {
  const named = new Set([host, ...addresses, ...allowed].flatMap((name) => readHostname(asAuthority(name)) ?? []));
  const takesMachine = addresses.some((address) => !isLoopback(asAuthority(address)));
  const isOwn = (name: string) => [machine.names, machine.addresses].some((own) => [...own()].includes(name));
  const known = new Set<string>();

  return (header) => {
    if (known.has(header)) return 'served';
    const name = readHostname(header);
    if (name === null) return 'unreadable';
    if (!(isLoopback(name) || named.has(name) || (takesMachine && isOwn(name)))) return 'foreign';
    if (known.size < MOST_KNOWN) known.add(header);
    return 'served';
  };
}

/** Whether only this machine goes by this name. @param name as {@link readHostname} writes it. */
export function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name);
}

/**
 * The name in a Host header, without port, as browsers write it: small letters, addresses in their one form, IPv6 in
 * brackets, no dot at the end. Null when it is no host.
 */
export function readHostname(header: string): string | null {
  if (header === '' || /[\s/\\?#@,]/.test(header)) return null;
  const name = URL.parse(`http://${header}`)?.hostname.replace(/\.$/, '') ?? '';
  return name === '' ? null : name;
}

/** A name or an address as it stands in a URL. */
export function asAuthority(name: string): string {
  return isIP(name) === 6 ? `[${name.split('%', 1)[0]}]` : name;
}

/**
 * What this machine is called: its name, as it is and with the domain that its resolver knows (`hostname -f`), in short,
 * and as its neighbours know it without a name server (`.local`).
 */
export function thisMachine(): Machine {
  const own = readHostname(hostname());
  const names = new Set(own === null ? [] : [own, short(own), `${short(own)}.local`]);
  // No one waits for it: a resolver may take its time, and until then there are the other names.
  if (own !== null) void fullName(own).then((full) => full !== null && names.add(full));
  return {
    names: () => names,
    addresses: () =>
      Object.values(networkInterfaces()).flatMap((found = []) => found.map(({ address }) => asAuthority(address))),
  };
}

/** The name with its domain. One whose first part is another is some other machine's, whatever the resolver says. */
async function fullName(own: string): Promise<string | null> {
  try {
    const { address } = await lookup(own);
    const full = readHostname((await lookupService(address, 0)).hostname);
    return full !== null && short(full) === short(own) ? full : null;
  } catch {
    return null;
  }
}

const short = (name: string): string => name.split('.')[0] ?? name;
