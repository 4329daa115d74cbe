import { DIGIT_INK, GLYPH } from './tasks/font.ts';
import { type GreyImage, lightAt } from './tasks/image.ts';

/**
 * The digit whose template lies closest to the picture, tried at every place where it fits. Closeness is the
 * correlation of picture and template, so neither brightness nor contrast matters.
 */
export function nearestDigit(image: GreyImage): number {
  const area = image.pixels.length;
  const mean = image.pixels.reduce((sum, light) => sum + light, 0) / area;
  let best = { digit: 0, score: -Infinity };
  for (const [digit, ink] of DIGIT_INK.entries()) {
    // With the template's own mean taken away, its sum of squares is this; the picture's is the same for all.
    const norm = Math.sqrt(ink.length - ink.length ** 2 / area);
    for (let top = 0; top <= image.height - GLYPH.height; top += 1) {
      for (let left = 0; left <= image.width - GLYPH.width; left += 1) {
        let light = -mean * ink.length;
        for (const { column, row } of ink) light += lightAt(image, left + column, top + row);
        if (light / norm > best.score) best = { digit, score: light / norm };
      }
    }
  }
  return best.digit;
}

/** Regions smaller than this, in pixels after smoothing, are taken for noise. */
const SMALLEST_REGION = 6;

/** Counts the bright regions of a picture: smooth, split at the threshold, count what hangs together. */
export function countRegions(image: GreyImage): number {
  const smooth = smoothed(image);
  const limit = threshold(smooth);
  const unseen = new Set<number>();
  for (const [place, light] of smooth.entries()) if (light > limit) unseen.add(place);
  let regions = 0;
  for (const start of unseen) if (takeRegion(start, unseen, image.width) >= SMALLEST_REGION) regions += 1;
  return regions;
}

/** Removes the region around a place from the set. Returns its size in pixels. */
function takeRegion(start: number, unseen: Set<number>, width: number): number {
  const open = [start];
  let size = 0;
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (!unseen.delete(place)) continue;
    size += 1;
    open.push(place - width, place + width);
    // Sideways only within the row.
    if (place % width > 0) open.push(place - 1);
    if (place % width < width - 1) open.push(place + 1);
  }
  return size;
}

/** Each pixel with its neighbours: itself four times, sides twice, corners once. */
function smoothed(image: GreyImage): Float64Array {
  const { width, height } = image;
  const light = new Float64Array(width * height);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      let sum = 0;
      let weights = 0;
      for (let y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y += 1) {
        for (let x = Math.max(0, column - 1); x <= Math.min(width - 1, column + 1); x += 1) {
          const weight = (2 - Math.abs(y - row)) * (2 - Math.abs(x - column));
          sum += weight * lightAt(image, x, y);
          weights += weight;
        }
      }
      light[row * width + column] = sum / weights;
    }
  }
  return light;
}

/** The level half-way between the mean of what is above it and the mean of what is not (ISODATA). */
function threshold(light: Float64Array): number {
  let level = light.reduce((sum, value) => sum + value, 0) / light.length;
  // It settles within a few rounds; a fixed number keeps it simple and bounded.
  for (let round = 0; round < 10; round += 1) {
    const above = { sum: 0, count: 0 };
    const below = { sum: 0, count: 0 };
    for (const value of light) {
      const side = value > level ? above : below;
      side.sum += value;
      side.count += 1;
    }
    // One even grey has nothing above.
    if (above.count === 0) break;
    level = (above.sum / above.count + below.sum / below.count) / 2;
  }
  return level;
}
