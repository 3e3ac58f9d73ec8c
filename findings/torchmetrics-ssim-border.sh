#!/usr/bin/env bash
# torchmetrics 1.9.0: SSIM is the mean over every pixel, with the image continued by reflection at its border; the paper,
# pytorch-msssim 1.0.0 and torchmetrics up to 1.4.1 average only over the windows that lie inside. A release of fixes, 1.4.2,
# changed the number, so that the same call on the same images says 0.849 where it said 0.939.
#
# Seen with a picture of 32 x 32 whose left edge was replaced by grey: the 5 pixels of the border are more than half of all
# at that size. The inner part of the full map that torchmetrics returns still has the old mean.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs Python 3.11 or later.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
pip() { python/bin/pip install --quiet --no-compile --disable-pip-version-check "$@" 2>/dev/null; }
pip numpy==2.4.6 torch==2.13.0 torchmetrics==1.9.0 pytorch-msssim==1.0.0
for version in 1.4.1 1.4.2; do pip --no-deps --target "$version" "torchmetrics==$version"; done
cat >seen.py <<'PY'
import sys

if len(sys.argv) > 1:
    sys.path.insert(0, sys.argv[1])
import pytorch_msssim
import torch
import torchmetrics
from torchmetrics.functional.image import structural_similarity_index_measure as ssim

generator = torch.Generator().manual_seed(0)
image = torch.rand(1, 1, 32, 32, generator=generator)
other = (image + 0.1 * torch.randn(1, 1, 32, 32, generator=generator)).clamp(0, 1)
other[..., :4] = 0.5
mean, full = ssim(image, other, data_range=1.0, return_full_image=True)
inside = full[..., 5:-5, 5:-5].mean()
print(f"torchmetrics {torchmetrics.__version__}: {mean:.4f}, inside {inside:.4f};",
      f"pytorch-msssim {pytorch_msssim.ssim(image, other, data_range=1.0):.4f}")
PY
seen="$(for version in 1.4.1 1.4.2 ""; do python/bin/python -W ignore seen.py $version; done)"
echo "$seen"
[ "$seen" = "torchmetrics 1.4.1: 0.9392, inside 0.9392; pytorch-msssim 0.9392
torchmetrics 1.4.2: 0.8493, inside 0.9392; pytorch-msssim 0.9392
torchmetrics 1.9.0: 0.8493, inside 0.9392; pytorch-msssim 0.9392" ]
