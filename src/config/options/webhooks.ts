import type { Option } from '../option.ts';
import { hostName, optionalFile, trueOrFalse, webhookUrl } from '../values.ts';

/** What gets a job that has ended. */
export const webhookOptions = {
  webhook: {
    schema: webhookUrl,
    default: '',
    value: 'URL',
    help: 'where every job is posted to when it has ended, beside the callback_url of its submission',
  },
  'webhook-secret-file': {
    schema: optionalFile,
    default: '',
    value: 'FILE',
    help: 'file with the secret that posts are signed with, not open to others; without it the variable EVALD_WEBHOOK_SECRET, else one that evald makes in webhook.secret of the data folder',
  },
  'webhook-allow-private': {
    schema: trueOrFalse,
    default: 'false',
    value: '[true|false]',
    help: 'whether jobs may be posted to private, loopback and other special addresses',
    switch: true,
  },
  'webhook-allow-host': {
    schema: hostName.transform((host) => host.toLowerCase().replace(/^\[(.*)\]$/, '$1')),
    default: '',
    value: 'NAME',
    help: 'host that jobs may be posted to although its address is private, by the name or address that URLs have',
    repeatable: true,
  },
  'hook-template': {
    schema: optionalFile,
    default: '',
    value: 'FILE',
    help: 'submission in YAML or JSON for the checkpoints that training loops post to /hooks/checkpoint, in whose texts {checkpoint_dir}, {step}, {output_dir} and {event} stand for what they post; without it none is taken',
  },
} satisfies Record<string, Option<unknown>>;
