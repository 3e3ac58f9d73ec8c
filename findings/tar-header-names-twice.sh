#!/usr/bin/env bash
# tar 7.5.23 (node-tar): `new Header(block, 0, pax)` takes the long name out of the pax header and then puts the prefix of the
# short one in front of it: a member "deep/deep/…/picture.png" is called "deep/…/deep/…/picture.png", its first folders twice.
#
# Its own reader does not show it, because its entries take the name from the pax header once more. Who reads headers alone, to
# find members without unpacking them, must do the same.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs npm.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund tar@7.5.23
cat >seen.mjs <<'JS'
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { create, Header, list, Pax } from "tar";

const folder = "deep/".repeat(30).slice(0, -1);
const name = `${folder}/${"é".repeat(60)}.png`;
mkdirSync(folder, { recursive: true });
writeFileSync(name, "picture");
await create({ file: "one.tar", portable: true }, [name]);

const bytes = readFileSync("one.tar");
const first = new Header(bytes, 0); // the pax header: its text follows
const pax = Pax.parse(bytes.toString("utf8", 512, 512 + first.size), undefined, false);
const member = new Header(bytes, 512 + 512 * Math.ceil(first.size / 512), pax);
let listed = "";
await list({ file: "one.tar", onReadEntry: (entry) => (listed = entry.path) });
console.log(`${first.type}: ${pax.path.length} characters`);
console.log(`the member by its header: ${member.path.length} characters, by the reader: ${listed.length}`);
const isTwice = member.path !== name && member.path.endsWith(`/${name}`);
process.exit(pax.path === name && listed === name && isTwice ? 0 : 1);
JS
node seen.mjs
