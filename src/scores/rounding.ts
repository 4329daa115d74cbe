/** How far a number may be from what it was rounded from: half a unit of the last digit that it is written with. */
export function halfDigit(number: number): number {
  const [mantissa = '', exponent = '0'] = String(number).split('e');
  const decimals = (mantissa.split('.')[1] ?? '').length;
  return 0.5 * 10 ** (Number(exponent) - decimals);
}
