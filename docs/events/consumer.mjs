/**
 * An example of a subscriber: which languages are in use in which session. It receives what the local stack posts:
 *
 *   npm run example:events
 *   npm start -- --events http://127.0.0.1:9000
 *
 * On AWS, a rule hands the same events to a queue or a function (`subscription.tf.json`): `apply` stays as it is.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

/** EventBridge goes on trying for 24 hours to deliver an event: until then, a late one must find that its session is over. */
const REMEMBERED_AFTER_END_MS = 25 * 3_600_000;

/** Keeps what is true of each session, in any order and number of arrivals of its events. */
export function createSessionsView(nowMs = Date.now) {
  /** By ID and time of creation: an ID can be used again. */
  const sessions = new Map();

  function sessionOf({ sessionId, createdAt }) {
    const key = `${sessionId}#${createdAt}`;
    // An event about the languages may well arrive before the one about the start.
    if (!sessions.has(key)) {
      sessions.set(key, { sessionId, createdAt, state: 'unknown', revision: 0, languages: {}, asOf: [0, 0] });
    }
    return sessions.get(key);
  }

  return {
    /** @returns the session as it is now; undefined: the event is older than what is known, or no event of a session */
    apply({ 'detail-type': type, detail }) {
      forgetEnded();
      if (type === 'LanguagesInUseChanged') return applyLanguages(sessionOf(detail), detail);
      const state = STATES[type];
      if (state === undefined) return undefined; // a type that a later version has added
      const session = sessionOf(detail);
      if (detail.revision <= session.revision) return undefined;
      Object.assign(session, { state, revision: detail.revision });
      if (state === 'ended') Object.assign(session, { languages: {}, endedAt: detail.endedAt });
      return session;
    },

    /** The sessions that have not ended. */
    open: () => [...sessions.values()].filter(({ state }) => state !== 'ended'),
  };

  /** Languages have an order of their own: the same revision of the session may well have several. */
  function applyLanguages(session, { revision, asOf, languages }) {
    const [knownRevision, knownAsOf] = session.asOf;
    const isOlder = revision < knownRevision || (revision === knownRevision && asOf <= knownAsOf);
    if (session.state === 'ended' || isOlder) return undefined;
    return Object.assign(session, { languages, asOf: [revision, asOf] });
  }

  function forgetEnded() {
    for (const [key, { state, endedAt }] of sessions) {
      if (state === 'ended' && nowMs() - endedAt > REMEMBERED_AFTER_END_MS) sessions.delete(key);
    }
  }
}

const STATES = {
  SessionScheduled: 'scheduled',
  SessionStarted: 'active',
  SessionInterrupted: 'interrupted',
  SessionResumed: 'active',
  SessionEnded: 'ended',
};

export function describe({ sessionId, state, languages }) {
  const inUse = Object.entries(languages).map(([language, listeners]) => `${language} ${listeners}`);
  return `${sessionId} ${state}${state === 'ended' ? '' : `: ${inUse.join(', ') || 'no listener'}`}`;
}

async function main() {
  const view = createSessionsView();
  const server = createServer(async (request, response) => {
    try {
      const session = view.apply(JSON.parse(await text(request)));
      if (session) console.log(describe(session));
      // Only now: what is not answered with 2xx is posted again.
      response.writeHead(204).end();
    } catch (error) {
      console.error(`This was no event: ${error.message}`);
      response.writeHead(400).end();
    }
  });
  server.listen(Number(process.env.PORT ?? 9000), '127.0.0.1');
  await once(server, 'listening');
  console.log(`Waiting for events on http://127.0.0.1:${server.address().port}`);
}

if (process.argv[1] === import.meta.filename) await main();
