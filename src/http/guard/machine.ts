import { lookup, lookupService } from 'node:dns/promises';
import { hostname, networkInterfaces } from 'node:os';
import { asAuthority, type Machine, readHostname } from './hosts.ts';

/**
 * What this machine is called: its name, as it is and with the domain that its resolver knows (`hostname -f`), in short,
 * and as its neighbours know it without a name server (`.local`).
 */
export function thisMachine(): Machine {
  const own = readHostname(hostname());
  const names = new Set(own === null ? [] : [own, short(own), `${short(own)}.local`]);
  // Nobody waits for it: a resolver may take its time, and until then there are the other names.
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
