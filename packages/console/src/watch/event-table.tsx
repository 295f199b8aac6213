import type { NumberedEvent } from './activity.ts';
import { describeEvent } from './describe-event.ts';

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export function EventTable({ events }: { events: readonly NumberedEvent[] }) {
  if (events.length === 0) return <p class="quiet">Nothing so far.</p>;
  return (
    // Focusable, so that the keyboard can scroll it.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
    <section class="scroll" tabIndex={0} aria-label="Newest events first">
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">What</th>
            <th scope="col">Result</th>
            <th scope="col" class="number">
              ms
            </th>
          </tr>
        </thead>
        <tbody>
          {events.map(({ number, event }) => {
            const line = describeEvent(event);
            if (!line) return null;
            return (
              <tr key={number} class={line.isBad ? 'bad' : undefined}>
                <td>{time.format(event.atMs)}</td>
                <td>{line.what}</td>
                <td>{line.detail}</td>
                <td class="number">{line.durationMs?.toFixed(0) ?? ''}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
