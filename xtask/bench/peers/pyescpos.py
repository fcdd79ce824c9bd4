"""A picture to ESC/POS with python-escpos.

    pyescpos.py plain|draft PICTURE WIDTH OUT

`plain` is what people write; `draft` lets the JPEG reader shrink first, as an expert would.
"""
import sys

from escpos.printer import Dummy
from PIL import Image

way, path, width, out = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
picture = Image.open(path)
if way == "draft":
    picture.draft("L", (width * 2, width * 2))
height = max(1, round(picture.height * width / picture.width))
if picture.width != width:
    picture = picture.convert("L").resize((width, height), Image.Resampling.LANCZOS)
printer = Dummy()
printer.image(picture, impl="bitImageRaster")
with open(out, "wb") as file:
    file.write(printer.output)
