#!/usr/bin/env bash
# TypeScript 7.0.2 checks with several checkers at once, and what it writes into declaration files depends on how many there
# are: members of a union whose types are inferred through a library's mapped types (zod 4.6.7: z.output of a z.union) come in
# the order in which a checker met them, and a checker that did not see another file met them in another order.
#
# Seen with the three files below: `tsc --checkers 1` writes third, first, second; `--checkers 2` writes first, second, third.
# The types mean the same, but the bytes of a .d.ts, and every report or hash made of it, differ between builds that run with
# another number. One checker (or --singleThreaded, which gives the same) makes them repeatable.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs npm.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund typescript@7.0.2 zod@4.6.7
mkdir src
cat >src/kinds.ts <<'TS'
import { z } from "zod";
export const first = z.object({ kind: z.literal("first"), a: z.number() });
export const second = z.object({ kind: z.literal("second"), b: z.string() });
export const third = z.object({ kind: z.literal("third"), c: z.boolean() });
TS
cat >src/a.ts <<'TS'
import type { z } from "zod";
import type { third } from "./kinds.ts";
export type Third = z.output<typeof third>;
export const kindOf = (value: Third): "third" => value.kind;
TS
cat >src/b.ts <<'TS'
import { z } from "zod";
import { first, second, third } from "./kinds.ts";
export const any = z.union([first, second, third]);
export const read = (value: unknown) => any.parse(value);
TS
options=(--module nodenext --target es2023 --strict --declaration --emitDeclarationOnly --rewriteRelativeImportExtensions)
order() { # tsc's options
  rm -rf dist
  npx tsc "${options[@]}" --skipLibCheck --rootDir src --outDir dist "$@" src/a.ts src/b.ts src/kinds.ts
  grep -o 'kind: "[a-z]*"' dist/b.d.ts | grep -o '"[a-z]*"' | tr -d '"' | tr '\n' ' '
}
one="$(order --checkers 1)"
two="$(order --checkers 2)"
single="$(order --singleThreaded)"
echo "TypeScript $(npx tsc --version | grep -o '[0-9.]*'), zod $(node -p 'require("zod/package.json").version')"
echo "one checker:     $one"
echo "two checkers:    $two"
echo "single-threaded: $single"
[ "$one" = "third first second " ] && [ "$two" = "first second third " ] && [ "$single" = "$one" ]
