"""Reads our printer files with decoders that others wrote, and codes as a scanner would.

    peers.py DIR

DIR/list.tsv has a line for each printer file: family, model, printer file, and the page that it must show (PBM, or PPM for
those of `…-colours`).
DIR/codes.tsv has a line for each page with a code: the page (PBM), the kind of code, what it must say, and, where it is
known that it cannot be read, why not. Such a code fails when it is read after all: then the exception has to go.
ZPL is read by zebrafy, PWG raster by libcups, PNG and PBM by Pillow, QR and Code 128 by ZXing.
A language or a kind of code of which there is nothing to read fails. The last line is `N passed, N failed`.
"""

import collections
import ctypes
import pathlib
import sys

import zxingcpp
from PIL import Image
from zebrafy import ZebrafyZPL

Image.MAX_IMAGE_PIXELS = None


def white_first(image):
    """The same picture with a byte a dot, 0 for black: what pictures are compared by."""
    return image.size, image.convert("1").convert("L").tobytes()


def zpl(prn):
    (image,) = ZebrafyZPL(prn.read_text("latin-1")).to_images()
    return white_first(image)


def picture(prn):
    return white_first(Image.open(prn))


class Header(ctypes.Structure):
    """cups_page_header2_t, cups/raster.h."""

    _fields_ = [
        ("names", ctypes.c_char * 64 * 4),
        ("numbers", ctypes.c_uint * 29),
        ("width", ctypes.c_uint),
        ("height", ctypes.c_uint),
        ("media_type", ctypes.c_uint),
        ("bits_per_color", ctypes.c_uint),
        ("bits_per_pixel", ctypes.c_uint),
        ("bytes_per_line", ctypes.c_uint),
        ("color_order", ctypes.c_uint),
        ("color_space", ctypes.c_uint),
        ("rest", ctypes.c_char * 4096),
    ]


CUPS = ctypes.CDLL("libcups.so.2")
CUPS.cupsRasterOpen.restype = ctypes.c_void_p
for name in ("cupsRasterReadHeader2", "cupsRasterReadPixels", "cupsRasterClose"):
    getattr(CUPS, name).argtypes = [ctypes.c_void_p]
CUPS.cupsRasterReadHeader2.argtypes = [ctypes.c_void_p, ctypes.POINTER(Header)]
CUPS.cupsRasterReadPixels.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint]
# CUPS_CSPACE_K and CUPS_CSPACE_SRGB
BLACK, SRGB = 3, 19


def pwg(prn, bits=1, space=BLACK):
    with prn.open("rb") as file:
        raster = CUPS.cupsRasterOpen(file.fileno(), 0)
        header = Header()
        if not CUPS.cupsRasterReadHeader2(raster, ctypes.byref(header)):
            raise ValueError("libcups does not take the header")
        if (header.bits_per_pixel, header.color_space) != (bits, space):
            raise ValueError(f"{header.bits_per_pixel} bits of colour space {header.color_space}")
        length = header.bytes_per_line * header.height
        pixels = ctypes.create_string_buffer(length)
        if CUPS.cupsRasterReadPixels(raster, pixels, length) != length:
            raise ValueError("libcups does not get all pixels")
        if CUPS.cupsRasterReadHeader2(raster, ctypes.byref(Header())):
            raise ValueError("there is a second page")
        CUPS.cupsRasterClose(raster)
    size = (header.width, header.height)
    if space == SRGB:
        return size, pixels.raw
    return size, Image.frombytes("1", size, bytes(byte ^ 0xFF for byte in pixels.raw)).convert("L").tobytes()


def pwg_colours(prn):
    return pwg(prn, 24, SRGB)


def picture_colours(prn):
    image = Image.open(prn)
    if image.mode != "RGB":
        raise ValueError(f"it is a picture of the mode {image.mode}")
    return image.size, image.tobytes()


READERS = {
    "zpl": zpl,
    "pwg": pwg,
    "png": picture,
    "pbm": picture,
    "pwg-colours": pwg_colours,
    "png-colours": picture_colours,
}
CODES = ("QRCode", "Code128")


def dots(family, prn, pbm):
    shown = picture_colours(pbm) if family.endswith("-colours") else white_first(Image.open(pbm))
    if READERS[family](prn) != shown:
        raise ValueError("other dots")


def code(pbm, kind, text):
    # White around the page, as there is around paper on a table.
    page = Image.open(pbm).convert("L")
    paper = Image.new("L", (page.width + 80, page.height + 80), 255)
    paper.paste(page, (40, 40))
    found = {(result.format.name, result.text) for result in zxingcpp.read_barcodes(paper)}
    if (kind, text) not in found:
        raise ValueError(f"no {kind} that says {text}, but {found or 'nothing'}")


class Unread(Exception):
    """A code that is known not to be read, and was not."""


def known(pbm, kind, text, why):
    try:
        code(pbm, kind, text)
    except ValueError:
        raise Unread(why) from None
    raise ValueError(f"it is read, although it was known that it is not ({why}): take the exception out of the corpus")


def main(folder):
    passed = failed = 0
    unread, seen = collections.Counter(), set()
    for line in (folder / "list.tsv").read_text().splitlines() + (folder / "codes.tsv").read_text().splitlines():
        fields = line.split("\t")
        try:
            if fields[0] in READERS:
                seen.add(fields[0])
                dots(fields[0], pathlib.Path(fields[2]), fields[3])
            elif fields[1] in CODES:
                seen.add(fields[1])
                known(*fields) if len(fields) == 4 else code(*fields)
            else:
                continue
            passed += 1
        except Unread as why:
            unread[str(why)] += 1
        except Exception as error:  # whatever a foreign reader raises is its way to say no
            failed += 1
            print(f"{line}: {type(error).__name__}: {error}")
    for why, count in unread.items():
        print(f"{count} codes are not read, as is known: {why}")
    for nothing in sorted({*READERS, *CODES} - seen):
        failed += 1
        print(f"there is no {nothing} in {folder}")
    print(f"{passed} passed, {failed} failed")
    return 0 if not failed else 1


sys.exit(main(pathlib.Path(sys.argv[1])))
