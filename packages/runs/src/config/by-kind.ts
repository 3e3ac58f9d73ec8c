import { z } from "zod";
import { isTree } from "./tree.ts";

type Kind = z.ZodObject<{ kind: z.ZodLiteral<string> }>;
type First<K extends readonly Kind[]> = K extends readonly [infer F extends Kind, ...unknown[]] ? F : never;

/** Records told apart by their `kind`; without one the first is meant. */
export const byKind = <const K extends readonly [Kind, ...Kind[]]>(
  kinds: K,
): z.ZodType<z.output<K[number]>, z.input<K[number]> | (Omit<z.input<First<K>>, "kind"> & { kind?: undefined })> =>
  z.preprocess(
    (value) => (isTree(value) && value.kind === undefined ? { kind: kindOf(kinds[0]), ...value } : value),
    z.discriminatedUnion("kind", kinds as never),
  ) as never;

/** The word that a record of this schema carries. */
export const kindOf = (schema: Kind): string => [...schema.shape.kind.values][0] as string;
