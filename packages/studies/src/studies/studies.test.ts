import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkStudy } from "../frame/check-study.ts";
import { studies } from "./studies.ts";

const claims = readFileSync(new URL("../../../../docs/claims.md", import.meta.url), "utf8");

describe("the studies", () => {
  it.each(Object.keys(studies))("have their part of docs/claims.md, run or not: %s", (name) => {
    expect(claims).toContain(`\n## ${name}\n`);
  });

  it.each(Object.values(studies).map((study) => [study.name, study] as const))("hold together: %s", (name, study) => {
    expect(() => checkStudy(study)).not.toThrow();
    expect(studies[name]).toBe(study);
    expect(JSON.parse(JSON.stringify(study.sizes))).toEqual(study.sizes); // settings are data
    expect(study.claims.length).toBeGreaterThan(0);
  });
});
