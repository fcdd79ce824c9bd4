// A picture to ESC/POS with what web shops use: sharp scales, receipt-printer-encoder dithers and frames.
//
//   node receipt.mjs PICTURE WIDTH OUT
import { writeFileSync } from "node:fs";
import { argv } from "node:process";
import ReceiptPrinterEncoder from "@point-of-sale/receipt-printer-encoder";
import sharp from "sharp";

const [picture, width, out] = [argv[2], Number(argv[3]), argv[4]];
const { data, info } = await sharp(picture).resize({ width }).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
// The encoder takes sides that are multiples of 8.
const height = Math.floor(info.height / 8) * 8;
const pixels = { width: info.width, height, data: new Uint8ClampedArray(data.buffer, data.byteOffset, info.width * height * 4) };
const encoder = new ReceiptPrinterEncoder({ columns: 32, language: "esc-pos", imageMode: "raster" });
writeFileSync(out, encoder.initialize().image(pixels, info.width, height, "floydsteinberg").encode());
