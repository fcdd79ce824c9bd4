// The rows of the bench: one piece of work each, our command first, then what people use for it today.
//
// `goals` are ratios of processor time, peer to ours, from the issue that asked for them. A peer whose result is of lesser
// quality (a threshold in place of tones, a picture in place of printer bytes) says so in `note`.

import { join } from "node:path";
import { ESCPOS_PROGRAM, NODE_PEER, PYTHON, RESVG_PROGRAM } from "./peers.mjs";

const DOTS = ["--lang", "escpos", "--dither", "floyd-steinberg"];

/** The rows for `platen`, the program, with documents in `corpus` and results in `out`; `scripts` has the peers' own. */
export function works({ platen, corpus, out, scripts }) {
  const doc = (name) => join(corpus, name);
  const result = (name) => join(out, name);
  const ours = (file, ...words) => ({ name: "platen", argv: [platen, "render", doc(file), ...words, "-o", result("ours")] });
  const python = (script, ...words) => [PYTHON, join(scripts, script), ...words];
  const escpos = (file) => ({ name: "escpos crate", note: "nearest pixel, threshold", argv: [ESCPOS_PROGRAM, doc(file), "384", result("crate")] });
  const receiptJs = (file) => ({ name: "receipt-printer-encoder + sharp", argv: ["node", NODE_PEER, doc(file), "384", result("js")] });
  const plain = (file) => ({ name: "python-escpos", argv: python("pyescpos.py", "plain", doc(file), "384", result("py")) });
  const magick = (file, ...first) => ({ name: "ImageMagick", argv: ["convert", ...first, doc(file), "-resize", "384x", "-dither", "FloydSteinberg", "-monochrome", `pbm:${result("im")}`] });
  const vips = (file) => ({ name: "vipsthumbnail", note: "PNG, 1 bit", argv: ["vipsthumbnail", doc(file), "-s", "384x100000", "-o", `${result("vips.png")}[bitdepth=1]`] });

  const a4 = (dpi) => String(Math.floor((210 * dpi) / 25.4 / 8) * 8);
  const pdf = (file, dpi, goals) => ({
    work: `${file === "vector20.pdf" ? "20-page vector" : "3-page image"} PDF → 1-bit at ${dpi} dpi`,
    goals,
    commands: [
      ours(file, "--width", a4(dpi), "--dpi", String(dpi), "--lang", "pwg"),
      { name: "Ghostscript", note: "pbmraw", argv: ["gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=pbmraw", `-r${dpi}`, `-sOutputFile=${result("gs.pbm")}`, doc(file)] },
      { name: "Ghostscript pwgraster", argv: ["gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=pwgraster", "-dcupsBitsPerColor=1", "-dcupsColorSpace=3", `-r${dpi}`, `-sOutputFile=${result("gs.pwg")}`, doc(file)] },
      { name: "Poppler", argv: ["pdftoppm", "-mono", "-r", String(dpi), doc(file), result("poppler")] },
      { name: "MuPDF", argv: ["mutool", "draw", "-q", "-F", "pwg", "-c", "mono", "-r", String(dpi), "-o", result("mupdf.pwg"), doc(file)] },
      { name: "pdfium", note: "threshold", argv: python("pdfium.py", doc(file), String(dpi), result("pdfium")) },
    ],
  });

  return [
    {
      work: "12-megapixel JPEG → 384 dots, Floyd–Steinberg, ESC/POS",
      goals: { vipsthumbnail: 6, "python-escpos": 12 },
      commands: [
        ours("photo12.jpg", "--width", "384", "--dpi", "203", ...DOTS),
        vips("photo12.jpg"),
        escpos("photo12.jpg"),
        { ...magick("photo12.jpg", "-define", "jpeg:size=768x576"), name: "ImageMagick, size hint" },
        magick("photo12.jpg"),
        receiptJs("photo12.jpg"),
        { name: "python-escpos, draft", argv: python("pyescpos.py", "draft", doc("photo12.jpg"), "384", result("py")) },
        plain("photo12.jpg"),
      ],
    },
    {
      work: "12-megapixel PNG → 384 dots",
      goals: { vipsthumbnail: 2.5 },
      commands: [ours("photo12.png", "--width", "384", "--dpi", "203", ...DOTS), vips("photo12.png"), escpos("photo12.png"), receiptJs("photo12.png"), plain("photo12.png"), magick("photo12.png")],
    },
    {
      work: "384 × 4000 receipt PNG → ESC/POS",
      goals: { "escpos crate": 2.5, "python-escpos": 50 },
      commands: [ours("receipt384.png", "--width", "384", "--dpi", "203", "--lang", "escpos"), escpos("receipt384.png"), magick("receipt384.png"), plain("receipt384.png"), receiptJs("receipt384.png")],
    },
    {
      work: "label SVG → 808 dots",
      goals: { "resvg program": 2, librsvg: 3.5 },
      commands: [
        ours("label.svg", "--width", "808", "--dpi", "203", "--lang", "tspl"),
        { name: "resvg program", note: "PNG", argv: [RESVG_PROGRAM, "-w", "808", doc("label.svg"), result("resvg.png")] },
        { name: "librsvg", note: "PNG", argv: ["rsvg-convert", "-w", "808", "-o", result("rsvg.png"), doc("label.svg")] },
      ],
    },
    pdf("vector20.pdf", 203, { Ghostscript: 1.5 }),
    pdf("vector20.pdf", 300, { Ghostscript: 1.5 }),
    pdf("vector20.pdf", 600, { Ghostscript: 1.5 }),
    pdf("images3.pdf", 300, { MuPDF: 2 }),
    {
      work: "CUPS filters: 20-page vector PDF → 1-bit PWG at 300 dpi",
      goals: {},
      commands: [
        ours("vector20.pdf", "--width", a4(300), "--dpi", "300", "--lang", "pwg"),
        { name: "pdftopdf, gstoraster", argv: ["bash", join(scripts, "cups.sh"), doc("vector20.pdf"), result("cups.pwg")] },
      ],
    },
    {
      work: "500 lines of text, five scripts → 384 dots",
      goals: { "pango-view": 3 },
      commands: [
        ours("mixed500.txt", "--width", "384", "--dpi", "203", "--lang", "escpos"),
        { name: "pango-view", note: "PNG", argv: ["pango-view", "--no-display", "--font=Noto Sans 10", "--dpi=203", "--width=136", "--wrap=word-char", `--output=${result("pango.png")}`, doc("mixed500.txt")] },
      ],
    },
  ];
}
