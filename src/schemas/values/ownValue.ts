/** What a record has under a name; undefined when it has nothing of its own: a task may be called as something that every object has. */
export const ownValue = <T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
