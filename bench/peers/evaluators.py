"""Numbers of the evaluators that people use, on shared features and on shared PNG folders, as JSON on one line.

evaluators.py FOLDER: FOLDER has real.f32 and fake.f32 [n,width], logits.f32 [m,1008], shapes.json, the folders of pictures
a/ and b/ (PNG), and gets inception.pth, a randomly initialised network under the published names.
"""
import contextlib, io, json, os, sys, warnings

warnings.filterwarnings("ignore")
import numpy as np
import torch
import torchvision
import prdc, cleanfid.fid, cleanfid.resize, pytorch_fid.fid_score, pytorch_fid.inception, torch_fidelity, torchmetrics
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.inception import InceptionScore
from torchmetrics.image.kid import KernelInceptionDistance
from random_inception import random_inception

folder = sys.argv[1]
shapes = json.load(open(os.path.join(folder, "shapes.json")))
read = lambda name: np.fromfile(os.path.join(folder, name + ".f32"), dtype=np.float32).reshape(shapes[name])
real, fake, logits = read("real"), read("fake"), read("logits")
quiet = dict(verbose=False)
out = {}


class Given(torch.nn.Module):
    """Features as they are."""

    num_features = real.shape[1]

    def forward(self, x):
        return x


def frechet(name, a, b):
    from pytorch_fid.fid_score import calculate_frechet_distance

    statistics = lambda x: (np.mean(x, axis=0), np.cov(x, rowvar=False))
    if name == "pytorch-fid":
        return calculate_frechet_distance(*statistics(a), *statistics(b))
    if name == "clean-fid":
        return cleanfid.fid.fid_from_feats(a, b)
    if name == "torch-fidelity":
        sides = [fid_features_to_statistics(torch.from_numpy(x)) for x in (a, b)]
        return fid_statistics_to_metric(*sides, False)["frechet_inception_distance"]
    metric = FrechetInceptionDistance(feature=Given()).set_dtype(torch.float64)
    metric.update(torch.from_numpy(a), real=True)
    metric.update(torch.from_numpy(b), real=False)
    return float(metric.compute())


def on_features():
    wide = [x.astype(np.float64) for x in (real, fake)]
    for name in ("pytorch-fid", "clean-fid", "torch-fidelity", "torchmetrics"):
        out[f"FID, {name}, float64"] = float(frechet(name, *wide))
    for name in ("clean-fid", "torch-fidelity"):
        out[f"FID, {name}, float32"] = float(frechet(name, real, fake))

    score = isc_features_to_metric(torch.from_numpy(logits))
    out["IS, torch-fidelity"] = score["inception_score_mean"]
    out["IS deviation, torch-fidelity"] = score["inception_score_std"]
    metric = InceptionScore(feature=Given())
    metric.update(torch.from_numpy(logits).double())
    torch.manual_seed(5)
    mean, deviation = metric.compute()
    out["IS, torchmetrics"], out["IS deviation, torchmetrics"] = float(mean), float(deviation)

    for kind, (a, b) in (("float64", wide), ("float32", (real, fake))):
        found = kid_features_to_metric(torch.from_numpy(b), torch.from_numpy(a), kid_subsets=20, kid_subset_size=500, **quiet)
        out[f"KID, torch-fidelity, {kind}"] = found["kernel_inception_distance_mean"]
        out[f"KID deviation, torch-fidelity, {kind}"] = found["kernel_inception_distance_std"]
    np.random.seed(5)
    out["KID, clean-fid, float64"] = cleanfid.fid.kernel_distance(*wide, num_subsets=20, max_subset_size=500)
    metric = KernelInceptionDistance(feature=Given(), subsets=20, subset_size=500)
    metric.update(torch.from_numpy(wide[0]), real=True)
    metric.update(torch.from_numpy(wide[1]), real=False)
    torch.manual_seed(5)
    mean, deviation = metric.compute()
    out["KID, torchmetrics, float64"], out["KID deviation, torchmetrics, float64"] = float(mean), float(deviation)

    with contextlib.redirect_stdout(io.StringIO()):
        found = prdc.compute_prdc(real, fake, nearest_k=5)
    for name in ("precision", "recall", "density", "coverage"):
        out[f"{name}, prdc"] = float(found[name])
    for kind, (a, b) in (("float64", wide), ("float32", (real, fake))):
        found = prc_features_to_metric(torch.from_numpy(b), torch.from_numpy(a), **quiet)
        out[f"precision, torch-fidelity, {kind}"] = found["precision"]
        out[f"recall, torch-fidelity, {kind}"] = found["recall"]


