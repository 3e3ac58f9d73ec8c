import { describe, expect, it } from "vitest";
import { checkStudy } from "../frame/check-study.ts";
import { studies } from "./studies.ts";

describe("the studies", () => {
  it.each(Object.values(studies).map((study) => [study.name, study] as const))("hold together: %s", (name, study) => {
    expect(() => checkStudy(study)).not.toThrow();
    expect(studies[name]).toBe(study);
    expect(JSON.parse(JSON.stringify(study.sizes))).toEqual(study.sizes); // settings are data
    expect(study.claims.length).toBeGreaterThan(0);
  });
});
