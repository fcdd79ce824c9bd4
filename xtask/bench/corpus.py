"""The documents of the bench, the same bytes-for-purpose on every machine: nothing random, nothing from outside.

    corpus.py FOLDER FONT

photo12.jpg/png  4000 x 3000, tones, edges and fine grain        receipt384.png  384 x 4000, text and one photo, grey
label.svg        812 x 1218, text, Code 128, QR as rects          vector20.pdf    20 pages A4: text, tables, charts
images3.pdf      3 pages A4, a 2-megapixel JPEG each              mixed500.txt    500 lines, five scripts
FONT is the folder of the product's fonts: the text must be one that both sides can draw.
"""
import io
import math
import sys
from pathlib import Path

import numpy as np
import qrcode
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

folder, fonts = Path(sys.argv[1]), Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
LATIN = str(fonts / "NotoSans-Regular.ttf")


def photo(width, height, turn=0.0):
    """Skies, hills, grain: smooth tones and detail at every scale, from sines and a counter-based hash."""
    x, y = np.meshgrid(np.linspace(0, 8, width, dtype=np.float32), np.linspace(0, 6, height, dtype=np.float32))
    light = 0.5 + 0.25 * np.sin(x * 1.3 + turn) * np.cos(y * 0.9) + 0.15 * np.sin(x * 7 + y * 5 + turn)
    light += 0.12 * np.sign(np.sin(x * 3.1 + np.sin(y * 2)))
    grain = (np.arange(width * height, dtype=np.uint32) * np.uint32(2654435761) >> np.uint32(24)).reshape(height, width)
    light += (grain.astype(np.float32) / 255 - 0.5) * 0.08
    rgb = np.stack([light, light * 0.9 + 0.05 * np.sin(x), light * 0.8 + 0.1 * np.cos(y)], axis=-1)
    return Image.fromarray((np.clip(rgb, 0, 1) * 255).astype(np.uint8), "RGB")


def receipt():
    page = Image.new("L", (384, 4000), 255)
    pen, font = ImageDraw.Draw(page), ImageFont.truetype(LATIN, 22)
    page.paste(photo(384, 288).convert("L"), (0, 0))
    for line in range(124):
        pen.text((4, 300 + line * 29), f"{line + 1:3} Article no. {line * 7919 % 10007:05}   {line * 37 % 97}.{line % 100:02}", 0, font)
    return page


CODE128 = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 "
    "123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 "
    "232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 "
    "111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 "
    "111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112"
).split()


def label():
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" width="812" height="1218" viewBox="0 0 812 1218">', '<rect width="812" height="1218" fill="white"/>']
    for line in range(14):
        parts.append(f'<text x="40" y="{70 + line * 36}" font-family="Noto Sans" font-size="{30 if line else 44}">Parcel {line}: 2{line}4 Example Road, Sample Town {line * 7919}</text>')
    values = [104] + [ord(letter) - 32 for letter in "PLATEN-0123456789"]
    values += [(values[0] + sum(place * value for place, value in enumerate(values[1:], 1))) % 103, 106]
    at = 60
    for value in values:
        for place, width in enumerate(CODE128[value]):
            if place % 2 == 0:
                parts.append(f'<rect x="{at}" y="600" width="{int(width) * 3}" height="150"/>')
            at += int(width) * 3
    code = qrcode.QRCode(border=0, box_size=1)
    code.add_data("https://example.org/parcel/PLATEN-0123456789")
    code.make()
    for y, row in enumerate(code.get_matrix()):
        parts += [f'<rect x="{220 + x * 11}" y="{800 + y * 11}" width="11" height="11"/>' for x, dark in enumerate(row) if dark]
    return "\n".join(parts + ["</svg>"])


def vector(path):
    page = canvas.Canvas(str(path), pagesize=A4, invariant=1)
    for number in range(20):
        page.setFont("Helvetica-Bold", 18)
        page.drawString(60, 780, f"Report, part {number + 1}")
        page.setFont("Times-Roman", 10)
        for line in range(28):
            page.drawString(60, 750 - line * 12, f"Line {line + 1} of part {number + 1}: figures, {line * number * 31 % 977} units, and words that fill the measure of it.")
        for row in range(12):
            for column in range(5):
                page.rect(60 + column * 95, 390 - row * 16, 95, 16)
                page.drawString(64 + column * 95, 394 - row * 16, f"{(row * 5 + column) * (number + 3)}")
        for bar in range(24):
            page.setFillGray(0.2 + bar % 5 * 0.15)
            page.rect(60 + bar * 19, 60, 15, 20 + 100 * abs(math.sin(bar + number)), stroke=1, fill=1)
        page.setFillGray(0)
        curve = page.beginPath()
        curve.moveTo(60, 190)
        for step in range(12):
            curve.curveTo(70 + step * 38, 190 + 20 * math.sin(step), 80 + step * 38, 180, 98 + step * 38, 190 + 12 * math.cos(step + number))
        page.drawPath(curve)
        page.showPage()
    page.save()


def images(path):
    page = canvas.Canvas(str(path), pagesize=A4, invariant=1)
    for number in range(3):
        jpeg = io.BytesIO()
        photo(1732, 1155, number).save(jpeg, "JPEG", quality=90)
        jpeg.seek(0)
        page.drawImage(ImageReader(jpeg), 50, 200, width=495, height=330)
        page.drawString(60, 780, f"Picture {number + 1}")
        page.showPage()
    page.save()


SCRIPTS = ["The quick brown fox jumps over the lazy dog", "天地玄黄宇宙洪荒日月盈昃辰宿列张", "ยินดีต้อนรับสู่ประเทศไทย", "مرحبا بالعالم الجميل", "다람쥐 헌 쳇바퀴에 타고파"]

picture = photo(4000, 3000)
picture.save(folder / "photo12.jpg", quality=90, subsampling="4:2:0")
picture.save(folder / "photo12.png", compress_level=6)
receipt().save(folder / "receipt384.png")
(folder / "label.svg").write_text(label())
vector(folder / "vector20.pdf")
images(folder / "images3.pdf")
(folder / "mixed500.txt").write_text("".join(f"{line:03} {SCRIPTS[line % 5]} {line * 7919 % 10007}\n" for line in range(500)))
