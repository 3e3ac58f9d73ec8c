#!/usr/bin/env bash
# torch-fidelity 0.4.0: one call for FID, KID and precision and recall answers from two networks. FID, KID and the Inception
# score are of Inception's features, precision and recall of VGG-16's (after fc2 and its ReLU, 4,096 wide) unless an extractor
# is named; the result has one flat dictionary and says nothing of it. ADM's evaluator, prdc in its examples and dgm-eval take
# precision and recall of the same features as FID, so that numbers under one name are of different spaces.
#
# Seen without weights: both networks are replaced by the means of the channels, and the names that are asked for are noted.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs Python 3.11 or later.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
pip() { python/bin/pip install --quiet --no-compile --disable-pip-version-check "$@" 2>/dev/null; }
pip numpy==2.4.6 scipy==1.17.1 torch==2.14.1 torchvision==0.29.1 torch-fidelity==0.4.0
cat >seen.py <<'PY'
import torch
import torch_fidelity
from torch_fidelity import metrics
from torch_fidelity.feature_extractor_base import FeatureExtractorBase


class Means(FeatureExtractorBase):
    def forward(self, x):
        return tuple(x.float().mean(dim=(2, 3)) for _ in self.features_list)

    @staticmethod
    def get_provided_features_list():
        return "2048", "logits_unbiased", "fc2_relu"


class Pictures(torch.utils.data.Dataset):
    def __init__(self, seed):
        self.images = torch.randint(0, 256, (40, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return self.images[i]


asked = []


def create(name, layers, cuda=True, **_):
    asked.append(f"{name} {' '.join(layers)}")
    return Means(name, layers)


metrics.create_feature_extractor = create
found = torch_fidelity.calculate_metrics(
    input1=Pictures(0), input2=Pictures(1), fid=True, prc=True, cuda=False, cache=False, verbose=False
)
print(f"torch-fidelity {torch_fidelity.__version__}: {', '.join(sorted(found))}")
print("; ".join(asked))
PY
seen="$(python/bin/python -W ignore seen.py)"
echo "$seen"
[ "$seen" = "torch-fidelity 0.4.0: f_score, frechet_inception_distance, precision, recall
inception-v3-compat 2048; vgg16 fc2_relu" ]
