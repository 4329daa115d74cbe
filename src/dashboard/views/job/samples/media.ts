import type { Artifacts } from '../../../../client/index.ts';
import type { Sample } from './readSample.ts';

/** Something of a sample that may be an image or a sound: where it stands, and its bytes or the file of the run. */
export type Found = { where: string } & ({ base64: string } | { file: string });

export type MediaType =
  | 'image/png'
  | 'image/jpeg'
  | 'image/webp'
  | 'image/gif'
  | 'audio/wav'
  | 'audio/mpeg'
  | 'audio/ogg';

const MOST_FOUND = 24;
const DEEPEST = 8;
/** Values of a sample that are looked at. */
const MOST_VALUES = 20_000;
const LONGEST_NAME = 500;
/** How base64 of what is shown begins. */
const BASE64 = /^(?:iVBORw0KGgo|\/9j\/|UklGR|R0lGOD|T2dnUw|SUQz|\/\/[uv])[A-Za-z0-9+/=\r\n]{16,}$/;
const DATA_URL = /^data:(?:image|audio)\/[a-z0-9.+-]{1,40}(?:;[a-z0-9=.-]{1,40})*;base64,/i;
const FILE = /\.(?:png|jpe?g|webp|gif|wav|mp3|ogg|oga)$/i;

/** Everything in a sample that looks like an image or a sound. What it is, its bytes say when they are shown. */
export function findMedia(sample: Sample): Found[] {
  const found: Found[] = [];
  const known = new Set<string>();
  let looked = 0;
  const open: { value: unknown; where: string; depth: number }[] = [{ value: sample, where: '', depth: 0 }];
  for (let at = open.shift(); at !== undefined && found.length < MOST_FOUND; at = open.shift()) {
    const { value, where, depth } = at;
    if (++looked > MOST_VALUES) break;
    if (typeof value === 'string') {
      if (known.has(value)) continue;
      const one = mediaIn(value);
      if (one !== null) {
        known.add(value);
        found.push({ where, ...one });
      }
    } else if (typeof value === 'object' && value !== null && depth < DEEPEST && open.length < MOST_VALUES) {
      for (const [name, item] of Object.entries(value)) {
        // As Hugging Face's data sets have it: beside bytes a path only says what they were called.
        if (name === 'path' && 'bytes' in value && typeof value.bytes === 'string') continue;
        open.push({ value: item, where: where === '' ? name : `${where}.${name}`, depth: depth + 1 });
      }
    }
  }
  return found;
}

function mediaIn(text: string): { base64: string } | { file: string } | null {
  if (text.length <= LONGEST_NAME && FILE.test(text)) return { file: text };
  const head = DATA_URL.exec(text.slice(0, 200))?.[0];
  if (head !== undefined) return { base64: text.slice(head.length) };
  return BASE64.test(text) ? { base64: text } : null;
}

/** The file of the run that a name in a sample means: its path there, or the end of one; null: none. */
export function fileOf(name: string, files: Artifacts['files']): Artifacts['files'][number] | null {
  const plain = name.replace(/^(?:\.\/)+/, '');
  return files.find(({ path }) => path === plain || path.endsWith(`/${plain}`) || plain.endsWith(`/${path}`)) ?? null;
}

/** Bytes of base64; null: it is none. */
export function decode(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

/** What bytes are by how they begin, whatever they are called; null: nothing that is shown, as SVG. */
export function typeOf(bytes: Uint8Array): MediaType | null {
  const text = String.fromCharCode(...bytes.slice(0, 12));
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'image/gif';
  if (text.startsWith('RIFF') && text.endsWith('WEBP')) return 'image/webp';
  if (text.startsWith('RIFF') && text.endsWith('WAVE')) return 'audio/wav';
  if (text.startsWith('OggS')) return 'audio/ogg';
  const isFrame = bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe6) === 0xe2;
  return text.startsWith('ID3') || isFrame ? 'audio/mpeg' : null;
}
