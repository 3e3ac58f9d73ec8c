import { describe, expect, it, vi } from "vitest";
import { DTypeError, GMemError, GraphError, isGMemError, ShapeError, UnsupportedOpError } from "./index.ts";

describe("errors", () => {
  it("say where, the rule and what was given, and keep it as fields", () => {
    const error = new ShapeError("matmul", "inner sizes must agree", [
      [2, 3],
      [4, 5],
    ]);
    expect(error.message).toBe("matmul: inner sizes must agree, got [2,3] and [4,5]");
    expect(error).toMatchObject({ name: "ShapeError", code: "SHAPE", where: "matmul" });
    expect(new DTypeError("gather", "indices must be i32", "f32")).toMatchObject({
      code: "DTYPE",
      message: "gather: indices must be i32, got f32",
    });
    expect(new GraphError("trace", "rule").message).toBe("trace: rule");
    expect(new UnsupportedOpError("onnx", "erf", "use gelu")).toMatchObject({ code: "UNSUPPORTED_OP", op: "erf" });
  });

  it("are known by code", () => {
    const error = new GMemError("CONFIG", "here: rule, got x", { cause: "why" });
    expect(isGMemError(error)).toBe(true);
    expect(isGMemError(error, "CONFIG")).toBe(true);
    expect(isGMemError(error, "DATA")).toBe(false);
    expect(isGMemError(new TypeError("CONFIG"))).toBe(false);
    expect(isGMemError({ code: "CONFIG" })).toBe(false);
    expect(error.cause).toBe("why");
  });

  it("know each other across two copies of the package", async () => {
    vi.resetModules();
    const copy = await import("./errors.ts");
    expect(copy.GMemError).not.toBe(GMemError);
    expect(isGMemError(new copy.ShapeError("a", "b", []), "SHAPE")).toBe(true);
    expect(copy.isGMemError(new GMemError("DATA", "a: b, got c"), "DATA")).toBe(true);
  });
});
