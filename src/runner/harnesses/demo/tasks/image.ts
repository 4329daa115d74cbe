import type { Random } from '../random.ts';

/** A picture in grey: row by row, 0 black to 255 white. */
export type GreyImage = { readonly width: number; readonly height: number; readonly pixels: Uint8Array };

/** Light levels of a scene before the camera's noise. */
export type Exposure = { background: number; ink: number; noise: number };

/**
 * Draws a scene: every pixel is ink or background, plus normally distributed noise, cut to 0–255.
 *
 * @param isInk whether the scene has ink at a column and a row.
 */
export function draw(
  size: { width: number; height: number },
  isInk: (column: number, row: number) => boolean,
  exposure: Exposure,
  random: Random,
): GreyImage {
  const pixels = new Uint8Array(size.width * size.height);
  for (let row = 0; row < size.height; row += 1) {
    for (let column = 0; column < size.width; column += 1) {
      const light = isInk(column, row) ? exposure.ink : exposure.background;
      const seen = Math.round(light + exposure.noise * random.gaussian());
      pixels[row * size.width + column] = Math.min(255, Math.max(0, seen));
    }
  }
  return { ...size, pixels };
}

/** The picture under more noise, normally distributed. @param noise its standard deviation, in levels of grey. */
export function withNoise(image: GreyImage, noise: number, random: Random): GreyImage {
  const pixels = image.pixels.map((light) => Math.min(255, Math.max(0, Math.round(light + noise * random.gaussian()))));
  return { ...image, pixels };
}

/** The light at a place; outside the picture it is 0. */
export function lightAt(image: GreyImage, column: number, row: number): number {
  const inside = column >= 0 && column < image.width && row >= 0 && row < image.height;
  return inside ? (image.pixels[row * image.width + column] ?? 0) : 0;
}
