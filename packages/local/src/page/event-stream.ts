import type { ServerResponse } from 'node:http';
import type { Feed } from './feed.ts';
import type { FeedEvent } from './feed-event.ts';

/** A page draws no faster; hundreds of events a second would otherwise be as many writes. Real milliseconds. */
const BATCH_MS = 200;

/** Events that wait for a reader; of more, the oldest are left out. As many as a new reader gets at first. */
export const MAX_WAITING_EVENTS = 300;

/**
 * Sends the feed as server-sent events until the client goes: each is a JSON list of events, oldest first; the first is
 * what has happened lately. A reader that reads nothing gets nothing more until it reads again: then the newest events
 * that it missed, after a comment (`: 1234 events were left out`) if there were too many.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function streamEvents(feed: Feed, res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  let waiting: FeedEvent[] = [];
  let leftOut = 0;
  let timer: NodeJS.Timeout | undefined;
  let isBlocked = false;

  const leaveOutOldest = (): void => {
    const tooMany = waiting.length - MAX_WAITING_EVENTS;
    if (tooMany <= 0) return;
    waiting.splice(0, tooMany);
    leftOut += tooMany;
  };
  const send = (events: readonly FeedEvent[], comment = ''): void => {
    isBlocked = !res.write(`${comment}data: ${JSON.stringify(events)}\n\n`);
  };
  const flush = (): void => {
    timer = undefined;
    if (isBlocked || waiting.length === 0) return;
    leaveOutOldest();
    const events = waiting;
    const comment = leftOut > 0 ? `: ${leftOut} events were left out\n` : '';
    waiting = [];
    leftOut = 0;
    send(events, comment);
  };

  send(feed.recent());
  const unsubscribe = feed.subscribe((event) => {
    waiting.push(event);
    // In blocks: moving the whole list for each event would cost more than keeping some more of them.
    if (waiting.length > 2 * MAX_WAITING_EVENTS) leaveOutOldest();
    if (!isBlocked) timer ??= setTimeout(flush, BATCH_MS);
  });
  res.on('drain', () => {
    isBlocked = false;
    flush();
  });
  res.once('close', () => {
    unsubscribe();
    clearTimeout(timer);
  });
}
