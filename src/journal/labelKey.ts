/** A label as it is found: `run:r7`, `step:12000`. */
export function labelKey(name: string, value: string | number): string {
  return `${name}:${value}`;
}
