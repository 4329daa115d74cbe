import { z } from 'zod';
import type { Option } from '../option.ts';
import { integer } from '../values.ts';

const timeoutRule = 'must be a number of seconds from 0.1 to 3600';

/** How much one client may ask for. No default is met by a client that means well. */
export const limitOptions = {
  'max-body': {
    schema: integer(1_024, 100 * 1024 * 1024),
    default: '1048576',
    value: 'BYTES',
    help: 'bytes that the body of a request may have; one of more is answered 413',
  },
  'max-header': {
    schema: integer(1_024, 1024 * 1024),
    default: '16384',
    value: 'BYTES',
    help: 'bytes that the headers of a request may have; those of more are answered 431',
  },
  'request-timeout': {
    schema: z
      .string()
      .regex(/^\d{1,9}(\.\d+)?$/, timeoutRule)
      .transform(Number)
      .refine((n) => n >= 0.1 && n <= 3_600, timeoutRule),
    default: '60',
    value: 'SECONDS',
    help: 'time in which a whole request must have arrived, else it is answered 408, and in which a client must take something of an answer, else it is hung up on',
  },
  'max-connections': {
    schema: integer(1, 1_000_000),
    default: '4096',
    value: 'N',
    help: 'connections at a time; one more is closed at once',
  },
  'max-connections-per-address': {
    schema: integer(1, 1_000_000),
    default: '512',
    value: 'N',
    help: 'the same of one client address (of IPv6: of one /64); a proxy of --trust-proxy may have any number',
  },
  'max-streams': {
    schema: integer(1, 100_000),
    default: '1000',
    value: 'N',
    help: 'event streams, followed logs and waits that are open at a time, of which one client, by its token or else its address, may have half; one more is answered 503',
  },
  'submissions-per-minute': {
    schema: integer(0, 10_000_000),
    default: '60000',
    value: 'N',
    help: 'submissions, retries and merges of one client, by its token or else its address, in a minute; one more is answered 429; 0: no limit',
  },
  'max-queue-bytes': {
    schema: integer(1, 1024 ** 4),
    default: '268435456',
    value: 'BYTES',
    help: 'bytes that the requests of the jobs that wait may have together, as JSON; one more is answered 503',
  },
  'max-queue-bytes-per-client': {
    schema: integer(1, 1024 ** 4),
    default: '134217728',
    value: 'BYTES',
    help: 'the same of one client, by its token or else its address',
  },
} satisfies Record<string, Option<unknown>>;
