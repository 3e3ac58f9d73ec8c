import { mkdirSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { GMemError } from "@gmem/tensor";
import { expect, it } from "vitest";
import { errorFacts, exitCodeOf, explain } from "./errors.ts";

const failure = (work: () => void): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};
const plain = (error: unknown): string => stripVTControlCharacters(explain(error));

it("what the system refuses is said with what to do, without a stack", () => {
  const error = failure(() => mkdirSync("/dev/null/runs", { recursive: true }));
  expect(plain(error)).toMatch(
    /^error \[ENOTDIR\] ENOTDIR.*'\/dev\/null\/runs'; one of these is a file and no folder.*$/,
  );
  expect(plain(error)).not.toContain("\n");
  expect(exitCodeOf(error)).toBe(1);
  const full = Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC", syscall: "write" });
  expect(plain(full)).toBe("error [DISK_FULL] ENOSPC: no space left; free some space, then run the same command again");
});

it("a cause is said where the message does not say it already", () => {
  const cause = new Error("it is torn");
  expect(plain(new GMemError("DATA", "file: must be whole, got half", { cause }))).toMatch(
    /\n {2}because: it is torn$/,
  );
  expect(plain(new GMemError("DATA", "file: must be whole, got: it is torn", { cause }))).toMatch(/torn$/);
  expect(plain(new GMemError("DATA", "file: must be whole, got: it is torn", { cause }))).not.toContain("because");
  expect(plain(new GMemError("ABORTED", "run: stopped", { cause }))).toBe("error [ABORTED] run: stopped");
});

it("programs get a code and a message", () => {
  expect(errorFacts(new GMemError("BANK", "bank: too small"))).toEqual({ code: "BANK", message: "bank: too small" });
  expect(errorFacts(new TypeError("x is no function"))).toEqual({ code: "UNEXPECTED", message: "x is no function" });
});
