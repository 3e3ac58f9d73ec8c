#!/usr/bin/env bash
# transformers 5.6.0 changed the names in the files that CLIPTextModel.save_pretrained writes: 5.5.4 writes
# "text_model.embeddings.position_embedding.weight", 5.6.0 "embeddings.position_embedding.weight", from the same class and the
# same configuration, and CLIPVisionModel loses "vision_model." likewise.
#
# CLIPTextModelWithProjection keeps the prefix in both. So neither the library's main version nor the architecture in
# config.json says what the tensors of a text encoder are called; only the file does.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs Python 3.11 or later.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
pip() { python/bin/pip install --quiet --no-compile --disable-pip-version-check "$@" 2>/dev/null; }
pip numpy==2.4.6 torch==2.13.0 tokenizers==0.22.2 transformers==5.6.0
pip --no-deps --target 5.5.4 transformers==5.5.4
cat >seen.py <<'PY'
import sys
import tempfile

if len(sys.argv) > 1:
    sys.path.insert(0, sys.argv[1])
import transformers
from safetensors import safe_open

size = dict(hidden_size=4, intermediate_size=4, num_hidden_layers=1, num_attention_heads=1, projection_dim=4)
text = transformers.CLIPTextConfig(vocab_size=8, max_position_embeddings=4, eos_token_id=2, **size)
vision = transformers.CLIPVisionConfig(image_size=4, patch_size=2, **size)
print(f"transformers {transformers.__version__}")
for name, config in [("CLIPTextModel", text), ("CLIPTextModelWithProjection", text), ("CLIPVisionModel", vision)]:
    with tempfile.TemporaryDirectory() as folder:
        getattr(transformers, name)(config).save_pretrained(folder)
        with safe_open(f"{folder}/model.safetensors", "pt") as file:
            print(f"  {name}: {min(key for key in file.keys() if 'embeddings' in key)}")
PY
seen="$(for version in 5.5.4 ""; do python/bin/python -W ignore seen.py $version 2>/dev/null; done)"
echo "$seen"
[ "$seen" = "transformers 5.5.4
  CLIPTextModel: text_model.embeddings.position_embedding.weight
  CLIPTextModelWithProjection: text_model.embeddings.position_embedding.weight
  CLIPVisionModel: vision_model.embeddings.class_embedding
transformers 5.6.0
  CLIPTextModel: embeddings.position_embedding.weight
  CLIPTextModelWithProjection: text_model.embeddings.position_embedding.weight
  CLIPVisionModel: embeddings.class_embedding" ]
