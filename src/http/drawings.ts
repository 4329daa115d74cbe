import { createHash } from 'node:crypto';
import { readOwnFile } from '../ownFiles.ts';
import { machineNames } from '../schemas/server/machines.ts';
import { drawingPolicy } from './middleware/securityHeaders.ts';

/** A drawing, and the policy that its own style needs. */
export type Drawing = { text: string; media: string; policy: string | null };

const media = {
  svg: 'image/svg+xml',
  // A registered type would make browsers save it instead of showing it.
  mmd: 'text/plain; charset=utf-8',
};

/** Every drawing below /machines/, and its file. */
const files = new Map<string, string>([
  ...machineNames.flatMap((name): [string, string][] => [
    [`${name}.svg`, `${name}.svg`],
    [`${name}.outline.svg`, `outline/${name}.svg`],
    [`${name}.mmd`, `${name}.mmd`],
  ]),
  ['system.svg', 'system.svg'],
]);

const read = new Map<string, Drawing>();

/**
 * A drawing by its name below /machines/. The drawings are the files in `diagrams/`, which `npm run check` holds against
 * the code. They are read when they are first asked for: a start costs nothing.
 */
export function findDrawing(name: string): Drawing | undefined {
  const file = files.get(name);
  if (file === undefined) return undefined;
  const known = read.get(name);
  if (known !== undefined) return known;
  const text = readOwnFile(`diagrams/${file}`).toString();
  const drawing = { text, media: name.endsWith('.mmd') ? media.mmd : media.svg, policy: policyOf(text) };
  read.set(name, drawing);
  return drawing;
}

/** A drawing is a file that can be taken elsewhere: it has its style in itself. */
function policyOf(text: string): string | null {
  const style = text.startsWith('<svg ') ? /<style>([^<]*)<\/style>/.exec(text)?.[1] : undefined;
  return style === undefined ? null : drawingPolicy(createHash('sha256').update(style).digest('base64'));
}
