#!/usr/bin/env bash
# sharp 0.35.5 (libvips 8.18.7) explains a picture that it cannot decode by libvips's list of messages, and that list is one for
# the whole process: of pictures decoded at the same time, an error carries the words about another file, and the other's error
# is left with "Unknown error". Whoever shows `error.message` beside a file's name may show the reason of its neighbour.
#
# Seen with 200 JPEG and 200 PNG files cut in half, decoded at once: alone, each kind has one message; together a quarter to a
# third of the errors speak of the other format, and about as many say nothing.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs npm.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund sharp@0.35.5
cat >seen.mjs <<'JS'
import sharp from "sharp";

const noise = Uint8Array.from({ length: 3 * 256 * 256 }, (_, i) => (i * 7919) >> 3);
const whole = sharp(noise, { raw: { width: 256, height: 256, channels: 3 } });
const half = (bytes) => bytes.subarray(0, bytes.length / 2);
const [jpeg, png] = [half(await whole.clone().jpeg().toBuffer()), half(await whole.clone().png().toBuffer())];
const reason = (bytes) => sharp(bytes).raw().toBuffer().then(() => "decoded", (error) => error.message);

console.log(`sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}`);
const alone = [await reason(jpeg), await reason(png)];
console.log(`alone:    ${alone.map((text) => JSON.stringify(text)).join(" and ")}`);
const together = await Promise.all(Array.from({ length: 400 }, (_, i) => reason(i % 2 ? png : jpeg)));
const ofOthers = together.filter((text, i) => (i % 2 ? /jpeg/i : /png/i).test(text)).length;
const silent = together.filter((text) => !/jpeg|png/i.test(text)).length;
console.log(`together: of 400 errors ${ofOthers} speak of the other format, ${silent} name none, such as "Unknown error"`);
const separate = /jpeg/i.test(alone[0]) && !/png/i.test(alone[0]) && /png/i.test(alone[1]) && !/jpeg/i.test(alone[1]);
process.exit(separate && ofOthers > 0 && silent > 0 ? 0 : 1);
JS
node seen.mjs
