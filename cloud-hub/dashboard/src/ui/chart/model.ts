/** What a time chart draws, free of any chart library. */
export interface ChartModel {
  /** Milliseconds, ascending. */
  times: number[];
  lines: ChartLine[];
  /** Of the value axis, where it is known beforehand; the same object as long as it does not change. */
  range?: [number, number];
  limits?: { value: number; label: string }[];
}

export interface ChartLine {
  label: string;
  kind: 'line' | 'bars';
  values: (number | null)[];
  /** Spread around the line (lowest and highest seen in the same slot). */
  low?: (number | null)[];
  high?: (number | null)[];
  /** A value in words, unit included. */
  format: (value: number) => string;
  /** Drawn on its own scale and only in the read-out and the table. */
  quiet?: boolean;
}

/** The last slot that holds anything. */
export function lastIndex(model: ChartModel): number {
  for (let at = model.times.length - 1; at >= 0; at--) {
    if (model.lines.some((line) => line.values[at] != null)) return at;
  }
  return -1;
}

/** Where a line is highest and lowest: for the sentence under the title, not for any figure on the page. */
export function extremes(line: ChartLine): { highest: number; lowest: number } | null {
  let highest = -1;
  let lowest = -1;
  line.values.forEach((value, at) => {
    if (value == null) return;
    if (highest < 0 || value > (line.values[highest] ?? -Infinity)) highest = at;
    if (lowest < 0 || value < (line.values[lowest] ?? Infinity)) lowest = at;
  });
  return highest < 0 ? null : { highest, lowest };
}
