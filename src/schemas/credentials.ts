/**
 * What a credential is, by its name and by its look: one rule for arguments, variables and texts of the two. It errs on
 * the side of hiding, for what is hidden by mistake can be asked for, and what was shown cannot be taken back.
 */

/** What of a name's values is one: all of them, or its texts, where numbers are counts (`max_new_tokens: 1024`). */
export type Secrecy = 'all' | 'texts';

/** Words that say so wherever they stand in a name. */
const ALWAYS =
  /^(?:secrets?|passwords?|passwd|passphrases?|passcodes?|pwd|pw|creds?|credentials?|bearer|cookies?|jwts?)$/;
/** The same at the end of a word that was written without a break: `apikey`, `dbpassword`, `hfsecret`. */
const ENDING = /(?:keys?|secrets?|passwords?|passwd|passphrase|pwd|credentials?|cookies?)$/;
const SHORT_FOR_AUTHORIZATION = /^(?:x?auth|oauth\d?|authn|authz|authentication|authorization|basicauth)$/;
/** Words that end so and are none. */
const COMMON = /^(?:monkeys?|donkeys?|turkeys?|jockeys?|whiskeys?|keys?words?|hotkeys?|passkeys?less|forkeys?)$/;
const OF_TOKENIZERS = /tokeni[sz]|tiktoken|detoken/;
/** Words whose texts are credentials. */
const TEXTS = /token|^(?:pass|sig|signature|sas|otp|totp|pat|askpass)$/;
/** What says where a credential is, or what it is called, has none. */
const ABOUT_ONE = /[_-](?:path|file|dir|env|url|id|name|sock|socket|provider|parallelism)$/i;
/** Variables of the shell: folders. */
const FOLDERS: readonly string[] = ['PWD', 'OLDPWD'];
/** Names that do not show it. */
const UNTOLD: readonly string[] = ['Deepseek_API'];

/** Whether values under a name are credentials. */
export function secrecyOf(name: string): Secrecy | null {
  if (UNTOLD.includes(name)) return 'all';
  if (ABOUT_ONE.test(name) || FOLDERS.includes(name)) return null;
  const words = wordsOf(name).filter((word) => !OF_TOKENIZERS.test(word) && !COMMON.test(word));
  if (words.some((word) => ALWAYS.test(word) || ENDING.test(word) || SHORT_FOR_AUTHORIZATION.test(word))) return 'all';
  return words.some((word) => TEXTS.test(word)) ? 'texts' : null;
}

/** `azureOpenAIKey`, `AZURE_OPENAI_KEY_2` and `x-azure.key` have the same words; digits at their ends say nothing. */
function wordsOf(name: string): string[] {
  const apart = name
    .slice(0, LONGEST_NAME)
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2');
  return apart
    .toLowerCase()
    .split(/[^a-z\d]/)
    .map((word) => /^[a-z]+/.exec(word)?.[0] ?? word);
}

const LONGEST_NAME = 500;

/** A credential within a text: from `start` up to and without `end`. `secret`: what of it must not be seen elsewhere. */
export type Found = { start: number; end: number; secret: string };

/** `scheme://user:password@host`, or `scheme://token@host`. */
const IN_URL = /:\/\/([^\s/?#"'<>]{1,500})@/g;
/** Characters of what stands alone before a host and is a token, not a user's name. */
const TOKEN_LENGTH = 16;
/** `Bearer …`, as HTTP has it. */
const IN_HEADER = /\b(?:bearer|basic)\s{1,10}([\w.~+/=-]{8,})/gi;
/** `name=value`, as command lines, queries and lists of arguments have it. */
const NAMED = /(?<![\w.-])([\w.-]{1,100})=["']?/g;
const VALUE = /[^\s,;&"']+/y;
/** `"name": "value"`, as JSON and Python have it. */
const QUOTED = [/"([\w.-]{1,100})"\s{0,10}:\s{0,10}"([^"]+)"/g, /'([\w.-]{1,100})'\s{0,10}:\s{0,10}'([^']+)'/g];
/** `name: value`, where it is all there is. */
const LINE = /^\s{0,10}["']?([\w.-]{1,100})["']?\s{0,10}:\s{0,10}["']?([^\s"']+)["']?\s{0,10}$/g;

/** The credentials within a text that has another name, or none; in order, without overlap. */
export function credentialsIn(text: string): Found[] {
  const found: Found[] = [];
  for (const { 0: whole, 1: user = '', index } of text.matchAll(IN_URL)) {
    const colon = user.indexOf(':');
    const secret = user.slice(colon + 1);
    const isOne = colon >= 0 ? secret !== '' : user.length >= TOKEN_LENGTH;
    const start = index + whole.length - 1 - user.length;
    if (isOne) found.push({ start, end: start + user.length, secret });
  }
  for (const { 0: whole, 1: secret = '', index } of text.matchAll(IN_HEADER)) {
    found.push({ start: index + whole.length - secret.length, end: index + whole.length, secret });
  }
  // A value may have another name in it: `--export=KEY=…`.
  let done = 0;
  for (const { 0: whole, 1: name = '', index } of text.matchAll(NAMED)) {
    if (index < done || secrecyOf(name) === null) continue;
    const start = index + whole.length;
    VALUE.lastIndex = start;
    const secret = VALUE.exec(text)?.[0] ?? '';
    done = start + secret.length;
    if (secret !== '' && !isCount(secret)) found.push({ start, end: done, secret });
  }
  for (const { 0: whole, 1: name = '', 2: secret = '', index } of [LINE, ...QUOTED].flatMap((form) => [
    ...text.matchAll(form),
  ])) {
    const start = index + whole.lastIndexOf(secret);
    if (secrecyOf(name) !== null && !isCount(secret)) found.push({ start, end: start + secret.length, secret });
  }
  return apart(found);
}

/** A number or a switch under a name: `max_new_tokens=1024`, `use_auth_token=true`. */
export const isCount = (value: string): boolean => /^(?:[\d.]{1,12}|true|false|none|null)$/i.test(value);

/** The longest of those that overlap. */
function apart(all: readonly Found[]): Found[] {
  const kept: Found[] = [];
  for (const next of all.toSorted((one, other) => one.start - other.start || other.end - one.end)) {
    const last = kept.at(-1);
    if (last === undefined || next.start >= last.end) kept.push(next);
    else if (next.end > last.end) kept[kept.length - 1] = { ...last, end: next.end, secret: last.secret };
  }
  return kept;
}

/** What of a variable must not be seen: its value, or the password of a URL and the like in it; empty when nothing is. */
export function credentialsOf(name: string, value: string): string[] {
  return secrecyOf(name) === null ? credentialsIn(value).map(({ secret }) => secret) : [value];
}
