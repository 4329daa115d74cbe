import { z } from 'zod';

/** One thing wrong with a request, in the shape of FastAPI. */
export const invalidFieldSchema = z.object({
  type: z.string().describe("What kind of error, in pydantic's terms: missing, int_parsing, value_error, …"),
  loc: z
    .array(z.union([z.string(), z.number().int()]))
    .describe('Where: "body", "query", "header" or "path", then the field, then what is inside it'),
  msg: z.string().describe('What is wrong and what is allowed'),
  input: z
    .union([z.string(), z.number(), z.boolean(), z.null()])
    .describe('What was sent there; long text is cut or only named, lists and objects are only named'),
});

/** The answer to a request that cannot be understood or could never run as asked. */
export const invalidRequestSchema = z.object({
  detail: z.array(invalidFieldSchema).describe('Everything found wrong, at most 100 entries'),
});

/** Every other refusal. */
export const errorBodySchema = z.object({ detail: z.string().describe('What is wrong, for people') });

export type InvalidField = z.infer<typeof invalidFieldSchema>;
export type InvalidRequest = z.infer<typeof invalidRequestSchema>;
export type ErrorBody = z.infer<typeof errorBodySchema>;
