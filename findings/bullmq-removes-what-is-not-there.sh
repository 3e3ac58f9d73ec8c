#!/usr/bin/env bash
# BullMQ 6.7.0 on Redis: `queue.remove(id)` answers 1 for a job that never was, as it does for one that it removed; 0 is for a job
# that is locked. `queue.getJob(id)` tells which it is.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs npm and a redis-server, which it takes from Debian's packages
# where there is none.
set -euo pipefail
folder="$(mktemp -d)"
port=$((20000 + RANDOM % 20000))
trap 'kill "${redis:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
server="$(command -v redis-server || true)"
if [ -z "$server" ]; then
  (apt-get download redis-tools >/dev/null 2>&1 && dpkg -x redis-tools_*.deb debian)
  cp debian/usr/bin/redis-check-rdb redis-server # one program, told apart by its name
  server=./redis-server
fi
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts bullmq@6.7.0 ioredis@5.9.2
"$server" --port "$port" --bind 127.0.0.1 --save "" >/dev/null &
redis=$!
cat >seen.cjs <<'JS'
const { Queue, Worker } = require("bullmq");
const connection = { port: Number(process.argv[2]), host: "127.0.0.1", maxRetriesPerRequest: null };
(async () => {
  const queue = new Queue("seen", { connection });
  await queue.waitUntilReady();
  await queue.add("job", {}, { jobId: "a-job" });
  const there = await queue.remove("a-job");
  const again = await queue.remove("a-job");
  const never = await queue.remove("no-job");
  await queue.add("job", {}, { jobId: "at-work" });
  let end;
  const begun = new Promise((begin) => {
    new Worker("seen", () => (begin(), new Promise((resolve) => (end = resolve))), { connection });
  });
  await begun;
  const locked = await queue.remove("at-work").catch((error) => error.message);
  console.log(`bullmq ${require("bullmq/package.json").version}`);
  console.log(`  remove: a job that waits ${there}, the same again ${again}, one that never was ${never}, one at work ${locked}`);
  end();
  process.exit(0);
})();
JS
seen="$(node seen.cjs "$port")"
echo "$seen"
grep -qF "a job that waits 1, the same again 1, one that never was 1, one at work 0" <<<"$seen"
