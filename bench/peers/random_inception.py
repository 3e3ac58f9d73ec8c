"""A randomly initialised Inception under the published names, for programs that would fetch the weights."""
import os
import torch
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3


def random_inception(path, images):
    """Saves weights whose activations keep their size on these images, uint8 [N,3,H,W]."""
    torch.manual_seed(0)
    keep = FeatureExtractorInceptionV3.load_state_dict
    FeatureExtractorInceptionV3.load_state_dict = lambda self, state: None
    torch.save({}, path)
    network = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], feature_extractor_weights_path=path)
    FeatureExtractorInceptionV3.load_state_dict = keep
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
    network.train()
    with torch.no_grad():
        network(images)
    network.eval()
    torch.save(network.state_dict(), path + ".part")
    os.replace(path + ".part", path)
    return path
