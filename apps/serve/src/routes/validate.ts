import { explainIssues } from "@gmem/runs";
import type { FastifySchemaCompiler } from "fastify";
import type { z } from "zod";
import { Refusal } from "../refusal.ts";
import { readByRoutes } from "./described.ts";

/** Checks what fastify hands over; bodies of several parts are read and checked by their routes. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data) => {
    if (readByRoutes.has(schema)) return { value: data };
    try {
      return { value: checked(schema, data) };
    } catch (error) {
      return { error: error as Refusal };
    }
  };

/**
 * What a client sent, checked.
 * @throws {Refusal} 400 with every fault as a sentence: the key, what is allowed there and the nearest word.
 */
export function checked<T extends z.ZodType>(schema: T, data: unknown): z.output<T> {
  const found = schema.safeParse(data ?? {});
  if (found.success) return found.data;
  const { issues } = found.error;
  const [first] = issues;
  const message = explainIssues(issues, { schema, value: data ?? {} }).replace("the configuration", "the body");
  const allowed = first?.code === "too_big" ? first.maximum : first?.code === "too_small" ? first.minimum : undefined;
  const param = first?.code === "unrecognized_keys" ? first.keys[0] : first?.path.join(".");
  throw new Refusal(400, "INVALID_REQUEST", message, {
    ...(param && { param }),
    ...(allowed !== undefined && { limit: param ?? "body", allowed: Number(allowed) }),
  });
}
