import { z } from 'zod';
import type { Option } from '../option.ts';
import { addressRange, exactOrigin, hostName, optionalFile, trueOrFalse } from '../values.ts';

/** Which callers are admitted, and from where. */
export const tokenOptions = {
  token: {
    schema: z
      .string()
      .regex(
        /^([\x21-\x7e]{16,512})?$/,
        'must be 16 to 512 visible ASCII characters without spaces (`openssl rand -hex 32` makes one)',
      )
      .transform((token) => token || null),
    default: '',
    value: 'TOKEN',
    secret: true,
    filled: true,
    help: 'token with the role admin that a request must bring; on a command line every user of the machine can read it, so set the variable or use --tokens',
  },
  tokens: {
    schema: optionalFile,
    default: '',
    value: 'FILE',
    filled: true,
    help: 'file of the tokens that requests must bring, a line each: name, role (read, submit or admin), SHA-256 of the token, secrets=NAME,NAME for those of --secrets that it may name; not open to others, read again on SIGHUP; evald token create adds one',
  },
  secrets: {
    schema: optionalFile,
    default: '',
    value: 'FILE',
    filled: true,
    help: 'file of secrets that requests may name instead of holding them ({"api_key": "secret:openai"}), a line each: NAME=VALUE; not open to others, read again on SIGHUP',
  },
  'insecure-no-auth': {
    schema: trueOrFalse,
    default: 'false',
    value: '[true|false]',
    switch: true,
    help: 'listens on addresses that other machines can reach without asking for a token: any client that reaches it may start programs',
  },
  'allow-host': {
    schema: hostName,
    default: '',
    value: 'NAME',
    repeatable: true,
    help: "name or address by which clients may ask for this server, beside localhost, --host and, when others can reach it, the machine's own names and addresses",
  },
  'trust-proxy': {
    schema: addressRange,
    default: '',
    value: 'ADDRESS',
    repeatable: true,
    filled: true,
    help: 'address of a reverse proxy, or a range as 10.0.0.0/24, whose X-Forwarded-For says from where a request came: limits then count for that address, and no connection limit for the proxy; from any other address that header is not read',
  },
  'cors-origin': {
    schema: exactOrigin,
    default: '',
    value: 'ORIGIN',
    repeatable: true,
    help: 'origin whose pages may use this server, e.g. https://dashboard.example.org; pages of the server itself always may',
  },
} satisfies Record<string, Option<unknown>>;
