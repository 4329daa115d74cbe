/** A rate as text: two digits, or all before the point. Never with an exponent, as `toPrecision` has it for 99.6. */
export const rateText = (rate: number): string => (rate >= 99.5 ? rate.toFixed(0) : rate.toPrecision(2));
