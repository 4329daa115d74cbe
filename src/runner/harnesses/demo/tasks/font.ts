/** Columns and rows of a glyph. */
export const GLYPH = { width: 5, height: 7 } as const;

const ROWS = [
  ' ###    #    ###   ###     #  #####  ###  #####  ###   ### ',
  '#   #  ##   #   # #   #   ##  #     #         # #   # #   #',
  '#  ##   #       #     #  # #  ####  #        #  #   # #   #',
  '# # #   #      #    ##  #  #      # ####    #    ###   ####',
  '##  #   #     #       # #####     # #   #  #    #   #     #',
  '#   #   #    #    #   #    #  #   # #   #  #    #   #     #',
  ' ###   ###  #####  ###     #   ###   ###   #     ###   ### ',
];

/** The ink of the digits 0 to 9, a 5×7 bitmap font: for each, the columns and rows that are set. */
export const DIGIT_INK: readonly (readonly { column: number; row: number }[])[] = Array.from(
  { length: 10 },
  (_, digit) =>
    ROWS.flatMap((text, row) =>
      Array.from({ length: GLYPH.width }, (_, column) => column)
        // Glyphs stand one blank column apart in the sheet above.
        .filter((column) => text[digit * (GLYPH.width + 1) + column] === '#')
        .map((column) => ({ column, row })),
    ),
);
