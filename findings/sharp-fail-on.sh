#!/usr/bin/env bash
# sharp 0.35.5 (libvips 8.18.7): what `failOn` finds depends on the format, and "truncated" does not find every truncated file.
#
# A TIFF of JPEG strips (sharp's own default compression) that is cut at nine tenths, and has lost JPEG's tables by it, decodes
# without an error under failOn "truncated" and "error"; only "warning" refuses it. A JPEG that is cut is refused by "truncated"
# already. And no level checks every checksum of a PNG: a wrong CRC of pixel data is forgiven by "truncated" and refused by
# "error", one of pHYs or IEND is forgiven by all of them, "warning" included.
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

const noise = Uint8Array.from({ length: 3 * 64 * 48 }, (_, i) => (i * 7919) >> 3);
const whole = sharp(noise, { raw: { width: 64, height: 48, channels: 3 } }).withMetadata({ density: 90 });
const cut = (bytes) => bytes.subarray(0, Math.floor(0.9 * bytes.length));
const png = await whole.clone().png().toBuffer();

/** The PNG with one bit of a chunk's checksum turned. */
function wrong(name) {
  const bytes = Buffer.from(png);
  for (let at = 8; at < bytes.length; ) {
    const end = at + 8 + bytes.readUInt32BE(at);
    if (bytes.toString("latin1", at + 4, at + 8) === name) bytes[end] ^= 1;
    at = end + 4;
  }
  return bytes;
}

const files = {
  "JPEG, cut": cut(await whole.clone().jpeg().toBuffer()),
  "TIFF of JPEG strips, cut": cut(await whole.clone().tiff({ compression: "jpeg" }).toBuffer()),
  "PNG, wrong CRC of IDAT": wrong("IDAT"),
  "PNG, wrong CRC of pHYs": wrong("pHYs"),
  "PNG, wrong CRC of IEND": wrong("IEND"),
};
console.log(`sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}`);
const found = [];
for (const [name, bytes] of Object.entries(files)) {
  const answers = [];
  for (const failOn of ["truncated", "error", "warning"])
    answers.push(await sharp(bytes, { failOn }).raw().toBuffer().then(() => "decoded", () => "refused"));
  console.log(`${name.padEnd(25)} truncated: ${answers[0]}, error: ${answers[1]}, warning: ${answers[2]}`);
  found.push(answers.map((answer) => answer[0]).join(""));
}
process.exit(found.join(" ") === "rrr ddr drr ddd ddd" ? 0 : 1);
JS
node seen.mjs
