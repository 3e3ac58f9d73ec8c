#!/usr/bin/env bash
# torchmetrics 1.9.0: with normalize=True, images in [0, 1] become bytes by cutting off, not by rounding. Pictures that went to
# [-1, 1] and back, by Normalize(0.5, 0.5) and x / 2 + 0.5 as generators of images have it, lose one of 63 of their 256
# levels although float32 holds every one to seven digits; a generator's own pictures lose half a level on average.
# torchvision's save_image rounds, so that the same tensors measured from memory and from PNG files are other images.
#
# Seen with flat grey pictures, one of each level, and with random ones: an extractor in the place of Inception keeps what it is
# given. For an extractor of one's own the step is left out altogether, so the metric is told that it is Inception.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs Python 3.11 or later.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
pip() { python/bin/pip install --quiet --no-compile --disable-pip-version-check "$@" 2>/dev/null; }
pip numpy==2.4.6 pillow==13.0.0 torch==2.14.1 torchvision==0.29.1 torchmetrics==1.9.0
cat >seen.py <<'PY'
import io

import torch
import torchmetrics
import torchvision
from PIL import Image
from torchmetrics.image.fid import FrechetInceptionDistance
from torchvision.transforms.functional import normalize, pil_to_tensor


class Arrived(torch.nn.Module):
    """Keeps the images that an extractor is given."""

    num_features = 2

    def forward(self, x):
        self.images = x
        return torch.stack([x.double().mean(dim=(1, 2, 3)), x.double().std(dim=(1, 2, 3))], 1)


def measured(images):
    """What the network behind normalize=True sees."""
    arrived = Arrived()
    metric = FrechetInceptionDistance(feature=arrived, normalize=True, input_img_size=(3, 8, 8))
    metric.used_custom_model = False  # as with its own Inception
    metric.update(images, real=False)
    return arrived.images.float()


def saved(image):
    file = io.BytesIO()
    torchvision.utils.save_image(image, file, format="png")
    return pil_to_tensor(Image.open(file)).float()


bytes_ = torch.arange(256, dtype=torch.uint8).view(256, 1, 1, 1).expand(256, 3, 8, 8)
images = bytes_.float() / 255
back = normalize(images, [0.5] * 3, [0.5] * 3) / 2 + 0.5
drawn = torch.rand(64, 3, 8, 8, generator=torch.Generator().manual_seed(0))
levels = lambda a, b: int((a != b.float()).flatten(1).any(1).sum())
print(f"torchmetrics {torchmetrics.__version__}: {levels(measured(images), bytes_)} levels lost of x / 255,",
      f"{levels(measured(back), bytes_)} of 256 after [-1, 1] and back, {levels(torch.stack([saved(x) for x in back]), bytes_)} by save_image;",
      f"drawn pictures are {(drawn * 255 - measured(drawn)).mean():.2f} levels darker,",
      f"{abs(float((drawn * 255 - torch.stack([saved(x) for x in drawn])).mean())):.2f} by save_image")
PY
seen="$(python/bin/python -W ignore seen.py)"
echo "$seen"
[ "$seen" = "torchmetrics 1.9.0: 0 levels lost of x / 255, 63 of 256 after [-1, 1] and back, 0 by save_image; drawn pictures are 0.50 levels darker, 0.00 by save_image" ]