def by_formula():
    """Evaluators that are no packages, and distances of papers, written out in numpy."""
    log = logits.astype(np.float64)
    p = np.exp(log - log.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)

    def score(rows):
        return np.exp(np.mean(np.sum(rows * (np.log(rows) - np.log(rows.mean(axis=0))), axis=1)))

    out["IS, adm, splits of 1,000"] = float(np.mean([score(p[i : i + 1000]) for i in range(0, len(p), 1000)]))
    shuffled = p[np.random.RandomState(2020).permutation(len(p))]
    part = len(p) // 10
    out["IS, dgm-eval"] = float(np.mean([score(shuffled[k * part : (k + 1) * part]) for k in range(10)]))

    x, y = [z.astype(np.float64) / np.linalg.norm(z.astype(np.float64), axis=1, keepdims=True) for z in (real, fake)]
    kernel = lambda a, b: np.exp(-(np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2 * a @ b.T) / 200).mean()
    out["CMMD, σ = 10"] = float(1000 * (kernel(x, x) + kernel(y, y) - 2 * kernel(x, y)))

    between = torch.cdist(torch.from_numpy(real).double(), torch.from_numpy(fake).double())
    within = torch.cdist(torch.from_numpy(real).double(), torch.from_numpy(real).double()).fill_diagonal_(np.inf)
    least = between.min(dim=0)
    out["AuthPct"] = float(100 * (within.min(dim=0).values[least.indices] < least.values).double().mean())


def on_folders():
    a, b = [os.path.join(folder, side) for side in "ab"]
    first = [torchvision.io.read_image(os.path.join(a, name)) for name in sorted(os.listdir(a))[:32]]
    path = random_inception(os.path.join(folder, "inception.pth"), torch.stack(first))
    pytorch_fid.inception.load_state_dict_from_url = lambda *_, **__: torch.load(path)
    with contextlib.redirect_stderr(io.StringIO()):
        model = pytorch_fid.inception.InceptionV3([3])
        rows = {}
        for side in (a, b):
            files = sorted(os.path.join(side, f) for f in os.listdir(side))
            rows[side] = pytorch_fid.fid_score.get_activations(files, model, batch_size=16, num_workers=0)
        out["folders: FID, pytorch-fid"] = float(frechet("pytorch-fid", rows[a], rows[b]))
        out["folders: first features, pytorch-fid"] = rows[a][0].tolist()
        found = torch_fidelity.calculate_metrics(
            input1=b, input2=a, cuda=False, isc=True, fid=True, kid=True, prc=True, kid_subset_size=len(files) // 2,
            kid_subsets=20, feature_extractor="inception-v3-compat", feature_extractor_weights_path=path, cache=False, verbose=False, batch_size=16,
        )
        for key, name in (
            ("frechet_inception_distance", "FID"),
            ("inception_score_mean", "IS"),
            ("kernel_inception_distance_mean", "KID"),
            ("precision", "precision"),
            ("recall", "recall"),
        ):
            out[f"folders: {name}, torch-fidelity"] = float(found[key])
        layers = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], feature_extractor_weights_path=path)

        def after_resize(x):
            """The network behind the resize, as clean-fid has it in TorchScript."""
            import torch_fidelity.feature_extractor_inceptionv3 as module

            kept = module.interpolate_bilinear_2d_like_tensorflow1x
            module.interpolate_bilinear_2d_like_tensorflow1x = lambda *_, **__: x
            try:
                return layers(torch.zeros(len(x), 3, 8, 8, dtype=torch.uint8))[0]
            finally:
                module.interpolate_bilinear_2d_like_tensorflow1x = kept

        features = [
            cleanfid.fid.get_folder_features(
                side, after_resize, num_workers=0, batch_size=16, device=torch.device("cpu"), mode="clean", verbose=False
            )
            for side in (a, b)
        ]
        out["folders: FID, clean-fid"] = float(cleanfid.fid.fid_from_feats(*features))
        out["folders: first features, clean-fid"] = features[0][0].tolist()


with torch.no_grad():
    on_features()
    by_formula()
    on_folders()
out["versions"] = ", ".join(
    f"{name} {version}"
    for name, version in (
        ("torch-fidelity", torch_fidelity.__version__),
        ("torchmetrics", torchmetrics.__version__),
        ("pytorch-fid", pytorch_fid.__version__),
        ("torch", torch.__version__),
        ("numpy", np.__version__),
    )
)
print(json.dumps(out))
