import { GMemError } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { answerOf, Refusal } from "./refusal.ts";

const ofSystem = (code: string) => Object.assign(new Error(`${code}: /srv/runs/secret`), { code, syscall: "write" });

describe("an error as a client is told", () => {
  it.each([
    [new Refusal(429, "QUEUE_FULL", "full", { retryAfter: 3 }), 429, "QUEUE_FULL"],
    [new GMemError("INVALID_REQUEST", "rows: no"), 400, "INVALID_REQUEST"],
    [new GMemError("LOCKED", "another program edits"), 409, "LOCKED"],
    [new GMemError("DISK_FULL", "bank.edits.jsonl: no space"), 507, "DISK_FULL"],
    [ofSystem("ENOSPC"), 507, "DISK_FULL"],
    [ofSystem("EROFS"), 403, "READ_ONLY"],
    [
      Object.assign(new Error("no JSON"), { code: "FST_ERR_CTP_INVALID_JSON_BODY", statusCode: 400 }),
      400,
      "INVALID_REQUEST",
    ],
    [ofSystem("EIO"), 500, "UNEXPECTED"],
    [new TypeError("x is undefined"), 500, "UNEXPECTED"],
  ])("%s has its status", (error, status, code) => {
    expect(answerOf(error)).toMatchObject({ status, code });
  });

  it("says nothing of the server's inside", () => {
    for (const error of [ofSystem("EIO"), ofSystem("ENOSPC"), ofSystem("EACCES"), new TypeError("/srv/runs/secret")])
      expect(answerOf(error).message).not.toContain("secret");
  });
});
