"""A PDF to 1-bit pages with pdfium: grey, then a threshold, as PBM.

    pdfium.py PDF DPI OUT
"""
import sys

import numpy as np
import pypdfium2 as pdfium

path, dpi, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with open(out, "wb") as file:
    for page in pdfium.PdfDocument(path):
        grey = page.render(scale=dpi / 72, grayscale=True).to_numpy()
        grey = grey.reshape(grey.shape[0], grey.shape[1])
        file.write(b"P4\n%d %d\n" % (grey.shape[1], grey.shape[0]))
        file.write(np.packbits(grey < 128, axis=1).tobytes())
