import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import { clientOf, jsonOf, pause } from "../load/client.ts";
import { must } from "../must.ts";
import { block, run } from "../repository.ts";
import { served } from "../served.ts";
import type { Steps } from "../steps.ts";

/** The block of docs/serving.md in Debian's nginx with its own settings, in front of a server: steps arrive one by one. */
export async function behindNginx({ step, skip }: Steps, folder: string): Promise<void> {
  const name = "steps arrive one by one through Debian's nginx";
  const found = findNginx(join(folder, "debian"));
  if (typeof found === "string") return skip(name, found);
  await step(name, async () => {
    const [port, behind] = [await freePort(), await freePort()];
    const names = ["--port", `${behind}`, "--public-url", "https://pictures.example.org"];
    const server = await served(folder, { args: ["runs/tiny", "--slots", "2", ...names] });
    const nginx = await started(found, { folder: join(folder, "nginx"), port, behind });
    const client = clientOf(`http://127.0.0.1:${behind}`);
    try {
      const asked = await through(port, { path: "/v1/samples", body: { count: 8, steps: 250 } });
      must(asked.status === 202, `must be answered with 202, got ${asked.status}: ${asked.text}`);
      const { id } = JSON.parse(asked.text) as { id: string };
      const arrived: { readonly text: string; readonly progress: number }[] = [];
      const stream = await through(port, {
        path: `/v1/jobs/${id}/events`,
        async onData(text) {
          const { progress } = jsonOf(await client.ask(`/v1/jobs/${id}`));
          arrived.push({ text, progress });
        },
      });
      await pause(0);
      const [first] = arrived.filter(({ text }) => text.includes("event: step"));
      must(
        first !== undefined && first.progress < 0.5,
        `a step must arrive before half of the work, got ${first?.progress}`,
      );
      const steps = [...stream.text.matchAll(/^event: step$/gm)].length;
      must(steps === 8 * 250, `each step must arrive, got ${steps}`);
      must(arrived.length > 20, `they must arrive in pieces, got ${arrived.length}`);
      return `${steps} steps in ${arrived.length} pieces, the first at ${(100 * (first?.progress ?? 1)).toFixed(1)} % of the work`;
    } finally {
      client.close();
      nginx.kill("SIGTERM");
      await server.close();
    }
  });
}

interface Nginx {
  readonly program: string;
  /** Debian's nginx.conf. */
  readonly conf: string;
}

/** The machine's, or Debian's packages unpacked into a folder: nothing is installed. @returns why there is none. */
function findNginx(folder: string): Nginx | string {
  const here: Nginx = { program: "/usr/sbin/nginx", conf: "/etc/nginx/nginx.conf" };
  if (existsSync(here.program) && existsSync(here.conf)) return here;
  run("mkdir", ["-p", folder], "/");
  const fetched = spawnSync("apt-get", ["download", "nginx", "nginx-common"], {
    cwd: folder,
    encoding: "utf8",
    timeout: 60_000,
  });
  if (fetched.status !== 0)
    return `nginx is not installed, and apt-get gives none: ${(fetched.stderr || fetched.error?.message || "").trim().split("\n").at(-1)}`;
  for (const file of readdirSync(folder).filter((one) => one.endsWith(".deb")))
    run("dpkg-deb", ["-x", file, "."], folder);
  const own: Nginx = { program: join(folder, "usr/sbin/nginx"), conf: join(folder, "etc/nginx/nginx.conf") };
  const { status, stderr } = spawnSync(own.program, ["-v"], { encoding: "utf8" });
  return status === 0 ? own : `Debian's nginx does not start here: ${stderr.trim()}`;
}

interface Front {
  readonly folder: string;
  readonly port: number;
  /** Of the server. */
  readonly behind: number;
}

/** Debian's settings with our block, on a port and with a certificate of this test. */
async function started({ program, conf }: Nginx, { folder, port, behind }: Front): Promise<ChildProcess> {
  await mkdir(join(folder, "sites-enabled"), { recursive: true });
  const certificate = [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-subj",
    "/CN=pictures.example.org",
    "-days",
    "1",
  ];
  run("openssl", [...certificate, "-keyout", "key.pem", "-out", "certificate.pem"], folder);
  const documented = await block("docs/serving.md", { language: "nginx", first: "server {" });
  const site = documented
    .replace("listen 443 ssl;", `listen 127.0.0.1:${port} ssl;`)
    .replace(/ssl_certificate .*;/, `ssl_certificate ${join(folder, "certificate.pem")};`)
    .replace(/ssl_certificate_key .*;/, `ssl_certificate_key ${join(folder, "key.pem")};`)
    .replace("127.0.0.1:3000", `127.0.0.1:${behind}`);
  must(
    site.includes(`ssl;`) && site.includes(`:${behind};`),
    "the documented block must have a port, a certificate and a server",
  );
  const own = (await readFile(conf, "utf8"))
    .replace(/^user .*$/m, "")
    .replace(/^include .*modules-enabled.*$/m, "")
    .replace(/include .*conf\.d.*$/m, "")
    .replace(/include .*sites-enabled.*$/m, `include ${join(folder, "sites-enabled")}/*;`)
    .replaceAll("/etc/nginx/", `${conf.slice(0, conf.lastIndexOf("/"))}/`)
    .replaceAll(/\/run\/nginx.pid|\/var\/log\/nginx/g, (path) => join(folder, path.split("/").at(-1) as string));
  await mkdir(join(folder, "nginx"), { recursive: true });
  await writeFile(join(folder, "sites-enabled", "gmem"), site);
  await writeFile(join(folder, "nginx.conf"), own);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (one) => `${one}_temp_path ${join(folder, one)};`,
  );
  await writeFile(join(folder, "nginx.conf"), own.replace("http {", `http {\n${temporary.join("\n")}`));
  const child = spawn(
    program,
    ["-e", join(folder, "error.log"), "-p", folder, "-c", join(folder, "nginx.conf"), "-g", "daemon off;"],
    { stdio: "pipe" },
  );
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += String(chunk);
  });
  for (let i = 0; i < 100; i++) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}\n${said}`);
    const answer = await through(port, { path: "/healthz" }).catch(() => undefined);
    if (answer?.status === 200) return child;
    await pause(50);
  }
  child.kill("SIGTERM");
  throw new Error(`nginx must answer within 5 s\n${said}`);
}

interface Asked {
  readonly path: string;
  readonly body?: object;
  readonly onData?: (text: string) => Promise<void>;
}

const agent = new Agent({ rejectUnauthorized: false, servername: "pictures.example.org" });

/** Asks by the public name. */
function through(
  port: number,
  { path, body, onData }: Asked,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { Host: "pictures.example.org", ...(body && { "Content-Type": "application/json" }) };
    const sent = request({ host: "127.0.0.1", port, path, agent, method: body ? "POST" : "GET", headers });
    sent.on("error", reject).on("response", (answer) => {
      let text = "";
      let told: Promise<unknown> = Promise.resolve();
      answer.setEncoding("utf8").on("data", (part: string) => {
        text += part;
        if (onData) told = Promise.all([told, onData(part)]);
      });
      answer.on("end", () => told.then(() => resolve({ status: answer.statusCode ?? 0, text }), reject));
    });
    sent.end(body && JSON.stringify(body));
  });
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
