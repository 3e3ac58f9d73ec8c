import { z } from "zod";
import { isTree } from "../overrides.ts";

type Kind = z.ZodObject<{ kind: z.ZodLiteral<string> }>;

/** Records told apart by their `kind`; without one the first is meant. */
export const byKind = <const K extends readonly [Kind, ...Kind[]]>(
  kinds: K,
): z.ZodPipe<z.ZodTransform<unknown, unknown>, z.ZodDiscriminatedUnion<K, "kind">> =>
  z.preprocess(
    (value) => (isTree(value) && value.kind === undefined ? { kind: kindOf(kinds[0]), ...value } : value),
    z.discriminatedUnion("kind", kinds as never),
  ) as never;

/** The word that a record of this schema carries. */
export const kindOf = (schema: Kind): string => [...schema.shape.kind.values][0] as string;
