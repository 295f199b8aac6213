import type { ServerResponse } from 'node:http';
import type { Feed } from './feed.ts';
import type { FeedEvent } from './feed-event.ts';

/** A page draws no faster; hundreds of events a second would otherwise be as many writes. Real milliseconds. */
const BATCH_MS = 200;

/**
 * Sends the feed as server-sent events until the client goes: each is a JSON list of events, oldest first; the first is
 * what has happened lately.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function streamEvents(feed: Feed, res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  let waiting: FeedEvent[] = [];
  let timer: NodeJS.Timeout | undefined;
  const send = (events: readonly FeedEvent[]): void => {
    res.write(`data: ${JSON.stringify(events)}\n\n`);
  };
  send(feed.recent());
  const unsubscribe = feed.subscribe((event) => {
    waiting.push(event);
    timer ??= setTimeout(() => {
      const events = waiting;
      waiting = [];
      timer = undefined;
      send(events);
    }, BATCH_MS);
  });
  res.once('close', () => {
    unsubscribe();
    clearTimeout(timer);
  });
}
