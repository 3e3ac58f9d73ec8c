import { explainIssues } from "@gmem/runs";
import type { FastifySchemaCompiler } from "fastify";
import type { z } from "zod";
import { Refusal } from "../refusal.ts";

/** Checks what clients send: every fault as a sentence with the key, what is allowed there and the nearest word. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data) => {
    const checked = schema.safeParse(data ?? {});
    if (checked.success) return { value: checked.data };
    const { issues } = checked.error;
    const [first] = issues;
    const message = explainIssues(issues, { schema, value: data ?? {} }).replace("the configuration", "the body");
    const allowed = first?.code === "too_big" ? first.maximum : first?.code === "too_small" ? first.minimum : undefined;
    const param = first?.code === "unrecognized_keys" ? first.keys[0] : first?.path.join(".");
    return {
      error: new Refusal(400, "INVALID_REQUEST", message, {
        ...(param && { param }),
        ...(allowed !== undefined && { limit: param ?? "body", allowed: Number(allowed) }),
      }),
    };
  };
