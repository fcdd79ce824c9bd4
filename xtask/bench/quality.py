"""How true the tones are, beside Pillow and ImageMagick, and how many bytes go over the air.

    quality.py PLATEN CORPUS OUT

Tone error: the mean, over tiles of 16 x 16 dots, of the difference between the light of the grey picture and of the dots
(both linear-coded as the dithers see them), in percent. Edge likeness: correlation of the gradient of the grey picture
with that of the dots, both blurred over 3 x 3. All three get the same grey pixels, so that only the dots differ.
"""
import gzip
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

platen, corpus, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])


def say(what, figure):
    print(json.dumps({"what": what, "figure": figure}))


def tiles(field):
    high, wide = (side // 16 * 16 for side in field.shape)
    return field[:high, :wide].reshape(high // 16, 16, wide // 16, 16).mean(axis=(1, 3))


def blurred(field):
    padded = np.pad(field, 1, mode="edge")
    return sum(padded[y : y + field.shape[0], x : x + field.shape[1]] for y in range(3) for x in range(3)) / 9


def gradient(field):
    field = blurred(field)
    return np.hypot(*np.gradient(field))


def judged(grey, white):
    error = np.abs(tiles(grey) - tiles(white)).mean() * 100
    likeness = np.corrcoef(gradient(grey).ravel(), gradient(white).ravel())[0, 1]
    return f"tone error {error:.3f} %, edge likeness {likeness:.3f}"


def rendered(document, *words):
    target = out / "quality.png"
    subprocess.run([platen, "render", str(document), "--width", "384", "--dpi", "203", "--lang", "png", *words, "-o", str(target)], check=True, stdout=subprocess.DEVNULL)
    return np.asarray(Image.open(target).convert("L"), dtype=np.float64) / 255


small = out / "photo384.png"
Image.open(corpus / "photo12.jpg").convert("L").resize((384, 288), Image.Resampling.LANCZOS).save(small)
grey = np.asarray(Image.open(small), dtype=np.float64) / 255
for name in ["floyd-steinberg", "mixed", "atkinson", "jarvis", "stucki", "sierra-lite", "bayer8", "clustered", "blue-noise"]:
    say(f"photo, platen {name}", judged(grey, rendered(small, "--dither", name)))
pillow = np.asarray(Image.open(small).convert("1"), dtype=np.float64)
say("photo, Pillow Floyd-Steinberg", judged(grey, pillow))
magick = out / "quality-im.png"
subprocess.run(["convert", str(small), "-dither", "FloydSteinberg", "-monochrome", str(magick)], check=True)
say("photo, ImageMagick Floyd-Steinberg", judged(grey, np.asarray(Image.open(magick).convert("L"), dtype=np.float64) / 255))

raw = None
for name, words in [("auto", []), ("floyd-steinberg everywhere", ["--dither", "floyd-steinberg"]), ("threshold", ["--dither", "threshold"])]:
    target = out / "air.prn"
    subprocess.run([platen, "render", str(corpus / "receipt384.png"), "--width", "384", "--dpi", "203", "--lang", "escpos", *words, "-o", str(target)], check=True, stdout=subprocess.DEVNULL)
    prn = target.read_bytes()
    packed = gzip.compress(prn, 6)
    say(f"receipt with a photo, {name}", f"{len(packed) / 1000:.1f} kB gzip of {len(prn) / 1000:.1f} kB")
