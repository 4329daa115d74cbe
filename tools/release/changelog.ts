/** The heading of what is not released yet. */
const UNRELEASED = '## Unreleased';

/** The text below a heading of a version, up to the next one of its kind. @throws Error when there is none. */
function sectionOf(text: string, heading: RegExp): { start: number; end: number; body: string } {
  const found = heading.exec(text);
  if (found === null) throw new Error(`CHANGELOG.md has no heading ${heading.source}`);
  const start = found.index + found[0].length;
  const next = text.slice(start).search(/^## /m);
  const end = next === -1 ? text.length : start + next;
  return { start, end, body: text.slice(start, end).trim() };
}

/** Has what is not released yet be a version. @param date as 2026-11-30. @throws Error when there is nothing. */
export function cutRelease(text: string, version: string, date: string): string {
  const { start, body } = sectionOf(text, /^## Unreleased$/m);
  if (body === '') throw new Error('CHANGELOG.md has nothing below "## Unreleased": there is nothing to release');
  if (headingOf(version).test(text)) throw new Error(`CHANGELOG.md has ${version} already`);
  return `${text.slice(0, start - UNRELEASED.length)}${UNRELEASED}\n\n## ${version} - ${date}${text.slice(start)}`;
}

/** What is new in a version, as Markdown without its heading. @throws Error when the version is not there. */
export const notesOf = (text: string, version: string): string => `${sectionOf(text, headingOf(version)).body}\n`;

const headingOf = (version: string): RegExp =>
  new RegExp(`^## ${version.replaceAll('.', '\\.')}(?: - \\d{4}-\\d\\d-\\d\\d)?$`, 'm');
