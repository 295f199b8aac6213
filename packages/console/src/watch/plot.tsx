const WIDTH = 240;
const HEIGHT = 56;

interface Line {
  readonly name: string;
  /** By second; undefined: nothing to show there. */
  readonly values: readonly (number | undefined)[];
}

/** A small plot of the last minute, and the newest value of each line in words. */
export function Plot({ title, unit, lines }: { title: string; unit: string; lines: readonly Line[] }) {
  const most = Math.max(1, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const newest = lines.map(({ name, values }) => ({ name, value: values.findLast((value) => value !== undefined) }));
  const words = newest.map(({ name, value }) => `${name ? `${name} ` : ''}${shown(value)}`).join(' · ');
  return (
    <figure class="plot">
      <figcaption>
        <span>{title}</span>
        <strong>
          {words} <small>{unit}</small>
        </strong>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title}, last minute: ${words} ${unit}`}>
        {lines.map(({ name, values }, index) => (
          <path key={name} class={`line line-${index}`} d={pathOf(values, most)} />
        ))}
      </svg>
    </figure>
  );
}

function pathOf(values: readonly (number | undefined)[], most: number): string {
  let isDrawing = false;
  return values
    .map((value, index) => {
      if (value === undefined) return '';
      const command = isDrawing ? 'L' : 'M';
      isDrawing = true;
      const x = (index / Math.max(1, values.length - 1)) * WIDTH;
      const y = HEIGHT - 2 - (value / most) * (HEIGHT - 6);
      return `${command}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}

const shown = (value: number | undefined): string =>
  value === undefined ? '–' : value >= 10 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1);
