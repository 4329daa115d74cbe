import type { Context } from 'hono';
import { tokenClient } from '../../machines/waitingBytes.ts';
import { addressOf, partyOf } from './address.ts';
import type { Caller } from './caller.ts';

/** Who a limit is for: the holder of a token, who may have many addresses, else whoever is at an address. */
export function clientOf(c: Context): string {
  const caller: Caller | undefined = c.get('caller');
  return caller === undefined || caller.name === null ? `address ${partyOf(addressOf(c))}` : tokenClient(caller.name);
}
