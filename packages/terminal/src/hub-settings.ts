import { homedir } from "node:os";
import { join } from "node:path";

/** What fetching from the hub takes. */
export interface HubSettings {
  readonly cacheDir: string;
  readonly hubUrl?: string;
  readonly token?: string;
}

/** Cache, address and account of the hub: HF_HOME, HF_ENDPOINT and HF_TOKEN mean what they mean in Python's library. */
export function hubSettings(environment: NodeJS.ProcessEnv = process.env): HubSettings {
  const { HF_HOME = join(homedir(), ".cache", "huggingface"), HF_ENDPOINT, HF_TOKEN } = environment;
  return {
    cacheDir: join(HF_HOME, "hub"),
    ...(HF_ENDPOINT && { hubUrl: HF_ENDPOINT }),
    ...(HF_TOKEN && { token: HF_TOKEN }),
  };
}
