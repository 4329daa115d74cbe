import { readOwnFile } from './ownFiles.ts';

/** The version in package.json: the one place where it stands. */
export const version: string = JSON.parse(readOwnFile('package.json').toString()).version;
