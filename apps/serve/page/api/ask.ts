import { type Signal, signal } from "@preact/signals";

/** An answer of the server that is an error; `nearest` are names that may have been meant. */
export class ServerError extends Error {
  readonly status: number;
  readonly code: string;
  readonly nearest: readonly string[];
  constructor(status: number, { code = "UNEXPECTED", message = "", nearest = [] }: Partial<ErrorRecord>) {
    super(message || `the server answers ${status}`);
    this.status = status;
    this.code = code;
    this.nearest = nearest;
  }
}

interface ErrorRecord {
  readonly code: string;
  readonly message: string;
  readonly nearest: readonly string[];
}

/** What the server asks for where it has a token; kept while the tab is open. */
export const token: Signal<string> = signal(sessionStorage.getItem("token") ?? "");
/** True after an answer that says that the token is missing or wrong. */
export const needsToken: Signal<boolean> = signal(false);

export const setToken = (value: string): void => {
  token.value = value;
  sessionStorage.setItem("token", value);
  needsToken.value = false;
};

/** An address of the server, from wherever the page lies. */
export const address = (path: string): string => new URL(path.replace(/^\//, ""), document.baseURI).href;

export interface AskOptions {
  readonly method?: string;
  /** Sent as JSON, or as it is where it is a form. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** An answer. @throws {ServerError} for one that is an error. */
export async function ask(
  path: string,
  { method = "GET", body, headers = {}, signal }: AskOptions = {},
): Promise<Response> {
  const isForm = body instanceof FormData;
  const response = await fetch(address(path), {
    method,
    headers: {
      ...(token.value && { Authorization: `Bearer ${token.value}` }),
      ...(body !== undefined && !isForm && { "Content-Type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch((cause: Error) => {
    if (cause.name === "AbortError") throw cause;
    throw new ServerError(0, { code: "NO_ANSWER", message: "the server does not answer; is it running?" });
  });
  if (response.ok) return response;
  if (response.status === 401) needsToken.value = true;
  const told = (await response.json().catch(() => ({}))) as { readonly error?: Partial<ErrorRecord> };
  throw new ServerError(response.status, told.error ?? {});
}

export const askJson = async <T>(path: string, options?: AskOptions): Promise<T> =>
  (await (await ask(path, options)).json()) as T;
