// The text of a QR code in a picture: a photo of the label or a screenshot. The system's own reader is used where there
// is one, jsQR elsewhere; it is loaded only then.

const LONGEST_SIDE = 1600;

interface SystemReader {
  detect(image: ImageBitmap): Promise<{ rawValue: string }[]>;
}

/** The text, or `null` when there is no readable code in the picture. */
export async function readQrPicture(picture: Blob): Promise<string | null> {
  const bitmap = await createImageBitmap(picture);
  try {
    const Reader = (globalThis as { BarcodeDetector?: new (options: { formats: string[] }) => SystemReader }).BarcodeDetector;
    if (Reader) {
      try {
        const found = await new Reader({ formats: ["qr_code"] }).detect(bitmap);
        if (found[0]?.rawValue) return found[0].rawValue;
      } catch {
        // Present but without QR codes on this system: jsQR takes over.
      }
    }
    const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) return null;
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
    const { default: jsQR } = await import("jsqr");
    return jsQR(pixels.data, pixels.width, pixels.height)?.data ?? null;
  } finally {
    bitmap.close();
  }
}
