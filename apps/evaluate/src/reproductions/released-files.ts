import type { Reproduction } from "./reproduction.ts";

const gigabyte = 1e9;

/** The bank of ImageNet: 1,281,167 class tokens of DINOv2-B. */
const bank: Reproduction["files"]["bank"] = {
  what: "memory bank of ImageNet, 1,281,167 × 768",
  note: "in the repository Tangentone/GMem of the hub, beside the weights; this program does not know its name there",
  bytes: 1_281_167 * 768 * 4,
};

/** What ImageNet at 256² is drawn into and scored by, whatever the network. */
export const imagenet256: Pick<Reproduction["files"], "bank" | "tokenizer" | "statistics" | "reference" | "inception"> =
  {
    bank,
    tokenizer: {
      what: "VA-VAE f16d32",
      hub: "hf:hustvl/vavae-imagenet256-f16d32-dinov2/vavae-imagenet256-f16d32-dinov2.pt",
    },
    statistics: {
      what: "mean and deviation of its latents",
      hub: "hf:hustvl/vavae-imagenet256-f16d32-dinov2/latents_stats.pt",
      bytes: 2 * 32 * 4,
    },
    reference: {
      what: "VIRTUAL_imagenet256_labeled.npz: ADM's statistics of all training pictures, with 10,000 of them",
      hub: "hf:AlienKevin/adm_evals/VIRTUAL_imagenet256_labeled.npz",
      note: "a copy that somebody keeps; the original is at openaipublic.blob.core.windows.net/diffusion/jul-2021/ref_batches/imagenet/256",
      bytes: 10_000 * 256 * 256 * 3,
    },
    inception: inception(),
  };

/** FID's network. */
export function inception(): Reproduction["files"]["inception"] {
  return {
    what: "pt_inception-2015-12-05-6726825d.pth, FID's network",
    note: "of pytorch-fid's release fid_weights on GitHub; found in PyTorch's cache where another program fetched it",
    bytes: 0.0956 * gigabyte,
  };
}

/** A checkpoint that holds the network twice, trained and averaged. */
export const twice = (parameters: number): number => 2 * 4 * parameters;
