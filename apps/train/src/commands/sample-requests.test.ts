import { describe, expect, it } from "vitest";
import { requestsOf } from "./sample-requests.ts";

describe("what the flags of sample ask for", () => {
  it("gives a picture that is drawn alone the row that it has in its grid", () => {
    expect(requestsOf({ rows: "3,17,42" }, undefined)).toEqual([{ count: 3, input: { rows: [3, 17, 42] } }]);
    expect(requestsOf({ rows: "3,17,42", first: 2 }, undefined)).toEqual([{ count: 1, input: { rows: [42] } }]);
    expect(requestsOf({ rows: "3,17,42", first: 5, count: 2 }, undefined)).toEqual([
      { count: 2, input: { rows: [42, 3] } },
    ]);
  });
  it("refuses a part of a strip, whose pictures are of one noise", () => {
    expect(() => requestsOf({ interpolate: "3,42", first: 2 }, undefined)).toThrow(/--first picks a picture/);
  });
});
