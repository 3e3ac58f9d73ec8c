import { z } from "zod";

/** Of a row. */
export const name = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\r\n]*$/, "must be a single line")
  .optional()
  .describe("What it is called in expressions.");
export const label = z.union([z.int().min(-1), z.string().max(200)]).optional();
/** Of a form that adds pictures, beside these. */
export const newRowFields = z.strictObject({
  name,
  label: z.string().max(200).optional().describe("A class, by number or name."),
});
