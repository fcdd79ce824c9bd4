"""How true the tones are, beside Pillow and ImageMagick, and how many bytes go over the air.

    quality.py PLATEN CORPUS OUT

Tone error: the mean, over tiles of 16 x 16 dots, of the difference between the light of the grey picture and of the dots
(both linear-coded as the dithers see them), in percent. Edge likeness: correlation of the gradient of the grey picture
with that of the dots, both blurred over 3 x 3.

Two things are compared. "photo": all get the same 384 x 288 grey pixels, so that only the dots differ. "whole way": each
makes its dots of the 12-megapixel JPEG itself, and is measured against that picture reduced in linear light (areas
averaged, sRGB curve), which is what a person sees from afar; ImageMagick is asked for linear light too.
ImageMagick's usual `-monochrome` stretches the contrast before it dithers, so its error is one of contrast; with
`-remap pattern:gray50` (black and white as they are) it has the same task as the others. Both are shown.
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


def magick(document, *words):
    target = out / "quality-im.png"
    subprocess.run(["convert", str(document), *words, str(target)], check=True)
    return np.asarray(Image.open(target).convert("L"), dtype=np.float64) / 255


DITHERED = ["-dither", "FloydSteinberg", "-remap", "pattern:gray50"]
say("photo, ImageMagick Floyd-Steinberg (-remap pattern:gray50)", judged(grey, magick(small, *DITHERED)))
say("photo, ImageMagick -monochrome, contrast stretched", judged(grey, magick(small, "-dither", "FloydSteinberg", "-monochrome")))


def reduced():
    """The photo in 384 x 288, areas averaged in linear light, as the sRGB curve codes it."""
    coded = np.asarray(Image.open(corpus / "photo12.jpg").convert("L"), dtype=np.float32) / 255
    light = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4).astype(np.float32)
    light = np.asarray(Image.fromarray(light).resize((384, 288), Image.Resampling.BOX), dtype=np.float64)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


true = reduced()
say("whole way, platen floyd-steinberg", judged(true, rendered(corpus / "photo12.jpg", "--dither", "floyd-steinberg")))
say("whole way, platen auto", judged(true, rendered(corpus / "photo12.jpg")))
dots = Image.open(corpus / "photo12.jpg").resize((384, 288), Image.Resampling.LANCZOS).convert("1")
say("whole way, Pillow Lanczos and Floyd-Steinberg, as python-escpos", judged(true, np.asarray(dots, dtype=np.float64)))
linear = ["-colorspace", "RGB", "-resize", "384x288!", "-colorspace", "sRGB", "-colorspace", "Gray"]
say("whole way, ImageMagick in linear light, Floyd-Steinberg", judged(true, magick(corpus / "photo12.jpg", *linear, *DITHERED)))

raw = None
for name, words in [("auto", []), ("floyd-steinberg everywhere", ["--dither", "floyd-steinberg"]), ("threshold", ["--dither", "threshold"])]:
    target = out / "air.prn"
    subprocess.run([platen, "render", str(corpus / "receipt384.png"), "--width", "384", "--dpi", "203", "--lang", "escpos", *words, "-o", str(target)], check=True, stdout=subprocess.DEVNULL)
    prn = target.read_bytes()
    packed = gzip.compress(prn, 6)
    say(f"receipt with a photo, {name}", f"{len(packed) / 1000:.1f} kB gzip of {len(prn) / 1000:.1f} kB")
