/**
 * What a credential is, by its name and by its look: one rule for arguments, variables and texts of the two. It errs on
 * the side of hiding, for what is hidden by mistake can be asked for, and what was shown cannot be taken back.
 */

/** What of a name's values is one: all of them, or its texts, where numbers are counts (`max_new_tokens: 1024`). */
export type Sensitivity = 'all' | 'texts';

/** Words that say so wherever they stand in a name. */
const ALWAYS =
  /^(?:secrets?|passwords?|passwd|passphrases?|passcodes?|pwd|pw|creds?|credentials?|bearer|cookies?|jwts?)$/;
/** The same at the end of a word that was written without a break: `apikey`, `dbpassword`, `hfsecret`. */
const ENDING = /(?:keys?|secrets?|passwords?|passwd|passphrase|pwd|credentials?|cookies?)$/;
const SHORT_FOR_AUTHORIZATION = /^(?:x?auth|oauth\d?|authn|authz|authentication|authorization|basicauth)$/;
/** Words that end so and are none; a wckey is what Slurm accounts by. */
const COMMON =
  /^(?:monkeys?|donkeys?|turkeys?|jockeys?|whiskeys?|keys?words?|hotkeys?|passkeys?less|forkeys?|wckeys?)$/;
const OF_TOKENIZERS = /tokeni[sz]|tiktoken|detoken/;
/** Words whose texts are credentials. */
const TEXTS = /token|^(?:pass|sig|signature|sas|otp|totp|pat|askpass)$/;
/** What says where a credential is, or what it is called, has none. */
const ABOUT_ONE = /[_-](?:path|file|dir|env|url|ids?|name|sock|socket|provider|parallelism)$/i;
/** Variables of the shell: folders. */
const FOLDERS: readonly string[] = ['PWD', 'OLDPWD'];
/** Names that do not show it. */
const IGNORED: readonly string[] = ['Deepseek_API'];
/** What every word above has in it: most names have none of it, and need not be taken apart. */
const SOME_WORD = /secret|pass|pwd|pw|cred|bearer|cookie|jwt|key|auth|token|sig|sas|otp|pat/iu;

/** Whether values under a name are credentials. */
export function sensitivityOf(name: string): Sensitivity | null {
  if (IGNORED.includes(name)) return 'all';
  if (!SOME_WORD.test(name)) return null;
  if (ABOUT_ONE.test(name) || FOLDERS.includes(name)) return null;
  const words = partsOf(name).filter((word) => !OF_TOKENIZERS.test(word) && !COMMON.test(word));
  if (words.some((word) => ALWAYS.test(word) || ENDING.test(word) || SHORT_FOR_AUTHORIZATION.test(word))) return 'all';
  return words.some((word) => TEXTS.test(word)) ? 'texts' : null;
}

