// A photo that is the same every time: a sky with a sun, hills in haze, grain. It has the soft tones, the hard edges and
// the noise that dithering has to cope with, and no photo file has to lie in the tree.
// The PNG is written here (8 bit RGB, no interlace; PNG specification, sections 5 and 11).

import { crc32, deflateSync } from "node:zlib";

/** Grain without chance: the same for the same pixel (an integer hash). */
function grain(x, y) {
  let hash = Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 12)) & 0xff) / 255 - 0.5;
}

/** Height of a hill's ridge, 0 (top) to 1 (bottom), at `x` from 0 to 1. */
const ridge = (x, base, swing, waves, shift) => base - swing * Math.sin(waves * x + shift) * Math.cos(waves * 0.37 * x);

function scanlines(width, height) {
  const lines = Buffer.alloc(height * (1 + width * 3));
  const hills = [
    { base: 0.62, swing: 0.08, waves: 7, shift: 0.4, tone: [142, 160, 172] },
    { base: 0.76, swing: 0.07, waves: 5, shift: 2.2, tone: [86, 112, 98] },
    { base: 0.9, swing: 0.05, waves: 9, shift: 4.1, tone: [38, 58, 40] },
  ];
  const tops = hills.map((hill) => Float64Array.from({ length: width }, (_, x) => ridge(x / width, hill.base, hill.swing, hill.waves, hill.shift)));
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    const down = y / height;
    at += 1; // filter type 0
    for (let x = 0; x < width; x += 1) {
      const across = x / width;
      const sun = Math.hypot((across - 0.68) * width, (down - 0.27) * height) / Math.min(width, height);
      let tone = sun < 0.09 ? [255, 246, 214] : [120 + 110 * down, 160 + 70 * down, 214 + 20 * down];
      if (sun >= 0.09 && sun < 0.4) tone = tone.map((value) => value + (0.4 - sun) * 120);
      hills.forEach((hill, index) => {
        if (down > tops[index][x]) tone = hill.tone;
      });
      const noise = grain(x, y) * 22;
      for (const value of tone) lines[at++] = Math.max(0, Math.min(255, value + noise));
    }
  }
  return lines;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), framed.length - 4);
  return framed;
}

/** The photo as PNG. */
export function photo(width, height) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(scanlines(width, height), { level: 1 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
