/**
 * Control characters, inside brackets. Spelled out, for these patterns go into the description of the interface, and
 * not every reader of JSON Schema knows \p{Cc}; for the same reason nothing in them looks ahead.
 */
const CONTROL = '\\u0000-\\u001f\\u007f-\\u009f';

/** Text without control characters. */
export const plainText = new RegExp(`^[^${CONTROL}]*$`);

/** The same, and not empty or blank. */
export const listableName = new RegExp(`^ *[^\\s,${CONTROL}][^,${CONTROL}]*$`);