/** `azureOpenAIKey`, `AZURE_OPENAI_KEY_2` and `x-azure.key` have the same words; digits at their ends say nothing. */
function partsOf(name: string): string[] {
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

/**
 * A credential within a text: from `start` up to and without `end`. `secret`: what of it must not be seen elsewhere.
 * `isNamed`: only the name before it says that it is one, and not how it looks.
 */
export type Found = { start: number; end: number; secret: string; isNamed: boolean };

/** `scheme://user:password@host`, or `scheme://token@host`. */
const IN_URL = /:\/\/([^\s/?#"'<>]{1,500})@/g;
/** Characters of what stands alone before a host and is a token, not a user's name. */
const TOKEN_LENGTH = 16;
/** `Bearer …`, as HTTP has it. */
const IN_HEADER = /\b(?:bearer|basic)\s{1,10}([\w.~+/=-]{8,})/gi;
/** Before a private key as PEM has it, which goes on up to `PEM_END`, or to the end of a text that was cut. */
const PEM = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/g;
const PEM_HERE = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/y;
const PEM_END = '-----END';
/** `name=value`, as command lines, queries and lists of arguments have it, and `--name value`. */
const NAMED = /(?<![\w.-])(?:([\w.-]{1,100})=|--([\w.-]{1,100})[ \t]{1,10}(?![\s-]))/g;
/** What stands behind a name: in quotes (without the last one where a text was cut), in brackets, or one word. */
const VALUES = [
  /"((?:[^"\\]|\\[\s\S])+)/y,
  /'((?:[^'\\]|\\[\s\S])+)/y,
  /([[(][^\][(){}=]{0,1000}[\])][^\s,;&"']*)/y,
  /["']?([^\s,;&"']+)/y,
];
/** `"name": "value"`, as JSON and Python have it, also where it is cut before the last quote. */
const QUOTED = [
  /"([\w.-]{1,100})"\s{0,10}:\s{0,10}"((?:[^"\\]|\\[\s\S])+)/g,
  /'([\w.-]{1,100})'\s{0,10}:\s{0,10}'((?:[^'\\]|\\[\s\S])+)/g,
];
/** `name: value`, where a line has nothing else: a header, or YAML. A scheme of HTTP is no part of the value. */
const LINE =
  /^[ \t]{0,10}["']?([\w.-]{1,100})["']?[ \t]{0,10}:[ \t]{0,10}(?:(?:bearer|basic|token|apikey)[ \t]{1,10})?["']?([^\s"'].*)$/gim;
/** The same in quotes, as command lines have headers. */
const HEADER = /["']([\w.-]{1,100}):[ \t]{1,10}(?:(?:bearer|basic|token|apikey)[ \t]{1,10})?([^\s"'][^"'\n]*)/gi;
/** Names of credentials that begin lines of prose too: their values are single words. */
const OF_PROSE = /^(?:keys?|pass)$/i;

/** The credentials within a text that has another name, or none; in order, without overlap. */
export function credentialsIn(text: string): Found[] {
  return apart(allIn(text));
}

/** Whether a text surely has one: a client whose path or label only looks so is not to be refused. */
export function surelyHasCredential(text: string): boolean {
  return allIn(text).some(({ secret, isNamed }) => !isNamed || looksRandom(secret));
}

/** What every form above has in it: most texts of a request, as names of models and tasks, have none of it. */
const SOME_FORM = /[\s=:]/;

function allIn(text: string): Found[] {
  if (!SOME_FORM.test(text)) return [];
  const found: Found[] = [];
  for (const { 0: whole, 1: user = '', index } of text.matchAll(IN_URL)) {
    const colon = user.indexOf(':');
    const secret = user.slice(colon + 1);
    const isOne = colon >= 0 ? secret !== '' : user.length >= TOKEN_LENGTH;
    const start = index + whole.length - 1 - user.length;
    if (isOne) found.push({ start, end: start + user.length, secret, isNamed: false });
  }
  for (const { 0: whole, 1: secret = '', index } of text.matchAll(IN_HEADER)) {
    found.push({ start: index + whole.length - secret.length, end: index + whole.length, secret, isNamed: false });
  }
  let done = 0;
  for (const { 0: whole, index } of text.matchAll(PEM)) {
    if (index < done) continue;
    const start = index + whole.length;
    const end = text.indexOf(PEM_END, start);
    done = end < 0 ? text.length : end;
    if (done > start) found.push({ start, end: done, secret: text.slice(start, done), isNamed: false });
  }
  // A value may have another name in it: `--export=KEY=…`.
  done = 0;
  for (const { 0: whole, 1: first, 2: name = first ?? '', index } of text.matchAll(NAMED)) {
    const sensitivity = index < done ? null : sensitivityOf(name);
    if (sensitivity === null) continue;
    const { start, value } = valueAt(text, index + whole.length);
    if (isPemAt(text, start)) continue;
    done = start + value.length;
    if (value !== '' && !isPlain(value, sensitivity)) found.push({ start, end: done, secret: value, isNamed: true });
  }
  for (const form of [LINE, HEADER, ...QUOTED]) {
    for (const { 0: whole, 1: name = '', 2: rest = '', index } of text.matchAll(form)) {
      const sensitivity = sensitivityOf(name);
      if (sensitivity === null) continue;
      const isLine = form === LINE || form === HEADER;
      const secret = isLine ? rest.trimEnd().replace(/["'],?$/, '') : rest;
      if (isLine && /\s/.test(secret) && (sensitivity === 'texts' || OF_PROSE.test(name))) continue;
      const start = index + whole.length - rest.length;
      if (!isPlain(secret, sensitivity) && !isPemAt(text, start))
        found.push({ start, end: start + secret.length, secret, isNamed: true });
    }
  }
  return found;
}

function isPemAt(text: string, at: number): boolean {
  PEM_HERE.lastIndex = at;
  return PEM_HERE.test(text);
}

function valueAt(text: string, at: number): { start: number; value: string } {
  for (const form of VALUES) {
    form.lastIndex = at;
    const { 0: whole = '', 1: value } = form.exec(text) ?? [];
    if (value !== undefined) return { start: at + whole.length - value.length, value };
  }
  return { start: at, value: '' };
}

/** A number or a switch. */
const COUNT = /^(?:[\d.]{1,12}|true|false|none|null)$/i;
/** The same as people write them under a name of tokens: `1e3`, `-1`, `8k`, `300B`, `10_000`. */
const COUNT_OF_TOKENS = /^[-+]?[\d._]{1,12}(?:e[-+]?\d{1,3})?[kmbgt]?i?$/i;
/** A token of a model: `<|im_end|>`, `</s>`. */
const MARKUP = /^<\/?[|｜]?([\w ▁]{1,40})[|｜]?>$/;

/**
 * Whether a value under a credential's name is none: a number or a switch (`use_auth_token=true`), and where the texts of
 * the name alone are credentials also a list of numbers (`stop_tokens=[1,2]`) or a token of a model.
 */
export function isPlain(value: string, sensitivity: Sensitivity): boolean {
  if (sensitivity === 'all') return COUNT.test(value);
  const list = /^\[(.*)\]$|^\((.*)\)$/s.exec(value);
  return (list?.[1] ?? list?.[2] ?? value).split(',').every((item) => {
    const one = item.trim().replaceAll(/^["']|["']$/g, '');
    return COUNT.test(one) || COUNT_OF_TOKENS.test(one) || isMarkup(one) || (one === '' && list !== null);
  });
}

/** Whether a text is a token of a model and no credential. */
export function isMarkup(text: string): boolean {
  const name = MARKUP.exec(text)?.[1];
  return name !== undefined && !looksRandom(name);
}

/** How makers of credentials begin them. */
const PREFIX = /^(?:sk-|hf_|gh[opsur]_|github_pat_|glpat-|xox[a-z]-|AKIA|eyJ)/;
const SHORTEST_RANDOM = 16;

/**
 * Whether a value looks drawn at random, up to its first slash or blank: by how it begins, as letters and digits with one
 * separator at most, or as hexadecimal digits.
 */
export function looksRandom(value: string): boolean {
  const part = /^[^/\s]{0,8192}/.exec(value)?.[0] ?? '';
  if (part.length < SHORTEST_RANDOM) return false;
  if (PREFIX.test(part) || (part.length >= 2 * SHORTEST_RANDOM && /^[\da-f-]+$/i.test(part))) return true;
  const separators = part.replaceAll(/[a-z\d+=]/gi, '').length;
  return separators <= 1 && /[a-z]/i.test(part) && /\d/.test(part);
}

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
  return sensitivityOf(name) === null ? credentialsIn(value).map(({ secret }) => secret) : [value];
}
