#!/usr/bin/env bash
# torch 2.13.0 puts a sign off: the imaginary part of z.conj() shares the numbers of z and is marked as to be negated. torch.save
# writes the numbers as they lie in memory, with their old sign, and {"neg": True} as a seventh argument of
# _rebuild_tensor_v2, which other tensors do not have; a reader that takes the usual six gets every sign wrong.
#
# safetensors 0.8.0 has no place for the mark and drops it without a word: what it loads is not what it saved, 2 for -2 and 1 + 2i
# for 1 - 2i (safetensors/safetensors, issue 831). resolve_neg() and resolve_conj() before saving give the right numbers.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs Python 3.11 or later.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --no-compile --disable-pip-version-check numpy==2.4.6 torch==2.13.0 safetensors==0.8.0 2>/dev/null
cat >seen.py <<'PY'
import io
import pickletools
import struct
import sys
import zipfile

import safetensors
import torch
from safetensors.torch import load, save

z = torch.tensor([1 + 2j])
conjugate, imaginary = z.conj(), z.conj().imag
file = io.BytesIO()
torch.save(imaginary, file)
archive = zipfile.ZipFile(file)
stored = list(struct.unpack("<2f", archive.read("archive/data/0")))
words = [word for _, word, _ in pickletools.genops(archive.read("archive/data.pkl")) if isinstance(word, str)]
file.seek(0)
print(f"torch {torch.__version__}: imaginary part of the conjugate of 1 + 2i: {imaginary.tolist()}")
print(f"  torch.save: stores {stored}, marked {words[-1]!r}; torch.load gives {torch.load(file).tolist()}")
def again(tensor):
    """The tensor after a round through safetensors."""
    return load(save({"x": tensor}))["x"].tolist()


print(f"safetensors {safetensors.__version__}: {conjugate.tolist()} comes back as {again(conjugate)},",
      f"{imaginary.tolist()} as {again(imaginary)};")
print(f"  resolved first, as {again(conjugate.resolve_conj())} and {again(imaginary.resolve_neg())}")
marked = stored == [1, 2] and words[-1] == "neg" and imaginary.tolist() == [-2]
lost = again(conjugate) == [1 + 2j] and again(imaginary) == [2] and again(imaginary.resolve_neg()) == [-2]
sys.exit(0 if marked and lost else 1)
PY
python/bin/python seen.py
