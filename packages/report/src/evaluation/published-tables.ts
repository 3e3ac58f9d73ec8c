/** Tables of the paper, or parts of them, that have FID. */
export type PublishedSet =
  | "cifar10"
  | "cifar10-small"
  | "imagenet-256"
  | "imagenet-256-training"
  | "imagenet-256-steps"
  | "imagenet-256-random-k"
  | "imagenet-256-ablation"
  | "imagenet-256-networks"
  | "imagenet-512"
  | "ffhq"
  | "ffhq-1024"
  | "mjhq";

/** A table of the paper, or a part of one, with what all its numbers have in common. */
export interface PublishedTable {
  /** "Table 11". */
  readonly place: string;
  /** Data, networks, lengths of training: what has to agree for a comparison. */
  readonly setting: string;
  /** Samples of each number, where the paper says it. */
  readonly samples?: number;
  /** What was measured, and its FID as it stands there. */
  readonly fid: Readonly<Record<string, string>>;
}

const imagenet = "ImageNet 256², without guidance";

/** FID of the paper, by the names of `--paper`. */
export const publishedTables: Readonly<Record<PublishedSet, PublishedTable>> = {
  cifar10: {
    place: "Table 1",
    setting: "CIFAR-10",
    samples: 50_000,
    fid: {
      "SiT-XL/2, 512 epochs": "6.68",
      "SiT-XL/2 + REPA, 200 epochs": "4.52",
      "GMem, 52 epochs": "4.08",
      "GMem, 450 epochs": "1.22",
    },
  },
  "cifar10-small": {
    place: "Table 12",
    setting: "CIFAR-10, SiT-S, 2048 epochs",
    samples: 50_000,
    fid: { "REPA, 39.1M": "11.04", "GMem, 39.4M": "5.12", "GMem, 33.3M": "9.43" },
  },
  "imagenet-256": {
    place: "Table 1",
    setting: imagenet,
    samples: 50_000,
    fid: {
      "SiT-XL/2, 1400 epochs": "8.30",
      "SiT-XL/2 + REPA, 782 epochs": "5.90",
      "LightningDiT-XL/1, 800 epochs": "2.17",
      "GMem, 160 epochs": "1.53",
    },
  },
  "imagenet-256-training": {
    place: "Table 2, Table 9",
    setting: imagenet,
    samples: 50_000,
    fid: {
      "DiT-XL/2, 1400 epochs": "9.62",
      "SiT-XL/2, 1400 epochs": "8.61",
      "SiT-XL/2 + REPA, 800 epochs": "5.90",
      "SiT-XL/2 + REPA + GMem, 80 epochs": "5.27",
      "LightningDiT-XL/1, 800 epochs": "2.17",
      "LightningDiT-XL/1 + REPA, 160 epochs": "1.84",
      "LightningDiT-XL/1 + GMem, 160 epochs": "1.58",
      "LightningDiT-XL/1 + REPA + GMem, 28 epochs": "7.66",
      "LightningDiT-XL/1 + REPA + GMem, 32 epochs": "4.86",
      "LightningDiT-XL/1 + REPA + GMem, 160 epochs": "1.53",
    },
  },
  "imagenet-256-steps": {
    place: "Table 9",
    setting: `${imagenet}, 20 epochs`,
    samples: 50_000,
    fid: {
      "SiT-XL/2 + REPA, 250 network calls": "5.9",
      "SiT-L/2, 250 network calls": "18.8",
      "SiT-L/2 + REPA, 250 network calls": "8.4",
      "SiT-L/2 + REPA + GMem, 250 network calls": "5.8",
      "SiT-L/2 + REPA + GMem, 50 network calls": "7.5",
      "SiT-L/2 + REPA + GMem, 25 network calls": "12.3",
    },
  },
  "imagenet-256-random-k": {
    place: "Table 4",
    setting: `${imagenet}, k snippets a class`,
    samples: 50_000,
    fid: {
      "LightningDiT-B/1, Average@1": "8.92",
      "LightningDiT-B/1, Random@1": "10.62",
      "LightningDiT-B/1, Random@5": "7.75",
      "LightningDiT-B/1, Random@13": "7.48",
      "LightningDiT-XL/1, Average@1": "12.27",
      "LightningDiT-XL/1, Random@1": "7.62",
      "LightningDiT-XL/1, Random@5": "4.15",
      "LightningDiT-XL/1, Random@13": "3.41",
      "SiT-XL/2, Average@1": "6.54",
      "SiT-XL/2, Random@1": "12.90",
      "SiT-XL/2, Random@5": "5.96",
      "SiT-XL/2, Random@13": "5.41",
    },
  },
  "imagenet-256-ablation": {
    place: "Table 11",
    setting: `${imagenet}; LightningDiT-B/1, 64 epochs, DINOv2-B, 1.2M rows, SVD, zero mask 0.4, SDE, but for what is said`,
    samples: 50_000,
    fid: {
      "as it is": "5.70",
      "no SVD": "5.85",
      "640K rows": "5.72",
      "noise mask 0.4": "6.79",
      "random mask 0.4": "6.62",
      "no mask": "6.28",
      "zero mask 0.3": "5.75",
      ODE: "6.70",
      CLIP: "10.81",
      "SiT-L/2, 80 epochs": "7.90",
    },
  },
  "imagenet-256-networks": {
    place: "Table 12",
    setting: `${imagenet}, GMem, 64 epochs`,
    samples: 50_000,
    fid: {
      "SiT-L/2, SD-VAE": "6.49",
      "SiT-XL/2, SD-VAE": "6.31",
      "LightningDiT-B/1, VA-VAE": "5.70",
      "LightningDiT-B/1, DC-AE": "5.97",
    },
  },
  "imagenet-512": {
    place: "Table 1",
    setting: "ImageNet 512², without guidance",
    samples: 50_000,
    fid: { "DiT, 600 epochs": "12.03", "GMem, 400 epochs": "1.89" },
  },
  ffhq: {
    place: "Table 2",
    setting: "FFHQ 256²",
    fid: { "GMem of ImageNet, 0 steps": "8.65", "GMem, 20K steps": "6.62", "DiT-XL/2": "12.86" },
  },
  "ffhq-1024": {
    place: "Table 10",
    setting: "FFHQ 1024²",
    samples: 10_000,
    fid: {
      "GMem, 0.3 epochs, 100 network calls": "11.57",
      "DVDP, 1000 network calls": "10.46",
      "Score-SDE, 274 epochs, 2000 network calls": "52.40",
    },
  },
  mjhq: {
    place: "Table 2",
    setting: "MJHQ",
    fid: { "GMem of ImageNet, 0 steps": "8.73", "GMem, 20K steps": "6.10", "PixArt-α": "6.14" },
  },
};
