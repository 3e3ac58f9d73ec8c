import { z } from "zod";

export const count: z.ZodNumber = z.number().int().positive();
export const share: z.ZodNumber = z.number().min(0).max(1);

export const file: z.ZodDefault<z.ZodNullable<z.ZodString>> = z
  .string()
  .nullable()
  .default(null)
  .describe("The weights: a path or hf:owner/name/file@revision; null until it is given.");

export const network: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodUnknown>> = z
  .record(z.string(), z.unknown())
  .default({})
  .describe("Changes to the published architecture, by its own keys: networks of the same family in other sizes.");
