import type { Size } from "../network.ts";
import { startPeer } from "../peer.ts";

/** What PyTorch computes its products in. */
export type Mode = "f32" | "tf32" | "f16" | "bf16";

interface PeerOptions {
  readonly mode: Mode;
  readonly device: "cuda" | "cpu";
  /** A Python with PyTorch. */
  readonly python: string;
}

/** Milliseconds of PyTorch's train step, the median of 20. @throws if it cannot run there. */
export async function besides(size: Size, { mode, device, python }: PeerOptions): Promise<number> {
  const peer = await startPeer("gpu_step", [JSON.stringify(size), mode, device], { python });
  if (peer.missing !== undefined) throw new Error(`no ${peer.missing}`);
  try {
    const times: number[] = [];
    for (let i = 0; i < 20; i++) times.push((await peer.step()).ms);
    return times.sort((a, b) => a - b)[10] as number;
  } finally {
    peer.close();
  }
}
