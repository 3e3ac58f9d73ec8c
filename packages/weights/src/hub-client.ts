import { GMemError } from "@gmem/tensor";
import { isCommit } from "./hub-cache.ts";
import { HubError } from "./hub-error.ts";
import { type HubReference, showHubReference } from "./hub-reference.ts";

/** A file as the hub describes it. */
export interface RemoteFile {
  /** sha256 of the content for large files, git's object id for small ones; the name of the content in a cache. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
}

/** What is asked of a hub about one file. Every error is a {@link HubError}, or a `GMemError` of code `ABORTED`. */
export interface HubClient {
  /** The commit that the revision stands for now. */
  commit(): Promise<string>;
  file(commit: string): Promise<RemoteFile>;
  /** The content from byte `start` on, as it arrives. */
  content(commit: string, start: number): AsyncGenerator<Uint8Array>;
}

export interface ClientOptions {
  readonly hubUrl: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Talks to the Hugging Face Hub, or one that answers like it; its library is loaded with the first question. */
export function hubClient(reference: HubReference, { hubUrl, token, signal }: ClientOptions): HubClient {
  const { repo, file, revision } = reference;
  const shown = showHubReference(reference);
  const failure = (cause: unknown): GMemError => {
    if (signal?.aborted) return new GMemError("ABORTED", `${shown}: stopped by its signal`, { cause: signal.reason });
    if (cause instanceof GMemError) return cause;
    const inner = cause instanceof Error && cause.cause instanceof Error ? `: ${cause.cause.message}` : "";
    return new HubError("unreachable", {
      reference: shown,
      rule: `${hubUrl} must answer as the Hugging Face Hub does; check the network and run again, a download goes on where it stopped`,
      found: `${cause instanceof Error ? cause.message : String(cause)}${inner}`,
      cause,
    });
  };
  const asking = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw failure(cause);
    }
  };
  const ask: typeof fetch = async (input, init) => {
    const response = await fetch(input, { ...init, signal: signal ?? null });
    if (response.ok) return response;
    await response.body?.cancel();
    throw refusal(response, shown, `${hubUrl}/${repo}`);
  };
  if (token !== undefined && !token.startsWith("hf_"))
    throw new HubError("denied", {
      reference: shown,
      rule: `a token begins with hf_; make one at ${hubUrl}/settings/tokens`,
      found: "another text",
    });
  const common = { hubUrl, fetch: ask, ...(token === undefined ? {} : { accessToken: token }) };
  return {
    commit: () =>
      asking(async () => {
        const { modelInfo } = await import("@huggingface/hub");
        const { sha } = await modelInfo({ ...common, name: repo, revision, additionalFields: ["sha"] });
        if (!isCommit(sha)) throw new TypeError(`a commit ${JSON.stringify(sha)}`);
        return sha;
      }),
    file: (commit) =>
      asking(async () => {
        const { pathsInfo } = await import("@huggingface/hub");
        const [info] = await pathsInfo({ ...common, repo, revision: commit, paths: [file] });
        if (info?.type !== "file")
          throw new HubError("missing", {
            reference: shown,
            rule: `the repository must have that file; see ${hubUrl}/${repo}/tree/${revision}`,
            found: info ? `a ${info.type}` : "none",
          });
        const { oid, size } = info.lfs ?? info;
        if (!oid || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(oid) || !Number.isSafeInteger(size))
          throw new TypeError(`a file of ${size} bytes with checksum ${JSON.stringify(oid)}`);
        return { etag: oid, size };
      }),
    async *content(commit, start) {
      try {
        const { downloadFile } = await import("@huggingface/hub");
        const path = file.split("/").map(encodeURIComponent).join("/");
        const blob = await downloadFile({ ...common, repo, path, revision: commit, xet: false });
        if (blob) yield* blob.slice(start).stream() as unknown as AsyncIterable<Uint8Array>;
      } catch (cause) {
        throw failure(cause);
      }
    },
  };
}

/** What an answer other than "here it is" means, and what to do. */
function refusal({ status, headers }: Response, reference: string, page: string): HubError {
  const code = headers.get("x-error-code") ?? "";
  const found = `${status} ${code} ${headers.get("x-error-message") ?? ""}`.trim().replace(/ +/g, " ").slice(0, 300);
  const refused = (reason: HubError["reason"], rule: string): HubError =>
    new HubError(reason, { reference, rule, found });
  if (code === "GatedRepo" || status === 403)
    return refused("denied", `the conditions must be accepted at ${page}, and \`token\` be of the account that did`);
  if (code === "RevisionNotFound") return refused("missing", `the revision must exist; see ${page}/tree/main`);
  if (code === "EntryNotFound") return refused("missing", `the repository must have that file; see ${page}/tree/main`);
  if (status === 401 || status === 404)
    return refused("missing", `${page} must exist and be public; check its name, or pass a \`token\` that can read it`);
  return refused("unreachable", "the hub must answer; try again later");
}
