import { join, relative } from "node:path";
import { isGMemError } from "@gmem/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HubReference, parseHubReference, showHubReference } from "./hub-reference.ts";

const name = fc.stringMatching(/^[A-Za-z0-9](?:[._-]?[A-Za-z0-9]){0,20}$/);
const part = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9 ._@=+#-]{0,20}$/);
const parts = fc.array(part, { minLength: 1, maxLength: 4 }).map((list) => list.join("/"));
const revision = fc.oneof(
  fc.constantFrom("main", "v1.0", "refs/pr/1", "0123456789abcdef0123456789abcdef01234567"),
  fc.stringMatching(/^[a-z0-9](?:[._/-]?[a-z0-9]){0,20}$/),
);
const reference: fc.Arbitrary<HubReference> = fc.record({
  repo: fc.tuple(name, name).map((both) => both.join("/")),
  file: parts,
  revision,
});

describe("parseHubReference", () => {
  it("gives back what a reference says, whatever folders and revision", () => {
    fc.assert(
      fc.property(reference, (wanted) => {
        fc.pre(!/\/\./.test(wanted.revision));
        expect(parseHubReference(showHubReference(wanted))).toEqual(wanted);
      }),
    );
  });
  it("reads any text as a place inside the repository, or refuses it", () => {
    const text = fc.oneof(
      fc.string().map((rest) => `hf:${rest}`),
      fc
        .array(fc.constantFrom("a", "b-c", "..", ".", "/", "//", "\\", "@", "--", "C:", "\0", "main", " "), {
          maxLength: 12,
        })
        .map((list) => `hf:owner/name/${list.join("")}`),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          const { repo, file, revision } = parseHubReference(input);
          expect(showHubReference({ repo, file, revision })).toBe(input.includes("@") ? input : `${input}@main`);
          for (const path of [file, revision]) {
            expect(relative("/root", join("/root", path))).toBe(path);
            expect(path).not.toMatch(/(^|\/)\.\.?(\/|$)|\\|\0/);
          }
          expect(repo).toMatch(/^[^/]+\/[^/]+$/);
        } catch (error) {
          if (!isGMemError(error, "HUB")) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
  it.each([
    ["hf://owner/name/file", /write hf:owner\/name\/file/],
    ["owner/name/file", /begins with hf:/],
    ["hf:owner/name", /a file of the repository must be named/],
    ["hf:gpt2", /owner and name/],
    ["hf:owner/na--me/file", /owner and name/],
    ["hf:owner/name/../file", /not empty, \. or \.\./],
    ["hf:owner/name/file@", /a branch, a tag or a commit/],
    ["hf:owner/name/file@../../x", /a branch, a tag or a commit/],
  ])("refuses %s with the reason", (text, reason) => {
    expect(() => parseHubReference(text)).toThrow(reason);
  });
});
