import { z } from "zod";

export const count: z.ZodNumber = z.number().int().positive();
export const share: z.ZodNumber = z.number().min(0).max(1);

/** A path or `hf:owner/name/file@revision`; `null` until it is given. */
export const file: z.ZodDefault<z.ZodNullable<z.ZodString>> = z.string().nullable().default(null);

/** Changes to a published architecture, by its own keys: for networks of the same family in other sizes. */
export const network: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodUnknown>> = z
  .record(z.string(), z.unknown())
  .default({});
