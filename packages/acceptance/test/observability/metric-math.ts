/** A value for each period, oldest first; `undefined` where there is none. */
export type Series = readonly (number | undefined)[];

/** What FILL makes of a metric without a single value. AWS does not say, so alarms must not depend on it. */
export type EmptyFill = 'filled' | 'empty';

/**
 * Evaluates the part of CloudWatch's metric math that our alarms use: `FILL(<id>, <number>)` and `<id>`, added and
 * subtracted. In a sum, what is missing counts as nothing, unless all is.
 * @throws {Error} an expression that is not of this form, or an unknown id
 * @see Amazon CloudWatch, "Using math expressions with CloudWatch metrics"
 */
export function evaluateMath(
  expression: string,
  seriesOf: Readonly<Record<string, Series>>,
  emptyFill: EmptyFill,
): Series {
  const terms = [...expression.matchAll(/\s*([+-])?\s*(?:FILL\((\w+),\s*(\d+)\)|(\w+))\s*/gy)];
  if (terms.map(([text]) => text).join('') !== expression) throw new Error(`Cannot be evaluated: ${expression}`);
  const signed = terms.map(([, operator, filled, filler, plain]) => {
    const id = filled ?? plain ?? '';
    const series = seriesOf[id];
    if (!series) throw new Error(`${expression}: there is no metric ${id}`);
    const isEmpty = series.every((value) => value === undefined);
    const fills = filled !== undefined && !(isEmpty && emptyFill === 'empty');
    return {
      sign: operator === '-' ? -1 : 1,
      series: fills ? series.map((value) => value ?? Number(filler)) : series,
    };
  });
  const [first] = signed;
  return (first?.series ?? []).map((_, period) => {
    const values = signed.flatMap(({ sign, series }) => {
      const value = series[period];
      return value === undefined ? [] : [sign * value];
    });
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
  });
}
